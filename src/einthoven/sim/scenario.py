"""Scenario files: who wears what, what goes wrong when, and what must be true (``docs/scenarios.md``).

TOML with relative times (``"+00:10:00"``, or a number of seconds). Reading is strict: an unknown key, a wrong
kind of value or a name that nothing defines is refused with file, line and key.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from einthoven.base.errors import InputError
from einthoven.base.layout import Layout
from einthoven.link.limits import Cause, Severity
from einthoven.sim.caller_script import CallerScript, caller_of
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Disturbance, Incident, Rhythm, Script
from einthoven.sim.network import Weather
from einthoven.sim.reading import Table, located

ACTS = (
    "cut",
    "reset",
    "stall",
    "half-open",
    "weather",
    "mark",
    "off",
    "on",
    "reboot",
    "rival",
    "kill-center",
    "restart-center",
    "disk-full",
    "disk-error",
    "disk-well",
    "clock-step",
)
"""Everything an event can do."""
EXPECTATIONS = ("stored", "behind", "connected", "marks", "holes", "dials", "acknowledged")


@dataclass(frozen=True, slots=True)
class Wearer:
    """One patient with a transmitter.

    Attributes:
        id: the transmitter's identifier.
        patient: name.
        heart: name of a heart of the scenario.
        record: name of a record to play instead, where the player has it; empty: none.
        layout, seed, gain: of the heart.
        frame_s: seconds in a live frame.
        ppm: drift of the transmitter's clock.
        battery: percent at the start.
        start_s: when it is put on.
        room_s: seconds of samples its spool takes.
        birth_date, sex: of the patient, where told.
    """

    id: str
    patient: str
    heart: str
    layout: Layout
    seed: int
    record: str = ""
    frame_s: float = 1.0
    ppm: float = 0.0
    battery: float = 100.0
    start_s: float = 0.0
    room_s: float = 30 * 86_400.0
    birth_date: str = ""
    sex: str = "unknown"


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happens at ``at_s``, and again every ``every_s`` if that is above 0.

    Attributes:
        do: one of ``ACTS``.
        transmitter: whose; empty: all.
        for_s: length of a cut or stall; a ``kill-center`` or ``off`` with a length ends by itself.
        seconds: of a ``clock-step``.
        notices: who notices a ``half-open``: ``"center"`` or ``"transmitter"``.
        weather: of a ``weather`` act.
        symptom, severity, activity, text: of a ``mark``.
        cause: of an ``off``.
    """

    at_s: float
    do: str
    transmitter: str = ""
    every_s: float = 0.0
    for_s: float = 0.0
    seconds: float = 0.0
    notices: str = "center"
    weather: Weather | None = None
    symptom: str = "other"
    severity: Severity = Severity.UNKNOWN
    activity: str = ""
    text: str = ""
    cause: Cause = Cause.POWER


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be true at ``at_s`` (None: after everything has settled).

    Attributes:
        what: one of ``EXPECTATIONS``.
        transmitter: whose; empty: everyone's.
        at_least, at_most: bounds of the number ``what`` stands for (seconds, counts).
        causes: the causes that ``holes`` may have.
        line: where it stands in the file.
    """

    what: str
    transmitter: str = ""
    at_s: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    causes: tuple[str, ...] | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole scenario; ``heart`` makes a wearer's heart."""

    name: str
    description: str
    duration_s: float
    settle_s: float
    seed: int
    weather: Weather
    hearts: dict[str, Script] = field(default_factory=dict)
    wearers: tuple[Wearer, ...] = ()
    acts: tuple[Act, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    callers: tuple[CallerScript, ...] = ()

    def caller_heart(self, caller: CallerScript) -> Heart:
        """The heart of who calls, in lead II."""
        return Heart(self.hearts[caller.heart], layout_of(("II",)), caller.seed)

    def heart(self, wearer: Wearer) -> Heart:
        """The wearer's heart."""
        return Heart(self.hearts[wearer.heart], wearer.layout, wearer.seed)


def load(path: Path) -> Scenario:
    """Read a scenario file; raises ``InputError`` naming file, line and key of the first thing wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
    return parse(text, str(path))


def shipped(name: str) -> Scenario:
    """A scenario of the package, by its file name without ``.toml``."""
    return load(Path(__file__).with_name("scenarios") / f"{name}.toml")


def parse(text: str, source: str = "scenario") -> Scenario:
    """The scenario that ``text`` describes; ``source`` names it in errors."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source}: {error}") from error
    top = Table(values, located(text, source))
    hearts = {}
    for table in top.tables("heart"):
        name = table.text("name")
        if name in hearts:
            raise table.wrong("name", f"heart {name!r} is there twice")
        hearts[name] = _script(table)
        table.finish()
    scenario = Scenario(
        name=top.text("name"),
        description=top.text("description", ""),
        duration_s=top.seconds("duration"),
        settle_s=top.seconds("settle", 120.0),
        seed=top.whole("seed", 1),
        weather=_weather(top.table("weather")),
        hearts=hearts,
        wearers=tuple(
            _wearer(table, number, hearts) for number, table in enumerate(top.tables("transmitter"))
        ),
        acts=tuple(_act(table) for table in top.tables("event")),
        expectations=tuple(_expectation(table) for table in top.tables("expect")),
        callers=tuple(caller_of(table, number, hearts) for number, table in enumerate(top.tables("caller"))),
    )
    top.finish()
    _check(scenario, top)
    return scenario


