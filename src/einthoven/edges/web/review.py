"""Full disclosure for the reviewer: shapes, intervals, trends, jumps, relabelling (``docs/review.md``)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from einthoven.base.errors import EinthovenError, InputError, NotFoundError, RefusedError
from einthoven.base.ids import parse_stream, stream_name
from einthoven.base.thresholds import Thresholds
from einthoven.center.desk_door import Who
from einthoven.center.ports import StreamFacts
from einthoven.ecg.kinds import BY_NAME
from einthoven.ecg.waves import delineate_record
from einthoven.edges.web.access import address_of, held_of
from einthoven.edges.web.answers import TooLargeError, as_json, json_object, whole_number
from einthoven.edges.web.deps import WebDeps
from einthoven.edges.web.review_beats import (
    FIBRILLATION,
    Asked,
    Beats,
    KeptBeats,
    asked,
    findings_of,
    spans_of,
)
from einthoven.edges.web.review_findings import Again, judged_again
from einthoven.edges.web.review_looks import Looks
from einthoven.edges.web.stored import Damage, whole_window
from einthoven.reports import review_figures, review_jumps, review_shapes
from einthoven.reports.review_jumps import Event
from einthoven.reports.review_labels import CODES, NEAR_MS
from einthoven.reports.review_retold import ECTOPIC
from einthoven.reports.review_shapes import Group
from einthoven.review.relabels import Chosen

DAYS_MOST: Final = 32
"""Days of one question: a period and its edges."""
BINS_MOST: Final = 4000
SAMPLE_MAX: Final = 2**53
BODY_MOST: Final = 256 * 1024
CHANGES_TOLD: Final = 500
SHAPES_KEPT: Final = 6
"""Stretches whose shapes are kept: relabelling a shape asks for them once more."""
GROUPS_TOLD: Final = 60
DRAWN: Final = 24
"""Groups that are told with their members; those behind them with their mean alone."""
POINTS_MOST: Final = 90
POINTS_S: Final = 120
"""Seconds whose waves are measured at once."""
LEARN_S: Final = 30
NEAR_H: Final = (1, 24)
"""Hours within which the next event is looked for first."""
SYMBOLS: Final = {code: letter for letter, code in CODES.items()}

Result = TypeVar("Result")
F32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shapes:
    """The groups of a stretch, and the beats that their rows are places of."""

    groups: list[Group]
    beats: Beats


class ReviewPages:
    """Serves what a reviewer asks of one stream.

    Args:
        deps: of the center.
        kept: beats that were read.
    """

    def __init__(self, deps: WebDeps, kept: KeptBeats) -> None:
        self._deps = deps
        self._kept = kept
        self._shapes: OrderedDict[tuple[int, int, int, int, int], Shapes] = OrderedDict()
        self._looks = Looks(deps)

    def routes(self) -> list[Route]:
        """Where each handler is."""
        one = "/api/streams/{stream}"
        return [
            Route(f"{one}/review", self.review, name="review"),
            Route(f"{one}/shapes", self.shapes, name="shapes"),
            Route(f"{one}/intervals", self.intervals, name="intervals"),
            Route(f"{one}/trend", self.trend, name="trend"),
            Route(f"{one}/jump", self.jump, name="jump"),
            Route(f"{one}/points", self.points, name="points"),
            Route(f"{one}/relabel", self.relabel, methods=["POST"], name="relabel"),
        ]

    async def review(self, request: Request) -> Response:
        """What was said of the beats, the newest first, and the strip cart."""
        stream, review = self._facts(request).stream, self._deps.review
        changes = review.changes(stream)
        body = {"revision": review.labels(stream)[0], "strips": review.strips(stream)}
        return as_json(body | {"changes": changes[:CHANGES_TOLD], "more": len(changes) > CHANGES_TOLD})

    async def shapes(self, request: Request) -> Response:
        """Templates of ``[start, stop)`` by class and shape, the largest first."""
        want = self._asked(request)
        return as_json(await self._deps.reads.run(lambda: shapes_body(self._shapes_of(want), want)))

    async def intervals(self, request: Request) -> Response:
        """Histogram and Poincaré plot of ``[start, stop)``."""
        want = self._asked(request)
        return as_json(await self._deps.reads.run(lambda: review_figures.intervals(self._kept.beats(want))))

    async def trend(self, request: Request) -> Response:
        """``count`` bins of ``size`` samples from ``start`` on: rates, classes, atrial fibrillation."""
        start = whole_number(request, "start", 0, SAMPLE_MAX)
        size = whole_number(request, "size", 1, SAMPLE_MAX)
        count = whole_number(request, "count", 1, BINS_MOST)
        want = self._within(self._facts(request), start, start + size * count)

        def read() -> dict[str, Any]:
            end = self._deps.reader.stored(want.stream).stop
            spans = spans_of(self._deps.findings, want, FIBRILLATION, end)
            return review_figures.trend(self._kept.beats(want), start, size, count, spans)

        return as_json(await self._deps.reads.run(read))

    async def jump(self, request: Request) -> Response:
        """The event that is asked for: ``what``, ``which``, from sample ``at``; null where there is none."""
        params = request.query_params
        what, which = params.get("what", ""), params.get("which", "")
        at = whole_number(request, "at", 0, SAMPLE_MAX, 0)
        want = self._asked(request)
        thresholds = self._deps.review.thresholds
        event = await self._deps.reads.run(lambda: self._event(want, what, which, at, thresholds))
        told = event and {
            "start": event.start,
            "stop": event.stop,
            "words": event.words,
            "rate": None if event.rate is None else round(event.rate, 1),
        }
        return as_json({"event": told})

    def _event(self, want: Asked, what: str, which: str, at: int, thresholds: Thresholds) -> Event | None:
        """What is next lies near as a rule: a month is looked through only where it does not."""
        for hours in NEAR_H if which in ("next", "previous") else ():
            reach = round(hours * 3600 * want.layout.rate_hz)
            low, high = (at, at + reach) if which == "next" else (at - reach, at)
            near = replace(want, start=max(want.start, low), stop=min(want.stop, high))
            found = self._found(near, what, which, at, thresholds) if near.start < near.stop else None
            if found is not None and found.start >= near.start:
                return found
        return self._found(want, what, which, at, thresholds)

    def _found(self, want: Asked, what: str, which: str, at: int, thresholds: Thresholds) -> Event | None:
        if what == "rate":
            return review_jumps.rate_extreme(self._kept.beats(want), which)
        if what in review_jumps.BEATS:
            return review_jumps.beat_of_class(self._kept.beats(want), what, which, at)
        kinds = review_jumps.KINDS.get(what)
        if kinds is None:
            known = ", ".join(["rate", *review_jumps.BEATS, *review_jumps.KINDS])
            raise InputError(f"what: {what[:20]!r}: want one of {known}")
        codes = {BY_NAME[name].code for name in kinds}
        ectopic = ECTOPIC if codes & ECTOPIC and len(want.labels) else frozenset()
        own = findings_of(self._deps.findings, want, codes | ectopic)
        again = judged_again(self._deps, self._kept, want, own, thresholds) if ectopic else Again()
        end = self._deps.reader.stored(want.stream).stop
        events = [
            Event(one.start, end if one.end is None else one.end, one.words, _rate(one.values))
            for one in own
            if one.kind in kinds and one.state != "withdrawn" and one.id not in again.gone
        ]
        events += [
            Event(one.start, end if one.end is None else one.end, one.kind.name, None)
            for one in again.fresh
            if one.kind.name in kinds
        ]
        return review_jumps.choose(events, which, at)

    async def points(self, request: Request) -> Response:
        """What a caliper snaps to: the measured borders of the waves of each beat of ``[start, stop)``."""
        want = self._asked(request)
        rate = want.layout.rate_hz
        if want.stop - want.start > POINTS_S * rate:
            raise TooLargeError(f"{want.stop - want.start} samples: at most {POINTS_S} s of waves at once")
        before = max(0, want.start - round(LEARN_S * rate))
        wide = asked(self._deps, want.stream, want.layout, before, want.stop + round(2 * rate))
        return as_json(await self._deps.reads.run(lambda: points_body(self._deps, self._kept, want, wide)))

    async def relabel(self, request: Request) -> Response:
        """Give beats another class: ``samples``, or all of the shape ``key`` of ``[start, stop)``; or put
        beats, ``add``. 409 where it is refused."""
        desk = self._deps.desk
        if desk is None:
            raise NotFoundError("this center has no desk: nobody says anything of beats here")
        told = await json_object(request, BODY_MOST, "a relabelling")
        facts, to = self._facts(request), told.get("to")
        if not isinstance(to, str) or to not in CODES:
            raise InputError(f"to: want one of {' '.join(CODES)}")
        try:
            chosen = await self._chosen(facts, told, to)
            fields = {
                "stream": stream_name(facts.stream),
                "beats": chosen,
                "to": to,
                "why": told.get("why", ""),
                "added": "add" in told,
            }
            answered: asyncio.Future[Mapping[str, object]] = asyncio.get_running_loop().create_future()

            def answer(made: Mapping[str, object] | None, error: EinthovenError | None) -> None:
                if answered.done():
                    return  # the page left while the store was written
                if error is None:
                    answered.set_result(made or {})
                else:
                    answered.set_exception(error)

            desk.act(self._who(request), "beats.relabel", fields, answer)
            made = await answered
        except RefusedError as error:
            return as_json({"error": error.detail or error.reason, "reason": error.reason}, 409)
        return as_json({"ok": True, "count": chosen.count, **made})

    async def _chosen(self, facts: StreamFacts, told: Mapping[str, object], to: str) -> Chosen:
        named = [name for name in ("samples", "key", "add") if name in told]
        if len(named) != 1:
            raise InputError("want one of samples, key, add")
        if named == ["key"]:
            start, stop, key = _sample(told, "start"), _sample(told, "stop"), told["key"]
            want = self._within(facts, start, stop)
            return await self._deps.reads.run(lambda: self._of_shape(want, key, to))
        samples = _samples(told, named[0])
        margin = round(facts.layout.rate_hz)
        want = self._within(facts, max(0, samples[0] - margin), samples[-1] + margin)
        pick = _put if named == ["add"] else _picked
        return await self._deps.reads.run(lambda: pick(self._kept.beats(want), samples, to, want))

    def _of_shape(self, want: Asked, key: object, to: str) -> Chosen:
        shapes = self._shapes_of(want)
        for group in shapes.groups:
            if group.key == key:
                return chosen_of(shapes.beats[group.rows], to)
        raise RefusedError("changed", "the beats of this shape are not what they were: look at them again")

    def _shapes_of(self, want: Asked) -> Shapes:
        """On a reading thread."""
        beats = self._kept.beats(want)
        last = int(beats["sample"][-1]) if len(beats) else 0
        name = (want.stream, want.start, want.stop, want.revision, len(beats) ^ last)
        kept = self._shapes.get(name)
        if kept is None:
            kept = self._shapes[name] = shapes_of(self._looks, want, beats)
            while len(self._shapes) > SHAPES_KEPT:
                self._shapes.popitem(last=False)
        return kept

    def _asked(self, request: Request) -> Asked:
        start = whole_number(request, "start", 0, SAMPLE_MAX)
        stop = whole_number(request, "stop", 1, SAMPLE_MAX)
        return self._within(self._facts(request), start, stop)

    def _within(self, facts: StreamFacts, start: int, stop: int) -> Asked:
        if start >= stop:
            raise InputError(f"start={start} is not before stop={stop}")
        if stop - start > DAYS_MOST * 86_400 * facts.layout.rate_hz:
            raise TooLargeError(f"{stop - start} samples: at most {DAYS_MOST} days at once")
        return asked(self._deps, facts.stream, facts.layout, start, stop)

    def _facts(self, request: Request) -> StreamFacts:
        stream = parse_stream(request.path_params["stream"])
        facts = self._deps.census.facts(stream) or self._deps.facts(stream)
        if facts is None:
            raise NotFoundError(f"no stream {stream_name(stream)}")
        return facts

    def _who(self, request: Request) -> Who:
        access = self._deps.access
        return Who(held_of(request).staff or 0, access.station_of(request), address_of(request.scope))


def _rate(values: Mapping[str, object]) -> float | None:
    """The rate among a finding's values."""
    for name in ("rate_bpm", "rate", "mean_bpm", "mean_rate_bpm"):
        if isinstance(value := values.get(name), int | float):
            return float(value)
    return None


