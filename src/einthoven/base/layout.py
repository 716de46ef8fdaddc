"""How the samples of a stream are laid out; fixed for the life of the stream."""

from __future__ import annotations

from dataclasses import dataclass

from einthoven.base.errors import InputError

RATE_MIN_HZ = 100.0
RATE_MAX_HZ = 1000.0
LEADS_MAX = 12
INVALID_SAMPLE = -32768
"""A sample that was not measured (lead off, amplifier saturated by design, hole in an export); the value that
WFDB format 16/516 and ISHNE reserve for it."""


@dataclass(frozen=True, slots=True)
class Lead:
    """One lead of a stream.

    Attributes:
        name: as the transmitter calls it (``"II"``, ``"MLII"``, ``"V1"``); at most 24 bytes of UTF-8.
        gain: units per millivolt, > 0.
        baseline: the sample value at 0 mV.
        resolution: bits of the converter, 8–16.
        adc_zero: the converter's middle value (WFDB header field); 0 where a maker has none.
        units: physical unit, ``"mV"`` for ECG.
    """

    name: str
    gain: float = 200.0
    baseline: int = 0
    resolution: int = 16
    adc_zero: int = 0
    units: str = "mV"


@dataclass(frozen=True, slots=True)
class Layout:
    """Sampling rate and leads of a stream (R2); samples are 16-bit signed integers, interleaved by lead.

    Attributes:
        rate_hz: samples per second and lead, 100–1000, kept to the millihertz.
        leads: 1–12 leads in channel order.
    """

    rate_hz: float
    leads: tuple[Lead, ...]

    @property
    def rate_mhz(self) -> int:
        """Sampling rate in millihertz, the exact value on the wire."""
        return round(self.rate_hz * 1000)

    @property
    def names(self) -> tuple[str, ...]:
        """Lead names in channel order."""
        return tuple(lead.name for lead in self.leads)

    def check(self) -> None:
        """Raise ``InputError`` naming the first field that is out of range."""
        if not RATE_MIN_HZ <= self.rate_hz <= RATE_MAX_HZ:
            raise InputError(
                f"sampling rate {self.rate_hz:g} Hz is outside {RATE_MIN_HZ:g}–{RATE_MAX_HZ:g} Hz"
            )
        if not 1 <= len(self.leads) <= LEADS_MAX:
            raise InputError(f"{len(self.leads)} leads: a stream has 1 to {LEADS_MAX}")
        for lead in self.leads:
            _check_lead(lead)
        if len(set(self.names)) != len(self.leads):
            raise InputError(f"two leads have one name: {', '.join(self.names)}")


def _check_lead(lead: Lead) -> None:
    if not lead.name or len(lead.name.encode()) > 24 or not lead.name.isprintable():
        raise InputError(f"lead name {lead.name!r}: want 1 to 24 bytes of printable text")
    if not 0 < lead.gain < 1e9:
        raise InputError(f"lead {lead.name}: gain {lead.gain:g} units per mV must be above 0 and below 1e9")
    if not 8 <= lead.resolution <= 16:
        raise InputError(f"lead {lead.name}: resolution {lead.resolution} bits is outside 8–16")
    if not -(2**31) < lead.baseline < 2**31 or not -(2**31) < lead.adc_zero < 2**31:
        raise InputError(
            f"lead {lead.name}: baseline {lead.baseline} or zero {lead.adc_zero} is out of range"
        )
    if not lead.units or len(lead.units.encode()) > 16 or not lead.units.isprintable():
        raise InputError(f"lead {lead.name}: units {lead.units!r}: want 1 to 16 bytes of printable text")