def _check(scenario: Scenario, top: Table) -> None:
    """Names that cross tables."""
    ids = [wearer.id for wearer in scenario.wearers]
    for number, wearer in enumerate(scenario.wearers):
        if wearer.id in ids[:number]:
            raise top.table_at("transmitter", number).wrong("id", f"transmitter {wearer.id!r} is there twice")
    calling = [caller.id for caller in scenario.callers]
    for number, caller in enumerate(scenario.callers):
        if caller.id in calling[:number]:
            raise top.table_at("caller", number).wrong("id", f"caller {caller.id!r} is there twice")
        if caller.at_s > scenario.duration_s:
            raise top.table_at("caller", number).wrong("at", f"after the end ({scenario.duration_s:g} s)")
    named: dict[str, tuple[Act | Expectation, ...]] = {
        "event": scenario.acts,
        "expect": scenario.expectations,
    }
    for kind, entries in named.items():
        for number, entry in enumerate(entries):
            if entry.transmitter and entry.transmitter not in ids:
                table = top.table_at(kind, number)
                raise table.wrong("transmitter", f"no transmitter {entry.transmitter!r} in this scenario")
            if entry.at_s is not None and entry.at_s > scenario.duration_s:
                raise top.table_at(kind, number).wrong("at", f"after the end ({scenario.duration_s:g} s)")


def _script(table: Table) -> Script:
    rhythms = tuple(
        Rhythm(
            at_s=one.seconds("at", 0.0),
            kind=one.text("kind", "sinus"),
            rate_bpm=one.number("rate", 70.0),
            to_bpm=one.number("to", 0.0) or None,
            variability=one.number("variability", 1.0),
            pvc_per_hour=one.number("pvc_per_hour", 0.0),
            pac_per_hour=one.number("pac_per_hour", 0.0),
            couplet_share=one.number("couplet_share", 0.0),
            foci=one.whole("foci", 1),
        )
        for one in table.tables("rhythms")
    )
    incidents = tuple(
        Incident(
            at_s=one.seconds("at"),
            kind=one.text("kind"),
            beats=one.whole("beats", 5),
            seconds=one.number("seconds", 3.0),
            rate_bpm=one.number("rate", 160.0),
        )
        for one in table.tables("incidents")
    )
    disturbances = tuple(
        Disturbance(
            at_s=one.seconds("at"),
            for_s=one.seconds("for"),
            kind=one.text("kind"),
            amount_mv=one.number("amount_mv", 0.2),
            leads=tuple(one.texts("leads")),
            mains_hz=one.number("mains_hz", 60.0),
        )
        for one in table.tables("disturbances")
    )
    try:
        return Script(rhythms or (Rhythm(),), incidents, disturbances, table.seconds("period", 0.0) or None)
    except InputError as error:
        raise table.wrong("name", str(error)) from error


def _wearer(table: Table, number: int, hearts: dict[str, Script]) -> Wearer:
    heart = table.choice("heart", tuple(hearts))
    try:
        layout = layout_of(
            tuple(table.texts("leads", ["II", "V1"])),
            table.number("rate_hz", 250.0),
            table.number("gain", 200.0),
        )
        Heart(hearts[heart], layout, 0)
    except InputError as error:
        raise table.wrong("leads", str(error)) from error
    wearer = Wearer(
        id=table.text("id"),
        patient=table.text("patient"),
        heart=heart,
        layout=layout,
        seed=table.whole("seed", number + 1),
        record=table.text("record", ""),
        frame_s=table.seconds("frame", 1.0),
        ppm=table.number("ppm", 0.0),
        battery=table.number("battery", 100.0),
        start_s=table.seconds("start", 0.0),
        room_s=table.seconds("room", 30 * 86_400.0),
        birth_date=table.text("birth_date", ""),
        sex=table.text("sex", "unknown"),
    )
    table.finish()
    return wearer


def _weather(table: Table) -> Weather:
    weather = Weather(
        delay_s=table.number("delay_s", 0.03),
        jitter_s=table.number("jitter_s", 0.0),
        up_bytes_s=table.number("up_bytes_s", 0.0) or None,
        down_bytes_s=table.number("down_bytes_s", 0.0) or None,
        refuse=table.number("refuse", 0.0),
    )
    table.finish()
    return weather


def _act(table: Table) -> Act:
    act = Act(
        at_s=table.seconds("at"),
        do=table.choice("do", ACTS),
        transmitter=table.text("transmitter", ""),
        every_s=table.seconds("every", 0.0),
        for_s=table.seconds("for", 0.0),
        seconds=table.number("seconds", 0.0),
        notices=table.choice("notices", ("center", "transmitter"), "center"),
        weather=_weather(table.table("weather")) if "weather" in table else None,
        symptom=table.text("symptom", "other"),
        severity=Severity[
            table.choice("severity", tuple(one.name.lower() for one in Severity), "unknown").upper()
        ],
        activity=table.text("activity", ""),
        text=table.text("text", ""),
        cause=Cause[table.choice("cause", tuple(one.name.lower() for one in Cause), "power").upper()],
    )
    if act.do == "weather" and act.weather is None:
        raise table.wrong("do", "a weather event needs a weather table")
    if act.do in ("cut", "stall") and act.for_s <= 0:
        raise table.wrong("do", f"a {act.do} needs `for`")
    if 0 < act.every_s < 1:
        raise table.wrong("every", "want at least a second")
    table.finish()
    return act


def _expectation(table: Table) -> Expectation:
    expectation = Expectation(
        what=table.choice("what", EXPECTATIONS),
        transmitter=table.text("transmitter", ""),
        at_s=table.seconds("at") if "at" in table else None,
        at_least=table.number("at_least") if "at_least" in table else None,
        at_most=table.number("at_most") if "at_most" in table else None,
        causes=tuple(table.texts("causes")) if "causes" in table else None,
        line=table.line(),
    )
    table.finish()
    return expectation
