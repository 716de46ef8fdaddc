"""What people do at the desk of full disclosure: relabel beats, gather strips for the report (R11, R25)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError
from einthoven.base.instants import Instant
from einthoven.center import act_fields
from einthoven.center.act_fields import Fields, whole, words
from einthoven.center.desk_door import Who
from einthoven.review import relabels, strips
from einthoven.review.relabels import WHY_MOST, Chosen
from einthoven.review.strips import CAPTION_MOST

if TYPE_CHECKING:
    from einthoven.center.desk_books import Books

Do: TypeAlias = "Callable[[Books, Who, Fields, Instant], list[Draft]]"


def _relabel(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    """The beats come looked up: the desk itself reads no store, and a page names none by their numbers."""
    beats, added = fields.get("beats"), fields.get("added", False)
    if not isinstance(beats, Chosen):
        raise InputError("beats: a patient's beats are relabelled at /api/streams/…/relabel")
    if not isinstance(added, bool):
        raise InputError("added: want true or false")
    why = words(fields, "why", WHY_MOST, empty=True)
    stream = act_fields.stream(fields)
    return relabels.relabel(books.relabels, stream, beats, words(fields, "to", 8), why, added)


def _undo(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    return relabels.undo(books.relabels, act_fields.stream(fields), whole(fields, "change"))


def _redo(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    return relabels.redo(books.relabels, act_fields.stream(fields), whole(fields, "change"))


def _keep(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    start, stop = _sample(fields, "start"), _sample(fields, "stop")
    leads = fields.get("leads", [])
    if not isinstance(leads, list) or not all(isinstance(name, str) for name in leads):
        raise InputError("leads: want a list of names of leads")
    caption = words(fields, "caption", CAPTION_MOST, empty=True)
    return strips.keep(books.strips, act_fields.stream(fields), start, stop, leads, caption)


def _caption(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    caption = words(fields, "caption", CAPTION_MOST, empty=True)
    return strips.entitle(books.strips, act_fields.stream(fields), _number(fields), caption)


def _drop(books: Books, _who: Who, fields: Fields, _now: Instant) -> list[Draft]:
    return strips.drop(books.strips, act_fields.stream(fields), _number(fields))


def _sample(fields: Fields, name: str) -> int:
    value = fields.get(name)
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise InputError(f"{name}: want the number of a sample")
    return value


def _number(fields: Fields) -> int:
    """Of a strip: below 0 it came with a verdict."""
    value = fields.get("strip")
    if type(value) is not int or value == 0:
        raise InputError("strip: want its number")
    return value


REVIEW: Mapping[str, tuple[tuple[str, ...], Do, str]] = MappingProxyType(
    {
        "beats.relabel": (("stream", "beats", "to", "why", "added"), _relabel, "change"),
        "beats.undo": (("stream", "change"), _undo, "change"),
        "beats.redo": (("stream", "change"), _redo, "change"),
        "strip.keep": (("stream", "start", "stop", "leads", "caption"), _keep, "strip"),
        "strip.caption": (("stream", "strip", "caption"), _caption, "strip"),
        "strip.drop": (("stream", "strip"), _drop, "strip"),
    }
)
"""Fields of each act, what decides it, and the number that its answer tells."""
