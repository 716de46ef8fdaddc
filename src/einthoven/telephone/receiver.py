"""A call's sound in, strips out: what the desk and the commands use (R6).

Feed it the sound as it comes, and say what the line lost; it answers with events, in order. It works in
blocks of a tenth of a second counted from the first sample of the call, so that the events are the same
however the sound was cut. A strip is told 4.5 s after it began, with all that came of it by then, and a tone
that rests or swings evenly after 12 s; it ends 1.2 s after its tone. A calibration within a strip begins no
new one: transmitters pause between strips.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError
from einthoven.telephone.demodulate import CHUNK, MID_HZ, Demodulator
from einthoven.telephone.front import HOP, NEAR_RATE_LEAST, Front, figures_of
from einthoven.telephone.kernels import DROPPED, F64, LOST, U8
from einthoven.telephone.profiles import Band, Profile
from einthoven.telephone.quality import NOISE_MOST_MV, RATE_HZ, SNR_LEAST_DB, Scale, Summary
from einthoven.telephone.recognise import COHERENT, ENDED, WINDOW, Found, Recogniser, beaten, is_data
from einthoven.telephone.strip import Piece, StripMaker

KEPT: Final = (WINDOW + ENDED + 20) * HOP
"""Values remembered, so that a strip is had from its first hop on."""

AWAY: Final = 15
"""Hops without a tone at the end of a call, 0.3 s, behind which a strip had ended by itself."""
COVERED: Final = 3
"""Hops in a row without coherence that are no wave of an ECG: 60 ms."""

LEVEL_LEAST: Final = 3e-4
"""Of full scale, -70 dB: what is weaker is an image or a rest."""
DATA_PARTS: Final = 50
"""Tenths of a second in which a modem's data are looked for."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A strip is coming: number from 1, where in the call it began, the tone's centre, and its band."""

    strip: int
    at_s: float
    centre_hz: float
    band: Band


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of a strip, from number ``first`` on, 250 a second of the recorder's time.

    Attributes:
        hz: float64[n], beside the centre; ``millivolts`` turns them into an ECG.
        flags: uint8[n]: 0 received, else a gap: 1 lost by the line, 2 the tone was away or covered.
        scale: what is known of millivolts by now.
    """

    strip: int
    first: int
    hz: F64
    flags: U8
    scale: Scale


@dataclass(frozen=True, slots=True)
class Closed:
    """A strip ended; ``summary`` holds what is known of all of it, its scale for good."""

    summary: Summary


Event: TypeAlias = Opened | Samples | Closed


def millivolts(hz: F64, scale: Scale) -> F64 | None:
    """The ECG, None where neither calibration nor profile tells what a hertz is."""
    if scale.hz_per_mv is None:
        return None
    return (hz - scale.zero_hz) / (scale.hz_per_mv * (scale.polarity or 1))


class Receiver:
    """Takes one call.

    Args:
        rate: samples a second: 8000 of a line, 8000 to 192,000 of a file.
        profile: of the patient's transmitter, where it is known.
        bands: where to listen; the line, and with a profile of 18–20 kHz, or none and sound that holds it,
            there.

    Raises:
        InputError: the rate cannot hold a band asked for.
    """

    def __init__(
        self, rate: int, profile: Profile | None = None, bands: tuple[Band, ...] | None = None
    ) -> None:
        if bands is None:
            bands = _bands(rate, profile)
        self.rate = rate
        self._size = rate // 10
        self._channels = [_Channel(rate, band, profile) for band in bands]
        self._sound: list[F64] = []
        self._lost: list[U8] = []
        self._waiting = 0
        self._strips = 0
        self._ended = False
        self.taken = 0
        """Samples of the call so far, lost ones among them."""

    def feed(self, sound: NDArray[np.int16] | NDArray[np.floating]) -> list[Event]:
        """The next samples: int16, or floats within ±1.

        Raises:
            InputError: not one row of such samples, a float that is no number, or the call was ended.
        """
        if sound.ndim != 1 or not (sound.dtype == np.int16 or np.issubdtype(sound.dtype, np.floating)):
            raise InputError(f"sound {sound.dtype}{sound.shape}: want int16[n] or float[n]")
        values = sound / 32768.0 if sound.dtype == np.int16 else sound.astype(np.float64)
        if not np.isfinite(values).all():
            raise InputError("sound: a sample is no number")
        return self._add(np.clip(values, -1.0, 1.0), np.zeros(len(values), np.uint8))

    def lose(self, count: int) -> list[Event]:
        """So many samples never came: a hole in the call, and in a strip."""
        events: list[Event] = []
        while count > 0:
            some = min(count, 60 * self.rate)
            events += self._add(np.zeros(some), np.ones(some, np.uint8))
            count -= some
        return events

    def end(self) -> list[Event]:
        """The call is over."""
        if self._ended:
            return []
        rest = -self.taken % self._size
        events = self._add(np.zeros(rest), np.ones(rest, np.uint8)) if rest else []
        self._ended = True
        for channel in self._channels:
            events += self._numbered(channel, channel.end())
        return events

    def _add(self, sound: F64, lost: U8) -> list[Event]:
        if self._ended:
            raise InputError("the call was ended")
        self._sound.append(sound)
        self._lost.append(lost)
        self.taken += len(sound)
        self._waiting += len(sound)
        if self._waiting < self._size:
            return []
        whole, missing = np.concatenate(self._sound), np.concatenate(self._lost)
        stop = len(whole) // self._size * self._size
        events: list[Event] = []
        for at in range(0, stop, self._size):
            block = slice(at, at + self._size)
            for channel in self._channels:
                # An image of a tone that stands in one band, as a resampler leaves, is no strip of the other.
                taken = any(other.open for other in self._channels if other is not channel)
                events += self._numbered(channel, channel.take(whole[block], missing[block], taken))
        self._sound, self._lost = [whole[stop:]], [missing[stop:]]
        self._waiting = len(whole) - stop
        return events

    def _numbered(self, channel: _Channel, told: Iterator[Event]) -> list[Event]:
        """Strips are numbered over all bands."""
        events: list[Event] = []
        for event in told:
            if isinstance(event, Opened):
                self._strips += 1
                channel.number = self._strips
                events.append(Opened(self._strips, event.at_s, event.centre_hz, event.band))
            else:
                events.append(event)
        return events


