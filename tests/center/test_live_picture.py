"""Census and hub are told together, and over the real ward a page gets the samples that came."""

from __future__ import annotations

import dataclasses

import numpy as np
from tests.center.live_parser import parse_runs

from einthoven.base.instants import SECOND
from einthoven.center.census import Census
from einthoven.center.intake_world import Observer
from einthoven.center.live import LiveHub
from einthoven.center.live_picture import LivePicture
from einthoven.center.live_view import View
from einthoven.center.live_wire import FLAG_FRESH, FLAG_REPAINT
from einthoven.center.ports import StreamEvent
from einthoven.center.ward import LiveWard
from einthoven.link.blocks import SampleBatch
from einthoven.testing.web import EPOCH, facts_of, heart, plain_layout


def picture_over(ward: LiveWard) -> LivePicture:
    census = Census(ward, lambda _stream, _sample: None, EPOCH)
    return LivePicture(census, LiveHub(ward, lambda _stream, _sample: None))


def batch(stream: int, start: int, stop: int, lane: int = 0) -> SampleBatch:
    def one(value: int) -> np.ndarray:
        return np.array([value], np.int64)

    samples = heart(stream, start, stop, 2).ravel()
    return SampleBatch(
        samples,
        one(0),
        one(stream),
        one(start),
        one(stop - start),
        one(2),
        one(lane),
        one(EPOCH + start * SECOND // 250),
    )


def test_it_is_an_observer_of_the_intake() -> None:
    picture: Observer = picture_over(LiveWard())
    picture.admit(facts_of(17), 500, EPOCH)
    picture.link_up(17, EPOCH, 3)
    picture.link_down(17, EPOCH, "cut", 3)
    picture.event(StreamEvent(17, 1, "status", 0, EPOCH, {"battery": 50}))
    picture.backlog(17, 12.34)
    picture.storing("full", EPOCH)
    assert isinstance(picture, LivePicture)
    state = picture.census.state(17, EPOCH) or {}
    assert (state["link"], state["battery"], state["backlog_s"]) == ("lost", 50, 12.3)
    assert state["newest_ms"] == EPOCH // 1_000_000
    assert picture.census.center(EPOCH)["storing"] == "full"
    assert picture.hub.front(17) == 500
    picture.discharge(17)
    assert (picture.census.streams(), picture.hub.front(17)) == ((), 0)


def test_what_the_ward_took_is_what_the_page_gets_also_late_and_at_a_new_rate() -> None:
    ward = LiveWard()
    picture = picture_over(ward)
    ward.admit(17, plain_layout())
    picture.admit(facts_of(17))
    screen = picture.hub.open()
    picture.hub.view(screen, View(1, ((17, ()),), 2000.0, 8.0))

    def shown(*batches: SampleBatch) -> list[tuple[int, int, int, list[int]]]:
        ward.step(list(batches), EPOCH)
        picture.arrived(batches)
        data = picture.hub.frames(screen, 0, EPOCH)
        runs = parse_runs(data)[3] if data else []
        return [(run.lead, run.flags, run.first, run.values.tolist()) for run in runs]

    def expected(start: int, stop: int, flags: int) -> list[tuple[int, int, int, list[int]]]:
        return [(lead, flags, start, heart(17, start, stop, 2)[:, lead].tolist()) for lead in (0, 1)]

    assert shown(batch(17, 0, 250)) == expected(0, 250, FLAG_FRESH)
    assert shown(batch(17, 250, 500)) == expected(250, 500, 0)
    shown(batch(17, 750, 1000))
    assert shown(batch(17, 500, 750, lane=1)) == expected(500, 750, FLAG_REPAINT)
    vitals = ward.vitals(17)
    assert vitals is not None
    picture.admit(dataclasses.replace(facts_of(17), layout=plain_layout(125.0)))
    assert (picture.census.state(17, EPOCH) or {})["rate_hz"] == 125.0
