"""How much of a stretch of service somebody watched: the answer of ``continuity`` (R14, R18)."""

from __future__ import annotations

from collections.abc import Mapping

from einthoven.base.ids import stream_name
from einthoven.base.instants import SECOND, Instant
from einthoven.center.desk_books import Books
from einthoven.center.desk_shapes import ms


def continuity(books: Books, start: Instant, stop: Instant, now: Instant) -> Mapping[str, object]:
    """What was watched between two instants, with every lapse and every stretch watched elsewhere.

    Args:
        start, stop: the stretch; nothing after ``now`` is told.
    """
    report = books.continuity.report(start, min(stop, now), books.surveil.alive_until(now))
    return {
        "pct": None if report.percent is None else float(report.percent),
        "percent": report.percent,
        "service_s": report.service / SECOND,
        "covered_s": report.covered / SECOND,
        "exceptions": [
            {
                "stream": stream_name(row.stream),
                "patient": books.card(row.stream).name,
                "start_ms": ms(lapse.start),
                "end_ms": ms(lapse.stop),
                "cause": lapse.cause,
                "closed_by": books.actor(lapse.closed_by),
            }
            for row in report.rows
            for lapse in row.lapses
        ],
        "elsewhere": [
            {
                "stream": stream_name(row.stream),
                "patient": books.card(row.stream).name,
                "start_ms": ms(one.start),
                "end_ms": ms(one.stop),
                "by": one.name,
                "credentials": list(one.credentials),
                "station": one.station,
                "site": one.site,
            }
            for row in report.rows
            for one in row.watched
            if one.person < 0
        ],
    }