class _Channel:
    """One band of one call."""

    def __init__(self, rate: int, band: Band, profile: Profile | None) -> None:
        self._front, self._band, self._profile = Front(rate, band), band, profile
        self._recogniser = Recogniser(band)
        self._values, self._gone = np.zeros(0, np.complex128), np.zeros(0, np.uint8)
        self._peak = np.zeros(0)
        self._origin, self._hopped, self._fed = 0, 0, 0
        self._maker: StripMaker | None = None
        self._demodulator: Demodulator | None = None
        self._start = 0
        self._level = 0.0
        self._covered = 0
        self._taken = False
        self.number = 0

    @property
    def open(self) -> bool:
        """Whether a strip is coming."""
        return self._maker is not None

    def take(self, sound: F64, lost: U8, taken: bool) -> Iterator[Event]:
        """The next block; ``taken``: the other band has a strip."""
        self._taken = taken
        tuned = self._front.take(sound, lost)
        self._values = np.concatenate([self._values, tuned.values])
        self._gone = np.concatenate([self._gone, tuned.gone])
        self._peak = np.concatenate([self._peak, tuned.peak])
        hops = (self._origin + len(self._values)) // HOP - self._hopped
        first = self._hopped * HOP - self._origin
        for row in figures_of(self._values[first : first + hops * HOP], self._front):
            yield from self._hop(float(row[0]), float(row[1]), float(row[2]))
        if self._maker is not None:
            yield from self._feed((self._recogniser.last_good + 1) * HOP)
        self._forget()

    def end(self) -> Iterator[Event]:
        """The call is over."""
        if self._maker is not None:
            away = self._hopped - 1 - self._recogniser.last_good
            yield from self._close(complete=away >= AWAY)

    def _hop(self, power: float, coherence: float, hz: float) -> Iterator[Event]:
        self._cover(coherence)
        told = self._recogniser.take(power, coherence, hz)
        self._hopped += 1
        if isinstance(told, Found):
            yield from self._open(told)
        elif self._maker is not None and not told:
            yield from self._close(complete=True)

    def _cover(self, coherence: float) -> None:
        """Note where something else covers the tone; a steep QRS is incoherent for one hop or two."""
        self._covered = self._covered + 1 if coherence < COHERENT else 0
        if self._maker is not None and self._covered >= COVERED:
            stop = (self._hopped + 1) * HOP - self._origin
            self._gone[max(0, stop - self._covered * HOP) : stop] |= DROPPED

    def _open(self, found: Found) -> Iterator[Event]:
        if self._taken or found.level < LEVEL_LEAST:
            self._recogniser.close()
            return
        start = max(found.hop * HOP, self._origin)
        demodulator, heard = Demodulator(self._front, found.centre_hz, found.level), []
        stop = (self._recogniser.last_good + 1) * HOP
        for at in range(start - self._origin, stop - CHUNK - self._origin + 1, CHUNK):
            part = slice(at, at + CHUNK)
            heard.append(demodulator.take(self._values[part], self._gone[part], self._peak[part]))
        if not heard or is_data(np.concatenate([one.hz for one in heard[-DATA_PARTS:]])):
            self._recogniser.close()
            return
        sizes = np.concatenate([one.raw_size for one in heard])
        raw = np.concatenate([one.raw_hz for one in heard])
        over = beaten(sizes, raw, float(self._front.value_rate))
        if over:
            self._recogniser.skip_to((start + over) // HOP)
            return
        self._start, self._fed = start, start + len(heard) * CHUNK
        self._level = found.level
        self._demodulator, self._maker = demodulator, StripMaker(demodulator, self._profile)
        yield Opened(0, self._seconds(self._start), found.centre_hz, self._band)
        for one in heard:
            yield from self._samples(self._maker, self._maker.take(one))

    def _feed(self, until: int) -> Iterator[Event]:
        maker, demodulator = self._maker, self._demodulator
        while maker is not None and demodulator is not None and self._fed + CHUNK <= until:
            at = self._fed - self._origin
            part = slice(at, at + CHUNK)
            self._fed += CHUNK
            heard = demodulator.take(self._values[part], self._gone[part], self._peak[part])
            yield from self._samples(maker, maker.take(heard))

    def _samples(self, maker: StripMaker, piece: Piece | None) -> Iterator[Event]:
        if piece is not None and len(piece.hz):
            first = maker.samples - len(piece.hz)
            yield Samples(self.number, first, piece.hz, piece.flags, maker.scale)

    def _close(self, complete: bool) -> Iterator[Event]:
        maker, demodulator = self._maker, self._demodulator
        assert maker is not None
        assert demodulator is not None
        until = (self._recogniser.last_good + 1) * HOP
        yield from self._feed(until)
        rest = max(0, until - self._fed)
        part = slice(self._fed - self._origin, self._fed - self._origin + rest)
        short = CHUNK - rest
        gone = np.concatenate([self._gone[part], np.full(short, LOST, np.uint8)])
        values = np.concatenate([self._values[part], np.zeros(short, np.complex128)])
        for heard in (
            demodulator.take(values, gone, np.concatenate([self._peak[part], np.zeros(short)])),
            demodulator.flush(),
        ):
            yield from self._samples(maker, maker.take(heard))
        yield from self._samples(maker, maker.end())
        self._maker = self._demodulator = None
        self._recogniser.close()
        yield Closed(self._summary(maker, demodulator, until, complete))

    def _summary(self, maker: StripMaker, demodulator: Demodulator, until: int, complete: bool) -> Summary:
        profile, square = self._profile, maker.square
        upper = 100.0
        low, high = (None, upper) if profile is None else (profile.band_hz[0], min(upper, profile.band_hz[1]))
        seconds = maker.seconds()
        summary = Summary(
            number=self.number,
            start_s=self._seconds(self._start),
            stop_s=self._seconds(until),
            samples=maker.samples,
            centre_hz=demodulator.centre_hz + maker.scale.zero_hz,
            level=self._level,
            band=self._band,
            speed=maker.speed,
            speed_source=maker.speed_source,
            scale=maker.scale,
            calibration_hz=None if square is None else square.hz / max(1, maker.speed),
            profile=None if profile is None else profile.name,
            band_hz=(low, high),
            seconds=seconds,
            complete=complete,
            flat=maker.flat,
        )
        return _noted(summary, profile)

    def _seconds(self, value: int) -> float:
        return max(0.0, value / float(self._front.value_rate) - self._front.delay_s)

    def _forget(self) -> None:
        until = min(self._origin + len(self._values) - KEPT, self._recogniser.asks_back_to * HOP)
        if self._maker is not None:
            until = min(until, self._fed)
        if until > self._origin + KEPT // 4:
            cut = until - self._origin
            self._values, self._gone, self._peak = self._values[cut:], self._gone[cut:], self._peak[cut:]
            self._origin = until


def _bands(rate: int, profile: Profile | None) -> tuple[Band, ...]:
    """Where to listen."""
    if profile is not None:
        return (profile.band,)
    return ("line", "near") if rate >= NEAR_RATE_LEAST else ("line",)


def _noted(one: Summary, profile: Profile | None) -> Summary:
    """The summary with what a reader must know in words."""
    notes = []
    if one.scale.hz_per_mv is None:
        notes.append("no calibration and no profile: the size in millivolts is not known")
    if not one.scale.polarity:
        notes.append("the polarity is not known: shown as if a higher tone were positive")
    if not one.speed:
        notes.append("the speed is not known: times and rates are as if played at single speed")
    measured = one.scale.hz_per_mv if one.scale.source == "calibration" else None
    if profile is not None and measured is not None and abs(measured / profile.hz_per_mv - 1) > 0.1:
        notes.append(f"calibration of {measured:.0f} Hz/mV: the profile has {profile.hz_per_mv:.0f}")
    if profile is not None and abs(one.centre_hz - profile.centre_hz) > 40:
        notes.append(f"centre at {one.centre_hz:.0f} Hz: the profile has {profile.centre_hz:.0f}")
    if profile is not None and profile.polarity * one.scale.polarity < 0:
        notes.append("upside down against its profile, as its calibration tells: turned")
    if any(second.clipped for second in one.seconds):
        notes.append("the sound was clipped: waves may be bent")
    weak = sum(second.snr_db is not None and second.snr_db < SNR_LEAST_DB for second in one.seconds)
    if weak:
        notes.append(f"{weak} s are too noisy to rely on")
    if one.noise_mv is not None and one.noise_mv > NOISE_MOST_MV:
        notes.append(f"noise of about {one.noise_mv * 1000:.0f} µV lies on the ECG")
    if one.flat:
        notes.append("the tone does not move: no ECG in it")
    if not one.complete:
        notes.append("the call ended before the strip did: it may be incomplete")
    return replace(one, notes=tuple(notes))


__all__ = ["MID_HZ", "RATE_HZ", "Closed", "Event", "Opened", "Receiver", "Samples", "millivolts"]
