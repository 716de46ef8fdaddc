"""Classes that people give to beats: in force for those samples, taken back, given again (R11, R25).

Nothing is overwritten: the analysis' beats stay as they were stored, and what people say of them is a list of
*changes*, each a deed. What holds for a beat is the newest change in force that speaks of its sample. The
relabels of a verdict are changes like any other: one meaning, whoever gave it and wherever.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, cast

from einthoven.base.deeds import Deed, Draft
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant
from einthoven.review.verdicts import CLASSES

RELABELLED: Final = "beats.relabelled"
UNDONE: Final = "beats.undone"
REDONE: Final = "beats.redone"
VERDICT, TAKEN_BACK, OPENED = "case.verdict", "case.undone", "case.opened"
BEATS_MOST: Final = 250_000
"""Beats of one change: more than a day of a fast heart; about half a megabyte of the journal."""
WHY_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Chosen:
    """Beats that were looked up in the store before they are given another class.

    Attributes:
        count: how many.
        packed: their samples.
        was: how many there are of each class that they have now, by its WFDB symbol; empty for beats that
            are newly put where the analysis found none.
    """

    count: int
    packed: str
    was: Mapping[str, int]

    @classmethod
    def of(cls, samples: Sequence[int], was: Mapping[str, int]) -> Chosen:
        """Of samples in order, no two the same; takes a tenth of a second for ``BEATS_MOST``.

        Raises:
            InputError: they are not in order, or one is negative.
            RefusedError: they are too many (``many``).
        """
        if len(samples) > BEATS_MOST:
            raise RefusedError(
                "many", f"{len(samples)} beats: at most {BEATS_MOST} at once; choose a shorter stretch"
            )
        return cls(len(samples), packed(samples), was)


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody said of some beats.

    Attributes:
        number: of the change; 0 for those of a verdict.
        order: number of its deed: where two speak of one beat, the higher one holds.
        stream: whose beats.
        at: center time.
        by: actor of the deed.
        labels: packed samples (``packed``) by the class that they were given.
        count: how many beats.
        was: how many of each class they had.
        why: in words; may be empty.
        added: beats where the analysis found none.
        case: the case whose verdict it stands in, else None.
        undone: who took it back and when; None while it is in force.
    """

    number: int
    order: int
    stream: StreamId
    at: Instant
    by: str
    labels: Mapping[str, str]
    count: int
    was: Mapping[str, int]
    why: str = ""
    added: bool = False
    case: int | None = None
    undone: tuple[str, Instant] | None = None

    @property
    def first(self) -> int:
        """The first of the samples; cheap, however many there are."""
        return min((_first(text) for text in self.labels.values()), default=0)

    def samples(self) -> dict[str, list[int]]:
        """The samples by class."""
        return {name: unpacked(text) for name, text in self.labels.items()}


def packed(samples: Sequence[int]) -> str:
    """Samples in order as a text: differences, 8 bytes each, deflated, base64.

    Raises:
        InputError: they are not in order, or one is negative.
    """
    before = [0, *samples[:-1]] if samples else []
    steps = [at - last for at, last in zip(samples, before, strict=True)]
    if any(step < (place > 0) for place, step in enumerate(steps)):
        raise InputError("beats: want samples in order, each once")
    return base64.b64encode(zlib.compress(struct.pack(f"<{len(steps)}Q", *steps))).decode()


def _first(text: str) -> int:
    """The first sample of a text; 0 of an empty one."""
    raw = zlib.decompressobj().decompress(base64.b64decode(text), 8)
    return int.from_bytes(raw, "little")


def unpacked(text: str) -> list[int]:
    """Back again."""
    raw = zlib.decompress(base64.b64decode(text))
    found, at = [], 0
    for (step,) in struct.iter_unpack("<Q", raw):
        at += step
        found.append(at)
    return found


