"""How a recording is laid into the data records of an EDF+ file (R41).

Source: Kemp and Olivan 2003 (EDF+), https://www.edfplus.info/specs/edfplus.html, 2.1.3 (rates), 2.2.4 (time
keeping).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError
from einthoven.base.layout import Lead
from einthoven.base.spans import Span

TICKS = 10_000_000
"""Times are told in tenths of a microsecond: the finest that readers of EDF+ keep."""
RECORD_S_MAX = 10
"""Whole seconds of a data record, tried before durations that are not whole."""
RECORD_BYTES_MAX = 61_440
"""What a data record should not exceed (EDF+, 2.1.1)."""
DIGITAL = (-32768, 32767)
FIELD = 8
"""Characters of a number in the header."""
GAIN_ERROR_MAX = 1e-4
PER_MILLIVOLT = {unit: Decimal(10) ** power for unit, power in (("mV", 0), ("uV", 3), ("nV", 6), ("V", -3))}
"""How many of each unit a millivolt is."""


@dataclass(frozen=True, slots=True)
class Length:
    """How long a data record is: ``samples`` of each lead in ``duration`` seconds, as the header has it."""

    samples: int
    duration: str

    @property
    def ticks(self) -> int:
        """The duration as the header writes it, in ``TICKS``."""
        return int(Decimal(self.duration) * TICKS)


def record_of(rate_mhz: int, leads: int) -> Length:
    """The length of data records that tells a rate exactly, or to the millihertz where nothing is exact.

    Whole seconds where these hold whole samples; else the number of samples near one second whose duration,
    in the eight characters that the header has for it, is nearest to the truth.
    """
    seconds = 1000 // math.gcd(rate_mhz, 1000)
    if seconds <= RECORD_S_MAX and rate_mhz * seconds // 1000 * leads * 2 <= RECORD_BYTES_MAX:
        return Length(rate_mhz * seconds // 1000, str(seconds))
    near = rate_mhz // 1000
    tried = [Length(count, number(Decimal(1000 * count) / rate_mhz)) for count in range(near, 3 * near)]
    return min(tried, key=lambda one: abs(Decimal(one.duration) * rate_mhz / (1000 * one.samples) - 1))


def number(value: Decimal) -> str:
    """A number in eight characters, as near as they get.

    Raises:
        InputError: it takes more.
    """
    for places in range(FIELD - 1, -1, -1):
        text = f"{value:.{places}f}"
        text = text.rstrip("0").rstrip(".") if places else text
        if len(text) <= FIELD:
            return "0" if text in {"-0", ""} else text
    raise InputError(f"{value:g} does not go into eight characters")


@dataclass(frozen=True, slots=True)
class Scale:
    """A lead's physical range over all 16-bit values: unit, and value at the lowest and highest."""

    unit: str
    low: str
    high: str

    def gain(self) -> float:
        """Sample values per unit of the lead that a reader makes of it."""
        span = Decimal(self.high) - Decimal(self.low)
        return float(Decimal(DIGITAL[1] - DIGITAL[0]) / span * PER_MILLIVOLT.get(self.unit, Decimal(1)))

    def baseline(self) -> float:
        """The sample value at zero that a reader makes of it."""
        span = Decimal(self.high) - Decimal(self.low)
        return float(DIGITAL[0] - Decimal(self.low) * (DIGITAL[1] - DIGITAL[0]) / span)


def scale_of(lead: Lead) -> Scale:
    """The physical range in the unit that tells a lead's gain and baseline best; millivolts if all do alike.

    Raises:
        InputError: eight characters do not tell them to 0.01 % and half a value.
    """
    units = PER_MILLIVOLT if lead.units == "mV" else {_plain(lead.units): Decimal(1)}
    best: Scale | None = None
    least = math.inf
    for unit, per in units.items():
        try:
            low, high = (number((at - lead.baseline) / Decimal(lead.gain) * per) for at in DIGITAL)
        except InputError:
            continue
        if Decimal(low) >= Decimal(high):
            continue
        scale = Scale(unit, low, high)
        gain, zero = abs(scale.gain() / lead.gain - 1), abs(scale.baseline() - lead.baseline)
        if gain < least * 0.999 and gain <= GAIN_ERROR_MAX and zero < 0.5:
            best, least = scale, gain
    if best is None:
        raise InputError(
            f"lead {lead.name}: gain {lead.gain:g} and baseline {lead.baseline} do not go into an EDF header"
        )
    return best


def _plain(text: str) -> str:
    return text.encode("ascii", "replace").decode()[:FIELD]


def starts_of(present: Sequence[Span], size: int) -> NDArray[np.int64]:
    """The first sample of each data record of ``size`` samples: int64[n].

    Each stretch that was received begins a data record of its own, at its own time. The last one of a stretch
    may reach behind its end; where it reaches the next stretch, that one goes on in the same row of records.
    """
    runs: list[tuple[int, int]] = []
    for start, stop in present:
        if runs and start <= runs[-1][0] + runs[-1][1] * size:
            first = runs[-1][0]
            runs[-1] = (first, -(-(stop - first) // size))
        else:
            runs.append((start, -(-(stop - start) // size)))
    parts = [first + size * np.arange(count, dtype=np.int64) for first, count in runs]
    return np.concatenate([np.zeros(0, np.int64), *parts])


def onset(ticks: int) -> str:
    """A time in seconds as an annotation writes it, without its sign."""
    whole, part = divmod(ticks, TICKS)
    return f"{whole}.{part:07d}".rstrip("0").rstrip(".")
