"""HL7 version 2 messages as text: bytes to fields and back (R41; HL7 v2.5.1 chapter 2).

The library ``hl7`` takes a message apart; what it does not do stands here: character sets (MSH-18), escape
sequences both ways without loss, and errors that name segment and field. Values are written as

- ``str``: one component,
- ``tuple``: components, each a ``str`` or a ``tuple`` of subcomponents,
- ``list``: repetitions, each one of the above.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import hl7

from einthoven.base.errors import MessageError

Component: TypeAlias = str | tuple[str, ...]
Repetition: TypeAlias = str | tuple[Component, ...]
Value: TypeAlias = Repetition | list[Repetition]
Line: TypeAlias = tuple[str, Mapping[int, Value]]
"""A segment to be written: its name, and its fields by number from 1 on (MSH: from 3 on)."""

VERSION: Final = "2.5.1"
MESSAGE_MAX: Final = 4 << 20
"""Bytes of a message that is taken: a scanned letter in an OBX; an ADT has a thousandth of it."""
SEGMENTS_MAX: Final = 2_000
PARTS_MAX: Final = 10_000
"""Fields, components, repetitions and subcomponents: an ADT has hundreds. The library takes ten microseconds
for each, and what takes messages has others to serve."""
NULL: Final = '""'
"""A field that holds this is to be emptied (chapter 2.5.3); one that is empty says nothing."""
CHARSETS: Final[Mapping[str, str]] = {
    "ASCII": "ascii",
    "UNICODE UTF-8": "utf-8",
    "UNICODE": "utf-8",
    "8859/1": "iso8859-1",
    "8859/2": "iso8859-2",
    "8859/3": "iso8859-3",
    "8859/4": "iso8859-4",
    "8859/5": "iso8859-5",
    "8859/6": "iso8859-6",
    "8859/7": "iso8859-7",
    "8859/8": "iso8859-8",
    "8859/9": "iso8859-9",
    "8859/15": "iso8859-15",
    "GB 18030-2000": "gb18030",
    "BIG-5": "big5",
    "KS X 1001": "euc-kr",
}
"""HL7 table 0211 → the codec. UTF-16 and UTF-32 hold the bytes that frame MLLP and cannot travel by it."""
UTF_8: Final = "UNICODE UTF-8"
_DELIMITERS = re.compile(r"MSH([^\r\nA-Za-z0-9])([^\r\n]{4,5}?)(?:\1|\r|\Z)")
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}\Z")
_NAMED = {0: "F", 1: "S", 2: "R", 3: "E", 4: "T"}
_BREAKS: Final = {".br": "\n", ".sp": "\n", ".ce": "\n", ".sk": " "}
_MOST_REPEATED: Final = 100
"""Blank lines or blanks of one ``.sp`` or ``.sk``: more is nonsense, or an attempt to fill the memory."""


@dataclass(frozen=True, slots=True)
class Delimiters:
    """What parts a message: field, component, repetition, escape, subcomponent; a sixth for truncation."""

    text: str = "|^~\\&"

    @property
    def escape(self) -> str:
        """The sign that begins and ends an escape sequence."""
        return self.text[3]


PLAIN: Final = Delimiters()


class Message:
    """A message that was taken apart.

    Attributes:
        delimiters: its own.
        charset: its codec.
    """

    def __init__(self, tree: Any, delimiters: Delimiters, charset: str) -> None:
        self._tree = tree
        self.delimiters = delimiters
        self.charset = charset

    def names(self) -> list[str]:
        """The segments' names in order."""
        return [str(segment[0]) for segment in self._tree]

    def count(self, segment: str) -> int:
        """How many segments of a name there are."""
        return self.names().count(segment)

    def get(
        self, segment: str, field: int, component: int = 1, sub: int = 1, *, repeat: int = 1, of: int = 1
    ) -> str:
        """The text of one place, without its escape sequences; ``""`` where nothing stands there.

        Args:
            repeat: which repetition of the field.
            of: which segment of that name, from 1.

        Raises:
            MessageError: it holds an escape sequence that is none, or bytes that its character set has not.
        """
        raw = self.raw(segment, field, component, sub, repeat=repeat, of=of)
        if segment == "MSH" and field in (1, 2):
            return raw
        try:
            return unescaped(raw, self.delimiters, self.charset)
        except ValueError as error:
            raise MessageError(f"{segment}[{of}]-{field}", str(error)) from error

    def raw(
        self, segment: str, field: int, component: int = 1, sub: int = 1, *, repeat: int = 1, of: int = 1
    ) -> str:
        """The same with its escape sequences."""
        found = self._segment(segment, of)
        if found is None or field >= len(found):
            return ""
        if segment == "MSH" and field in (1, 2):
            return str(found[field])
        told = _at(found[field], repeat)
        return str(_at(_at(told, component), sub))

    def repeats(self, segment: str, field: int, *, of: int = 1) -> int:
        """How many repetitions a field has; 0 where it is empty."""
        found = self._segment(segment, of)
        if found is None or field >= len(found) or str(found[field]) == "":
            return 0
        return len(found[field])

    def _segment(self, name: str, of: int) -> Any:
        found = [segment for segment in self._tree if str(segment[0]) == name]
        return found[of - 1] if of <= len(found) else None


