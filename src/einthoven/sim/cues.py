"""Hearts on cue: a simulated heart to which something happens when somebody watches, and who gives the cue.

A visitor of the demo should not wait for an alarm, nor be flooded: the first scene comes soon after they
watch somebody whose heart takes cues, the next ones at a calm pace, and none while a case of theirs is open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.instants import SECOND
from einthoven.base.layout import INVALID_SAMPLE, Layout
from einthoven.sim.hearts.heart import Heart
from einthoven.sim.hearts.script import Incident, Rhythm, Script
from einthoven.sim.sources import HeartSource

FADE_S: Final = 0.3
"""From the heart to its scene and back: another stretch of the same heart has its baseline elsewhere."""
LEAD_IN_S: Final = 3.0
FIRST_S: Final = 15.0
"""From the moment somebody watches to the first cue."""
CALM_S: Final = 150.0
"""Mean from one cue to the next."""
LEFT_ALONE_S: Final = 20.0
"""So long after the last case of the visitor closed nothing is cued."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Something that happens to a heart.

    Attributes:
        name: to tell it by.
        seconds: how long it lasts, lead-in and return included.
        rhythms: after the lead-in, from ``LEAD_IN_S`` on.
        incidents: as in a script.
    """

    name: str
    seconds: float
    rhythms: tuple[Rhythm, ...] = ()
    incidents: tuple[Incident, ...] = ()

    def script(self, rate_bpm: float) -> Script:
        """The scene as a script, in a heart of this sinus rate."""
        calm = Rhythm(0.0, "sinus", rate_bpm)
        return Script((calm, *self.rhythms), self.incidents)


SCENES: Final = (
    Scene("run", 24.0, incidents=(Incident(LEAD_IN_S, "run", beats=34, rate_bpm=178.0),)),
    Scene("pause", 18.0, incidents=(Incident(LEAD_IN_S, "pause", seconds=6.8),)),
    Scene("block", 60.0, (Rhythm(LEAD_IN_S, "block3", 32.0), Rhythm(52.0, "sinus", 72.0))),
    Scene("racing", 80.0, (Rhythm(LEAD_IN_S, "svt", 188.0), Rhythm(74.0, "sinus", 96.0))),
)
"""Each meets a criterion of the emergent or the urgent tier as shipped."""


class CuedSource:
    """A heart that plays a scene when it is cued; what was measured before stays as it was.

    Args:
        source: the heart.
        seed: the same as the heart's, so that the scenes are of the same person.
    """

    def __init__(self, source: HeartSource, seed: int) -> None:
        self._source = source
        self._seed = seed
        self.length: int | None = None
        self.recording = source.recording
        self._measured = 0
        self._played: list[tuple[int, int, Heart]] = []

    @property
    def layout(self) -> Layout:
        """Rate and leads."""
        return self._source.layout

    @property
    def heart(self) -> Heart:
        """The heart between its scenes."""
        return self._source.heart

    @property
    def playing(self) -> bool:
        """Whether a scene has not ended yet."""
        return bool(self._played) and self._measured < self._played[-1][1]

    def cue(self, scene: Scene) -> None:
        """Play a scene from now on, which is behind everything that was measured."""
        rate = self.heart.script.rhythms[0].rate_bpm
        start = max(self._measured, self._played[-1][1] if self._played else 0)
        stop = start + round(scene.seconds * self.layout.rate_hz)
        self._played.append((start, stop, Heart(scene.script(rate), self.layout, self._seed)))

    def samples(self, start: int, stop: int) -> NDArray[np.int16]:
        """Samples ``[start, stop)``, int16[n, leads]."""
        self._measured = max(self._measured, stop)
        out = self._source.samples(start, stop)
        for begin, end, heart in self._played:
            low, high = max(start, begin), min(stop, end)
            if low < high:
                out = out.copy()
                played = heart.samples(low - begin, high - begin)
                part = out[low - start : high - start]
                out[low - start : high - start] = self._faded(part, played, low - begin, end - begin)
        return out

    def _faded(
        self, calm: NDArray[np.int16], played: NDArray[np.int16], at: int, length: int
    ) -> NDArray[np.int16]:
        """The scene over the heart, faded in and out; what is no sample in either is none."""
        index = np.arange(at, at + len(played))
        fade = FADE_S * self.layout.rate_hz
        share = np.clip(np.minimum((index + 1) / fade, (length - index) / fade), 0.0, 1.0)[:, None]
        mixed = np.rint(calm + share * (played.astype(np.float64) - calm)).astype(np.int16)
        gone = (calm == INVALID_SAMPLE) | (played == INVALID_SAMPLE)
        return np.where(gone, np.int16(INVALID_SAMPLE), mixed)


@dataclass(slots=True)
class Prompter:
    """Who gives the cues.

    Attributes:
        hearts: those that take cues, by stream.
        chance: of the pace.
    """

    hearts: Mapping[str, CuedSource]
    chance: Random
    _next: int | None = None
    _turn: int = 0
    _busy: int = 0
    _last: str = ""
    given: list[tuple[str, str]] = field(default_factory=list)

    def step(self, now: int, watched: Collection[str], troubled: Collection[str]) -> str | None:
        """Give a cue if it is time for one; the stream whose heart took it.

        Args:
            now: monotonic nanoseconds.
            watched: streams that a visitor watches.
            troubled: streams of open cases.
        """
        mine = sorted(set(watched) & set(self.hearts))
        if not mine:
            self._next = None
            return None
        if self._next is None:
            self._next = now + round(FIRST_S * SECOND)
        if any(stream in troubled for stream in watched) or any(self.hearts[one].playing for one in mine):
            self._next = max(self._next, now + round(LEFT_ALONE_S * SECOND))
            return None
        if now < self._next:
            return None
        others = [one for one in mine if one != self._last] or mine
        stream = self._last = self.chance.choice(others)
        scene = SCENES[self._turn % len(SCENES)]
        self._turn += 1
        self.hearts[stream].cue(scene)
        self.given.append((stream, scene.name))
        self._next = now + round(self.chance.uniform(0.7, 1.3) * CALM_S * SECOND)
        return stream
