"""What a simulated patient says to a visitor of the demo: words on the screen, beside the made-up voice.

What a page shows of it is marked as simulated, and fills in nothing: the visitor asks, and puts on record.
"""

from __future__ import annotations

from typing import Final

from einthoven.base.instants import SECOND, Duration
from einthoven.sim.caller import Stage
from einthoven.sim.caller_script import CallerScript

GREETS, TELLS, TAKES = 1 * SECOND, 4 * SECOND, 8 * SECOND
"""From the answer on: who it is, what was felt, what is taken."""
MEMORIES: Final = {
    "post-symptom": "I held the recorder to my chest right after it.",
    "pre-event memory": "The recorder kept what was before I pressed the button.",
    "post-event memory": "I pressed the button, and it recorded what came after.",
    "unknown": "I do not know when it recorded.",
}


def spoken(name: str) -> str:
    """``Rosa Ringwell`` of ``Ringwell, Rosa``."""
    family, _, given = name.partition(", ")
    return f"{given} {family}".strip()


def since(seconds: float) -> str:
    """How long ago, as people say it."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "just now"
    return f"about {minutes} minute{'' if minutes == 1 else 's'} ago"


def said(script: CallerScript, birth_date: str, stage: Stage, answered: Duration) -> list[str]:
    """Everything said so far.

    Args:
        script: of the patient.
        birth_date: of theirs, ``""`` where they do not tell it.
        stage: how far the call is.
        answered: since when somebody is there; 0 while nobody is.
    """
    if stage in (Stage.DIALLING, Stage.RINGING):
        return []
    lines = []
    if answered >= GREETS:
        born = f", born {birth_date}" if birth_date else ""
        lines.append(f"This is {spoken(script.patient)}{born}.")
    if answered >= TELLS:
        doing = f" I was {script.activity}." if script.activity else ""
        lines.append(f"{script.text or 'I felt it again.'} That was {since(script.felt_s)}.{doing}")
        lines.append(MEMORIES[script.memory])
    if answered >= TAKES:
        lines.append(f"I take {script.medication}." if script.medication else "I take nothing.")
    if stage is Stage.PLAYING:
        lines.append("I put the telephone down on the recorder now.")
    if stage is Stage.LEAVING:
        lines.append("That was the strip. Did you get it?")
    if stage is Stage.OVER:
        lines.append("Good-bye.")
    return lines
