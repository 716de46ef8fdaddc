"""What a clearing house or payer says of each claim before it is decided: X12 277CA (005010X214).

A claim that was turned down here was never seen by who decides it. What can be read is kept; what cannot is a
fault that names its segment, so that a person looks at it. Read segment by segment, as 835 is and for the
same reason; what the guide says of the file is asked beside (``x12_check``).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

from einthoven.base.errors import InputError
from einthoven.billing.claim_status import TAKEN, TURNED_DOWN
from einthoven.billing.remittance import Answer, Notice, PaidLine, Remittance
from einthoven.interop import x12
from einthoven.interop.x12_answers import AnswerReader

VERSION: Final = "005010X214"
_SOURCE, _RECEIVER, _PROVIDER, _PATIENT = "20", "21", "19", "PT"
_ABOVE: Final = (_SOURCE, _RECEIVER, _PROVIDER)


@dataclass
class _Said:
    """What stands under one level: its number, its codes, and what it says of how many claims."""

    number: str = ""
    codes: list[str] = field(default_factory=list)
    actions: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    day: str = ""
    told: bool = False
    """Whether a claim stood below it."""


@dataclass
class _Reader(AnswerReader):
    """Where reading stands: beside the set and the claim, the levels above the claim."""

    NEGATIVE: ClassVar[bool] = False

    above: dict[str, _Said] = field(default_factory=dict)
    level: str = ""
    said: _Said = field(default_factory=_Said)
    counts: dict[str, int] = field(default_factory=dict)
    began: int = 0
    control: str = ""

    # ---- ends --------------------------------------------------------------------------------------------

    def end_claim(self) -> None:
        """The claim that was being read is whole."""
        claim, self.claim = self.claim, None
        if claim is not None:
            self._keep(_judged(claim, self.said))
        self.said = _Said()

    def end_level(self, level: str) -> None:
        """A level above the claims, and those below it, end: one that was turned down with no claim below it
        says so of every claim of its file."""
        self.end_claim()
        for one in _ABOVE[_ABOVE.index(level) :][::-1]:
            said = self.above.pop(one, None)
            if said is None:
                continue
            over = self.above.get(_RECEIVER, _Said()) if one == _PROVIDER else said
            if one != _SOURCE and _down(said) and not said.told:
                self._keep(_judged(Answer("", batch=said.number if one == _RECEIVER else over.number), said))
                over.told = True

    def _keep(self, claim: Answer) -> None:
        if self.set is not None:
            self.set = replace(self.set, answers=(*self.set.answers, claim))

    def end_set(self) -> None:
        """The transaction set ends; what it says of how many claims is compared with those it tells of."""
        self.end_level(_SOURCE)
        if self.set is not None:
            told = [one for one in self.set.answers if one.number]
            for kind, notice in (("90", Notice.TAKEN), ("AA", Notice.TURNED_DOWN)):
                wanted, found = self.counts.get(kind), sum(one.notice is notice for one in told)
                if wanted is not None and wanted != found and not any(one.faults for one in told):
                    self.fault(f"it says that {wanted} claim(s) were {notice}, and tells of {found}")
            self.done.append(self.set)
        self.set, self.level, self.counts = None, "", {}


def _down(said: _Said) -> bool:
    return "U" in said.actions or any(code.split(":")[0] in TURNED_DOWN for code in said.codes)


def _judged(claim: Answer, said: _Said) -> Answer:
    """A claim with what all its codes come to; a fault where they contradict one another or say neither."""
    kinds = {code.split(":")[0] for code in said.codes}
    down = bool(kinds & TURNED_DOWN) or "U" in said.actions
    taken = bool(kinds & TAKEN) and "U" not in said.actions
    made = replace(claim, said=tuple(dict.fromkeys(said.codes)), notes=tuple(said.notes), form=VERSION)
    if down and (kinds & TAKEN or "WQ" in said.actions):
        fault = f"it is said to be taken and turned down: {', '.join(said.codes)[:100]}"
    elif not down and not taken:
        fault = f"whether it was taken is not said ({', '.join(said.codes)[:100] or 'no status'})"
    else:
        notice = Notice.TURNED_DOWN if down else Notice.TAKEN
        return replace(made, notice=notice, status=sorted(kinds)[-1] if kinds else "")
    return replace(made, faults=(*made.faults, fault))


def read(content: str) -> tuple[Remittance, ...]:
    """What a file says, one remittance of no money a transaction set.

    Raises:
        InputError: it is no X12 file, or holds no 277CA; a 277 that answers a question (005010X212) is none.
    """
    segments = list(x12.split(content))
    reader = _Reader(content.lstrip("\ufeff \r\n\t")[104])
    version, others = "", []
    for reader.at, told in enumerate(segments, start=1):
        get = _Elements(told)
        if told[0] == "GS":
            version = get(8)
        if told[0] == "ST" and get(1) == "277":
            if reader.set is not None:
                reader.end_claim()
                reader.fault("ST where the end of the transaction set (SE) was to come")
                reader.end_set()
            if not (get(3) or version).startswith(VERSION):
                others.append(f"277 of {(get(3) or version)[:20] or 'no guide'}")
                continue
            reader.set, reader.began, reader.control = Remittance("277CA"), reader.at, get(2)
        elif told[0] == "ST" and reader.set is None:
            others.append(get(1)[:10])
        elif reader.set is not None:
            _take(reader, told[0], get)
    if reader.set is not None:
        reader.end_claim()
        reader.fault("the file ends in the middle of a transaction set: something may be missing")
        reader.end_set()
    if not reader.done:
        raise InputError(f"this file holds no 277CA (in it: {', '.join(others)[:80] or 'none'})")
    return tuple(reader.done)


class _Elements:
    """Elements of a segment by place; ``""`` where there is none."""

    def __init__(self, told: list[str]) -> None:
        self._told = told

    def __call__(self, at: int) -> str:
        return self._told[at].strip() if at < len(self._told) else ""


def _take(reader: _Reader, name: str, get: _Elements) -> None:
    if name == "SE":
        count = reader.at - reader.began + 1
        # Claims whose fault names a segment stay as they are; a set that lost one is said of the file.
        reader.end_claim()
        if get(1) != str(count):
            reader.fault(f"SE: says {get(1)[:20]!r} segments, there are {count}: something may be missing")
        elif get(2) != reader.control:
            reader.fault(f"SE: ends set {get(2)[:20]!r}, begun was {reader.control[:20]!r}")
        reader.end_set()
    elif name == "ST":
        reader.fault("ST in the middle of a transaction set")
    elif name in ("GE", "IEA", "GS", "ISA"):
        reader.end_claim()
        reader.fault(f"{name} where the end of the transaction set (SE) was to come")
        reader.end_set()
    elif name == "HL":
        _level(reader, get(3))
    elif name == "BHT":
        reader.set = replace(reader.set or Remittance("277CA"), number=get(3))
        day = reader.day(get(4), "BHT04") if get(4) else ""
        reader.set = replace(reader.set, day=day)
    elif reader.level == _PATIENT:
        _claim(reader, name, get)
    elif reader.level:
        _above(reader, name, get)


def _level(reader: _Reader, kind: str) -> None:
    if kind in _ABOVE:
        reader.end_level(kind)
        reader.above[kind] = _Said()
    else:
        reader.end_claim()
    if kind == _PATIENT:
        for one in _ABOVE:
            if one in reader.above:
                reader.above[one].told = True
        reader.claim = Answer("", batch=reader.above.get(_RECEIVER, _Said()).number, form=VERSION)
    elif kind not in _ABOVE:
        reader.fault(f"HL03: {kind[:10]!r} is no level of a 277CA")
    reader.level = kind


def _above(reader: _Reader, name: str, get: _Elements) -> None:
    said = reader.above[reader.level] if reader.level in reader.above else _Said()
    held = reader.set
    assert held is not None
    if name == "NM1" and reader.level == _SOURCE:
        reader.set = replace(held, payer=get(3), payer_number=get(9))
    elif name == "TRN" and reader.level == _SOURCE:
        reader.set = replace(held, number=get(2) or held.number)
    elif name == "TRN":
        said.number = get(2)
    elif name == "DTP" and reader.level == _SOURCE and get(1) == "009" and get(2) == "D8":
        day = reader.day(get(3), "DTP03")
        reader.set = replace(reader.set or held, day=day or held.day)
    elif name == "STC":
        _status(reader, said, get)
    elif name == "QTY" and reader.level == _RECEIVER and get(1) in ("90", "AA"):
        if get(2).isascii() and get(2).isdigit() and len(get(2)) <= 9:
            reader.counts[get(1)] = reader.counts.get(get(1), 0) + int(get(2))
        else:
            reader.fault(f"QTY02: {get(2)[:20]!r} is no count")


def _claim(reader: _Reader, name: str, get: _Elements) -> None:
    claim = reader.claim
    if claim is None:
        reader.fault(f"{name} after the claim it belongs to")
    elif name == "NM1" and get(1) == "QC":
        reader.claim = replace(claim, patient=" ".join(filter(None, (get(4), get(5), get(3)))))
    elif name == "TRN":
        if claim.number and get(2) != claim.number:
            reader.fault(f"TRN02: a second claim, {get(2)[:30]!r}, where one was being told of")
        reader.claim = replace(reader.claim or claim, number=claim.number or get(2))
        if not get(2):
            reader.fault("TRN02: says not of which claim")
    elif name == "STC":
        charged = 0 if claim.lines else reader.cents(get(4), "STC04")
        reader.claim = replace(reader.claim or claim, charged=claim.charged or charged)
        _status(reader, reader.said, get)
    elif name == "REF" and get(1) == "1K":
        reader.claim = replace(claim, payer_number=get(2))
    elif name == "SVC":
        _kind, *parts = get(1).split(reader.component)
        line = PaidLine((parts or [_kind])[0], tuple(filter(None, parts[1:5])), reader.cents(get(2), "SVC02"))
        reader.claim = replace(reader.claim or claim, lines=(*claim.lines, line))


def _status(reader: _Reader, said: _Said, get: _Elements) -> None:
    """One STC: up to three codes, what is to be done (WQ taken, U turned down), a note in words."""
    for at in (1, 10, 11):
        code = ":".join(get(at).split(reader.component)).rstrip(":")
        if code:
            said.codes.append(code[:40])
    if not get(1):
        reader.fault("STC01: says no status")
    if get(3) in ("WQ", "U"):
        said.actions.add(get(3))
    elif get(3):
        reader.fault(f"STC03: {get(3)[:10]!r} is neither WQ (taken) nor U (turned down)")
    if get(12):
        said.notes.append(get(12)[:264])
