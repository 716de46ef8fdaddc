"""X12 files judged by a reader that is not ours (pyx12): against the maps of their implementation guides.

About 0.1 s a file: called on a thread, never on the event loop. Also reads what receivers answer to a file
(999, 997): taken or turned down, and why.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyx12.errors
import pyx12.params
import pyx12.x12n_document

from einthoven.base.errors import InputError
from einthoven.interop import x12

FAULTS_MAX = 100
_ELEMENT_WORDS: Mapping[str, str] = {
    "1": "is missing",
    "2": "is missing: other fields beside it ask for it",
    "3": "there are too many fields",
    "4": "is too short",
    "5": "is too long",
    "6": "holds a character that is not allowed",
    "7": "is none of the codes that are allowed there",
    "8": "is no date",
    "9": "is no time",
    "10": "must not be there beside what stands there",
}
_SEGMENT_WORDS: Mapping[str, str] = {
    "1": "is no known segment",
    "2": "stands where it must not",
    "3": "is missing",
    "4": "is there too often",
    "5": "is there too often",
    "6": "is not allowed in this transaction set",
    "7": "is not where it should be",
    "8": "has fields that are wrong",
}
"""Codes of 999 (IK304, IK403), our words."""


@dataclass(frozen=True, slots=True)
class X12Fault:
    """What the guide does not allow.

    Attributes:
        set: control number of the transaction set, ``""`` for the file.
        segment: name of the segment, ``line`` its number in the file from 1 on.
        words: one line.
    """

    set: str
    segment: str
    line: int
    words: str


def faults(content: str) -> tuple[X12Fault, ...]:
    """What the implementation guide does not allow of a file; empty: it is a good one."""
    told = io.StringIO()
    try:
        good = pyx12.x12n_document.x12n_document(
            pyx12.params.params(), io.StringIO(content), io.StringIO(), None, None, told
        )
    except Exception as error:  # noqa: BLE001 - a reader that is not ours, of files that are not ours
        return (X12Fault("", "", 0, f"cannot be read at all: {str(error)[:200] or type(error).__name__}"),)
    found = tuple(_all(json.loads(told.getvalue() or "{}")))[:FAULTS_MAX]
    if not good and not found:
        return (X12Fault("", "", 0, "is no whole X12 file"),)
    return found


def _all(told: Mapping[str, Any]) -> Iterator[X12Fault]:
    for outer in told.get("interchanges", []):
        yield from _plain("", "ISA", outer)
        for group in outer.get("groups", []):
            yield from _plain("", "GS", group)
            for each in group.get("transactions", []):
                number = str(each.get("trn_set_control_num", ""))
                yield from _plain(number, "ST", each)
                for segment in each.get("segments", []):
                    yield from _segment(number, segment)


def _plain(number: str, name: str, told: Mapping[str, Any]) -> Iterator[X12Fault]:
    for one in told.get("errors", []):
        yield X12Fault(number, name, int(told.get("cur_line") or 0), str(one.get("err_str", ""))[:200])


def _segment(number: str, told: Mapping[str, Any]) -> Iterator[X12Fault]:
    name, line = str(told.get("seg_id", "")), int(told.get("cur_line") or 0)
    for one in told.get("errors", []):
        code = str(one.get("err_cde", ""))
        words = _SEGMENT_WORDS.get(code, "is wrong")
        yield X12Fault(number, name, line, f"{name} {words}: {str(one.get('err_str', ''))[:160]}")
    for element in told.get("elements", []):
        what = str(element.get("name") or f"{name}{int(element.get('ele_pos') or 0):02d}")
        for one in element.get("errors", []):
            words = _ELEMENT_WORDS.get(str(one.get("err_cde", "")), "is wrong")
            value = one.get("err_val")
            shown = f" ({str(value)[:40]!r})" if value else ""
            yield X12Fault(number, name, line, f"{what}{shown} {words}")


# ---- what a receiver answers to a file ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What became of one file.

    Attributes:
        group: control number of the group that is answered (AK102).
        accepted: whether all of it was taken; ``partly``: whether what is not named in ``sets`` was, though
            others were turned down (AK901 P).
        sets: control number of each transaction set → whether it was taken, and why not.
    """

    group: str
    accepted: bool
    sets: tuple[tuple[str, bool, str], ...]
    partly: bool = False


def acknowledgements(content: str) -> tuple[Acknowledged, ...]:
    """What a 999 or 997 says.

    Raises:
        InputError: it is no X12 file, or holds neither.
    """
    done: list[Acknowledged] = []
    group, current = "", ""
    sets: list[tuple[str, bool, str]] = []
    why: list[str] = []
    for told in x12.split(content):
        name, first = told[0], told[1].strip() if len(told) > 1 else ""
        second = told[2].strip() if len(told) > 2 else ""
        if name == "AK1":
            group, sets, why, current = second, [], [], ""
        elif name == "AK2":
            current, why = second, []
        elif name in ("IK3", "AK3"):
            code = told[4].strip() if len(told) > 4 else ""
            why.append(f"{first} at segment {second} {_SEGMENT_WORDS.get(code, 'is wrong')}")
        elif name in ("IK4", "AK4"):
            code = told[3].strip() if len(told) > 3 else ""
            value = f" ({told[4][:40]!r})" if len(told) > 4 and told[4] else ""
            why.append(f"its element {first}{value} {_ELEMENT_WORDS.get(code, 'is wrong')}")
        elif name in ("IK5", "AK5"):
            sets.append((current, first in ("A", "E"), "; ".join(why)[:1000]))
        elif name == "AK9":
            done.append(Acknowledged(group, first in ("A", "E"), tuple(sets), first == "P"))
    if not done:
        raise InputError("this file holds no 999 or 997 that is whole")
    return tuple(done)
