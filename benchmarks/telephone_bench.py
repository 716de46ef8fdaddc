"""What calls cost: ``python -m benchmarks.telephone_bench`` prints CPU µs a second of call as JSON.

Calls of voice and a strip, in packets of 20 ms as a line sends them, one begun a packet after the other, a
receiver each. ``most_behind_ms``: how far one core would come to lie behind the lines. Beside them the plain
demodulator of a textbook in the same run: scipy's Hilbert transform of a whole strip, phase differences, a
Butterworth low-pass. It finds no strip, no centre, no scale and no gap, and needs all samples.
"""

from __future__ import annotations

import argparse
import json
import os
import time

import numpy as np
from benchmarks.telephone_sounds import KINDS
from scipy import signal

from einthoven.telephone import g711
from einthoven.telephone.modulate import modulate
from einthoven.telephone.profiles import profile
from einthoven.telephone.receiver import Closed, Receiver

RATE, PACKET = 8000, 160


def made(seconds: int) -> np.ndarray:
    """A call: 5 s of voice, then a strip to 3 s before its end."""
    rng = np.random.default_rng(0)
    at = np.arange((seconds - 12) * 250) / 250
    ecg = np.exp(-0.5 * (((at % 0.8) - 0.4) / 0.012) ** 2) + 0.2 * np.exp(
        -0.5 * (((at % 0.8) - 0.65) / 0.05) ** 2
    )
    strip = modulate(ecg, 250, profile("simulated"), RATE)
    sound = np.concatenate([KINDS["voice"](rng, 5), strip, np.zeros(3 * RATE)])
    sound = sound + rng.normal(0, 0.01, len(sound))
    codes = g711.encode((np.clip(sound, -1, 1) * 32767).astype(np.int16), "mu")
    return codes[: seconds * RATE]


def hilbert(sound: np.ndarray) -> np.ndarray:
    """The textbook's."""
    band = signal.butter(4, [1200, 2600], "band", fs=RATE, output="sos")
    phase = np.unwrap(np.angle(signal.hilbert(signal.sosfiltfilt(band, sound))))
    low = signal.butter(4, 100, fs=RATE, output="sos")
    return signal.sosfiltfilt(low, np.diff(phase) * RATE / (2 * np.pi))[::32]


def measure(calls: int, seconds: int) -> dict[str, float]:
    """Figures of one run: calls that begin one packet after another."""
    codes = made(seconds)
    warm = Receiver(RATE)
    warm.feed(g711.decode(codes, "mu"))
    warm.end()
    load = os.getloadavg()[0]
    receivers = [Receiver(RATE, profile("simulated")) for _ in range(calls)]
    worst = found = 0
    late = latest = rounds_worst = 0.0
    began = time.process_time()
    for number in range(len(codes) // PACKET + calls):
        step = time.process_time()
        for behind, receiver in enumerate(receivers):
            at = (number - behind) * PACKET
            if 0 <= at < len(codes):
                one = time.thread_time_ns()
                told = receiver.feed(g711.decode(codes[at : at + PACKET], "mu"))
                worst = max(worst, time.thread_time_ns() - one)
                found += sum(isinstance(event, Closed) for event in told)
        cost = time.process_time() - step
        rounds_worst = max(rounds_worst, cost)
        late = max(0.0, late + cost - PACKET / RATE)
        latest = max(latest, late)
    found += sum(isinstance(event, Closed) for receiver in receivers for event in receiver.end())
    ours = time.process_time() - began
    sound = g711.decode(codes, "mu") / 32768
    began = time.process_time()
    for _ in range(5):
        hilbert(sound)
    theirs = (time.process_time() - began) / 5
    length = len(codes) / RATE
    return {
        "calls": calls,
        "seconds": length,
        "load_before": round(load, 2),
        "strips_found": found,
        "cpu_us_a_second_of_call": round(ours / calls / length * 1e6, 1),
        "calls_a_core": round(calls * length / ours),
        "longest_packet_of_a_call_ms": round(worst / 1e6, 1),
        "worst_packet_of_all_ms": round(rounds_worst * 1000, 1),
        "most_behind_ms": round(latest * 1000, 1),
        "scipy_hilbert_whole_strip_us_a_second": round(theirs / length * 1e6, 1),
    }


def main() -> None:
    """Command line."""
    words = argparse.ArgumentParser()
    words.add_argument("--calls", type=int, default=200)
    words.add_argument("--seconds", type=int, default=20)
    told = words.parse_args()
    print(json.dumps(measure(told.calls, told.seconds), indent=1))


if __name__ == "__main__":
    main()
