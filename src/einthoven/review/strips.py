"""The strip cart: pieces of ECG that people gather for the report, each with a caption (R11, R25).

Kept as deeds. The strips of a verdict are in the cart too, until the verdict is taken back or another one is
given; they are dropped at the desk like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, cast

from einthoven.base.deeds import Deed, Draft
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant

KEPT: Final = "strip.kept"
CAPTIONED: Final = "strip.captioned"
DROPPED: Final = "strip.dropped"
VERDICT, TAKEN_BACK, OPENED = "case.verdict", "case.undone", "case.opened"
STRIPS_MOST: Final = 200
"""Strips of one stream: a report of forty pages."""
SAMPLES_MOST: Final = 600_000
"""Samples of one strip: ten minutes at 1000 Hz."""
CAPTION_MOST: Final = 300
LEADS_MOST: Final = 12


@dataclass(frozen=True, slots=True)
class Strip:
    """A piece of ECG for the report.

    Attributes:
        number: its number; negative for those of a verdict, which the book gives them.
        stream: whose.
        start: first sample.
        stop: sample after the last.
        leads: names of those to be shown; empty: all.
        caption: in words; may be empty.
        by: who put it in.
        at: when, center time.
        case: the case whose verdict it came with, else None.
    """

    number: int
    stream: StreamId
    start: int
    stop: int
    leads: tuple[str, ...]
    caption: str
    by: str
    at: Instant
    case: int | None = None


@dataclass(slots=True)
class StripBook:
    """The carts of all streams.

    Attributes:
        next_strip: number of the next one.
        strips: by number; those of verdicts below 0.
    """

    next_strip: int = 1
    strips: dict[int, Strip] = field(default_factory=dict)
    _streams: dict[StreamId, set[int]] = field(default_factory=dict)
    _cases: dict[int, StreamId] = field(default_factory=dict)
    _verdicts: dict[int, list[int]] = field(default_factory=dict)
    _lowest: int = 0

    KINDS: ClassVar[frozenset[str]] = frozenset({KEPT, CAPTIONED, DROPPED, VERDICT, TAKEN_BACK, OPENED})

    def of(self, stream: StreamId) -> list[Strip]:
        """A stream's cart, by time."""
        found = (self.strips[number] for number in self._streams.get(stream, ()))
        return sorted(found, key=lambda one: (one.start, one.stop, one.number))

    def strip(self, stream: StreamId, number: int) -> Strip:
        """One strip.

        Raises:
            NotFoundError: this stream's cart has none of that number.
        """
        found = self.strips.get(number)
        if found is None or found.stream != stream:
            raise NotFoundError(f"{stream_name(stream)}: no strip {number} in the cart")
        return found

    def apply(self, deed: Deed) -> None:
        """Take one deed; other kinds change nothing."""
        body = cast("Mapping[str, Any]", deed.body)
        if deed.kind == OPENED:
            self._cases[body["case"]] = body["stream"]
        elif deed.kind in (VERDICT, TAKEN_BACK):
            self._judged(deed, body)
        elif deed.kind == KEPT:
            number = body["strip"]
            self.next_strip = number + 1
            leads, span = tuple(body["leads"]), (body["start"], body["stop"])
            self._put(Strip(number, body["stream"], *span, leads, body["caption"], deed.actor, deed.at))
        elif deed.kind == CAPTIONED:
            self.strips[body["strip"]] = replace(self.strips[body["strip"]], caption=body["caption"])
        elif deed.kind == DROPPED:
            self._drop(body["strip"])

    def _judged(self, deed: Deed, body: Mapping[str, Any]) -> None:
        case = body["case"]
        for number in self._verdicts.pop(case, ()):
            self._drop(number)
        stream = self._cases.get(case)
        if stream is None or deed.kind == TAKEN_BACK:
            return
        for start, stop in body.get("strips") or ():
            self._lowest -= 1
            self._verdicts.setdefault(case, []).append(self._lowest)
            self._put(Strip(self._lowest, stream, start, stop, (), "", deed.actor, deed.at, case))

    def _put(self, strip: Strip) -> None:
        self.strips[strip.number] = strip
        self._streams.setdefault(strip.stream, set()).add(strip.number)

    def _drop(self, number: int) -> None:
        gone = self.strips.pop(number, None)
        if gone is not None:
            self._streams[gone.stream].discard(number)


def keep(
    book: StripBook, stream: StreamId, start: int, stop: int, leads: Sequence[str], caption: str
) -> list[Draft]:
    """Put a piece of ECG into the cart.

    Raises:
        InputError: the samples, leads or caption are none, or too long.
        RefusedError: the cart is full (``full``), or has this very strip (``there``).
    """
    if not 0 <= start < stop:
        raise InputError(f"start, stop: [{start}, {stop}]: want samples, the first before the last")
    if stop - start > SAMPLES_MOST:
        raise InputError(f"start, stop: {stop - start} samples, at most {SAMPLES_MOST}")
    if len(leads) > LEADS_MOST or any(not name or len(name) > 40 for name in leads):
        raise InputError(f"leads: want names of leads, at most {LEADS_MOST}")
    held = book.of(stream)
    if len(held) >= STRIPS_MOST:
        raise RefusedError("full", f"the cart holds {STRIPS_MOST} strips, the most that there can be")
    if any((one.start, one.stop, one.leads) == (start, stop, tuple(leads)) for one in held):
        raise RefusedError("there", "this strip is in the cart already")
    body: dict[str, Any] = {
        "stream": stream,
        "strip": book.next_strip,
        "start": start,
        "stop": stop,
        "leads": list(leads),
        "caption": _caption(caption),
    }
    return [Draft(KEPT, stream_name(stream), body)]


def entitle(book: StripBook, stream: StreamId, number: int, caption: str) -> list[Draft]:
    """Give a strip another caption; nothing where it has it.

    Raises:
        NotFoundError: there is no such strip.
        InputError: the caption is too long.
    """
    told = _caption(caption)
    if book.strip(stream, number).caption == told:
        return []
    body: dict[str, Any] = {"stream": stream, "strip": number, "caption": told}
    return [Draft(CAPTIONED, stream_name(stream), body)]


def drop(book: StripBook, stream: StreamId, number: int) -> list[Draft]:
    """Take a strip out of the cart; the journal keeps that it was there.

    Raises:
        NotFoundError: there is no such strip.
    """
    book.strip(stream, number)
    return [Draft(DROPPED, stream_name(stream), {"stream": stream, "strip": number})]


def _caption(text: str) -> str:
    if len(text) > CAPTION_MOST:
        raise InputError(f"caption: {len(text)} letters, at most {CAPTION_MOST}")
    return " ".join(text.split())
