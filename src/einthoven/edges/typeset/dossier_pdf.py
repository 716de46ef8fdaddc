"""The record on request onto paper: its own pages by typst, reports joined as issued, pages counted (R28).

Typst sets what is made here; pikepdf joins, writes bookmarks and page labels, and lays the foot on each page.
The same parts and instant give the same bytes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import pikepdf
import typst

from einthoven.base.errors import StoreError
from einthoven.base.instants import SECOND, Instant
from einthoven.center.dossier_blocks import Block, Section
from einthoven.edges.typeset.pdf import FAMILIES, UNSEEN_MOST, Paper, package_fonts, spelled, without_glyph
from einthoven.edges.typeset.strip_svg import strip_svg
from einthoven.reports.report import Strip

MM: Final = 72 / 25.4
FOOT_MM: Final = (180.0, 5.2)
FOOT_UP_MM: Final = 2.6
"""Above the edge of the paper: below everything that a report prints."""
FEET_AT_ONCE: Final = 500
FOOT_NAME: Final = "/EinthovenFoot"
FRONT_TRIES: Final = 4


@dataclass(frozen=True, slots=True)
class Joined:
    """What is joined behind a section: title, PDF or picture, and a mark in the foot of its pages."""

    title: str
    content: bytes
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands on every page, and on the first.

    Attributes:
        name: the patient's complete name.
        dates: of service.
        center: its name.
        about: label and value of each line of the first page.
        note: below its table.
        made: when; the document's date.
        paper: of the made pages.
    """

    name: str
    dates: str
    center: str
    about: tuple[tuple[str, str], ...]
    note: str
    made: Instant
    paper: Paper = "us-letter"


@dataclass(slots=True)
class Part:
    """A section as pages.

    Attributes:
        section: it.
        pages: PDF of its own pages; ``heads`` title and page, from 0, of each heading in it.
        joined: title, PDF and mark of what follows them.
    """

    section: Section
    pages: bytes
    heads: list[tuple[str, int]]
    joined: list[tuple[str, pikepdf.Pdf, str]] = field(default_factory=list)
    count: int = 0


def dossier_pdf(
    cover: Cover,
    sections: Sequence[Section],
    joined: Mapping[str, Sequence[Joined]],
    strips: Mapping[str, Strip],
) -> bytes:
    """One PDF: a first page that says what is there and what is not, contents, the sections in order.

    Args:
        joined: key of a section → what is joined behind it.
        strips: key of a strip block → the strip.

    Raises:
        StoreError: the fonts are not there, or a page cannot be set.
    """
    parts = [_part(cover, number, one, strips) for number, one in enumerate(sections, 1)]
    for part in parts:
        part.joined = [(one.title, _opened(cover, one), one.mark) for one in joined.get(part.section.key, ())]
        part.count += sum(len(pdf.pages) for _, pdf, _ in part.joined)
    front, rows = _front(cover, parts)
    return _joined(cover, front, parts, rows)


# ---- pages that are made here ------------------------------------------------------------------------------


def _part(cover: Cover, number: int, section: Section, strips: Mapping[str, Strip]) -> Part:
    title = f"{number}  {section.title}"
    wanted = {one.strip for one in section.blocks if one.kind == "strip"}
    drawn = {key: _drawn(strips[key]) for key in sorted(wanted)}
    data = _data(cover, title) | {"blocks": [_block(one) for one in section.blocks], "strips": drawn}
    made = _compile("dossier.typ", data, cover.made)
    heads, count = _heads(made)
    return Part(section, made, heads, count=count)


def pages_pdf(cover: Cover, section: Section) -> bytes:
    """The pages of one section alone, each with the patient's name and the dates: a letter."""
    blocks = [_block(one) for one in section.blocks]
    made = _compile("dossier.typ", _data(cover, section.title) | {"blocks": blocks, "strips": {}}, cover.made)
    with pikepdf.open(io.BytesIO(made)) as whole:
        _feet(cover, whole, [""] * len(whole.pages))
        out = io.BytesIO()
        whole.save(out, deterministic_id=True)
    return out.getvalue()


def _block(one: Block) -> dict[str, Any]:
    return asdict(one)


def _drawn(strip: Strip) -> dict[str, Any]:
    drawn = strip_svg(strip)
    cut = ", cut at the top or foot" if drawn.cut else ""
    scale = f"{strip.when}  ·  25 mm/s, {drawn.mm_per_mv:g} mm/mV{cut}"
    leads = ", ".join(trace.lead for trace in strip.traces)
    return {"svg": drawn.svg, "height": drawn.height_mm, "scale": scale, "alt": f"ECG, {leads}, {scale}"}


