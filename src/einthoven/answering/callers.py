"""Who may call with a strip: each patient's code, the numbers they call from, their recorder (R6).

The code is six digits, dialled by the patient or said to whoever answers. It says whose strip it is when the
number does not; it opens nothing and shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, ClassVar, Final, cast

from einthoven.base.deeds import Body, Deed, Draft, Json
from einthoven.base.errors import OursError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import DAY, Duration, Instant

CODE: Final = "telephone.code"
DIGITS: Final = 6
TRIES: Final = 1000
SUFFIX_LEAST: Final = 7
"""Digits of a number that must be the same, from its end: lines leave out country, area or a leading zero."""
AT_REST: Final[Duration] = 90 * DAY
"""So long a code is given to nobody else: the sheet of an earlier patient may still lie about."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A patient who calls with strips.

    Attributes:
        stream: of the service period.
        code: six digits.
        numbers: digits of the numbers that they call from.
        profile: kind of their recorder (``telephone.profiles``), ``""``: not known.
        at: when that was put on record.
    """

    stream: StreamId
    code: str
    numbers: tuple[str, ...]
    profile: str
    at: Instant


@dataclass(slots=True)
class CallerBook:
    """Callers by stream."""

    KINDS: ClassVar[frozenset[str]] = frozenset({CODE})
    callers: dict[StreamId, Caller] = field(default_factory=dict)
    codes: dict[str, list[StreamId]] = field(default_factory=dict)

    def apply(self, deed: Deed) -> None:
        """Take one deed; other kinds change nothing."""
        if deed.kind != CODE:
            return
        body = cast("Mapping[str, Any]", deed.body)
        stream: StreamId = body["stream"]
        before = self.callers.get(stream)
        if before is not None and before.code != body["code"]:
            self.codes[before.code].remove(stream)
        self.callers[stream] = Caller(stream, body["code"], tuple(body["numbers"]), body["profile"], deed.at)
        held = self.codes.setdefault(body["code"], [])
        if stream not in held:
            held.append(stream)

    def of(self, stream: StreamId) -> Caller | None:
        """The caller of a service period; None: it is not one by telephone."""
        return self.callers.get(stream)

    def by_code(self, code: str, live: Container[StreamId]) -> StreamId | None:
        """Whose code this is among periods that are open; None for nobody's."""
        return next((one for one in reversed(self.codes.get(code, ())) if one in live), None)

    def by_number(self, number: str, live: Container[StreamId]) -> tuple[StreamId, ...]:
        """Who calls from a number, among periods that are open: none, one, or several of a household."""
        wanted = digits(number)
        return tuple(
            one.stream
            for one in self.callers.values()
            if one.stream in live and any(same_number(wanted, each) for each in one.numbers)
        )

    def free(self, code: str, live: Container[StreamId], now: Instant) -> bool:
        """Whether a code may be given: hard to guess, and nobody else's now or lately."""
        held = (self.callers[one] for one in self.codes.get(code, ()))
        return not weak(code) and not any(one.stream in live or now - one.at < AT_REST for one in held)


def digits(number: str) -> str:
    """The digits of a telephone number, without an extension."""
    main = number.casefold().partition("x")[0].partition("ext")[0]
    return "".join(one for one in main if one.isascii() and one.isdigit())


def same_number(one: str, other: str) -> bool:
    """Whether two numbers, as digits, are one line: equal, or the shorter is the end of the longer."""
    short, long = sorted((one.lstrip("0"), other.lstrip("0")), key=len)
    return one == other != "" or (len(short) >= SUFFIX_LEAST and long.endswith(short))


def one_caller(one: str, other: str) -> bool:
    """Whether two calls came from one number, however their lines write it; never where one hides it."""
    return one == other != "" or same_number(digits(one), digits(other))


def weak(code: str) -> bool:
    """Whether somebody would guess a code, or dial it by mistake: few digits, steps, a half said twice."""
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return True
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(code)}
    halves = code[:3] == code[3:] or code[:2] == code[2:4] == code[4:]
    return len(set(code)) < 3 or len(steps) == 1 or halves or code[:3] == code[:2:-1]


def given(book: CallerBook, draw: Callable[[], str], live: Container[StreamId], now: Instant) -> str:
    """A code that nobody has.

    Args:
        draw: six digits drawn at random, anew at each call.

    Raises:
        OursError: none was drawn that may be given.
    """
    for _ in range(TRIES):
        code = draw()
        if book.free(code, live, now):
            return code
    raise OursError("no code of six digits is free")


def told(stream: StreamId, code: str, numbers: tuple[str, ...], profile: str) -> Draft:
    """Code, numbers and recorder of a period by telephone, from now on."""
    kept: list[Json] = list(dict.fromkeys(filter(None, map(digits, numbers))))
    body: Body = {"stream": stream, "code": code, "numbers": kept, "profile": profile}
    return Draft(CODE, stream_name(stream), body)
