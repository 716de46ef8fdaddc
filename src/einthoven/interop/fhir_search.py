"""Searching FHIR resources: parameters as they come in an address, and which resources they mean (R4, 3.1.1).

Values parted by commas are alternatives; a parameter that stands there twice wants both. A parameter that is
not known is passed over and told (or refused, where the client wants that); one that is known with a value or
a modifier that is not understood is refused, for it would find too much.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from einthoven.base.errors import InputError
from einthoven.base.instants import SECOND, Instant, from_iso
from einthoven.interop.fhir import Resource
from einthoven.interop.fhir_rest import SEARCHES

T = TypeVar("T")
COUNT_DEFAULT: Final = 50
COUNT_MAX: Final = 500
VALUES_MAX: Final = 100
_OURS: Final = ("_count", "_offset", "_format")
_DATE = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?([0-9]{4}.*)\Z")
_ALL_TIME: Final = (-(2**62), 2**62)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search.

    Attributes:
        kind: of the resources.
        tests: (parameter, modifier, alternatives), all of which must hold.
        count, offset: which page.
        passed: parameters that are not known here.
    """

    kind: str
    tests: tuple[tuple[str, str, tuple[str, ...]], ...]
    count: int
    offset: int
    passed: tuple[str, ...]

    def patients(self) -> tuple[str, ...] | None:
        """Ids of the patients that are asked for; None: it names none."""
        told = [values for name, _, values in self.tests if name in ("patient", "subject")]
        return None if not told else tuple(_target(one) for one in told[0])

    def ids(self) -> tuple[str, ...] | None:
        """Ids of resources that are asked for; None: it names none."""
        told = [values for name, _, values in self.tests if name == "_id"]
        return None if not told else told[0]


def wanted(kind: str, params: Iterable[tuple[str, str]], strict: bool = False) -> Wanted:
    """What a search asks for.

    Args:
        strict: refuse parameters that are not known (``Prefer: handling=strict``).

    Raises:
        InputError: a value or a modifier is not understood; names the parameter.
    """
    known = SEARCHES[kind]
    tests, passed, pages = [], [], {"_count": COUNT_DEFAULT, "_offset": 0}
    for given, value in params:
        name, _, modifier = given.partition(":")
        if name in _OURS:
            if name != "_format":
                pages[name] = _number(name, value)
            continue
        if name not in known:
            if strict:
                raise InputError(f"{given[:60]}: no such parameter of {kind}")
            passed.append(given[:60])
            continue
        values = tuple(_alternatives(value))
        if len(values) > VALUES_MAX or not all(values):
            raise InputError(f"{name}: want 1 to {VALUES_MAX} values, none of them empty")
        if modifier and not (known[name] == "string" and modifier in ("exact", "contains")):
            raise InputError(f"{name}: modifier {modifier[:20]!r} is not taken")
        if known[name] == "date":
            for one in values:
                _range_of(name, one)
        tests.append((name, modifier, values))
    count = min(max(pages["_count"], 1), COUNT_MAX)
    return Wanted(kind, tuple(tests), count, pages["_offset"], tuple(passed))


def _alternatives(value: str) -> list[str]:
    """Values that commas part; ``\\,`` is a comma within one, and ``\\`` before another sign falls away."""
    found = [""]
    signs = iter(value)
    for sign in signs:
        if sign == "\\":
            found[-1] += next(signs, "")
        elif sign == ",":
            found.append("")
        else:
            found[-1] += sign
    return found


