"""The log of refusals says who, and a flood does not drown it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from einthoven.base.instants import MINUTE, SECOND
from einthoven.bootstrap import limits, refusal_log
from einthoven.bootstrap.refusal_log import RefusalLog
from einthoven.center.intake_world import Refusal
from einthoven.link.center_session import CenterSession

NOW = 1_800_000_000 * SECOND


@dataclass
class Lines:
    rows: list[dict[str, Any]] = field(default_factory=list)

    def warning(self, event: str, **more: Any) -> None:
        self.rows.append({"event": event} | more)


def refusal(stream: int, what: str = "crc", proven: bool = True, peer: str = "10.0.0.9:4711") -> Refusal:
    session = CenterSession(1, bytes(32), bytes(32), NOW)
    session.stream, session.transmitter, session.leads = stream, f"T-{stream}", 2 if proven else 0
    return Refusal(peer, session, what, "detail")


@pytest.fixture
def lines() -> Lines:
    return Lines()


def test_a_refusal_says_who_and_what(lines: Lines) -> None:
    RefusalLog(lines).refused(refusal(17), NOW)
    assert lines.rows == [
        {
            "event": "refused",
            "what": "crc",
            "detail": "detail",
            "peer": "10.0.0.9:4711",
            "claims_stream": "s000017",
            "claims_transmitter": "T-17",
        }
    ]


def test_a_flood_is_one_line_a_minute_and_its_number(lines: Lines) -> None:
    log = RefusalLog(lines)
    for number in range(100):
        log.refused(refusal(17), NOW + number)
    log.refused(refusal(18), NOW)
    log.refused(refusal(17), NOW + MINUTE)
    assert [(row["event"], row.get("more")) for row in lines.rows] == [
        ("refused", None),
        ("refused", None),
        ("refused_more", 99),
        ("refused", None),
    ]


def test_one_that_has_proven_nothing_is_counted_by_its_address(lines: Lines) -> None:
    log = RefusalLog(lines)
    for stream in range(50):
        log.refused(refusal(stream, "foreign-key", proven=False), NOW)
    assert len(lines.rows) == 1


def test_memory_is_bounded(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal_log, "KEPT_MAX", 3)
    log = RefusalLog(lines)
    for stream in range(10):
        log.refused(refusal(stream + 1), NOW)
    log.refused(refusal(1), NOW + MINUTE)
    assert [(row["event"], row.get("more")) for row in lines.rows[3:]] == [
        ("refused_more", 7),
        ("refused", None),
    ]


@pytest.mark.parametrize("what", sorted(refusal_log.ABSORBED))
def test_what_is_ordinary_after_a_reconnect_is_no_line(lines: Lines, what: str) -> None:
    RefusalLog(lines).refused(refusal(17, what), NOW)
    assert lines.rows == []


@pytest.mark.parametrize(
    ("soft", "hard", "possible", "limit"),
    [
        (20_000, 20_000, 12_000, None),
        (1024, 20_000, 12_000, 12_512),
        (1024, 4096, 3584, 4096),
        (256, 256, 1, 256),
        (-1, -1, 12_000, None),
    ],
    ids=["enough", "raised", "clamped", "hardly any", "unlimited"],
)
def test_connections_leave_room_for_the_log(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, possible: int, limit: int | None
) -> None:
    put: list[int] = []
    monkeypatch.setattr(limits.resource, "getrlimit", lambda _which: (soft, hard))
    monkeypatch.setattr(limits.resource, "setrlimit", lambda _which, limits: put.append(limits[0]))
    assert limits.connections_possible(12_000) == possible
    assert put == ([] if limit is None else [limit])
