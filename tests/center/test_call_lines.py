"""A line on which nobody is heard is told wherever somebody looks, and is on record as a lapse."""

from __future__ import annotations

from tests.center.call_house import house

from einthoven.base.instants import SECOND
from einthoven.center.call_lines import LineFaults


def test_a_line_is_down_since_its_first_failure_and_told_anew_where_the_reason_is_another() -> None:
    faults = LineFaults(("sip", "media"))
    assert (faults.reasons(0), faults.shape(), faults.none_left()) == ([], [], "")
    assert faults.down("sip", "in use", 10 * SECOND)
    assert not faults.down("sip", "in use", 20 * SECOND)
    assert faults.down("sip", "not registered", 30 * SECOND)
    assert faults.reasons(44 * SECOND) == ["telephone: the line sip is down since 34 s: not registered"]
    assert faults.shape() == [{"line": "sip", "since_ms": 10_000, "why": "not registered"}]
    assert faults.none_left() == ""  # patients of the other line are heard
    faults.down("media", "no certificate", 50 * SECOND)
    assert faults.none_left() == "no line is up: sip: not registered; media: no certificate"
    assert faults.up("sip")
    assert not faults.up("sip")
    assert faults.none_left() == ""


def test_a_center_without_lines_is_not_without_its_last_one() -> None:
    assert LineFaults().none_left() == ""


def test_where_no_line_is_up_nobody_can_be_reached_and_that_is_on_record() -> None:
    center = house()
    center.run(2)
    assert center.ask("telephone")["attended"]["nobody_since_ms"] is None
    faults = center.books.line_faults = LineFaults(("sip",))
    faults.down("sip", "sip_listen: in use", center.now)
    center.run(2)
    told = center.ask("telephone")["attended"]
    assert told["nobody_since_ms"] is not None
    assert told["cause"] == "no line is up: sip: sip_listen: in use"
    assert center.room.center(center.now)["lines"] == faults.shape()
    faults.up("sip")
    center.run(2)
    assert center.ask("telephone")["attended"]["nobody_since_ms"] is None
    (lapse,) = center.ask("telephone")["attended"]["lapses"]
    assert lapse["until_ms"] is not None