def _number(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise InputError(f"{name}: {value[:20]!r} is no whole number")
    return int(value)


def matches(resource: Resource, search: Wanted) -> bool:
    """Whether a resource is meant."""
    return all(
        any(_TESTS[name](resource, one, modifier) for one in values)
        for name, modifier, values in search.tests
    )


# ---- one parameter -----------------------------------------------------------------------------------------


def _id(resource: Resource, value: str, _modifier: str) -> bool:
    return bool(resource["id"] == value)


def _identifier(resource: Resource, value: str, _modifier: str) -> bool:
    system, bar, code = value.rpartition("|")
    return any(
        one.get("value") == code and (not bar or one.get("system", "") == system)
        for one in resource.get("identifier", ())
    )


def _name(resource: Resource, value: str, modifier: str) -> bool:
    parts = [
        part
        for one in resource.get("name", ())
        for part in (one.get("text", ""), one.get("family", ""), *one.get("given", ()))
        if part
    ]
    if modifier == "exact":
        return value in parts
    if modifier == "contains":
        return any(value.casefold() in part.casefold() for part in parts)
    return any(part.casefold().startswith(value.casefold()) for part in parts)


def _target(value: str) -> str:
    """The id that ``p3``, ``Patient/p3`` or a whole address names."""
    return value.rpartition("/")[2]


def _patient(resource: Resource, value: str, _modifier: str) -> bool:
    told = resource.get("subject") or resource.get("patient") or {}
    return _target(str(told.get("reference", ""))) == _target(value)


def _status(resource: Resource, value: str, _modifier: str) -> bool:
    return resource.get("status") == value.rpartition("|")[2]


def _coded(name: str) -> Callable[[Resource, str, str], bool]:
    def test(resource: Resource, value: str, _modifier: str) -> bool:
        system, bar, code = value.rpartition("|")
        return any(
            (not code or one.get("code") == code) and (not bar or one.get("system", "") == system)
            for one in resource.get(name, {}).get("coding", ())
        )

    return test


def _dated(*names: str) -> Callable[[Resource, str, str], bool]:
    def test(resource: Resource, value: str, _modifier: str) -> bool:
        found = next((resource[name] for name in names if name in resource), None)
        return found is not None and _compared(value, _span(found))

    return test


_TESTS: Final[Mapping[str, Callable[[Resource, str, str], bool]]] = {
    "_id": _id,
    "identifier": _identifier,
    "name": _name,
    "patient": _patient,
    "subject": _patient,
    "status": _status,
    "code": _coded("code"),
    "type": _coded("type"),
    "birthdate": _dated("birthDate"),
    "date": _dated("effectivePeriod", "effectiveDateTime", "date"),
    "sent": _dated("sent"),
    "authored": _dated("authoredOn"),
    "created": _dated("created"),
    "billable-period": _dated("billablePeriod"),
}


def _span(told: Any) -> tuple[Instant, Instant]:
    if isinstance(told, Mapping):
        start = _whole(str(told["start"]))[0] if "start" in told else _ALL_TIME[0]
        return start, _whole(str(told["end"]))[1] if "end" in told else _ALL_TIME[1]
    return _whole(str(told))


def _compared(value: str, target: tuple[Instant, Instant]) -> bool:
    """Whether a time of a resource fits ``ge2026-11-21`` and the like (R4, 3.1.1.4.7).

    A period that reaches into the day of ``ge`` or ``le`` fits.
    """
    prefix, (low, high) = _range_of("date", value)
    within = low <= target[0] and target[1] <= high
    return {
        "eq": within,
        "ne": not within,
        "gt": target[1] > high,
        "lt": target[0] < low,
        "ge": target[1] >= low,
        "le": target[0] <= high,
    }[prefix]


def _range_of(name: str, value: str) -> tuple[str, tuple[Instant, Instant]]:
    found = _DATE.match(value)
    prefix = (found[1] or "eq") if found else ""
    if found is None or prefix in ("sa", "eb", "ap"):
        raise InputError(f"{name}: {value[:30]!r}: want a date, with eq, ne, gt, lt, ge or le before it")
    try:
        return prefix, _whole(found[2])
    except (InputError, ValueError, OverflowError) as error:
        raise InputError(f"{name}: {value[:30]!r} is no date") from error


def _whole(text: str) -> tuple[Instant, Instant]:
    """First and last instant that a date or time of any precision stands for."""
    if re.fullmatch(r"\d{4}", text):
        return _between(datetime(int(text), 1, 1, tzinfo=UTC), datetime(int(text) + 1, 1, 1, tzinfo=UTC))
    if re.fullmatch(r"\d{4}-\d{2}", text):
        first = datetime.fromisoformat(f"{text}-01").replace(tzinfo=UTC)
        return _between(first, (first + timedelta(days=32)).replace(day=1))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        first = datetime.fromisoformat(text).replace(tzinfo=UTC)
        return _between(first, first + timedelta(days=1))
    at = from_iso(text)
    exact = "." in text
    return at, at + (0 if exact else SECOND - 1)


def _between(first: datetime, behind: datetime) -> tuple[Instant, Instant]:
    return round(first.timestamp()) * SECOND, round(behind.timestamp()) * SECOND - 1


def page_of(found: Sequence[T], search: Wanted) -> Sequence[T]:
    """What of all that was found is on the page that is asked for."""
    return found[search.offset : search.offset + search.count]


def without_page(params: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Parameters of a search but for its page."""
    return (one for one in params if one[0] != "_offset")