def shapes_of(looks: Looks, want: Asked, beats: Beats) -> Shapes:
    """Look at some beats of each family, and join what is alike."""
    found = review_shapes.families(beats)
    looked = [looks.at(want, family) for family in found]
    return Shapes(review_shapes.groups(found, looked, beats, want.layout.rate_hz), beats)


def points_body(deps: WebDeps, kept: KeptBeats, want: Asked, wide: Asked) -> dict[str, Any]:
    """JSON-ready: ``points``, of each beat its sample and onset, peak and end of P, QRS and T of all leads
    together, null where one is not seen.

    Args:
        wide: the stretch with what is before it, from which the usual P wave is learned.
    """
    stop = min(wide.stop, deps.reader.stored(want.stream).stop)
    beats = kept.beats(wide)
    beats = beats[beats["sample"] < stop - 1]
    if stop <= wide.start or not len(beats):
        return {"points": []}
    samples = whole_window(
        deps.reader, want.stream, len(want.layout.leads), wide.start, stop, Damage(reads_left=8)
    ).samples
    moved = beats.copy()
    moved["sample"] -= wide.start
    borders = delineate_record(samples, want.layout, moved).borders[:, 0]
    told = []
    for beat, row in zip(beats["sample"].tolist(), borders.tolist(), strict=True):
        if want.start <= beat < want.stop:
            told.append([beat, *(None if at < 0 else at + wide.start for at in row)])
    return {"points": told}