@dataclass(slots=True)
class RelabelBook:
    """Every change of beats, by stream.

    Attributes:
        next_change: number of the next one.
        changes: those made at the desk, by number.
        revision: counts what was said of each stream's beats, for whoever keeps what follows from them.
    """

    next_change: int = 1
    changes: dict[int, Change] = field(default_factory=dict)
    revision: dict[StreamId, int] = field(default_factory=dict)
    _streams: dict[StreamId, list[int]] = field(default_factory=dict)
    _verdicts: dict[StreamId, dict[int, Change]] = field(default_factory=dict)
    _cases: dict[int, StreamId] = field(default_factory=dict)

    KINDS: ClassVar[frozenset[str]] = frozenset({RELABELLED, UNDONE, REDONE, VERDICT, TAKEN_BACK, OPENED})

    def of(self, stream: StreamId) -> list[Change]:
        """Every change of a stream's beats by its place in the journal, those taken back too."""
        made = [self.changes[number] for number in self._streams.get(stream, ())]
        return sorted([*made, *self._verdicts.get(stream, {}).values()], key=lambda one: one.order)

    def in_force(self, stream: StreamId) -> list[Change]:
        """Those that hold; of two that speak of one beat the later one."""
        return [one for one in self.of(stream) if one.undone is None]

    def change(self, stream: StreamId, number: int) -> Change:
        """A change made at the desk.

        Raises:
            NotFoundError: this stream has none of that number.
        """
        found = self.changes.get(number)
        if found is None or found.stream != stream:
            raise NotFoundError(f"{stream_name(stream)} has no change {number}")
        return found

    def apply(self, deed: Deed) -> None:
        """Take one deed; other kinds change nothing."""
        body = cast("Mapping[str, Any]", deed.body)
        if deed.kind == OPENED:
            self._cases[body["case"]] = body["stream"]
            return
        if deed.kind in (VERDICT, TAKEN_BACK):
            self._judged(deed, body)
            return
        if deed.kind not in self.KINDS:
            return
        number, stream = body["change"], body["stream"]
        if deed.kind == RELABELLED:
            self.next_change = number + 1
            self._streams.setdefault(stream, []).append(number)
            labels = {body["to"]: body["samples"]}
            self.changes[number] = Change(
                number, deed.number, stream, deed.at, deed.actor, labels, body["count"], body["was"],
                body["why"], body["added"],
            )  # fmt: skip
        else:
            undone = (deed.actor, deed.at) if deed.kind == UNDONE else None
            self.changes[number] = replace(self.changes[number], undone=undone)
        self._touch(stream)

    def _judged(self, deed: Deed, body: Mapping[str, Any]) -> None:
        """A verdict speaks of its beats until it is taken back or another is given."""
        case = body["case"]
        stream = self._cases.get(case)
        if stream is None:
            return
        told = self._verdicts.setdefault(stream, {})
        before, relabels = told.pop(case, None), body.get("relabels") or []
        if deed.kind == VERDICT and relabels:
            told[case] = _of_verdict(deed, stream, case, relabels)
        if before is not None or case in told:
            self._touch(stream)

    def _touch(self, stream: StreamId) -> None:
        self.revision[stream] = self.revision.get(stream, 0) + 1


def _of_verdict(deed: Deed, stream: StreamId, case: int, relabels: Sequence[Sequence[Any]]) -> Change:
    by_class: dict[str, list[int]] = {}
    was: dict[str, int] = {}
    for sample, before, now, *_ in relabels:
        by_class.setdefault(now, []).append(sample)
        was[before] = was.get(before, 0) + 1
    labels = {name: packed(sorted(set(samples))) for name, samples in by_class.items()}
    why = f"verdict of case {case}"
    return Change(0, deed.number, stream, deed.at, deed.actor, labels, len(relabels), was, why, False, case)


def relabel(
    book: RelabelBook, stream: StreamId, chosen: Chosen, to: str, why: str = "", added: bool = False
) -> list[Draft]:
    """Give beats another class, or say that beats are where the analysis found none.

    Args:
        book: what was said so far.
        stream: whose.
        chosen: the beats.
        to: the class, as WFDB writes it (``verdicts.CLASSES``); ``|``: these are no beats.
        why: in words.
        added: put beats at these samples.

    Raises:
        InputError: no such class; the reason is too long.
        RefusedError: no beat is left that has another class (``nothing``).
    """
    if to not in CLASSES:
        raise InputError(f"to: {to[:8]!r}: want one of {' '.join(CLASSES)}")
    if added and to == "|":
        raise InputError("to: a beat that is put where none was found is one")
    if len(why) > WHY_MOST:
        raise InputError(f"why: {len(why)} letters, at most {WHY_MOST}")
    if not chosen.count:
        raise RefusedError("nothing", f"none of these beats has another class than {CLASSES[to]}")
    body: dict[str, Any] = {
        "stream": stream,
        "change": book.next_change,
        "to": to,
        "samples": chosen.packed,
        "count": chosen.count,
        "was": dict(chosen.was),
        "why": why.strip(),
        "added": added,
    }
    return [Draft(RELABELLED, stream_name(stream), body)]


def undo(book: RelabelBook, stream: StreamId, number: int) -> list[Draft]:
    """Take a change back; whoever may change may, and who did is on record.

    Raises:
        NotFoundError: there is no such change.
        RefusedError: it is taken back already (``undone``).
    """
    if book.change(stream, number).undone is not None:
        raise RefusedError("undone", f"change {number} is taken back already")
    return [Draft(UNDONE, stream_name(stream), {"stream": stream, "change": number})]


def redo(book: RelabelBook, stream: StreamId, number: int) -> list[Draft]:
    """Put a change that was taken back in force again, in the place that it had.

    Raises:
        NotFoundError: there is no such change.
        RefusedError: it is in force (``in_force``).
    """
    if book.change(stream, number).undone is None:
        raise RefusedError("in_force", f"change {number} is in force")
    return [Draft(REDONE, stream_name(stream), {"stream": stream, "change": number})]
