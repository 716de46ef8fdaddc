"""Payers' answers as X12 835, implementation 005010X221A1 (ASC X12N TR3), read leniently.

A payment that a payer sent is never thrown away for one bad segment: what can be read is, what cannot is a
fault that names the segment. Segments are split here: a reader that stops at an empty segment, as others do,
would lose the claims behind it in silence. What the guide says of the file is asked beside (``x12_check``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from einthoven.base.errors import InputError
from einthoven.billing.claim import dollars
from einthoven.billing.remittance import Adjustment, Answer, PaidLine, Remittance, imbalance, short
from einthoven.interop import x12
from einthoven.interop.x12_answers import AnswerReader


@dataclass
class _Reader(AnswerReader):
    """Where reading stands: beside the set and the claim, the line."""

    line: PaidLine | None = None

    # ---- ends --------------------------------------------------------------------------------------------

    def end_line(self) -> None:
        if self.line is not None and self.claim is not None:
            self.claim = replace(self.claim, lines=(*self.claim.lines, self.line))
        self.line = None

    def end_claim(self) -> None:
        self.end_line()
        claim, self.claim = self.claim, None
        if claim is None or self.set is None:
            return
        off = imbalance(claim)
        if off and not claim.faults:
            words = f"charged, paid and taken off do not add up: {dollars(off)} are left over"
            claim = replace(claim, faults=(words,))
        self.set = replace(self.set, answers=(*self.set.answers, claim))

    def end_set(self) -> None:
        self.end_claim()
        if self.set is not None:
            off = short(self.set)
            if off and not self.set.faults and not any(one.faults for one in self.set.answers):
                words = f"the payment and its claims do not agree: {dollars(off)} too much or too little"
                self.set = replace(self.set, faults=(words,))
            self.done.append(self.set)
        self.set = None


def read(content: str) -> tuple[Remittance, ...]:
    """The answers of a file, one remittance a transaction set.

    Raises:
        InputError: it is no X12 file, or holds no 835.
    """
    segments = list(x12.split(content))
    reader = _Reader(content.lstrip("\ufeff \r\n\t")[104])
    for reader.at, told in enumerate(segments, start=1):
        _take(reader, told)
    if reader.set is not None:
        reader.end_claim()
        reader.fault("the file ends in the middle of a transaction set: something may be missing")
    reader.end_set()
    if not reader.done:
        kinds = sorted({one[1][:10] for one in segments if one[0] == "ST" and len(one) > 1})
        raise InputError(f"this file holds no 835 (transaction sets in it: {', '.join(kinds) or 'none'})")
    return tuple(reader.done)


def _take(reader: _Reader, told: list[str]) -> None:
    name = told[0]
    get = _Elements(told)
    if name == "ST":
        reader.end_set()
        if get(1) == "835":
            reader.set = Remittance("835")
    elif reader.set is None:
        return
    elif name == "SE":
        count = get(1)
        reader.end_claim()
        if not count.isdigit():
            reader.fault(f"SE: {count[:20]!r} is no count of segments")
        reader.end_set()
    elif name in ("GE", "IEA", "GS", "ISA"):
        reader.end_claim()
        reader.fault(f"{name} where the end of the transaction set (SE) was to come")
        reader.end_set()
    elif name in ("CLP", "CAS", "NM1", "MIA", "MOA") or reader.claim is not None:
        _claim(reader, name, get)
    else:
        _header(reader, name, get)


class _Elements:
    """Elements of a segment by place; ``""`` where there is none."""

    def __init__(self, told: list[str]) -> None:
        self._told = told

    def __call__(self, at: int) -> str:
        return self._told[at].strip() if at < len(self._told) else ""

    def from_(self, at: int) -> list[str]:
        """All from a place on."""
        return [one.strip() for one in self._told[at:]]


def _header(reader: _Reader, name: str, get: _Elements) -> None:
    held = reader.set
    assert held is not None
    if name == "BPR":
        paid = reader.cents(get(2), "BPR02")
        day = reader.day(get(16), "BPR16") if get(16) else held.day
        reader.set = replace(reader.set or held, cents=paid, day=day or held.day)
    elif name == "TRN":
        reader.set = replace(held, number=get(2), payer_number=get(3))
    elif name == "DTM" and get(1) == "405":
        day = reader.day(get(2), "DTM02")
        reader.set = replace(reader.set or held, day=day or held.day)
    elif name == "N1" and get(1) == "PR":
        reader.set = replace(held, payer=get(2))
    elif name == "PLB":
        _settled(reader, get)


def _settled(reader: _Reader, get: _Elements) -> None:
    rest = get.from_(3)
    for reason, amount in zip(rest[::2], rest[1::2], strict=False):
        cents = reader.cents(amount, "PLB")
        held = reader.set
        assert held is not None
        reader.set = replace(held, settled=(*held.settled, (reason.split(reader.component)[0], cents)))


def _claim(reader: _Reader, name: str, get: _Elements) -> None:
    if name == "CLP":
        reader.end_claim()
        reader.claim = Answer(get(1), get(2), payer_number=get(7))
        charged, paid, owed = (reader.cents(get(at), f"CLP{at:02d}") for at in (3, 4, 5))
        reader.claim = replace(reader.claim, charged=charged, paid=paid, patient_cents=owed)
        if not get(1):
            reader.fault("CLP01: says not of which claim")
        return
    if name in ("PLB", "LX", "TS3", "TS2"):
        reader.end_claim()
        if name == "PLB":
            _settled(reader, get)
        return
    if reader.claim is None:
        reader.fault(f"{name} before any claim")
    elif name == "SVC":
        _service(reader, get)
    elif name == "CAS":
        _adjusted(reader, get)
    elif name == "NM1" and get(1) == "QC":
        patient = " ".join(filter(None, (get(4), get(5), get(3))))
        reader.claim = replace(reader.claim, patient=patient)
    elif name == "DTM" and get(1) in ("472", "150") and reader.line is not None:
        day = reader.day(get(2), "DTM02")
        reader.line = replace(reader.line, day=day)
    elif name in ("MIA", "MOA", "LQ"):
        _remarks(reader, name, get)


def _service(reader: _Reader, get: _Elements) -> None:
    reader.end_line()
    kind, *parts = get(1).split(reader.component)
    code, *modifiers = parts or [kind]
    charged, paid = reader.cents(get(2), "SVC02"), reader.cents(get(3), "SVC03")
    reader.line = PaidLine(code, tuple(filter(None, modifiers[:4])), charged, paid)


def _adjusted(reader: _Reader, get: _Elements) -> None:
    group, rest = get(1), get.from_(2)
    if not group:
        reader.fault("CAS01: says not who answers for what was taken off")
    for at in range(0, len(rest), 3):
        code, amount = rest[at], rest[at + 1] if at + 1 < len(rest) else ""
        if not code and not amount:
            continue
        one = Adjustment(group, code, reader.cents(amount, f"CAS{at + 3:02d}"))
        if reader.line is not None:
            reader.line = replace(reader.line, adjustments=(*reader.line.adjustments, one))
        elif reader.claim is not None:
            reader.claim = replace(reader.claim, adjustments=(*reader.claim.adjustments, one))


def _remarks(reader: _Reader, name: str, get: _Elements) -> None:
    if name == "LQ":
        found = [get(2)] if get(1) == "HE" else []
    else:
        places = range(3, 8) if name == "MOA" else (5, 20, 21, 22, 23)
        found = [get(at) for at in places]
    told = tuple(filter(None, found))
    if reader.line is not None and name == "LQ":
        reader.line = replace(reader.line, remarks=(*reader.line.remarks, *told))
    elif reader.claim is not None:
        reader.claim = replace(reader.claim, remarks=(*reader.claim.remarks, *told))


def kinds(content: str) -> Iterator[str]:
    """Which transaction sets a file holds (ST01), in order; InputError as ``x12.split``."""
    for told in x12.split(content):
        if told[0] == "ST" and len(told) > 1:
            yield told[1]