def shapes_body(shapes: Shapes, want: Asked) -> dict[str, Any]:
    """JSON-ready; curves in units of the samples about each lead's zero."""
    told = [_group(group, shapes.beats, n < DRAWN) for n, group in enumerate(shapes.groups[:GROUPS_TOLD])]
    before, after = review_shapes.window(want.layout.rate_hz)
    step = -(-(before + after) // POINTS_MOST)
    counts = dict.fromkeys(CODES, 0)
    for group in shapes.groups:
        counts[SYMBOLS.get(group.code, "Q")] += len(group.rows)
    return {
        "start": want.start,
        "stop": want.stop,
        "revision": want.revision,
        "step_ms": step * 1000.0 / want.layout.rate_hz,
        "before_ms": before * 1000.0 / want.layout.rate_hz,
        "counts": counts,
        "groups": told,
        "left_out": max(0, len(shapes.groups) - GROUPS_TOLD),
    }


def _group(group: Group, beats: Beats, drawn: bool) -> dict[str, Any]:
    rows = beats[group.rows]
    rr = rows["rr_ms"][rows["rr_ms"] > 0]
    return {
        "key": group.key,
        "class": SYMBOLS.get(group.code, "Q"),
        "count": len(rows),
        "families": group.families,
        "first": int(rows["sample"][0]),
        "last": int(rows["sample"][-1]),
        "rr_ms": int(np.median(rr)) if len(rr) else None,
        "samples": group.samples.tolist(),
        "mean": _curves(group.mean[None])[0] if len(group.mean) else [],
        "members": _curves(group.members) if drawn and len(group.members) else [],
    }


def _curves(members: F32) -> list[list[list[int | None]]]:
    """By beat and lead, thinned."""
    step = -(-members.shape[1] // POINTS_MOST)
    thin = members[:, ::step].transpose(0, 2, 1)
    values = np.rint(np.nan_to_num(thin)).astype(int).tolist()
    blank = np.isnan(thin).tolist()
    return [
        [
            [None if no else value for value, no in zip(row, gone, strict=True)]
            for row, gone in zip(*both, strict=True)
        ]
        for both in zip(values, blank, strict=True)
    ]


def chosen_of(rows: Beats, to: str) -> Chosen:
    """Of these beats those that have another class."""
    other = rows[rows["code"] != CODES[to]]
    codes, counts = np.unique(other["code"], return_counts=True)
    was = {SYMBOLS.get(code, "Q"): n for code, n in zip(codes.tolist(), counts.tolist(), strict=True)}
    return Chosen.of(other["sample"].tolist(), was)


def _picked(beats: Beats, samples: list[int], to: str, _want: Asked) -> Chosen:
    rows = beats[np.isin(beats["sample"], samples)]
    if len(rows) != len(samples):
        lacking = sorted(set(samples) - set(rows["sample"].tolist()))
        raise InputError(f"samples: no beat at {lacking[0]}")
    return chosen_of(rows, to)


def _put(beats: Beats, samples: list[int], _to: str, want: Asked) -> Chosen:
    near = NEAR_MS * want.layout.rate_hz / 1000.0
    for sample in samples:
        if len(beats) and np.abs(beats["sample"] - sample).min() <= near:
            raise InputError(f"add: there is a beat at {sample} already")
    return Chosen.of(samples, {})


def _sample(told: Mapping[str, object], name: str) -> int:
    value = told.get(name)
    if type(value) is not int or not 0 <= value < SAMPLE_MAX:
        raise InputError(f"{name}: want the number of a sample")
    return value


def _samples(told: Mapping[str, object], name: str) -> list[int]:
    value = told[name]
    if not isinstance(value, list) or not value or not all(type(at) is int for at in value):
        raise InputError(f"{name}: want a list of numbers of samples")
    if min(value) < 0 or max(value) >= SAMPLE_MAX or len(set(value)) != len(value):
        raise InputError(f"{name}: want samples, each once")
    return sorted(value)
