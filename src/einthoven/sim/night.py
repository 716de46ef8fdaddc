"""Scenario files of the desk: who is on duty when, what hearts do, what goes wrong (``docs/scenarios.md``).

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
from einthoven.sim.reading import Table, located

ACTS = (
    "close-lid",
    "open-lid",
    "hide",
    "show",
    "freeze",
    "thaw",
    "cut-station",
    "mend-station",
    "sleep",
    "wake",
    "kill-center",
    "cut-center",
    "disk-full",
    "disk-well",
)
"""Everything that can happen to stations, people and the center."""
OF_A_PERSON = frozenset(ACTS[:10])


@dataclass(frozen=True, slots=True)
class OnDuty:
    """One person of the staff.

    Attributes:
        login, name, roles, credential: as registered.
        station: number of the station they sit at.
        from_s, to_s: when the shift begins and ends.
        successor: login of whom they hand over to; empty: to all.
        accept_s, notice_s, review_s: medians of their delays.
    """

    login: str
    name: str
    roles: tuple[str, ...]
    credential: str
    station: int
    from_s: float
    to_s: float
    successor: str = ""
    accept_s: float = 4.0
    notice_s: float = 6.0
    review_s: float = 25.0


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
    """

    at_s: float
    for_s: float
    patient: int
    kind: str
    values: tuple[tuple[str, float], ...]
    real: bool
    told_s: float
    symptom: str = ""


@dataclass(frozen=True, slots=True)
class NightAct:
    """Something that goes wrong, or right again.

    Attributes:
        at_s: when.
        do: one of ``ACTS``.
        who: login of the person whose station it befalls.
        for_s: after so long it is undone; 0: not by itself.
    """

    at_s: float
    do: str
    who: str
    for_s: float


@dataclass(frozen=True, slots=True)
class NightExpectation:
    """What must be true at the end.

    Attributes:
        what: ``exceptions``, ``unwatched_s``, ``notified``, ``missed``, ``open_cases``, ``incidents``.
        at_least, at_most: bounds.
        line: of the file.
    """

    what: str
    at_least: float | None
    at_most: float | None
    line: int


EXPECTATIONS = ("exceptions", "unwatched_s", "notified", "open_cases", "incidents", "cases")


@dataclass(frozen=True, slots=True)
class Night:
    """A whole scenario."""

    name: str
    description: str
    duration_s: float
    start: Instant
    seed: int
    patients: int
    staff: tuple[OnDuty, ...]
    answering: tuple[Answering, ...]
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
        start=from_iso(top.text("start", "2026-03-01T22:00:00Z")),
        seed=top.whole("seed", 1),
        patients=patients,
        staff=staff,
        answering=tuple(_answering(one) for one in top.tables("answering")),
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
        if act.at_s > night.duration_s:
            raise table.wrong("at", f"after the end ({night.duration_s:g} s)")


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
        accept_s=table.number("accept_s", 4.0),
        notice_s=table.number("notice_s", 6.0),
        review_s=table.number("review_s", 25.0),
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


def _finding(table: Table, patients: int) -> Finding:
    values = table.table("values")
    made = Finding(
        at_s=table.seconds("at"),
        for_s=table.seconds("for", 10.0),
        patient=table.whole("patient"),
        kind=table.text("kind", ""),
        values=tuple((name, values.number(name)) for name in table.keys_of("values")),
        real=table.choice("verdict", ("true", "artefact"), "true") == "true",
        told_s=table.seconds("told", 4.0),
        symptom=table.text("symptom", ""),
    )
    if bool(made.kind) == bool(made.symptom):
        raise table.wrong("kind", "want a kind or a symptom, one of them")
    if not 1 <= made.patient <= patients:
        raise table.wrong("patient", f"{made.patient}: want 1 to {patients}")
    table.finish()
    return made


def _act(table: Table) -> NightAct:
    made = NightAct(
        at_s=table.seconds("at"),
        do=table.choice("do", ACTS),
        who=table.text("who", ""),
        for_s=table.seconds("for", 0.0),
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
