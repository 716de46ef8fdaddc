"""Scenario files of the desk: who is on duty when, what hearts do, what goes wrong (``docs/nights.md``).

A *night* is played on virtual time against the center's own desk. Findings are given as the analysis would
tell them, so that a night of forty patients takes seconds and a hundred seeds of it minutes; whole hearts
through the whole center are ``sim.scenario``. Reading is strict: what is wrong is refused with file, line
and key.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from einthoven.base.errors import InputError
from einthoven.base.instants import Instant, from_iso
from einthoven.ecg.kinds import BY_NAME
from einthoven.sim.reading import Table, located

UNDO = {
    "close-lid": "open-lid",
    "hide": "show",
    "freeze": "thaw",
    "cut-station": "mend-station",
    "sleep": "wake",
    "kill-center": "start-center",
    "cut-center": "mend-center",
    "disk-full": "disk-well",
}
"""What goes wrong, and what puts it right again."""
ACTS = (*UNDO, *UNDO.values(), "hand-over")
"""Everything that can happen to stations, people and the center."""
OF_THE_CENTER = ("kill-center", "cut-center", "disk-full")
OF_A_PERSON = frozenset(ACTS) - {*OF_THE_CENTER, *(UNDO[name] for name in OF_THE_CENTER)}
EQUIPMENT = ("lead-off", "battery", "no-data", "gateway-off")
"""Conditions of a transmitter, which the center finds by itself; other kinds are those of the analysis."""
TIERS = ("emergent", "urgent", "technical", "daily", "none")


@dataclass(frozen=True, slots=True)
class OnDuty:
    """One person of the staff.

    Attributes:
        login, name, roles, credential: as registered.
        station: number of the station they sit at.
        from_s, to_s: when the shift begins and ends.
        successor: login of whom they hand over to; empty: to all.
        usual: patients they take gladly; more only when nobody else does.
        accept_s, notice_s, review_s, dial_s, talk_s: medians of their delays.
    """

    login: str
    name: str
    roles: tuple[str, ...]
    credential: str
    station: int
    from_s: float
    to_s: float
    successor: str = ""
    usual: int = 40
    accept_s: float = 4.0
    notice_s: float = 6.0
    review_s: float = 25.0
    dial_s: float = 15.0
    talk_s: float = 90.0


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers a telephone number.

    Attributes:
        name: of the physician.
        number: the telephone.
        answers: probability of picking up.
        otherwise: outcome of a call when they do not.
        action: what they do about it.
    """

    name: str
    number: str
    answers: float
    otherwise: str
    action: str


