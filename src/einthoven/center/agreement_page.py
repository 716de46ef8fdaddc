"""Quality control as pages ask for it: agreement of second readers by person and by kind of case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from einthoven.base.errors import InputError
from einthoven.base.instants import DAY, Instant
from einthoven.center.desk_books import Books
from einthoven.center.desk_shapes import Shape, ms
from einthoven.review.agreement import KEPT_DAYS, Counts
from einthoven.review.sampling import SHARES

DAYS = 90
"""Days looked back over where none are said: a quarter, so that single readers have some readings."""


def page(books: Books, params: Mapping[str, str], now: Instant) -> Shape:
    """``GET /api/desk/agreement?days=…``.

    Raises:
        InputError: ``days`` is no number from 1 to ``KEPT_DAYS``.
    """
    text = params.get("days", str(DAYS))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= KEPT_DAYS):
        raise InputError(f"days: want a whole number from 1 to {KEPT_DAYS}")
    since = now - int(text) * DAY
    book = books.agreement
    readers = [
        {"id": number, "name": books.name(number), **_counts(one)}
        for number, one in book.by_reader(since).items()
    ]
    kinds = [{"kind": name, **_counts(one)} for name, one in book.by_group(since).items()]
    return {
        "days": int(text),
        "readers": sorted(readers, key=_worst),
        "kinds": sorted(kinds, key=_worst),
        "shares": {verdict.value: share for verdict, share in SHARES.items()},
        "differed": [
            {
                "case": one.case,
                "at_ms": ms(one.at),
                "reader": books.name(one.reader),
                "first": one.first,
                "by": books.name(one.by),
                "second": one.second,
                "kind": one.group,
            }
            for one in reversed(book.differed)
            if one.at >= since
        ],
    }


def _counts(one: Counts) -> Shape:
    share = one.agreed / one.read if one.read else None
    return {"given": one.given, "due": one.due, "read": one.read, "agreed": one.agreed, "share": share}


def _worst(row: Mapping[str, Any]) -> tuple[float, int]:
    """The least agreement first; of whom nothing was read, last."""
    return (2.0 if row["share"] is None else row["share"], -row["given"])
