"""What the link costs: ``python -m benchmarks.link_bench`` prints CPU µs a frame and the uplink as JSON.

Frames of one second of real ECG (mitdb at 250 Hz, two leads, 200 units/mV; simulated hearts where it is not
there), parsed and decoded in batches as the center does.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import numpy as np
from benchmarks.load_signal import real_ecg

from einthoven.link.batch import decode, join, parse
from einthoven.link.blocks import FrameBatch
from einthoven.link.codec import pack

RATE, LEADS, BATCH, ROUNDS = 250, 2, 500, 20
WIRE_BYTES = 4 + 4 + 22
"""Around every frame: WebSocket header and mask (2 or 4, and 4), TLS 1.3 record (5 + 1 + 16)."""


def each(frames: int, act: Callable[[], object]) -> float:
    """CPU µs a frame, of the quickest of several rounds: the others were disturbed."""
    act()
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        act()
        spent.append(time.process_time() - began)
    return round(min(spent) / frames * 1e6, 2)


def measure(records: int = 48) -> dict[str, float]:
    """Every figure; seconds."""
    ecg = real_ecg(RATE, LEADS, records)
    seconds = [one[at : at + RATE] for one in ecg for at in range(0, len(one) - RATE + 1, RATE)]
    messages = [pack(0, samples) for samples in seconds]
    data, offset, length = join(messages[:: max(1, len(messages) // BATCH)])
    parsed = parse(data, offset, length)
    one = np.ones(len(offset), np.int64)
    batch = FrameBatch(
        data, offset, length, one, parsed.start, parsed.count, parsed.leads, parsed.lane, one * 0
    )
    size = float(np.mean([len(message) for message in messages]))
    few = seconds[:BATCH]
    return {
        "frames": len(messages),
        "encode_us": each(len(few), lambda: [pack(0, samples) for samples in few]),
        "parse_us": each(len(offset), lambda: parse(data, offset, length)),
        "decode_us": each(len(offset), lambda: decode(batch, True)),
        "frame_bytes": round(size, 1),
        "uplink_kbit_per_s": round(size * 8 / 1000, 2),
        "uplink_kbit_per_s_over_tls": round((size + WIRE_BYTES) * 8 / 1000, 2),
    }


def main() -> None:
    """Command line; it takes no words."""
    print(json.dumps(measure(), indent=1))


if __name__ == "__main__":
    main()