@dataclass(frozen=True, slots=True)
class Wearer:
    """What is special about one patient; those without a table are like everybody.

    Attributes:
        patient: 1 … the number of patients.
        physicians: names of those who answer, in the order of the ladder; the first of the file for others.
        at_risk, known_af: as enrolled.
    """

    patient: int
    physicians: tuple[str, ...]
    at_risk: bool
    known_af: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the analysis finds.

    Attributes:
        at_s, for_s: onset and length.
        patient: 1 … the number of patients.
        kind: name of the kind.
        values: its evidence.
        real: False: noise that a technician will call artefact.
        told_s: from onset to telling.
        symptom: of a mark instead of a finding; empty: none.
        tier: that it must come to by the criteria, ``none`` for no case; empty: not said.
        line: of the file.
    """

    at_s: float
    for_s: float
    patient: int
    kind: str
    values: tuple[tuple[str, float], ...]
    real: bool
    told_s: float
    symptom: str = ""
    tier: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class NightAct:
    """Something that goes wrong, or right again.

    Attributes:
        at_s: when.
        do: one of ``ACTS``.
        who: login of the person whose station it befalls.
        for_s: after so long it is undone; 0: not by itself.
        to, patients: of a hand-over: login of the receiver, how many.
    """

    at_s: float
    do: str
    who: str
    for_s: float
    to: str = ""
    patients: int = 0


@dataclass(frozen=True, slots=True)
class NightExpectation:
    """What must be true at the end.

    Attributes:
        what: one of ``EXPECTATIONS``.
        at_least, at_most: bounds.
        line: of the file.
    """

    what: str
    at_least: float | None
    at_most: float | None
    line: int


EXPECTATIONS = (
    "exceptions",
    "unwatched_s",
    "percent",
    "incidents",
    "cases",
    "open_cases",
    "notified",
    "calls",
    "reached",
    "supervisor_told",
    "emergencies",
    "missed",
)
"""What can be expected: lapses of the continuity report, seconds unwatched of all patients together, the
share covered, incidents, cases, those left open, notifications, calls, notifications that reached somebody,
times a supervisor was told of a ladder in vain, emergencies ended, legs over their limit."""


@dataclass(frozen=True, slots=True)
class Night:
    """A whole scenario.

    Attributes:
        settle_s: what was found so long before the end must have come to its own by then.
    """

    name: str
    description: str
    duration_s: float
    settle_s: float
    start: Instant
    seed: int
    patients: int
    staff: tuple[OnDuty, ...]
    answering: tuple[Answering, ...]
    wearers: tuple[Wearer, ...]
    findings: tuple[Finding, ...]
    acts: tuple[NightAct, ...]
    expectations: tuple[NightExpectation, ...]


def load_night(path: Path) -> Night:
    """The night that a file describes.

    Raises:
        InputError: the file cannot be read, or says something that cannot be; names file, line and key.
    """
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
    return read_night(text, str(path))


def shipped_night(name: str) -> Night:
    """A night that comes with the package, e.g. ``"night40"``."""
    return read_night((resources.files(__package__) / "nights" / f"{name}.toml").read_text(), f"{name}.toml")


def read_night(text: str, source: str) -> Night:
    """The night that a TOML text describes; InputError as ``load_night``."""
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source}: {error}") from error
    locate = located(text, source)
    top = Table(values, locate)
    patients = top.whole("patients")
    if not 1 <= patients <= 10_000:
        raise top.wrong("patients", f"{patients}: want 1 to 10000")
    staff = tuple(_on_duty(one) for one in top.tables("person"))
    night = Night(
        name=top.text("name"),
        description=top.text("description"),
        duration_s=top.seconds("duration"),
        settle_s=top.seconds("settle", 2400.0),
        start=from_iso(top.text("start", "2026-03-01T22:00:00Z")),
        seed=top.whole("seed", 1),
        patients=patients,
        staff=staff,
        answering=tuple(_answering(one) for one in top.tables("answering")),
        wearers=tuple(_wearer(one, patients) for one in top.tables("patient")),
        findings=tuple(_finding(one, patients) for one in top.tables("finding")),
        acts=tuple(_act(one) for one in top.tables("event")),
        expectations=tuple(_expectation(one) for one in top.tables("expect")),
    )
    top.finish()
    _check(night, Table(values, locate))
    return night


def _check(night: Night, top: Table) -> None:
    logins = [one.login for one in night.staff]
    for number, one in enumerate(night.staff):
        table = top.table_at("person", number)
        if logins.index(one.login) != number:
            raise table.wrong("login", f"{one.login!r} is somebody else's")
        if one.successor and one.successor not in logins:
            raise table.wrong("successor", f"nobody has the login {one.successor!r}")
        if not 0 <= one.from_s < one.to_s:
            raise table.wrong("to", "the shift ends before it begins")
    for number, act in enumerate(night.acts):
        table = top.table_at("event", number)
        if act.do in OF_A_PERSON and act.who not in logins:
            raise table.wrong("who", f"nobody has the login {act.who!r}")
        if act.do == "hand-over" and (act.to not in logins or act.to == act.who):
            raise table.wrong("to", f"nobody else has the login {act.to!r}")
        if act.at_s > night.duration_s:
            raise table.wrong("at", f"after the end ({night.duration_s:g} s)")
    names = [one.name for one in night.answering]
    if not names:
        raise top.wrong("answering", "nobody answers the telephone: want at least one")
    for number, wearer in enumerate(night.wearers):
        for name in wearer.physicians:
            if name not in names:
                raise top.table_at("patient", number).wrong("physicians", f"no answering is {name!r}")


def _on_duty(table: Table) -> OnDuty:
    made = OnDuty(
        login=table.text("login"),
        name=table.text("name"),
        roles=tuple(table.texts("roles", ["technician"])),
        credential=table.text("credential", "CCT"),
        station=table.whole("station"),
        from_s=table.seconds("from", 0.0),
        to_s=table.seconds("to"),
        successor=table.text("successor", ""),
        usual=table.whole("usual", 40),
        accept_s=table.number("accept_s", 4.0),
        notice_s=table.number("notice_s", 6.0),
        review_s=table.number("review_s", 25.0),
        dial_s=table.number("dial_s", 15.0),
        talk_s=table.number("talk_s", 90.0),
    )
    table.finish()
    return made


def _answering(table: Table) -> Answering:
    made = Answering(
        name=table.text("name"),
        number=table.text("number"),
        answers=table.number("answers", 0.8),
        otherwise=table.text("otherwise", "voicemail"),
        action=table.text("action", "no action necessary"),
    )
    if not 0 <= made.answers <= 1:
        raise table.wrong("answers", "want a probability")
    table.finish()
    return made


def _wearer(table: Table, patients: int) -> Wearer:
    made = Wearer(
        patient=_patient(table, patients),
        physicians=tuple(table.texts("physicians")),
        at_risk=table.choice("at_risk", ("yes", "no"), "no") == "yes",
        known_af=table.choice("known_af", ("yes", "no"), "no") == "yes",
    )
    table.finish()
    return made


def _patient(table: Table, patients: int) -> int:
    patient = table.whole("patient")
    if not 1 <= patient <= patients:
        raise table.wrong("patient", f"{patient}: want 1 to {patients}")
    return patient


def _finding(table: Table, patients: int) -> Finding:
    values = table.table("values")
    made = Finding(
        at_s=table.seconds("at"),
        for_s=table.seconds("for", 10.0),
        patient=_patient(table, patients),
        kind=table.text("kind", ""),
        values=tuple((name, values.number(name)) for name in table.keys_of("values")),
        real=table.choice("verdict", ("true", "artefact"), "true") == "true",
        told_s=table.seconds("told", 4.0),
        symptom=table.text("symptom", ""),
        tier=table.choice("tier", TIERS, ""),
        line=table.line(),
    )
    if bool(made.kind) == bool(made.symptom):
        raise table.wrong("kind", "want a kind or a symptom, one of them")
    kind = BY_NAME.get(made.kind)
    if made.kind and kind is None and made.kind not in EQUIPMENT:
        raise table.wrong("kind", f"{made.kind!r}: the analysis has no such kind")
    known = [] if kind is None else [value.name for value in kind.values]
    for name, _ in made.values:
        if name not in known:
            raise table.wrong("values", f"{made.kind} has no value {name!r} (has {', '.join(known)})")
    table.finish()
    return made


def _act(table: Table) -> NightAct:
    made = NightAct(
        at_s=table.seconds("at"),
        do=table.choice("do", ACTS),
        who=table.text("who", ""),
        for_s=table.seconds("for", 0.0),
        to=table.text("to", ""),
        patients=table.whole("patients", 0),
    )
    table.finish()
    return made


def _expectation(table: Table) -> NightExpectation:
    made = NightExpectation(
        what=table.choice("what", EXPECTATIONS),
        at_least=table.number("at_least") if "at_least" in table else None,
        at_most=table.number("at_most") if "at_most" in table else None,
        line=table.line(),
    )
    table.finish()
    return made