def _at(node: Any, place: int) -> Any:
    """The child at a place from 1; a leaf is its own first child."""
    if isinstance(node, str):
        return node if place == 1 else ""
    return node[place - 1] if place <= len(node) else ""


def parse(raw: bytes) -> Message:
    """Take a message apart.

    Segments end with CR; LF and CR LF, which the standard does not allow and many send, are taken too.

    Raises:
        MessageError: it is none, or its character set is unknown or not what MSH-18 says.
    """
    if len(raw) > MESSAGE_MAX:
        raise MessageError("MSH", f"{len(raw)} bytes, at most {MESSAGE_MAX}", 207)
    told = charset_of(raw)
    try:
        text = raw.decode(told)
    except UnicodeDecodeError as error:
        raise MessageError("MSH[1]-18", f"byte {error.start} is no {told}: {error.reason}") from None
    text = text.replace("\r\n", "\r").replace("\n", "\r").strip("\r")
    delimiters = _delimiters(text)
    parts = sum(text.count(sign) for place, sign in enumerate(delimiters.text) if place != 3)
    if parts > PARTS_MAX:
        raise MessageError("MSH", f"{parts} parts, at most {PARTS_MAX}", 207)
    lines = text.split("\r")
    if len(lines) > SEGMENTS_MAX:
        raise MessageError("MSH", f"{len(lines)} segments, at most {SEGMENTS_MAX}", 207)
    for place, line in enumerate(lines, 1):
        if not _SEGMENT.match(line[:3]) or line[3:4] not in ("", delimiters.text[0]):
            raise MessageError(f"segment {place}", f"{line[:8]!r} begins no segment", 100)
        if place > 1 and line.startswith("MSH"):
            raise MessageError(f"segment {place}", "a second MSH: batches are not taken", 100)
    # The library cuts blanks off the end of a message; a last line of ours is cut instead.
    try:
        tree = hl7.parse(text + "\rZZZ" + delimiters.text[0])[:-1]
    except (hl7.HL7Exception, AssertionError, IndexError, ValueError) as error:
        raise MessageError("MSH", f"cannot be taken apart: {error or type(error).__name__}", 100) from error
    return Message(tree, delimiters, told)


def charset_of(raw: bytes) -> str:
    """The codec that MSH-18 names. Where it is empty: ASCII, or UTF-8 where all of it is UTF-8.

    Raises:
        MessageError: it names none that is known, or several.
    """
    first = raw.replace(b"\n", b"\r").split(b"\r", 1)[0]
    fields = first.split(first[3:4]) if first[:3] == b"MSH" and len(first) > 3 else []
    named = fields[17].decode("ascii", "replace").strip() if len(fields) > 17 else ""
    if named:
        several = named.split(chr(first[5])) if len(first) > 5 else [named]
        if len([one for one in several if one.strip()]) > 1:
            raise MessageError("MSH[1]-18", f"{named[:60]!r}: one character set a message, not several", 103)
        codec = CHARSETS.get(several[0].strip().upper())
        if codec is None:
            raise MessageError("MSH[1]-18", f"{named[:60]!r} is no character set taken here", 103)
        return codec
    return "ascii" if raw.isascii() else "utf-8"


def _delimiters(text: str) -> Delimiters:
    if not text.startswith("MSH"):
        raise MessageError("MSH", f"a message begins with MSH, not {text[:8]!r}", 100)
    found = _DELIMITERS.match(text)
    if found is None:
        raise MessageError("MSH[1]-2", f"want four or five delimiters, got {text[3:12]!r}", 102)
    signs = found[1] + found[2]
    if len(set(signs)) != len(signs) or not all(
        sign.isascii() and sign.isprintable() and not sign.isalnum() and sign != " " for sign in signs
    ):
        raise MessageError("MSH[1]-2", f"{signs!r} are no delimiters: each another printable sign", 102)
    return Delimiters(signs)


