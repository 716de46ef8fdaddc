"""Strips found where there is none: ``python -m benchmarks.telephone_false`` prints them as JSON.

Calls of a minute each, made by arithmetic (`telephone_sounds`), through µ-law, to a receiver that knows no
transmitter. Every strip that it tells is false.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from benchmarks.telephone_sounds import KINDS, RATE
from numpy.typing import NDArray

from einthoven.telephone import g711
from einthoven.telephone.receiver import Closed, Receiver


def over_a_line(sound: NDArray[np.float64], law: g711.Law = "mu") -> NDArray[np.int16]:
    """Sound as it comes out of a line."""
    return g711.decode(g711.encode((np.clip(sound, -1, 1) * 32767).astype(np.int16), law), law)


def false_strips(kind: str, minutes: int, first: int) -> list[dict[str, Any]]:
    """What was taken for a strip in so many calls of a minute, from seed ``first`` on."""
    found = []
    for seed in range(first, first + minutes):
        rng = np.random.default_rng(seed)
        sound = over_a_line(KINDS[kind](rng, 60) + rng.normal(0, 0.001, 60 * RATE))
        receiver = Receiver(RATE)
        events = [told for at in range(0, len(sound), 8000) for told in receiver.feed(sound[at : at + 8000])]
        for event in [*events, *receiver.end()]:
            if isinstance(event, Closed):
                one = event.summary
                found.append({"seed": seed, "start_s": round(one.start_s, 1), "stop_s": round(one.stop_s, 1),
                              "centre_hz": round(one.centre_hz)})  # fmt: skip
    return found


def main() -> None:
    """Command line."""
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("kinds", nargs="*", help=f"any of {', '.join(KINDS)}; all without")
    words.add_argument("--minutes", type=int, default=60)
    words.add_argument("--first", type=int, default=0, help="seed of the first minute")
    told = words.parse_args()
    report = {kind: false_strips(kind, told.minutes, told.first) for kind in told.kinds or KINDS}
    false = {kind: len(found) for kind, found in report.items()}
    print(json.dumps({"minutes_of_each": told.minutes, "false_strips": false, "which": report}, indent=1))


if __name__ == "__main__":
    main()
