"""What a simulated patient does on the telephone, as data: a ``[[caller]]`` of a scenario (R6)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from einthoven.base.errors import InputError
from einthoven.sim.reading import Table
from einthoven.telephone.profiles import profile

LINES: Final = ("direct", "sip", "media")
"""``direct`` goes straight into the center's switchboard: on virtual time, and where no line is open."""
MEMORIES: Final = ("post-symptom", "pre-event memory", "post-event memory", "unknown")
STRIP_MOST_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class Playback:
    """One strip that is played.

    Attributes:
        after_s: after the answer, or after the strip before; sooner where the patient is told to.
        seconds: of ECG.
        at_s: where in the heart's time it was recorded.
        speed: times as fast as recorded.
        calibration: with the calibration pulses first.
        upside_down: electrodes swapped.
    """

    after_s: float = 15.0
    seconds: float = 30.0
    at_s: float = 0.0
    speed: int = 1
    calibration: bool = True
    upside_down: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the line does to the sound.

    Attributes:
        loss: share of packets of 20 ms that do not come.
        burst: how many are lost in a row, about.
        jitter_s: packets come later by up to this; where the line is no network nothing happens.
        noise_db: tone to noise; None: none is added.
        clip: the sound is so many times too loud; 1: as it should be.
    """

    loss: float = 0.0
    burst: int = 1
    jitter_s: float = 0.0
    noise_db: float | None = None
    clip: float = 1.0


@dataclass(frozen=True, slots=True)
class CallerScript:
    """A patient who telephones.

    Attributes:
        id: name in the scenario.
        patient: the person's name.
        telephone: the number that calls, ``""``: withheld.
        heart: of the scenario, in lead II.
        seed: of the heart and of everything by chance.
        transmitter: the kind of transmitter (``telephone/profiles.toml``).
        line: one of ``LINES``.
        at_s: when the first call is made.
        every_s: a call again after so long; 0: none.
        patience_s: so long it rings before they hang up.
        voice_s: how long they speak once it is answered.
        code: whether they press their code.
        hang_up_s: after the last strip.
        symptom, severity, activity, text, felt_s, memory, medication: what they tell when asked; ``felt_s``
            before the call.
        strips: what they play.
        trouble: what the line does.
    """

    id: str
    patient: str
    telephone: str
    heart: str
    seed: int
    transmitter: str = "simulated"
    line: str = "direct"
    at_s: float = 0.0
    every_s: float = 0.0
    patience_s: float = 180.0
    voice_s: float = 3.0
    code: bool = False
    hang_up_s: float = 10.0
    symptom: str = "palpitations"
    severity: int = 2
    activity: str = ""
    text: str = ""
    felt_s: float = 120.0
    memory: str = "post-symptom"
    medication: str = ""
    strips: tuple[Playback, ...] = (Playback(),)
    trouble: Trouble = field(default_factory=Trouble)


def caller_of(table: Table, number: int, hearts: Collection[str]) -> CallerScript:
    """A ``[[caller]]``; raises ``InputError`` naming file, line and key of the first thing wrong."""
    kind = table.text("transmitter", "simulated")
    try:
        speeds = profile(kind).speeds
    except InputError as error:
        raise table.wrong("transmitter", str(error)) from error
    strips = tuple(_playback(one, speeds) for one in table.tables("strips"))
    script = CallerScript(
        id=table.text("id"),
        patient=table.text("patient"),
        telephone=table.text("telephone", ""),
        heart=table.choice("heart", tuple(hearts)),
        seed=table.whole("seed", number + 1),
        transmitter=kind,
        line=table.choice("line", LINES, "direct"),
        at_s=table.seconds("at"),
        every_s=table.seconds("every", 0.0),
        patience_s=table.seconds("patience", 180.0),
        voice_s=table.seconds("voice", 3.0),
        code=table.flag("code", False),
        hang_up_s=table.seconds("hang_up", 10.0),
        symptom=table.text("symptom", "palpitations"),
        severity=table.whole("severity", 2),
        activity=table.text("activity", ""),
        text=table.text("text", ""),
        felt_s=table.seconds("felt", 120.0),
        memory=table.choice("memory", MEMORIES, "post-symptom"),
        medication=table.text("medication", ""),
        strips=strips or (Playback(),),
        trouble=_trouble(table.table("trouble")),
    )
    if not 0 <= script.severity <= 3:
        raise table.wrong("severity", "want 0 to 3")
    if 0 < script.every_s < 60:
        raise table.wrong("every", "want at least a minute between calls")
    table.finish()
    return script


def _playback(table: Table, speeds: Collection[int]) -> Playback:
    made = Playback(
        after_s=table.seconds("after", 15.0),
        seconds=table.seconds("seconds", 30.0),
        at_s=table.seconds("at", 0.0),
        speed=table.whole("speed", 1),
        calibration=table.flag("calibration", True),
        upside_down=table.flag("upside_down", False),
    )
    if not 1.0 <= made.seconds <= STRIP_MOST_S:
        raise table.wrong("seconds", f"want 1 to {STRIP_MOST_S:g} s of ECG")
    if made.speed not in speeds:
        raise table.wrong("speed", f"this transmitter plays {', '.join(map(str, speeds))} times as fast")
    table.finish()
    return made


def _trouble(table: Table) -> Trouble:
    made = Trouble(
        loss=table.number("loss", 0.0),
        burst=table.whole("burst", 1),
        jitter_s=table.number("jitter_s", 0.0),
        noise_db=table.number("noise_db") if "noise_db" in table else None,
        clip=table.number("clip", 1.0),
    )
    if not 0.0 <= made.loss < 1.0:
        raise table.wrong("loss", "want a share from 0 up to 1")
    if not 1 <= made.burst <= 500:
        raise table.wrong("burst", "want 1 to 500 packets")
    if not 0.0 <= made.jitter_s <= 10.0:
        raise table.wrong("jitter_s", "want 0 to 10 s")
    if made.clip < 1.0:
        raise table.wrong("clip", "want 1 or more")
    table.finish()
    return made
