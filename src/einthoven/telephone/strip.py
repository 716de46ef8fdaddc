"""From frequencies to a strip: calibration, speed, 250 samples a second, gaps, quality (R6).

Samples leave as hertz beside the centre, with a scale that turns them into millivolts. The scale may be told
late (the polarity, once the ECG is seen beside its calibration); the samples never change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.telephone.calibration import Square, find_square
from einthoven.telephone.demodulate import MID_HZ, Demodulator, Heard, Measured
from einthoven.telephone.filters import low_pass
from einthoven.telephone.kernels import DROPPED, LOST, convolve
from einthoven.telephone.pace import speed_of
from einthoven.telephone.profiles import Profile
from einthoven.telephone.quality import RATE_HZ, Gathered, Scale, Second, Source

F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]
CALIBRATION_HZ, CALIBRATION_MV = 5.0, 1.0
"""Of a transmitter whose profile was not named: the field's standard 1 mV."""
LOOKED: Final = 5 * MID_HZ // 2
"""Values of a moving tone within which a calibration has begun, if there is one."""
SQUARE_MOST: Final = 22 * MID_HZ
"""Values in which a calibration is over; a tone that rested so long has none, and is told as it comes."""
AGAIN: Final = MID_HZ // 3
"""Values until a calibration is looked for again."""
PACED: Final = 7 * MID_HZ
"""Values after which the ECG itself must tell its speed, where nothing else does."""
RAMP: Final = 45
"""Last values of a gap, 60 ms, over which the bridge goes to what follows."""
HALVED: Final = low_pass(MID_HZ, 100.0, 150.0, 60.0)
MOVES_HZ: Final = 8.0
FLAT_HZ: Final = 4.0
"""Span of a strip that shows nothing: 40 µV at 100 Hz/mV."""
BASE_SAMPLES: Final = 3 * RATE_HZ
NEAR_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples in a row.

    Attributes:
        hz: float64[n], beside the centre.
        flags: 0 where received; ``kernels.LOST``, ``kernels.DROPPED``: a gap, whose value means nothing.
    """

    hz: F64
    flags: U8


class StripMaker:
    """Makes one strip.

    Args:
        demodulator: whose frequencies come.
        profile: of the transmitter, None where that is not known.
    """

    def __init__(self, demodulator: Demodulator, profile: Profile | None) -> None:
        self._noise_hz = demodulator.noise_hz
        self.profile = profile
        self._hz, self._marks = np.zeros(0), np.zeros(0, np.uint8)
        self._measured: list[Measured] = []
        self._origin, self._from = 0, 0
        self._begun = False
        self._moved: int | None = None
        self._next = 0
        self.square: Square | None = None
        self.speed = 0
        self.speed_source: Source = "unknown"
        self.scale = Scale()
        self.begins_at = 0
        """Where in the 750 values a second the ECG begins: behind the calibration."""
        self._held: list[Piece] = []
        self.samples = 0
        self._base: list[F64] = []
        self._gathered: dict[int, Gathered] = {}
        self._low, self._high = np.inf, -np.inf

    def take(self, heard: Heard) -> Piece | None:
        """What became known of the strip, behind what was given before."""
        self._hz = np.concatenate([self._hz, heard.hz])
        self._marks = np.concatenate([self._marks, heard.flags])
        self._measured += heard.measured
        if not self._begun and not self._decide(False):
            return None
        return self._give(False)

    def end(self) -> Piece | None:
        """The rest."""
        if not self._begun:
            self._decide(True)
        piece = self._give(True)
        self._settle(True)
        return piece

    @property
    def flat(self) -> bool:
        """Whether the strip shows nothing."""
        return not self._high - self._low >= FLAT_HZ

    def seconds(self) -> tuple[Second, ...]:
        """Quality of every second of the ECG."""
        every = dict(self._gathered)
        first, step = self.begins_at / MID_HZ, 0.1 / max(1, self.speed)
        for number, one in enumerate(self._measured):
            at = int((number * 0.1 - first) * max(1, self.speed) + step / 2)
            if number * 0.1 >= first - 0.05 and at in every:
                every[at].add(one)
        return tuple(
            one.second(at, self._noise_hz, max(1, self.speed))
            for at, one in sorted(every.items())
            if one.values
        )

    def _paces(self) -> tuple[float, ...]:
        known = self.profile.calibration if self.profile is not None else None
        hz = CALIBRATION_HZ if known is None else known.hz
        speeds = (1, 3) if self.profile is None else self.profile.speeds
        return tuple(hz * speed for speed in speeds)

    def _decide(self, ended: bool) -> bool:
        """Whether it is known where the ECG begins and how fast it is."""
        if self._moved is None and len(self._hz):
            moves = np.flatnonzero(np.abs(self._hz - np.median(self._hz[:200])) > MOVES_HZ)
            self._moved = int(moves[0]) if len(moves) else None
        if not ended and len(self._hz) < self._next:
            return False
        self._next = len(self._hz) + AGAIN
        since = len(self._hz) - (self._moved or 0)
        if not ended and (self._moved is None or since < LOOKED) and len(self._hz) < SQUARE_MOST:
            return False
        moved = self._moved
        looked = self._hz[SQUARE_MOST if moved is None else moved : SQUARE_MOST]
        found = find_square(looked, self._paces()) if len(looked) else None
        if found is not None and moved is not None:
            found = replace(found, start=found.start + moved, stop=found.stop + moved)
            settled = found.stop + round(0.7 * MID_HZ / found.hz) < len(self._hz)
            if not settled and not ended and len(self._hz) < SQUARE_MOST:
                return False
            self.square, self.begins_at = found, found.stop
        return self._begin(ended)

    def _begin(self, ended: bool) -> bool:
        profile = self.profile
        speeds = (1, 3) if profile is None else profile.speeds
        if self.square is not None:
            nominal = self._paces()[0] / speeds[0]
            near = min(speeds, key=lambda one: abs(self.square.hz / nominal - one))  # type: ignore[union-attr]
            self.speed, self.speed_source = near, "calibration"
        elif len(speeds) == 1:
            self.speed, self.speed_source = speeds[0], "profile"
        else:
            if len(self._hz) < PACED and not ended:
                return False
            told = speed_of(self._hz[:PACED], self._marks[:PACED])
            self.speed, self.speed_source = (told, "tone") if told else (0, "unknown")
        self._scale()
        self._begun, self._from = True, self.begins_at
        return True

    def _scale(self) -> None:
        profile, square = self.profile, self.square
        known = None if profile is None else profile.calibration
        if square is not None:
            mv = CALIBRATION_MV if known is None else known.mv
            scale = Scale(square.span_hz / mv, "calibration", (square.low_hz + square.high_hz) / 2)
        elif profile is not None:
            scale = Scale(profile.hz_per_mv, "profile")
        else:
            scale = Scale()
        if profile is not None and profile.polarity:
            scale = replace(scale, polarity=profile.polarity, polarity_source="profile")
        self.scale = scale

    def _give(self, ended: bool) -> Piece | None:
        """Samples that can be told now; trailing gaps wait for what follows them."""
        mended = _bridged(self._hz, self._marks)
        flags: U8 = (self._marks & (LOST | DROPPED)).astype(np.uint8)
        half = len(HALVED) // 2
        first, stop = self._from - self._origin, len(self._hz) - (0 if ended else RAMP)
        if self.speed == 3:
            hz, kept = mended[first:stop], flags[first:stop]
            self._from += len(hz)
        else:
            count = max(0, (stop - (0 if ended else half) - first + 2) // 3)
            hz = np.zeros(count)
            kept = np.zeros(count, np.uint8)
            if count:
                padded = np.pad(mended, half, mode="edge")
                convolve(padded[first : first + 3 * (count - 1) + 2 * half + 1], HALVED, 3, 0, hz)
                wide, at = np.pad(flags, 1, mode="edge"), first + 3 * np.arange(count)
                kept = (wide[at] | wide[at + 1] | wide[at + 2]).astype(np.uint8)
                self._from += 3 * count
        self._forget()
        return self._out(hz, kept, ended)

    def _forget(self) -> None:
        """Let go of values that nothing asks for any more; the last good one before a gap is kept."""
        until = self._from - self._origin - len(HALVED)
        good = np.flatnonzero(self._marks[: max(0, until)] == 0)
        if len(good):
            at = int(good[-1])
            self._hz, self._marks = self._hz[at:], self._marks[at:]
            self._origin += at

    def _out(self, hz: F64, flags: U8, ended: bool) -> Piece | None:
        good = np.flatnonzero(flags == 0)
        stop = int(good[-1]) + 1 if len(good) else 0
        rest = [Piece(hz[stop:], flags[stop:])] if stop < len(hz) else []
        if not stop:
            self._held += rest
            return None
        parts = [*self._held, Piece(hz[:stop], flags[:stop])]
        self._held = rest
        piece = Piece(np.concatenate([p.hz for p in parts]), np.concatenate([p.flags for p in parts]))
        self._note(piece)
        if not ended:
            self._settle(False)
        return piece

    def _note(self, piece: Piece) -> None:
        good = piece.hz[piece.flags == 0]
        self._low, self._high = min(self._low, float(good.min())), max(self._high, float(good.max()))
        if sum(len(one) for one in self._base) < BASE_SAMPLES:
            self._base.append(good)
        at = (self.samples + np.arange(len(piece.hz))) // RATE_HZ
        for second in range(int(at[0]), int(at[-1]) + 1):
            one, here = self._gathered.setdefault(second, Gathered()), piece.flags[at == second]
            one.values += len(here)
            one.gap += int((here != 0).sum())
            one.lost += int(((here & LOST) != 0).sum())
        self.samples += len(piece.hz)

    def _settle(self, ended: bool) -> None:
        """The zero, and with pulses the polarity, from the first seconds of the ECG."""
        if not self._base or (not ended and sum(len(one) for one in self._base) < BASE_SAMPLES):
            return
        base = float(np.median(np.concatenate(self._base)))
        self._base = []
        known = None if self.profile is None else self.profile.calibration
        square = self.square
        self.scale = replace(self.scale, zero_hz=base)
        if square is None or (known is not None and known.form == "even"):
            return
        for level, polarity in ((square.low_hz, 1), (square.high_hz, -1)):
            if abs(base - level) < NEAR_SHARE * square.span_hz:
                self.scale = replace(self.scale, polarity=polarity, polarity_source="calibration")


def _bridged(hz: F64, marks: U8) -> F64:
    """Flagged values replaced: held, then a ramp to what follows; a filter must not ring at a gap's edge."""
    if not marks.any():
        return hz
    out = hz.copy()
    bad = np.concatenate([[0], (marks != 0).astype(np.int8), [0]])
    edges = np.flatnonzero(np.diff(bad))
    for begin, stop in zip(edges[::2], edges[1::2], strict=True):
        after = hz[stop] if stop < len(hz) else (hz[begin - 1] if begin else 0.0)
        before = hz[begin - 1] if begin else after
        out[begin:stop] = before
        ramp = min(RAMP, stop - begin)
        if stop < len(hz):
            out[stop - ramp : stop] = before + (after - before) * np.arange(1, ramp + 1) / (ramp + 1)
    return out
