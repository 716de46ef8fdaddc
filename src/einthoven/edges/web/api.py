"""The JSON and binary requests of the pages: streams, windows, envelopes, beats, enrollment."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Final

import numpy as np
import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.ids import StreamId, parse_stream, stream_name
from einthoven.base.instants import MILLISECOND
from einthoven.base.spans import SpanSet
from einthoven.center.census import State
from einthoven.center.live_findings import LiveFinding
from einthoven.center.live_wire import KIND_WINDOW, envelope_message, message
from einthoven.center.ports import StreamEvent, StreamFacts
from einthoven.center.sign_in_ports import Held
from einthoven.edges.web.access import address_of, held_of
from einthoven.edges.web.answers import TooLargeError, as_json, json_object, json_text, whole_number
from einthoven.edges.web.deps import WebDeps
from einthoven.edges.web.evidence import bounds, evidence_of
from einthoven.edges.web.findings import FINDINGS_DEFAULT, FINDINGS_LEAST, FINDINGS_MAX, findings_body
from einthoven.edges.web.measures import first_of_today, measures_body
from einthoven.edges.web.quality import look_back, quality_body
from einthoven.edges.web.review_beats import Asked, KeptBeats, asked
from einthoven.edges.web.review_findings import judged_again, put_right
from einthoven.edges.web.stored import (
    BEATS_MAX,
    COLUMNS_MAX,
    SAMPLES_MAX,
    Damage,
    merged_beats,
    sealed_beats,
    whole_envelope,
    window_runs,
)
from einthoven.enrollment.guests import refuse_guest_name
from einthoven.enrollment.holes import explain
from einthoven.interop.wfdb_annotations import SYMBOLS
from einthoven.reports.review_labels import labelled, spoken_of

PAGE: Final = 200
SAMPLE_MAX: Final = 2**53
"""Sample indices travel as JavaScript numbers too."""
COLUMNS_DEFAULT: Final = 2_000
BINS_DEFAULT: Final = 1_000
FIXES_MAX: Final = 2_000
"""Clock fixes of one answer; of more, every k-th: drift between them is microseconds."""
BODY_MAX: Final = 64 * 1024
"""Bytes of an enrollment: forty times a long one."""
NAMED_MAX: Final = 1000
"""Damage that is logged by name in one life of the center; what is met more is counted only."""
LOG = structlog.get_logger("einthoven.web")
DAMAGED: Final = "damaged on the center's disk, not shown"
BINARY: Final = "application/octet-stream"
_SYMBOL = [SYMBOLS.get(code, "?") for code in range(256)]


class Api:
    """The handlers, over what the center gave."""

    def __init__(self, deps: WebDeps, kept: KeptBeats | None = None) -> None:
        self._deps = deps
        self._kept = kept or KeptBeats(deps)
        self._named: set[tuple[StreamId, str]] = set()

    def routes(self) -> list[Route]:
        """Where each handler is."""
        one = "/api/streams/{stream}"
        return [
            Route("/.well-known/einthoven", self.identity, name="well-known"),
            Route("/api/streams", self.streams, name="streams"),
            Route(one, self.stream, name="stream"),
            Route(f"{one}/window", self.window, name="window"),
            Route(f"{one}/envelope", self.envelope, name="envelope"),
            Route(f"{one}/beats", self.beats, name="beats"),
            Route(f"{one}/quality", self.quality, name="quality"),
            Route(f"{one}/measures", self.measures, name="measures"),
            Route(f"{one}/findings", self.findings, name="findings"),
            Route("/api/enroll", self.enroll, methods=["POST"], name="enroll"),
            Route("/api/enroll/end", self.end, methods=["POST"], name="end"),
        ]

    async def identity(self, _request: Request) -> Response:
        """Where transmitters connect, and the certificate to expect there."""
        return as_json(self._deps.identity())

    async def streams(self, request: Request) -> Response:
        """The state of every stream of the list (with ``ended=1`` of every stream there ever was), written
        page by page so that the loop is never held."""
        ended = whole_number(request, "ended", 0, 1, 0)
        held, access, now = held_of(request), self._deps.access, self._deps.clock.wall()
        peer = {"address": address_of(request.scope)}
        await access.ledger.read(held, "read.list", ["patients"], peer, now)
        past = await self._deps.reads.run(self._deps.everyone) if ended else []
        self._deps.census.find(self._deps.clock.wall())
        pages = self._pages(past, held)
        return StreamingResponse(pages, 200, {"cache-control": "no-store"}, "application/json")

    async def _pages(self, past: list[StreamFacts], held: Held) -> AsyncIterator[str]:
        census, sight = self._deps.census, self._deps.access.sight
        streams = [(stream, census.facts(stream)) for stream in census.streams()]
        streams += [(facts.stream, facts) for facts in past if facts.stream not in census]
        if not sight.all_of(held):
            at = self._deps.clock.wall()
            streams = [one for one in streams if sight.visible(one[0], held, at)]
        separator = "["
        for first in range(0, len(streams), PAGE):
            now = self._deps.clock.wall()
            states = [
                census.state(stream, now) or (None if facts is None else census.past(facts))
                for stream, facts in streams[first : first + PAGE]
            ]
            texts = [json.dumps(state, ensure_ascii=False) for state in states if state is not None]
            if texts:
                yield separator + ",".join(texts)
                separator = ","
            await asyncio.sleep(0)
        yield "[]" if separator == "[" else "]"

    async def stream(self, request: Request) -> Response:
        """All that is known of one stream but its samples."""
        deps = self._deps
        facts = self._facts(request)
        deps.census.find(deps.clock.wall())
        state = deps.census.state(facts.stream, deps.clock.wall())
        return json_text(await deps.reads.run(lambda: self._all_of(facts, state)))

    def _all_of(self, facts: StreamFacts, state: State | None) -> bytes:
        """On a reading thread."""
        deps, stream = self._deps, facts.stream
        stored, events = deps.reader.stored(stream), list(deps.history.events(stream))
        fixes, segments = list(deps.history.fixes(stream)), deps.segments(stream)
        origin = deps.time_of(stream, 0)
        if state is None:
            state = deps.census.past(facts, deps.time_of(stream, stored.stop - 1) if stored else None)
        layout = facts.layout
        body = {
            "state": state,
            "layout": {
                "rate_hz": layout.rate_hz,
                "leads": [
                    {
                        "name": lead.name,
                        "gain": lead.gain,
                        "baseline": lead.baseline,
                        "resolution": lead.resolution,
                        "units": lead.units,
                    }
                    for lead in layout.leads
                ],
            },
            "origin_ms": None if origin is None else origin // MILLISECOND,
            "fixes": [[fix.sample, fix.at // MILLISECOND] for fix in fixes[:: len(fixes) // FIXES_MAX + 1]],
            "stored": [[start, stop] for start, stop in stored],
            "holes": _holes(stored, events, deps.lost(stream).samples),
            "marks": [self._mark(event) for event in events if event.kind == "mark"],
            "segments": segments,
        }
        return json.dumps(body, ensure_ascii=False).encode()

    def _mark(self, event: StreamEvent) -> State:
        at = self._deps.time_of(event.stream, event.sample)
        return {
            "sample": event.sample,
            "at_ms": (event.received if at is None else at) // MILLISECOND,
            "symptom": event.body.get("symptom", ""),
            "severity": event.body.get("severity", "unknown"),
            "activity": event.body.get("activity", ""),
            "text": event.body.get("text", ""),
        }

    async def window(self, request: Request) -> Response:
        """Samples ``[start, stop)`` as binary runs: raw, or pairs when that takes more than ``columns``."""
        facts = self._facts(request)
        start, stop = _span(request)
        count = whole_number(request, "columns", 1, COLUMNS_MAX, COLUMNS_DEFAULT)
        if stop - start > SAMPLES_MAX:
            raise TooLargeError(
                f"{stop - start} samples: a window has at most {SAMPLES_MAX}; use the envelope for more"
            )
        reader, lost = self._deps.reader, self._deps.lost
        runs, damage = await self._deps.reads.run(
            lambda: window_runs(reader, facts.stream, facts.layout, start, stop, count, lost(facts.stream))
        )
        return self._binary(message(KIND_WINDOW, 0, self._now_ms(), runs), facts.stream, damage)

    async def envelope(self, request: Request) -> Response:
        """The coarse picture of ``[start, stop)`` in about ``bins`` bins."""
        facts = self._facts(request)
        start, stop = _span(request)
        bins = whole_number(request, "bins", 1, COLUMNS_MAX, BINS_DEFAULT)
        reader, lost, leads = self._deps.reader, self._deps.lost, len(facts.layout.leads)
        envelope, damage = await self._deps.reads.run(
            lambda: whole_envelope(reader, facts.stream, leads, start, stop, bins, lost(facts.stream))
        )
        return self._binary(envelope_message(facts.stream, envelope, self._now_ms()), facts.stream, damage)

    async def beats(self, request: Request) -> Response:
        """Beats of ``[start, stop)``, sealed and not, in order; at most ``BEATS_MAX`` and then where to go
        on."""
        facts = self._facts(request)
        start, stop = _span(request)
        reader, lost = self._deps.reader, self._deps.lost
        unsealed = self._deps.ward.beats(facts.stream, start, stop)
        sealed, damage = await self._deps.reads.run(
            lambda: sealed_beats(reader, facts.stream, start, stop, lambda: lost(facts.stream))
        )
        whole = stop
        if len(sealed) > BEATS_MAX:
            whole = int(sealed["sample"][BEATS_MAX])
            sealed, unsealed = sealed[:BEATS_MAX], unsealed[unsealed["sample"] < whole]
        rows = merged_beats(sealed, unsealed, facts.layout.rate_hz)
        if len(rows) > BEATS_MAX:
            whole = int(rows["sample"][BEATS_MAX])
            rows = rows[:BEATS_MAX]
        labels = self._deps.review.labels(facts.stream)[1].within(start, whole)
        rows = labelled(rows, labels, facts.layout.rate_hz)
        body: State = {
            "start": start,
            "samples": rows["sample"].tolist(),
            "codes": "".join([_SYMBOL[code] for code in rows["code"].tolist()]),
            "late": np.flatnonzero(rows["late"]).tolist(),
            "templates": rows["template"].tolist(),
            "labelled": np.flatnonzero(spoken_of(rows, labels, facts.layout.rate_hz) >= 0).tolist(),
            "truncated": whole < stop,
            "limit": BEATS_MAX,
        }
        if whole < stop:
            body["next"] = whole
        return self._marked(as_json(body), facts.stream, damage)

    async def quality(self, request: Request) -> Response:
        """Where which lead was not good in ``[start, stop)``, as far as one answer goes."""
        facts = self._facts(request)
        start, stop = _span(request)
        resolution = whole_number(request, "resolution", 1, SAMPLE_MAX, 1)
        unsealed = self._deps.ward.rows(facts.stream, max(0, start - look_back(facts.layout)), stop)
        reader, stream, layout = self._deps.reader, facts.stream, facts.layout
        return as_json(
            await self._deps.reads.run(
                lambda: quality_body(reader, stream, layout, unsealed, start, stop, resolution)
            )
        )

    async def measures(self, request: Request) -> Response:
        """The measurements of now, of the last hour and of today, which begins at sample ``since``."""
        facts = self._facts(request)
        since = whole_number(request, "since", 0, SAMPLE_MAX, 0)
        deps, stream, layout = self._deps, facts.stream, facts.layout
        front, _ = deps.hub.extent(stream)
        first = first_of_today(layout, since, front) - look_back(layout)
        unsealed, (_, labels) = deps.ward.rows(stream, max(0, first), SAMPLE_MAX), deps.review.labels(stream)
        return as_json(
            await deps.reads.run(
                lambda: measures_body(deps.reader, deps.findings, stream, layout, unsealed, since, labels)
            )
        )

    async def findings(self, request: Request) -> Response:
        """Findings that touch ``[start, stop)``, by start; at most ``limit`` and then where to go on."""
        facts = self._facts(request)
        start, stop = _span(request)
        limit = whole_number(request, "limit", FINDINGS_LEAST, FINDINGS_MAX, FINDINGS_DEFAULT)
        deps, stream, layout = self._deps, facts.stream, facts.layout
        rows = await deps.reads.run(lambda: deps.findings.between(stream, start, stop, limit + 1))
        unsealed = deps.ward.rows(stream, *bounds(rows, layout))
        evidence = await deps.reads.run(lambda: evidence_of(deps.reader, stream, layout, unsealed, rows))
        body = findings_body(rows, start, limit, lambda sample: deps.time_of(stream, sample), evidence)
        return as_json(await self._put_right(body, rows, asked(deps, stream, layout, start, stop)))

    async def _put_right(self, body: State, rows: Sequence[LiveFinding], want: Asked) -> State:
        """Findings as they are once people labelled beats."""
        deps, thresholds = self._deps, self._deps.review.thresholds
        if not len(want.labels):
            return body

        def read() -> State:
            again = judged_again(deps, self._kept, want, rows, thresholds)
            time_of, stored = partial(deps.time_of, want.stream), deps.reader.stored(want.stream)
            return put_right(body, again, want, stored, thresholds, time_of)

        return await deps.reads.run(read)

    async def enroll(self, request: Request) -> Response:
        """Open a service period (R5): one patient, one transmitter, one new stream."""
        asked = await json_object(request, BODY_MAX, "an enrollment")
        refuse_guest_name(asked.get("transmitter"))
        return as_json(await self._deps.reads.run(lambda: self._deps.enroll(asked)), 201)

    async def end(self, request: Request) -> Response:
        """End the service period of a stream (R5): ``{"stream": "s000017"}``; that of a guest of another
        center ends there."""
        asked = await json_object(request, BODY_MAX, "the end of a period")
        stream, actor = parse_stream(str(asked.get("stream"))), held_of(request).actor
        facts = self._deps.facts(stream)
        refuse_guest_name(None if facts is None else facts.transmitter)
        return as_json(await self._deps.reads.run(lambda: self._deps.end(stream, actor)))

    def _facts(self, request: Request) -> StreamFacts:
        stream: StreamId = parse_stream(request.path_params["stream"])
        facts = self._deps.census.facts(stream) or self._deps.facts(stream)
        if facts is None:
            raise NotFoundError(f"no stream {stream_name(stream)}")
        return facts

    def _binary(self, content: bytes, stream: StreamId, damage: Damage) -> Response:
        return self._marked(Response(content, 200, {"cache-control": "no-store"}, BINARY), stream, damage)

    def _marked(self, response: Response, stream: StreamId, damage: Damage) -> Response:
        """Name in the answer what could not be read; count it, and log it where it was not met before."""
        if damage.spans:
            response.headers["x-einthoven-damage"] = named = damage.header()
            if self._deps.tally is not None:
                self._deps.tally.add("damaged_answers")
            if (stream, named) not in self._named and len(self._named) < NAMED_MAX:
                self._named.add((stream, named))
                LOG.error("damage", stream=stream_name(stream), samples=named)
        return response

    def _now_ms(self) -> float:
        return self._deps.clock.wall() / MILLISECOND


def _span(request: Request) -> tuple[int, int]:
    start = whole_number(request, "start", 0, SAMPLE_MAX)
    stop = whole_number(request, "stop", 1, SAMPLE_MAX)
    if start >= stop:
        raise InputError(f"start={start} is not before stop={stop}")
    return start, stop


def _holes(stored: SpanSet, events: list[StreamEvent], damaged: SpanSet) -> list[State]:
    """What is missing from 0 to the end of all that is known, with the cause where it is known."""
    declared = []
    for event in events:
        stop = event.body.get("stop")
        if event.kind == "hole" and isinstance(stop, int) and stop > event.sample:
            declared.append((event.sample, stop, str(event.body.get("cause", "other"))))
    extent = max([stored.stop, damaged.stop, *(stop for _, stop, _ in declared)])
    declared += [(start, stop, DAMAGED) for start, stop in damaged]
    return [
        {
            "start": hole.start,
            "stop": hole.stop,
            "cause": hole.cause,
            "declared": hole.declared and hole.cause != DAMAGED,
        }
        for hole in explain(stored.missing(0, extent), declared)
    ]
