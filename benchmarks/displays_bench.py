"""What it costs to check what is on the screens: 250 stations of 40 tiles, every tile's picture every second.

``python -m benchmarks.displays_bench [--stations N] [--tiles N] [--streams N]`` prints JSON. Reports come as
text, are parsed and checked against the real ward; stations that show one patient draw up to different
columns, so nothing is checked once for two of them.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
import time
import zlib

import numpy as np

from einthoven.base.ids import stream_name
from einthoven.base.instants import SECOND
from einthoven.center.displays import Displays, Glass, parse_report
from einthoven.center.live import LiveHub, columns
from einthoven.center.ward import LiveWard
from einthoven.link.blocks import SampleBatch
from einthoven.testing.web import EPOCH, heart, plain_layout

RATE, LEADS, COLUMNS_PER_SECOND = 250, 2, 94.5
SPC = RATE / COLUMNS_PER_SECOND
SECONDS = 8


def fill(ward: LiveWard, hub: LiveHub, streams: list[int]) -> None:
    """Admit the streams and feed each some seconds."""
    samples = {stream: heart(stream, 0, RATE * SECONDS, LEADS) for stream in streams}
    for stream in streams:
        ward.admit(stream, plain_layout(RATE, LEADS))
        hub.admit(stream, plain_layout(RATE, LEADS))
    k = len(streams)
    ids = np.array(streams, np.int64)
    for second in range(SECONDS):
        start = np.full(k, second * RATE, np.int64)
        count = np.full(k, RATE, np.int64)
        parts = [samples[stream][second * RATE : (second + 1) * RATE].ravel() for stream in streams]
        received = np.full(k, EPOCH + (second + 1) * SECOND, np.int64)
        ward.step(
            [
                SampleBatch(
                    samples=np.concatenate(parts),
                    offset=np.arange(k, dtype=np.int64) * RATE * LEADS,
                    stream=ids,
                    start=start,
                    count=count,
                    leads=np.full(k, LEADS, np.int64),
                    lane=np.zeros(k, np.int64),
                    received=received,
                    stored=True,
                )
            ],
            0,
        )
        hub.arrived(ids, start, start + RATE, received)


def report(streams: list[int], station: int, nonce: str) -> str:
    """What an honest station sends: a second of each tile, up to a column of its own."""
    tiles = []
    count = math.ceil(COLUMNS_PER_SECOND)
    stop = int((RATE * SECONDS) / SPC) - 10 - station % 40
    first, last = math.ceil((stop - count) * SPC), math.ceil(stop * SPC)
    for stream in streams:
        window = _Held(first, heart(stream, first, last, LEADS))
        crc = 0
        for lead in range(LEADS):
            crc = zlib.crc32(columns(window, lead, stop - count, stop, SPC), crc)  # type: ignore[arg-type]
        tiles.append([stream_name(stream), stop, SPC, crc, last - 1, count, 3, 0])
    return json.dumps({"type": "painted", "nonce": nonce, "visible": True, "tiles": tiles})


class _Held:
    def __init__(self, start: int, samples: np.ndarray) -> None:
        self.start = start
        self.samples = samples


def main() -> int:
    """Measure a few seconds of reports."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stations", type=int, default=250)
    parser.add_argument("--tiles", type=int, default=40)
    parser.add_argument("--streams", type=int, default=2000)
    given = parser.parse_args()
    ward = LiveWard()
    hub = LiveHub(ward, lambda _stream, sample: EPOCH + int(sample) * (SECOND // RATE), 10_000)
    streams = list(range(1, given.streams + 1))
    fill(ward, hub, streams)
    numbers = itertools.count(1)
    displays = Displays(hub, ward, lambda: f"{next(numbers):032x}")
    shown = itertools.cycle(streams)
    walls = [[next(shown) for _ in range(given.tiles)] for _ in range(given.stations)]
    glasses: list[Glass] = [displays.open() for _ in walls]
    displays.beat(EPOCH + (SECONDS - 1) * SECOND)
    seconds, proven = [], 0
    for _ in range(5):
        displays.beat(EPOCH + SECONDS * SECOND)
        texts = [report(wall, k, displays.nonce(glasses[k])) for k, wall in enumerate(walls)]
        began = time.process_time()
        checked = [
            displays.check(glass, parse_report(json.loads(text)))
            for glass, text in zip(glasses, texts, strict=True)
        ]
        seconds.append(time.process_time() - began)
        proven = sum(len(one.proven()) for one in checked)
    tiles = given.stations * given.tiles
    best = sorted(seconds)[len(seconds) // 2]
    result = {
        "stations": given.stations,
        "tiles_a_second": tiles,
        "pictures_checked": tiles,
        "proven": proven,
        "report_bytes": len(texts[0]),
        "us_a_tile": round(best / tiles * 1e6, 2),
        "share_of_a_core": round(best, 4),
    }
    print(json.dumps(result, indent=1))
    return 0 if proven == tiles else 1


if __name__ == "__main__":
    sys.exit(main())
