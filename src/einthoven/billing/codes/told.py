"""A code, and the whole book, as JSON and as lines of text: what the command and the page show (R38)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from datetime import date
from typing import Any, Final, TypeAlias

from einthoven.billing.codes.book import GATHERED, edge_words
from einthoven.billing.codes.code import MARKS, Code, Edge, Exclusion, Mark, Pairing, Validity
from einthoven.billing.codes.loaded import Loaded

Shape: TypeAlias = dict[str, Any]
WIDTH: Final = 100
_LABEL: Final = 12


def book_json(loaded: Loaded, on: date) -> Shape:
    """The whole book: families in the order of the picture, their codes, marks and sources in words.

    Args:
        on: the day on which each code is judged.
    """
    return {
        "on": str(on),
        "gathered": GATHERED,
        "marks": {str(mark): words for mark, words in MARKS.items()},
        "sources": dict(loaded.book.sources),
        "families": [
            {"id": one.id, "name": one.name, "words": one.words, "notes": [_said(note) for note in one.notes]}
            for one in loaded.book.families.values()
        ],
        "codes": [code_json(loaded, one, on) for one in loaded.book.codes.values()],
    }


def code_json(loaded: Loaded, one: Code, on: date) -> Shape:
    """One code with everything known of it; dates ``YYYY-MM-DD``, None where open or not known."""
    return {
        "code": one.code,
        "system": one.system,
        "family": one.family,
        "set": one.set,
        "part": str(one.part),
        "words": one.words,
        "descriptor": loaded.descriptor(one.code),
        "medicare": one.medicare,
        "valid": validity_json(loaded.valid_on(one.code, on)),
        "start": _edge(one.start),
        "end": None if one.end is None else _edge(one.end),
        "replaced": None
        if one.replaced is None
        else {
            "codes": list(one.replaced.codes),
            "words": one.replaced.words,
            "mark": str(one.replaced.mark),
            "sources": list(one.replaced.sources),
        },
        "units": None
        if one.units is None
        else {"most": one.units.most, "days": one.units.days} | _said(one.units),
        "service_date": None
        if one.service_date is None
        else {"day": one.service_date.day, "least": one.service_date.least} | _said(one.service_date),
        "rules": [
            {"kind": rule.kind, "from": _day(rule.start), "to": _day(rule.stop)} | _said(rule)
            for rule in one.rules
        ],
        "notes": [_said(note) for note in one.notes],
        "exclusions": exclusions_json(loaded, one),
    }


def validity_json(told: Validity) -> Shape:
    """An answer for a day."""
    return {
        "answer": str(told.answer),
        "words": told.words,
        "mark": str(told.mark),
        "instead": list(told.instead),
        "sources": list(told.sources),
    }


def pairing_json(told: Pairing) -> Shape:
    """An answer for a pair and a day."""
    return {
        "answer": str(told.answer),
        "words": told.words,
        "why": [_exclusion(one, [one.code, one.other]) for one in told.why],
    }


def exclusions_json(loaded: Loaded, one: Code) -> list[Shape]:
    """With whom a code does not go, those for the same reason together; edits of loaded files first."""
    edits = [
        edit.exclusion(part.name)
        for part in loaded.quarter
        for edit in part.edits
        if one.code in (edit.first, edit.second) and edit.indicator != "9"
    ]
    groups: dict[tuple[object, ...], tuple[Exclusion, list[str]]] = {}
    for each in (*edits, *loaded.book.exclusions_of(one.code)):
        other = each.other if each.code == one.code else each.code
        words = each.words if each.kind != "whole" else "a global code and a part of it"
        key = (each.kind, words, each.start, each.stop, each.indicator)
        groups.setdefault(key, (each, []))[1].append(other)
    return [_exclusion(first, others) for first, others in groups.values()]


def _exclusion(one: Exclusion, others: list[str]) -> Shape:
    return {
        "with": others,
        "kind": one.kind,
        "scope": one.scope,
        "from": _day(one.start),
        "to": _day(one.stop),
        "indicator": one.indicator,
        "words": one.words,
        "mark": str(one.mark),
        "sources": list(one.sources),
    }


def _said(one: Any) -> Shape:
    return {"words": one.words, "mark": str(one.mark), "sources": list(one.sources)}


def _edge(edge: Edge) -> Shape:
    return {
        "first": _day(edge.first),
        "last": _day(edge.last),
        "exact": edge.exact is not None,
        "words": edge_words(edge),
        "mark": str(edge.mark),
        "sources": list(edge.sources),
    }


def _day(day: date | None) -> str | None:
    return None if day is None else str(day)


# ---- text --------------------------------------------------------------------------------------------------


def code_text(loaded: Loaded, one: Code, on: date) -> str:
    """A code as lines of text: first whether it is valid on the day and what stands in its place."""
    told = loaded.valid_on(one.code, on)
    family = loaded.book.families[one.family]
    lines = [f"{one.code}  {one.part}, {family.name.casefold()} ({one.system}): {one.words}"]
    lines += _item(str(told.answer).upper(), _after(told.words, told.answer), told.mark)
    if descriptor := loaded.descriptor(one.code):
        lines += _item("licensed", descriptor)
    lines += _item("first day", edge_words(one.start), one.start.mark)
    lines += [] if one.end is None else _item("last day", edge_words(one.end), one.end.mark)
    if one.replaced is not None:
        told_of = f"{', '.join(one.replaced.codes)}" + (
            f": {one.replaced.words}" if one.replaced.words else ""
        )
        lines += _item("in its place", told_of, one.replaced.mark)
    lines += [] if one.units is None else _item("units", one.units.words, one.units.mark)
    if one.service_date is not None:
        lines += _item("date", one.service_date.words, one.service_date.mark)
    for rule in one.rules:
        lines += _item(rule.kind, rule.words + _stretch(rule.start, rule.stop), rule.mark)
    for each in exclusions_json(loaded, one):
        held = _stretch_text(each["from"], each["to"])
        others = ", ".join(each["with"])
        lines += _item("not with", f"{others}, {each['scope']}{held}: {each['words']}", Mark(each["mark"]))
    for note in (*one.notes, *family.notes):
        lines += _item("note", note.words, note.mark)
    cited = _cited(loaded, one)
    for source in cited:
        lines += _item("source", f"{source}: {loaded.book.sources.get(source, source)}")
    return "\n".join(lines)


def list_text(loaded: Loaded, on: date) -> str:
    """Every code, a line each, by family."""
    lines: list[str] = []
    for family in loaded.book.families.values():
        lines += ["", f"{family.name}: {family.words}"]
        for one in loaded.book.of_family(family.id):
            told = loaded.valid_on(one.code, on)
            until = "" if one.end is None else f" to {edge_words(one.end)}"
            lines.append(f"  {one.code}  {one.part:<12} {told.answer:<10} {edge_words(one.start)}{until}")
    return "\n".join([f"On {on}; facts of {GATHERED}.", *lines])


def marks_text() -> str:
    """What the marks say."""
    return "\n".join(_item("marks", "; ".join(f"[{mark}] {words}" for mark, words in MARKS.items())))


def _item(label: str, words: str, mark: Mark | None = None) -> list[str]:
    shown = words if mark is None else f"{words} [{mark}]"
    return textwrap.wrap(
        shown,
        WIDTH,
        initial_indent=f"  {label:<{_LABEL}} ",
        subsequent_indent=" " * (_LABEL + 3),
        break_on_hyphens=False,
    )


def _after(words: str, answer: str) -> str:
    """What follows after the answer itself."""
    return words.partition(f" is {answer} ")[2] or words


def _stretch(start: date | None, stop: date | None) -> str:
    return _stretch_text(_day(start), _day(stop))


def _stretch_text(start: str | None, stop: str | None) -> str:
    parts = [f"from {start}" if start else "", f"to {stop}" if stop else ""]
    told = " ".join(part for part in parts if part)
    return f" ({told})" if told else ""


def _cited(loaded: Loaded, one: Code) -> Iterable[str]:
    facts: list[Any] = [one.start, one.end, one.replaced, one.units, one.service_date, *one.rules, *one.notes]
    facts += loaded.book.families[one.family].notes
    found = [source for fact in facts if fact is not None for source in fact.sources]
    found += [source for each in exclusions_json(loaded, one) for source in each["sources"]]
    return dict.fromkeys(found)