# ---- text and its escape sequences (chapter 2.7) ---------------------------------------------------------


def escaped(text: str, delimiters: Delimiters = PLAIN) -> str:
    """Text as a field holds it: delimiters as ``\\F\\`` and the like, control characters as ``\\X0D\\``.

    What comes back of it by ``unescaped`` is the same text.

    Raises:
        ValueError: half of a sign that was cut in two (a surrogate).
    """
    told: list[str] = []
    mark = delimiters.escape
    for sign in text:
        place = delimiters.text.find(sign)
        if place >= 0:
            told.append(f"{mark}{_NAMED.get(place, 'P')}{mark}")
        elif ord(sign) < 0x20 or ord(sign) == 0x7F:
            told.append(f"{mark}X{ord(sign):02X}{mark}")
        elif 0xD800 <= ord(sign) <= 0xDFFF:
            raise ValueError("half of a sign that was cut in two")
        else:
            told.append(sign)
    return "".join(told)


def unescaped(text: str, delimiters: Delimiters, charset: str = "utf-8") -> str:
    """The text that a field means; marks of highlighting and of layout that no plain text has fall away.

    Raises:
        ValueError: an escape sequence that is not closed, is unknown, or holds bytes that are no text.
    """
    mark = delimiters.escape
    if mark not in text:
        return text
    parts = text.split(mark)
    if len(parts) % 2 == 0:
        raise ValueError(f"an escape sequence is not closed: {mark}{parts[-1][:20]}")
    return "".join(
        part if place % 2 == 0 else _meant(part, delimiters, charset) for place, part in enumerate(parts)
    )


def _meant(sequence: str, delimiters: Delimiters, charset: str) -> str:
    for place, name in _NAMED.items():
        if sequence == name:
            return delimiters.text[place]
    if sequence == "P":
        return delimiters.text[5:6] or "#"
    if sequence in ("H", "N"):
        return ""
    if sequence.startswith("X"):
        return _hex(sequence[1:], charset)
    if sequence.startswith("."):
        told, count = sequence[:3], sequence[3:].strip()
        if told in (".in", ".ti", ".fi", ".nf"):
            return ""
        if told in _BREAKS and (not count or (count.isascii() and count.isdigit() and len(count) <= 3)):
            return _BREAKS[told] * min(int(count or 1), _MOST_REPEATED)
    raise ValueError(f"\\{sequence[:20]}\\ is no escape sequence taken here")


def _hex(digits: str, charset: str) -> str:
    try:
        return bytes.fromhex(digits).decode(charset)
    except ValueError as error:
        raise ValueError(f"\\X{digits[:20]}\\ is no text: {error}") from None


# ---- writing -----------------------------------------------------------------------------------------------


def write(lines: Sequence[Line], charset: str | None = UTF_8) -> bytes:
    """A message of segments, the first of them MSH, whose MSH-18 is set.

    Args:
        charset: name of table 0211; None: ASCII, which MSH-18 does not name, where that is enough.

    Raises:
        ValueError: a text has characters that the character set has not, or half of a sign.
    """
    if charset is None:
        return write(lines, "ASCII" if _is_ascii(lines) else UTF_8)
    named: Mapping[int, Value] = {} if charset == "ASCII" else {18: charset}
    texts = [_segment_text(name, {**fields, **named} if name == "MSH" else fields) for name, fields in lines]
    return ("\r".join(texts) + "\r").encode(CHARSETS[charset])


def _is_ascii(lines: Sequence[Line]) -> bool:
    return all(_segment_text(name, fields).isascii() for name, fields in lines)


def _segment_text(name: str, fields: Mapping[int, Value]) -> str:
    first = 3 if name == "MSH" else 1
    last = max(fields, default=0)
    texts = [_value(fields.get(number, "")) for number in range(first, last + 1)]
    begin = f"MSH|{PLAIN.text[1:]}" if name == "MSH" else name
    return "|".join([begin, *texts])


def _value(value: Value) -> str:
    if isinstance(value, list):
        return "~".join(_repetition(one) for one in value)
    return _repetition(value)


def _repetition(value: Repetition) -> str:
    if isinstance(value, str):
        return escaped(value)
    return "^".join(_component(one) for one in value).rstrip("^")


def _component(value: Component) -> str:
    if isinstance(value, str):
        return escaped(value)
    return "&".join(escaped(one) for one in value).rstrip("&")
