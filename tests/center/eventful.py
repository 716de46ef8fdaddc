"""A hundred seconds in which much happens."""

from __future__ import annotations

from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Incident, Rhythm, Script

RATE = 125
SECONDS = 100
PLAN = layout_of(("II", "V1"), float(RATE))
EVENTFUL = Script(
    rhythms=(
        Rhythm(at_s=0, kind="sinus", rate_bpm=70),
        Rhythm(at_s=25, kind="vt", rate_bpm=170),
        Rhythm(at_s=34, kind="sinus", rate_bpm=75),
        Rhythm(at_s=50, kind="bigeminy", rate_bpm=80),
        Rhythm(at_s=65, kind="vf", rate_bpm=80),
        Rhythm(at_s=80, kind="sinus", rate_bpm=80),
    ),
    incidents=(Incident(18, "couplet"), Incident(88, "pause", seconds=4)),
)
RECORD = Heart(EVENTFUL, PLAN, seed=3).samples(0, SECONDS * RATE)
