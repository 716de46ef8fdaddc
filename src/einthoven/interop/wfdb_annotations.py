"""WFDB annotation files in MIT format: parse and write (R41).

Source: PhysioNet's "WFDB Applications Guide", annot(5). A file is a run of little-endian 16-bit words: ten
bits of time difference and six of code; codes 59–63 hold long differences and an annotation's further fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import RecordError

U16 = NDArray[np.uint16]

SYMBOLS: Final[dict[int, str]] = {
    1: "N", 2: "L", 3: "R", 4: "a", 5: "V", 6: "F", 7: "J", 8: "A", 9: "S", 10: "E", 11: "j", 12: "/",
    13: "Q", 14: "~", 16: "|", 18: "s", 19: "T", 20: "*", 21: "D", 22: '"', 23: "=", 24: "p", 25: "B",
    26: "^", 27: "t", 28: "+", 29: "u", 30: "?", 31: "!", 32: "[", 33: "]", 34: "e", 35: "n", 36: "@",
    37: "x", 38: "f", 39: "(", 40: ")", 41: "r",
}  # fmt: skip
"""Annotation code → the symbol that tools print for it (annot(5) and ecgcodes.h)."""
CODES: Final[dict[str, int]] = {symbol: code for code, symbol in SYMBOLS.items()}

NOTE: Final = 22
CODE_MAX: Final = 49
_SKIP, _NUM, _SUB, _CHN, _AUX = 59, 60, 61, 62, 63
_LONGEST = 2**31 - 1
_AUX_MAX = 255
_RESOLUTION = "## time resolution: "
_RESOLUTION_TEXT = re.compile(re.escape(_RESOLUTION) + r"(\d{1,9}(?:\.\d{1,17})?)\s*\Z")


@dataclass(frozen=True, slots=True)
class Annotations:
    """``n`` annotations in order of time.

    Attributes:
        sample: sample index of each, int64[n], never falling.
        code: annotation code of each, uint8[n], 1–49.
        sub: subtype, int8[n].
        chan: signal number, uint8[n].
        num: annotator's number, int8[n].
        aux: text of each (at most 255 bytes of UTF-8), ``""`` for none; or ``()`` where none has any.
        rate_hz: samples per second that ``sample`` counts in, if the file says so.
    """

    sample: NDArray[np.int64]
    code: NDArray[np.uint8]
    sub: NDArray[np.int8]
    chan: NDArray[np.uint8]
    num: NDArray[np.int8]
    aux: tuple[str, ...] = ()
    rate_hz: float | None = None

    def __len__(self) -> int:
        return len(self.sample)

    @property
    def symbols(self) -> list[str]:
        """The printed symbol of each; ``?code`` in brackets where the code has none."""
        return [SYMBOLS.get(code, f"[{code}]") for code in self.code.tolist()]

    @staticmethod
    def of(
        sample: NDArray[np.int64],
        code: NDArray[np.uint8],
        aux: tuple[str, ...] = (),
        rate_hz: float | None = None,
    ) -> Annotations:
        """Annotations with subtype, channel and number 0."""
        count = len(sample)
        return Annotations(
            np.asarray(sample, np.int64),
            np.asarray(code, np.uint8),
            np.zeros(count, np.int8),
            np.zeros(count, np.uint8),
            np.zeros(count, np.int8),
            aux,
            rate_hz,
        )


def parse_annotations(data: bytes, source: str) -> Annotations:
    """The annotations in a file's bytes.

    Raises:
        RecordError: the file is cut short, unsorted or damaged; names the file and the byte.
    """
    rows: list[tuple[int, int, int, int, int, str]] = []
    rate: float | None = None
    for row in _rows(data, source):
        found = _RESOLUTION_TEXT.match(row[5]) if row[0] == 0 and row[1] == NOTE else None
        if found is not None and not rows:
            rate = float(found[1])
        else:
            rows.append(row)
    columns = list(zip(*rows, strict=True)) or [()] * 6
    aux = tuple(str(text) for text in columns[5])
    return Annotations(
        np.array(columns[0], np.int64),
        np.array(columns[1], np.uint8),
        np.array(columns[2], np.int8),
        np.array(columns[3], np.uint8),
        np.array(columns[4], np.int8),
        aux if any(aux) else (),
        rate,
    )


def _rows(data: bytes, source: str) -> Iterator[tuple[int, int, int, int, int, str]]:
    if len(data) < 2:
        raise RecordError(f"{source}: {len(data)} bytes: not an annotation file")
    words = np.frombuffer(data, "<u2", len(data) // 2).tolist()
    at, sample, chan, num = 0, 0, 0, 0
    while True:
        sample, at = _skips(words, at, sample, source)
        word = words[at] if at < len(words) else 0
        if word == 0:
            if at < len(words):
                return
            raise RecordError(f"{source}: the end mark is missing at byte {2 * at}: the file is cut short")
        code = word >> 10
        if code > CODE_MAX:
            raise RecordError(f"{source}: byte {2 * at}: annotation code {code} is out of range")
        sample += word & 0x3FF
        if sample < 0 and code:
            raise RecordError(f"{source}: byte {2 * at}: annotation before sample 0")
        at += 1
        sub, aux = 0, ""
        while at < len(words) and words[at] >> 10 > _SKIP:
            kind, value = words[at] >> 10, words[at] & 0xFF
            at += 1
            if kind == _NUM:
                num = value - 256 if value > 127 else value
            elif kind == _SUB:
                sub = value - 256 if value > 127 else value
            elif kind == _CHN:
                chan = value
            else:
                aux = _text(data, 2 * at, value, source)
                at += (value + 1) // 2
        if code:  # code 0 only moves the time (written after a file's opening notes)
            yield sample, code, sub, chan, num, aux


def _skips(words: list[int], at: int, sample: int, source: str) -> tuple[int, int]:
    while at < len(words) and words[at] >> 10 == _SKIP:
        if at + 2 >= len(words):
            raise RecordError(f"{source}: a long time difference at byte {2 * at} is cut short")
        step = words[at + 1] << 16 | words[at + 2]
        sample += step - 2**32 if step >= 2**31 else step
        at += 3
    return sample, at


def _text(data: bytes, start: int, length: int, source: str) -> str:
    raw = data[start : start + length]
    if len(raw) < length:
        raise RecordError(f"{source}: the text at byte {start} is cut short")
    raw = raw.rstrip(b"\0")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def write_annotations(annotations: Annotations) -> bytes:
    """The bytes of an annotation file; whole arrays at a time, so 30 days of beats take well under a second.

    Raises:
        RecordError: unsorted, a code outside 1–49, or a text over 255 bytes; names the annotation.
    """
    return b"".join(annotation_pieces([annotations], annotations.rate_hz))


def annotation_pieces(pieces: Iterable[Annotations], rate_hz: float | None = None) -> Iterator[bytes]:
    """The bytes of an annotation file from annotations piece by piece, holding one piece at a time.

    Args:
        pieces: in order of time; their own ``rate_hz`` is not looked at.
        rate_hz: samples per second that ``sample`` counts in, to be written; None: not written.

    Raises:
        RecordError: as ``write_annotations``; numbers in it count within the piece.
    """
    sample, chan, num = 0, 0, 0
    if rate_hz is not None:
        yield _words(_rate_note(rate_hz), 0, 0, 0).tobytes()
    for piece in pieces:
        if not len(piece):
            _check(piece, [], 0)
            continue
        yield _words(piece, sample, chan, num).tobytes()
        sample, chan, num = int(piece.sample[-1]), int(piece.chan[-1]), int(piece.num[-1])
    yield bytes(2)


def _words(annotations: Annotations, sample: int, before_chan: int, before_num: int) -> U16:
    """The words of annotations behind one at ``sample``, with that one's channel and number."""
    aux = [text.encode() for text in annotations.aux]
    _check(annotations, aux, sample)
    chan = _changes(annotations.chan.astype(np.int64), before_chan)
    num = _changes(annotations.num.astype(np.int64), before_num)
    step = np.diff(annotations.sample, prepend=sample)
    skips = np.where(step > 1023, -(-step // _LONGEST), 0)
    length = np.array([len(text) for text in aux] or [0] * len(step), np.int64)
    aux_words = np.where(length > 0, 1 + (length + 1) // 2, 0)
    sub = annotations.sub != 0
    first = 3 * skips
    size = first + 1 + sub + chan + num + aux_words
    begin = np.cumsum(size) - size
    words = np.zeros(int(size.sum()), "<u2")
    _put_skips(words, begin, step, skips)
    at = begin + first
    rest = np.where(skips > 0, 0, step)
    words[at] = rest | annotations.code.astype(np.int64) << 10
    at += 1
    for mask, code, values in (
        (num, _NUM, annotations.num),
        (sub, _SUB, annotations.sub),
        (chan, _CHN, annotations.chan),
    ):
        words[at[mask]] = values[mask].astype(np.int64) & 0xFF | code << 10
        at += mask
    raw = words.view(np.uint8)
    for index in np.flatnonzero(length).tolist():
        place, text = int(at[index]), aux[index]
        words[place] = len(text) | _AUX << 10
        raw[2 * place + 2 : 2 * place + 2 + len(text)] = np.frombuffer(text, np.uint8)
    return words


def _rate_note(rate_hz: float) -> Annotations:
    """The note that opens a file which says in which samples it counts."""
    text = f"{_RESOLUTION}{int(rate_hz) if rate_hz == int(rate_hz) else rate_hz}"
    return Annotations.of(np.zeros(1, np.int64), np.array([NOTE], np.uint8), (text,))


def _changes(values: NDArray[np.int64], before: int) -> NDArray[np.bool_]:
    changed: NDArray[np.bool_] = np.diff(values, prepend=before) != 0
    return changed


def _check(annotations: Annotations, aux: list[bytes], before: int) -> None:
    sample, code = annotations.sample, annotations.code
    for name in ("code", "sub", "chan", "num"):
        if len(getattr(annotations, name)) != len(sample):
            raise RecordError(
                f"annotations: {len(sample)} samples but {len(getattr(annotations, name))} {name}s"
            )
    if aux and len(aux) != len(sample):
        raise RecordError(f"annotations: {len(sample)} samples but {len(aux)} texts")
    if not len(sample):
        return
    falling = np.diff(sample, prepend=before) < 0
    if falling.any():
        at = int(np.argmax(falling))
        raise RecordError(
            f"annotations: number {at} at sample {int(sample[at])} is before the one ahead of it"
        )
    wrong = (code < 1) | (code > CODE_MAX)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise RecordError(f"annotations: number {at} has code {int(code[at])}, outside 1–{CODE_MAX}")
    for at, text in enumerate(aux):
        if len(text) > _AUX_MAX:
            raise RecordError(
                f"annotations: the text of number {at} has {len(text)} bytes, at most {_AUX_MAX}"
            )


def _put_skips(
    words: U16, begin: NDArray[np.int64], step: NDArray[np.int64], skips: NDArray[np.int64]
) -> None:
    """Long differences: as many SKIP groups as it takes, high word first (the order of a PDP-11)."""
    left = step.copy()
    for turn in range(int(skips.max(initial=0))):
        rows = np.flatnonzero(skips > turn)
        part = np.minimum(left[rows], _LONGEST)
        at = begin[rows] + 3 * turn
        words[at] = _SKIP << 10
        words[at + 1] = part >> 16
        words[at + 2] = part & 0xFFFF
        left[rows] -= part