def _data(cover: Cover, part: str) -> dict[str, Any]:
    date = datetime.fromtimestamp(cover.made // SECOND, UTC)
    return {
        "title": f"{part}, {cover.name}",
        "part": part,
        "name": cover.name,
        "dates": cover.dates,
        "center": cover.center,
        "paper": cover.paper,
        "fonts": list(FAMILIES),
        "date": [date.year, date.month, date.day, date.hour, date.minute, date.second],
    }


def _compile(name: str, data: Mapping[str, Any], made: Instant) -> bytes:
    text = json.dumps(data, ensure_ascii=False)
    for _ in range(UNSEEN_MOST):
        try:
            compiled = typst.compile(
                _template(name),
                font_paths=package_fonts(),
                sys_inputs={"data": text},
                format="pdf",
                timestamp=made // SECOND,
            )
        except typst.TypstError as error:
            unseen = without_glyph(error.message)
            if unseen is None:
                raise StoreError(f"the record cannot be set: {error.message}"[:400]) from error
            text = spelled(text, unseen)
        else:
            if not isinstance(compiled, bytes):
                raise StoreError("the record cannot be set: no document came out")
            return compiled
    raise StoreError(f"the record cannot be set: more than {UNSEEN_MOST} pieces of text without a glyph")


@lru_cache(maxsize=4)
def _template(name: str) -> bytes:
    return (files("einthoven.edges.typeset") / name).read_bytes()


def _heads(made: bytes) -> tuple[list[tuple[str, int]], int]:
    """Title and page, from 0, of each bookmark of a made PDF; and how many pages it has."""
    with pikepdf.open(io.BytesIO(made)) as pdf:
        places = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
        found: list[tuple[str, int]] = []
        with pdf.open_outline() as outline:
            for item in outline.root:
                target = item.destination
                page = target[0] if isinstance(target, pikepdf.Array) else None
                found.append((item.title, 0 if page is None else places.get(page.objgen, 0)))
        return found, len(pdf.pages)


# ---- what is joined ----------------------------------------------------------------------------------------


def _opened(cover: Cover, one: Joined) -> pikepdf.Pdf:
    """What is joined as a PDF: a picture on a page of its own, and a page that says so for what cannot be
    opened."""
    block: dict[str, Any] = {
        "kind": "warn",
        "text": f"{one.title}: cannot be shown here; the file is in this archive.",
    }
    if one.content.startswith(b"%PDF-"):
        try:
            return pikepdf.open(io.BytesIO(one.content))
        except (pikepdf.PdfError, pikepdf.PasswordError):
            pass
    elif one.content.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        block = {"kind": "picture", "text": one.title, "picture": list(one.content)}
    data = _data(cover, one.title) | {"blocks": [block], "strips": {}}
    try:
        made = _compile("dossier.typ", data, cover.made)
    except StoreError:  # a picture that is damaged
        block = {"kind": "warn", "text": f"{one.title}: cannot be shown here; the file is in this archive."}
        made = _compile("dossier.typ", data | {"blocks": [block]}, cover.made)
    return pikepdf.open(io.BytesIO(made))


# ---- the front ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the contents: level, title, page from 1."""

    level: int
    title: str
    page: int


def _front(cover: Cover, parts: Sequence[Part]) -> tuple[bytes, list[_Row]]:
    """First page and contents; what they say of pages depends on how many they are themselves."""
    length = 2
    for _ in range(FRONT_TRIES):
        rows = list(_rows(parts, length))
        tops = [row for row in rows if row.level == 1]
        points = [
            {
                "number": str(number),
                "title": part.section.title,
                "source": part.section.source,
                "state": str(part.section.state),
                "reasons": _few(part.section.reasons),
                "page": str(top.page),
            }
            for number, (part, top) in enumerate(zip(parts, tops, strict=True), 1)
        ]
        contents = [{"level": row.level, "title": row.title, "page": str(row.page)} for row in rows]
        more = {"points": points, "contents": contents, "about": cover.about, "note": cover.note}
        made = _compile("dossier.typ", _data(cover, "Contents and completeness") | more, cover.made)
        count = _heads(made)[1]
        if count == length:
            return made, rows
        length = count
    return made, rows


def _few(reasons: Sequence[str], most: int = 3) -> list[str]:
    """The first reasons, and how many more there are: all of them stand in the part itself."""
    told = [reason if len(reason) <= 150 else f"{reason[:149]}…" for reason in reasons[:most]]
    return [*told, f"and {len(reasons) - most} more, in the part"] if len(reasons) > most else told


def _rows(parts: Iterable[Part], before: int) -> Iterable[_Row]:
    page = before + 1
    for number, part in enumerate(parts, 1):
        yield _Row(1, f"{number}  {part.section.title}", page)
        for title, at in part.heads:
            yield _Row(2, title, page + at)
        behind = page + part.count - sum(len(pdf.pages) for _, pdf, _ in part.joined)
        for title, pdf, _ in part.joined:
            yield _Row(2, title, behind)
            behind += len(pdf.pages)
        page += part.count


# ---- together ----------------------------------------------------------------------------------------------


def _joined(cover: Cover, front: bytes, parts: Sequence[Part], rows: Sequence[_Row]) -> bytes:
    whole, marks = pikepdf.new(), list[str]()
    kept = [pikepdf.open(io.BytesIO(front))]
    whole.pages.extend(kept[0].pages)
    marks += [""] * len(kept[0].pages)
    for part in parts:
        own = pikepdf.open(io.BytesIO(part.pages))
        for pdf, mark in [(own, ""), *((pdf, mark) for _, pdf, mark in part.joined)]:
            kept.append(pdf)
            whole.pages.extend(pdf.pages)
            marks += [mark] * len(pdf.pages)
    _feet(cover, whole, marks)
    _bookmarks(whole, rows)
    whole.Root.PageLabels = pikepdf.Dictionary(Nums=pikepdf.Array([0, pikepdf.Dictionary(S=pikepdf.Name.D)]))
    whole.Root.PageMode = pikepdf.Name.UseOutlines
    whole.Root.Lang = pikepdf.String("en")
    stamp = datetime.fromtimestamp(cover.made // SECOND, UTC).strftime("D:%Y%m%d%H%M%SZ")
    title = f"Record of a service period, {cover.name}, {cover.dates}"
    whole.docinfo["/Title"], whole.docinfo["/Producer"] = title, "einthoven"
    whole.docinfo["/CreationDate"] = whole.docinfo["/ModDate"] = stamp
    out = io.BytesIO()
    whole.save(
        out,
        deterministic_id=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        compress_streams=True,
    )
    return out.getvalue()


def _feet(cover: Cover, whole: pikepdf.Pdf, marks: Sequence[str]) -> None:
    count = len(whole.pages)
    words = f"{cover.name}  ·  dates of service {cover.dates}"
    for first in range(0, count, FEET_AT_ONCE):
        some = range(first, min(first + FEET_AT_ONCE, count))
        feet = [
            ["  ·  ".join(filter(None, (words, marks[place]))), f"page {place + 1} of {count}"]
            for place in some
        ]
        made = _compile("stamps.typ", {"feet": feet, "fonts": list(FAMILIES)}, cover.made)
        with pikepdf.open(io.BytesIO(made)) as stamps:
            for place, stamp in zip(some, stamps.pages, strict=True):
                page = pikepdf.Page(whole.pages[place])
                box = page.mediabox
                left, low, right = float(box[0]), float(box[1]), float(box[2])
                width = min(FOOT_MM[0] * MM, (right - left) * 0.95)
                middle, up = (left + right) / 2, low + FOOT_UP_MM * MM
                rect = pikepdf.Rectangle(
                    middle - width / 2,
                    up,
                    middle + width / 2,
                    up + FOOT_MM[1] * MM * width / (FOOT_MM[0] * MM),
                )
                _lay(whole, page, stamp, rect)


def _lay(whole: pikepdf.Pdf, page: pikepdf.Page, stamp: pikepdf.Page, rect: pikepdf.Rectangle) -> None:
    """Lay a page over part of another; ``Page.add_overlay`` would give it another name each time."""
    form = whole.copy_foreign(stamp.as_form_xobject())
    name = page.add_resource(form, pikepdf.Name.XObject, pikepdf.Name(FOOT_NAME), replace_existing=False)
    drawn = page.calc_form_xobject_placement(form, name, rect)
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(b"\nQ\n" + drawn)


def _bookmarks(whole: pikepdf.Pdf, rows: Sequence[_Row]) -> None:
    with whole.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("What is complete and what is missing", 0))
        for row in rows:
            item = pikepdf.OutlineItem(row.title, row.page - 1)
            if row.level == 1:
                item.is_closed = True
                outline.root.append(item)
            else:
                outline.root[-1].children.append(item)
