"""When a heart's chambers contract: events beat by beat, each a pure function of the state before it.

The sinus interval follows the textbook components of heart-rate variability: respiratory (≈ 0.25 Hz),
baroreflex (≈ 0.1 Hz) and a 1/f part below 0.04 Hz, all closed functions of time, plus a small independent
jitter.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from einthoven.sim.hearts.chance import normal, uniform
from einthoven.sim.hearts.script import Incident, Rhythm, Script

SEGMENT_S = 60.0
"""Time between two saved states, from which events can be made again."""
REACH_S = 2.0
"""No event lies further than this before the state that made it."""
TWISTS = 14
"""Beats in which the axis of a torsade comes round."""
BEATLESS = ("vf", "asystole")
_SLOW = tuple(0.0006 * 2.0**k for k in range(7))


@dataclass(frozen=True, slots=True)
class Event:
    """One contraction.

    Attributes:
        t: time of its main deflection, seconds.
        label: WFDB beat symbol (``"N"``, ``"V"``, …), ``"x"`` for a blocked P wave, ``""`` for any other.
        shape: name of its form in ``morphology``.
        rr: interval before it in seconds, which sets the QT interval.
    """

    t: float
    label: str
    shape: str
    rr: float = 0.8


@dataclass(frozen=True, slots=True)
class State:
    """Everything the next step depends on besides script and seed.

    Attributes:
        t: time of the last ventricular event; ``node``: of the last sinus discharge, as its QRS would lie.
        n: steps made so far (the counter of chance).
        count: place in a pattern (bigeminy, Wenckebach).
        atrial: time of the last independent P wave (third-degree block).
        passage: start of the rhythm that ``count`` belongs to.
        heard: incidents up to here have happened.
    """

    t: float = 0.0
    node: float = 0.0
    n: int = 0
    count: int = 0
    atrial: float = 0.0
    passage: float = -1.0
    heard: float = 0.0


Step = tuple[State, list[Event]]


class Beats:
    """The events of a script and seed; any stretch, in any order, always the same."""

    def __init__(self, script: Script, seed: int) -> None:
        self._script = script
        self._seed = seed
        self._phase = [2 * math.pi * uniform(seed, 2, k) for k in range(9)]
        self._saved = [State(t=-0.4 * uniform(seed, 1), node=-0.4 * uniform(seed, 1))]
        self._made: OrderedDict[int, list[Event]] = OrderedDict()

    def between(self, start: float, stop: float) -> list[Event]:
        """Events with ``start ≤ t < stop``, by time."""
        found = []
        for index in range(self._first(start - REACH_S), 1 << 62):
            events = self._segment(index)
            found += [event for event in events if start <= event.t < stop]
            if self._saved[index + 1].t > stop + REACH_S:
                break
        return sorted(found, key=lambda event: event.t)

    def _first(self, t: float) -> int:
        while self._saved[-1].t < t:
            self._segment(len(self._saved) - 1)
        low, high = 0, len(self._saved) - 1
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._saved[middle].t < t else (low, middle - 1)
        return low

    def _segment(self, index: int) -> list[Event]:
        if index in self._made:
            return self._made[index]
        state = self._saved[index]
        until = state.t + SEGMENT_S
        events: list[Event] = []
        while state.t < until:
            state, fresh = self._step(state)
            events += fresh
        if index + 1 == len(self._saved):
            self._saved.append(state)
        self._made[index] = events
        if len(self._made) > 4:
            self._made.popitem(last=False)
        return events

    def _step(self, state: State) -> Step:
        rhythm, start, end = self._script.passage(max(state.t, 0.0))
        if start != state.passage:
            state = replace(state, passage=start, count=0, node=max(state.node, state.t), atrial=state.t)
        state = replace(state, n=state.n + 1)
        if rhythm.kind in BEATLESS:
            return replace(state, t=_leave(end, state.t), node=_leave(end, state.t)), []
        mean = self._mean(rhythm, state.t, start, end)
        found = self._script.incident(state.heard, state.t + mean)
        if found is not None:
            return self._incident(replace(state, heard=found[1]), rhythm, found[0], mean)
        after, events = STEPS[rhythm.kind](self, state, rhythm, mean)
        if after.t < end:
            return after, events
        return self._cross(state, end)

    def _cross(self, state: State, end: float) -> Step:
        """The rhythm ends before its next beat: the next one starts from its boundary."""
        following, _, _ = self._script.passage(end)
        if following.kind in BEATLESS:
            return replace(state, t=end, node=end), []
        rr = 60.0 / following.rate_bpm
        at = max(end - 0.5 * rr, state.t + 1e-3)
        return replace(state, t=max(at, end), node=max(at, end) - 0.3 * rr, atrial=end), []

    @staticmethod
    def _mean(rhythm: Rhythm, t: float, start: float, end: float) -> float:
        rate = rhythm.rate_bpm
        if rhythm.to_bpm is not None and math.isfinite(end):
            rate += (rhythm.to_bpm - rate) * min(1.0, max(0.0, (t - start) / (end - start)))
        return 60.0 / rate

    def sinus_interval(self, state: State, rhythm: Rhythm, mean: float) -> float:
        """The next sinus interval in seconds."""
        t, seed, phase = state.node, self._seed, self._phase
        breath = math.sin(2 * math.pi * 0.25 * t + 1.8 * math.sin(2 * math.pi * 0.013 * t) + phase[7])
        reflex = math.sin(2 * math.pi * 0.095 * t + 1.2 * math.sin(2 * math.pi * 0.007 * t) + phase[8])
        slow = math.fsum(
            math.sin(2 * math.pi * f * t + phase[k]) / (1 + k) ** 0.5 for k, f in enumerate(_SLOW)
        )
        swing = 0.030 * breath + 0.022 * reflex + 0.018 * slow + 0.006 * normal(seed, 3, state.n)
        return mean * (1.0 + rhythm.variability * swing)

    def ectopy(self, state: State, rhythm: Rhythm, mean: float) -> str:
        """Which premature beat chance puts next: ``"pvc"``, ``"couplet"``, ``"pac"`` or none."""
        draw = uniform(self._seed, 4, state.n)
        pvc = rhythm.pvc_per_hour * mean / 3600.0
        if draw < pvc:
            return "couplet" if draw < pvc * rhythm.couplet_share else "pvc"
        return "pac" if draw < pvc + rhythm.pac_per_hour * mean / 3600.0 else ""

    def focus(self, state: State, rhythm: Rhythm) -> str:
        """Shape of the next ventricular beat."""
        return "pvc_b" if rhythm.foci == 2 and uniform(self._seed, 5, state.n) < 0.4 else "pvc_a"

    def draw(self, key: int, state: State) -> float:
        """Standard normal draw number ``key`` of this step."""
        return normal(self._seed, key, state.n)

    def _incident(self, state: State, rhythm: Rhythm, incident: Incident, mean: float) -> Step:
        if incident.kind == "pause":
            t = state.t + incident.seconds
            return replace(state, t=t, node=t), [*_p_wave(rhythm, t), Event(t, "N", "qrs", mean)]
        if incident.kind == "pac":
            return premature_atrial(self, state, mean)
        beats = {"pvc": 1, "couplet": 2, "run": incident.beats}[incident.kind]
        inner = 60.0 / incident.rate_bpm if incident.kind == "run" else 0.45
        return premature_ventricular(self, state, rhythm, mean, beats, inner)


def _leave(end: float, t: float) -> float:
    return end if math.isfinite(end) else t + SEGMENT_S


def _p_wave(rhythm: Rhythm, t: float) -> list[Event]:
    return (
        []
        if rhythm.kind in ("afib", "flutter", "svt", "vt", "torsade", "junctional")
        else [Event(t - 0.145, "", "p")]
    )


def premature_atrial(beats: Beats, state: State, mean: float) -> Step:
    """An atrial premature beat: early P of another form, narrow QRS, the sinus node starts anew."""
    rr = mean * (0.64 + 0.03 * beats.draw(6, state))
    t = state.t + max(rr, 0.32)
    events = [Event(t - 0.15, "", "p_ectopic"), Event(t, "A", "qrs", rr)]
    return replace(state, t=t, node=t + 0.08 * mean), events


def premature_ventricular(
    beats: Beats, state: State, rhythm: Rhythm, mean: float, number: int, inner: float
) -> Step:
    """One or more ventricular beats; the sinus node goes on below, which gives the compensatory pause."""
    shape = beats.focus(state, rhythm)
    t = state.t + max(mean * 0.58 + 0.01 * beats.draw(7, state), 0.34)
    events = [Event(t, "V", shape, mean)]
    for k in range(1, number):
        t += inner * (1.0 + 0.03 * math.sin(2.4 * k + state.n))
        events.append(Event(t, "V", shape, inner))
    node = state.node + mean
    while node + mean < t + 0.62 * mean:
        node += mean
    return replace(state, t=t, node=node), events


def _sinus(beats: Beats, state: State, rhythm: Rhythm, mean: float, pr: float = 0.145) -> Step:
    kind = beats.ectopy(state, rhythm, mean)
    if kind == "pac":
        return premature_atrial(beats, state, mean)
    if kind:
        return premature_ventricular(beats, state, rhythm, mean, 2 if kind == "couplet" else 1, 0.46)
    t = state.node + beats.sinus_interval(state, rhythm, mean)
    t = max(t, state.t + 0.3)
    events = [Event(t - pr, "", "p"), Event(t, "N", "qrs", t - state.t)]
    return replace(state, t=t, node=t), events


def _block1(beats: Beats, state: State, rhythm: Rhythm, mean: float) -> Step:
    return _sinus(beats, state, rhythm, mean, pr=0.30)


def _pattern(beats: Beats, state: State, rhythm: Rhythm, mean: float, every: int) -> Step:
    if state.count % every == every - 1:
        state = replace(state, count=state.count + 1)
        return premature_ventricular(beats, state, rhythm, mean, 1, 0.5)
    after, events = _sinus(beats, state, replace(rhythm, pvc_per_hour=0.0, pac_per_hour=0.0), mean)
    return replace(after, count=state.count + 1), events


def _bigeminy(beats: Beats, state: State, rhythm: Rhythm, mean: float) -> Step:
    return _pattern(beats, state, rhythm, mean, 2)


def _trigeminy(beats: Beats, state: State, rhythm: Rhythm, mean: float) -> Step:
    return _pattern(beats, state, rhythm, mean, 3)


def _afib(beats: Beats, state: State, rhythm: Rhythm, mean: float) -> Step:
    if beats.ectopy(state, rhythm, mean) in ("pvc", "couplet"):
        return premature_ventricular(beats, state, rhythm, mean, 1, 0.45)
    rr = min(max(mean * math.exp(0.24 * beats.draw(8, state) - 0.029), 0.30), 2.2)
    t = state.t + rr
    return replace(state, t=t, node=t), [Event(t, "N", "qrs", rr)]


def _flutter(beats: Beats, state: State, _rhythm: Rhythm, mean: float) -> Step:
    ratio = max(1, round(mean / 0.2))
    if beats.draw(9, state) > 1.3:
        ratio = ratio + 1 if ratio < 4 else ratio - 1
    t = state.t + 0.2 * ratio
    return replace(state, t=t, node=t), [Event(t, "N", "qrs", 0.2 * ratio)]


def _svt(beats: Beats, state: State, _rhythm: Rhythm, mean: float) -> Step:
    t = state.t + mean * (1.0 + 0.006 * beats.draw(10, state))
    return replace(state, t=t, node=t), [Event(t, "A", "qrs", mean), Event(t + 0.11, "", "p_retro")]


def _vt(beats: Beats, state: State, _rhythm: Rhythm, mean: float) -> Step:
    t = state.t + mean * (1.0 + 0.012 * beats.draw(11, state))
    return replace(state, t=t, node=t), [Event(t, "V", "pvc_a", mean)]


def _torsade(beats: Beats, state: State, _rhythm: Rhythm, mean: float) -> Step:
    """The axis turns about the line, from beat to beat."""
    t = state.t + mean * (1.0 + 0.03 * beats.draw(13, state))
    shape = f"twist_{state.count % TWISTS}"
    return replace(state, t=t, node=t, count=state.count + 1), [Event(t, "V", shape, mean)]


def _junctional(beats: Beats, state: State, _rhythm: Rhythm, mean: float) -> Step:
    """The beats of the sinus, without its P waves."""
    t = state.t + mean * (1.0 + 0.012 * beats.draw(14, state))
    return replace(state, t=t, node=t), [Event(t, "J", "qrs", mean)]


def _escape(beats: Beats, state: State, _rhythm: Rhythm, mean: float) -> Step:
    t = state.t + mean * (1.0 + 0.02 * beats.draw(12, state))
    return replace(state, t=t, node=t), [Event(t, "E", "escape", mean)]


def _wenckebach(beats: Beats, state: State, rhythm: Rhythm, mean: float) -> Step:
    return _blocked(beats, state, rhythm, mean, (0.17, 0.25, 0.30))


def _mobitz2(beats: Beats, state: State, rhythm: Rhythm, mean: float) -> Step:
    return _blocked(beats, state, rhythm, mean, (0.17, 0.17))


def _blocked(beats: Beats, state: State, rhythm: Rhythm, mean: float, pr: tuple[float, ...]) -> Step:
    """Conduct with the PR intervals in turn, then drop one; ``node`` is the time of the P wave here."""
    atrial = state.atrial + beats.sinus_interval(replace(state, node=state.atrial), rhythm, mean)
    place = state.count % (len(pr) + 1)
    state = replace(state, count=state.count + 1, atrial=atrial, node=atrial)
    if place == len(pr):
        return replace(state, t=max(state.t, atrial)), [Event(atrial, "x", "p")]
    t = atrial + pr[place]
    return replace(state, t=t), [Event(atrial, "", "p"), Event(t, "N", "qrs", mean)]


def _block3(beats: Beats, state: State, rhythm: Rhythm, mean: float) -> Step:
    """P waves at about 78/min march through an escape rhythm that does not hear them."""
    after, events = _escape(beats, state, rhythm, mean)
    atrial = state.atrial
    while atrial < after.t:
        atrial += 0.77 * (1.0 + 0.02 * math.sin(2 * math.pi * 0.25 * atrial))
        events.append(Event(atrial, "x", "p"))
    return replace(after, atrial=atrial), events


def _paced(beats: Beats, state: State, rhythm: Rhythm, mean: float) -> Step:
    t = state.t + mean * (1.0 + 0.15 * (beats.sinus_interval(state, rhythm, 1.0) - 1.0))
    events = [Event(t - 0.20, "", "p"), Event(t - 0.045, "", "spike"), Event(t, "/", "paced", mean)]
    return replace(state, t=t, node=t), events


STEPS: dict[str, Callable[[Beats, State, Rhythm, float], Step]] = {
    "sinus": _sinus,
    "bigeminy": _bigeminy,
    "trigeminy": _trigeminy,
    "afib": _afib,
    "flutter": _flutter,
    "svt": _svt,
    "vt": _vt,
    "torsade": _torsade,
    "junctional": _junctional,
    "idioventricular": _escape,
    "block1": _block1,
    "wenckebach": _wenckebach,
    "mobitz2": _mobitz2,
    "block3": _block3,
    "paced": _paced,
}
