"""The loops over samples of a call. Each sees one block of fixed length and the tail of what was before
it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
C128 = NDArray[np.complex128]
U8 = NDArray[np.uint8]
Kernel = TypeVar("Kernel", bound=Callable[..., Any])

LOST, DROPPED, CLICK = 1, 2, 4
"""Flags of a value: its sound never came; the tone was away; the phase jumped."""


def _kernel(function: Kernel) -> Kernel:
    return cast("Kernel", njit(cache=True, nogil=True)(function))


@_kernel
def tune(
    sound: F64, lost: U8, re: F64, im: F64, every: int, first: int, rate: int, mix: int,
    out: C128, gone: U8, peak: F64,
) -> int:  # fmt: skip
    """Bring a band of a block to complex values around 0 Hz, one for every ``every`` samples.

    Args:
        sound, lost: the block behind ``len(re) − 1`` earlier samples.
        re, im: taps of the band-pass.
        every: samples a value.
        first: number of the block's first sample in the call; rate, mix: the sound's and the band's middle.
        out, gone, peak: receive values, whether sound was missing, and the largest sample.

    Returns:
        How many values.
    """
    taps = len(re)
    count, largest = 0, 0.0
    for at in range(len(sound) - taps + 1):
        number = first + at
        largest = max(largest, abs(sound[at + taps - 1]))
        if number % every:
            continue
        real, imaginary, missing = 0.0, 0.0, 0
        for tap in range(taps):
            value = sound[at + taps - 1 - tap]
            real += value * re[tap]
            imaginary += value * im[tap]
            missing += lost[at + taps - 1 - tap]
        turn = -2.0 * np.pi * ((number * mix) % rate) / rate
        out[count] = complex(real, imaginary) * complex(np.cos(turn), np.sin(turn))
        gone[count] = 1 if missing else 0
        peak[count] = largest
        largest = 0.0
        count += 1
    return count


@_kernel
def hop_figures(values: C128, size: int, out: F64) -> None:
    """Of every hop of ``size`` values: power, coherence over 0.75 and 1.25 ms, turn in radians a value.

    A single tone stays coherent with itself; noise, voices and chords do not.
    """
    for hop in range(len(values) // size):
        start, stop = hop * size, (hop + 1) * size
        power = 0.0
        near, three, five = 0j, 0j, 0j
        for at in range(start, stop):
            value = values[at]
            power += value.real * value.real + value.imag * value.imag
            if at + 1 < stop:
                near += values[at + 1] * value.conjugate()
            if at + 3 < stop:
                three += values[at + 3] * value.conjugate()
            if at + 5 < stop:
                five += values[at + 5] * value.conjugate()
        power /= size
        out[hop, 0] = power
        if power > 0.0:
            out[hop, 1] = min(abs(three) / (size - 3), abs(five) / (size - 5)) / power
            out[hop, 2] = np.angle(near)
        else:
            out[hop, 1] = 0.0
            out[hop, 2] = 0.0


@_kernel
def discriminate(
    values: C128, taps: C128, turn: float, start: float, before: complex, f: F64, size: F64
) -> complex:
    """Centre a tone, band-limit it, and read its frequency from the turn between neighbours.

    Args:
        values: the block behind ``len(taps) − 1`` earlier values.
        taps: of the low-pass, turned back by the centre's ``turn`` radians a value.
        start: where the centre is at the first value, in radians.
        before: the last filtered value of the block before.
        f, size: receive radians a value beside the centre, and amplitude.

    Returns:
        The last filtered value.
    """
    for at in range(len(f)):
        real, imaginary = 0.0, 0.0
        for tap in range(len(taps)):
            value, weight = values[at + tap], taps[tap]
            real += value.real * weight.real - value.imag * weight.imag
            imaginary += value.real * weight.imag + value.imag * weight.real
        phase = start + turn * at
        now = complex(real, imaginary) * complex(np.cos(phase), -np.sin(phase))
        both = now * before.conjugate()
        f[at] = np.arctan2(both.imag, both.real)
        size[at] = abs(now)
        before = now
    return before


@_kernel
def flag(size: F64, f: F64, gone: U8, level: float, limit: float, smooth: int, guard: int, out: U8) -> None:
    """Where a tone is away or jumps.

    Dropped: ``gone`` says so, or the amplitude over ``smooth`` values is under two fifths of ``level``; and
        ``guard``
    values around. Click:
    it falls under a fifth at once, or the frequency is beyond ``limit``, and a third of the guard around.
    """
    count = len(size)
    half = smooth // 2
    out[:] = 0
    for at in range(half, count - half):
        total = 0.0
        for near in range(at - half, at + half + 1):
            total += size[near]
        mark, around = 0, 0
        if gone[at] & LOST:
            mark, around = LOST, guard // 4
        elif gone[at] or total < 0.4 * level * (2 * half + 1):
            mark, around = DROPPED, guard
        elif size[at] < 0.2 * level or abs(f[at]) > limit:
            mark, around = CLICK, guard // 3
        if mark:
            for near in range(max(0, at - around), min(count, at + around + 1)):
                out[near] |= mark


@_kernel
def mend(f: F64, flags: U8, last: float, stop: int, out: F64) -> float:
    """Bridge flagged values by a straight line, as far as the other side is known; else hold.

    The bridge keeps a filter from ringing at the edges; it never counts as signal.

    Returns:
        The last good value, ``last`` where there was none.
    """
    at = 0
    while at < stop:
        if flags[at] == 0:
            last = f[at]
            out[at] = last
            at += 1
            continue
        begin = at
        while at < stop and flags[at]:
            at += 1
        for place in range(begin, at):
            share = (place - begin + 1) / (at - begin + 1) if at < stop else 0.0
            out[place] = last + share * ((f[at] if at < stop else last) - last)
    return last


@_kernel
def resample(
    f: F64, flags: U8, origin: int, taps: F64, step: int, first: int, reach: int, out: F64, marks: U8
) -> None:
    """Outputs of ``filters.phases`` from number ``first`` on, and the flags within ``reach`` of each."""
    q, width = taps.shape
    half = width // 2
    for number in range(len(out)):
        place = (first + number) * step
        whole, row = place // q - origin, place % q
        total = 0.0
        for tap in range(width):
            total += f[whole - half + 1 + tap] * taps[row, tap]
        mark = 0
        for near in range(whole - reach + 1, whole + reach + 1):
            mark |= flags[near]
        out[number] = total
        marks[number] = mark


@_kernel
def convolve(f: F64, taps: F64, every: int, offset: int, out: F64) -> int:
    """A low-pass of which one value in ``every`` is kept, from value ``offset`` on; returns how many."""
    count, at = 0, offset
    while at + len(taps) <= len(f):
        total = 0.0
        for tap in range(len(taps)):
            total += f[at + tap] * taps[tap]
        out[count] = total
        count += 1
        at += every
    return count
