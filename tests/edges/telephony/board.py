"""A switchboard that writes down what lines tell it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from einthoven.base.errors import RefusedError
from einthoven.center.call_ports import Law, LineCall

PATIENCE_S = 60.0


@dataclass
class Heard:
    """One call as the center heard it: parts are sound (bytes) or samples that were lost (int)."""

    call: LineCall
    law: Law = "mu"
    parts: list[bytes | int] = field(default_factory=list)
    keys: str = ""
    why: str | None = None

    @property
    def sound(self) -> bytes:
        return b"".join(part for part in self.parts if isinstance(part, bytes))

    @property
    def lost(self) -> int:
        return sum(part for part in self.parts if isinstance(part, int))

    @property
    def samples(self) -> int:
        return len(self.sound) + self.lost

    def timeline(self) -> list[int]:
        """Every sample, -1 where it was lost."""
        out: list[int] = []
        for part in self.parts:
            out += [-1] * part if isinstance(part, int) else list(part)
        return out


class Board:
    """``center.call_ports.Switchboard`` with room for ``most`` calls; checks what a line may tell when."""

    def __init__(self, most: int = 1000) -> None:
        self.most = most
        self.calls: dict[int, Heard] = {}
        self._told = asyncio.Event()

    async def until(self, seen: Callable[[], object]) -> None:
        """Return as soon as what was told makes ``seen`` true; looks at each thing that is told."""
        async with asyncio.timeout(PATIENCE_S):
            while not seen():
                self._told.clear()
                await self._told.wait()

    def rings(self, call: LineCall) -> int:
        if len([one for one in self.calls.values() if one.why is None]) >= self.most:
            raise RefusedError("busy", "no room for another call")
        number = len(self.calls) + 1
        self.calls[number] = Heard(call)
        self._told.set()
        return number

    def sound(self, number: int, law: Law, payload: bytes) -> None:
        assert payload
        self._open(number).law = law
        self._open(number).parts.append(payload)

    def lost(self, number: int, samples: int) -> None:
        assert samples > 0
        self._open(number).parts.append(samples)

    def pressed(self, number: int, digit: str) -> None:
        assert len(digit) == 1
        self._open(number).keys += digit

    def ended(self, number: int, why: str) -> None:
        self._open(number).why = why

    def _open(self, number: int) -> Heard:
        assert self.calls[number].why is None, "nothing more comes of a call that ended"
        self._told.set()  # whoever waits looks once this is told
        return self.calls[number]

    @property
    def only(self) -> Heard:
        (one,) = self.calls.values()
        return one
