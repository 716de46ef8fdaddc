"""The store's figures as JSON: ``python -m benchmarks.store_bench [--streams N] [--seconds N] [--days N]``.

µs are CPU time of this process, all threads, so they hold on a shared machine too. The ECG is the MIT-BIH
database resampled to 250 Hz at its own 200 units per mV (made-up ECG where it is not there).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import tempfile
import time
import zlib
from pathlib import Path

import numpy as np

from einthoven.base.instants import HOUR, SECOND
from einthoven.base.layout import Layout, Lead
from einthoven.ecg.beats import BEAT
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.gather import Samples
from einthoven.edges.store.log import LogSettings
from einthoven.edges.store.sealed import Sources, make_segment
from einthoven.edges.store.store import Store, StoreSettings, open_reader
from einthoven.edges.store.wfdb import SegmentName
from einthoven.link.blocks import FrameBatch
from einthoven.link.codec import encode

RATE = 250
LAYOUT = Layout(RATE, (Lead("MLII", 200.0, 1024, 11, 1024), Lead("V5", 200.0, 1024, 11, 1024)))
DATA = Path(os.environ.get("EINTHOVEN_DATA") or Path(__file__).parents[2] / "shared" / "data")


def records() -> list[np.ndarray]:
    """Each record of mitdb at 250 Hz, int16[n, 2]; one made-up half hour without the database."""
    folder = DATA / "mitdb"
    if not folder.is_dir():
        index = np.arange(1800 * RATE)
        wave = 200 * np.exp(-(((index % 210) - 100) ** 2) / 20.0)
        noise = np.random.default_rng(1).normal(0, 3, (len(index), 2))
        return [(wave[:, None] + noise + 1024).astype(np.int16)]
    from scipy.signal import resample_poly

    from einthoven.edges.exchange.records import read_record

    out = []
    for path in sorted(folder.glob("*.hea")):
        samples = read_record(path.with_suffix("")).samples.astype(float)
        out.append(np.clip(np.rint(resample_poly(samples, 25, 36, axis=0)), -32767, 32767).astype(np.int16))
    return out


def beats_at(_: int, start: int, stop: int) -> np.ndarray:
    """75 beats a minute."""
    sample = np.arange(-(-start // 200) * 200, stop, 200)
    beats = np.zeros(len(sample), BEAT)
    beats["sample"], beats["code"], beats["leads"], beats["rr_ms"] = sample, 1, 3, 800
    return beats


SOURCES = Sources(lambda _: LAYOUT, lambda _, sample: sample * SECOND // RATE, beats_at)


class Feeder:
    """Frames of real ECG, coded once, stamped anew for each stream and second."""

    def __init__(self, ecg: np.ndarray, frame_seconds: int, pieces: int) -> None:
        self.count = RATE * frame_seconds
        step = self.count
        self.payloads = [encode(ecg[at * step : (at + 1) * step], 1) for at in range(pieces)]

    def frame(self, stream: int, start: int) -> bytes:
        payload = self.payloads[(start // self.count + 7 * stream) % len(self.payloads)]
        head = bytes([1, 5, 0, 1])
        body = start.to_bytes(8, "little") + self.count.to_bytes(4, "little") + bytes([2, 0, 0, 0]) + payload
        return head + zlib.crc32(body, zlib.crc32(bytes(4), zlib.crc32(head))).to_bytes(4, "little") + body

    def batch(self, streams: range, start: int, received: int) -> FrameBatch:
        frames = [self.frame(stream, start) for stream in streams]
        length = np.array([len(frame) for frame in frames], np.int64)
        k = len(frames)
        return FrameBatch(
            np.frombuffer(b"".join(frames), np.uint8),
            np.cumsum(length) - length,
            length,
            np.array(streams, np.int64),
            np.full(k, start, np.int64),
            np.full(k, self.count, np.int64),
            np.full(k, 2, np.int64),
            np.zeros(k, np.int64),
            np.full(k, received, np.int64),
        )


def new_store(folder: Path, segment_seconds: float = 3600.0) -> Store:
    settings = StoreSettings(segment_seconds, log=LogSettings(reserve_bytes=1 << 20))
    folder.mkdir(parents=True, exist_ok=True)
    return Store(RealDisk(folder), SOURCES, settings)


def bench_log(folder: Path, ecg: np.ndarray, streams: int, seconds: int) -> dict[str, float]:
    """One block a second and stream, committed twenty times a second."""
    store = new_store(folder)
    feeder = Feeder(ecg, 1, 300)
    group = max(1, streams // 20)
    store.log.commit([feeder.batch(range(1, 3), 0, 0)])
    batches = [
        feeder.batch(range(first, min(first + group, streams + 1)), RATE * second, second * SECOND)
        for second in range(1, seconds + 1)
        for first in range(1, streams + 1, group)
    ]
    waits, busy = [], time.process_time()
    for batch in batches:
        began = time.perf_counter()
        store.log.commit([batch])
        waits.append(time.perf_counter() - began)
    busy = time.process_time() - busy
    blocks = streams * seconds
    follow = time.process_time()
    store.reader.streams()
    store.archive.seal_due(0, 0)
    follow = time.process_time() - follow
    reads = []
    for stream in range(1, streams, max(1, streams // 50)):
        began = time.perf_counter()
        store.reader.read(stream, RATE * max(0, seconds - 10), RATE * seconds)
        reads.append(time.perf_counter() - began)
    size = store.stats.bytes / store.stats.blocks
    store.close()
    began = time.perf_counter()
    again = new_store(folder)
    again.reader.streams()
    opened = time.perf_counter() - began
    again.close()
    return {
        "blocks": blocks,
        "commit_us_per_block": round(busy / blocks * 1e6, 3),
        "follow_us_per_block": round(follow / blocks * 1e6, 3),
        "commit_ms_p50": round(float(np.percentile(waits, 50)) * 1e3, 2),
        "commit_ms_p99": round(float(np.percentile(waits, 99)) * 1e3, 2),
        "bytes_per_block": round(size, 1),
        "read_10s_unsealed_ms_p50": round(float(np.percentile(reads, 50)) * 1e3, 2),
        "read_10s_unsealed_ms_p99": round(float(np.percentile(reads, 99)) * 1e3, 2),
        "open_seconds": round(opened, 3),
    }


def bench_sealing(folder: Path, ecg: np.ndarray, streams: int) -> dict[str, float]:
    """An hour of one-second blocks of many streams, interleaved, then sealed."""
    store = new_store(folder)
    feeder = Feeder(ecg, 1, 300)
    everyone = range(1, streams + 1)
    for minute in range(60):
        # Sixty blocks of each stream in one commit: it is sealing that is measured, not the disk's sync.
        seconds = range(60 * minute, 60 * minute + 60)
        store.log.commit([feeder.batch(everyone, RATE * second, second * SECOND) for second in seconds])
    store.archive.seal_due(HOUR, 0)
    busy, began = time.process_time(), time.perf_counter()
    for stream in everyone:
        store.archive.end(stream, HOUR)
    sealed = 0
    while count := store.archive.seal_due(HOUR + 60 * SECOND, 16).sealed:
        sealed += count
    busy, took = time.process_time() - busy, time.perf_counter() - began
    patient_seconds = 3600 * streams
    store.close()
    return {
        "segments": sealed,
        "seal_us_per_patient_second": round(busy / patient_seconds * 1e6, 2),
        "seal_ms_per_segment": round(took / max(1, sealed) * 1e3, 1),
        "patients_one_core_could_seal": round(patient_seconds / busy),
    }


def bench_bytes(all_records: list[np.ndarray]) -> dict[str, float]:
    """Sealed bytes per patient-day over every record: signals, header, beats, coarse bins."""
    total = raw = seconds = 0.0
    for number, samples in enumerate(all_records):
        window = Samples(0, samples, np.ones(len(samples), np.uint8))
        name = SegmentName(number + 1, 0, 0)
        made = make_segment(name, window, LAYOUT, beats_at(1, 0, len(samples)), 0, 1, 0)
        total += made.row.size
        raw += samples.nbytes
        seconds += len(samples) / RATE
    return {
        "records": len(all_records),
        "raw_megabytes_per_patient_day": round(raw / seconds * 86_400 / 1e6, 2),
        "megabytes_per_patient_day": round(total / seconds * 86_400 / 1e6, 2),
        "ratio": round(raw / total, 2),
    }


def bench_seek(folder: Path, ecg: np.ndarray, days: int) -> dict[str, float]:
    """A period of many days of one stream: windows and envelopes anywhere in it."""
    store = new_store(folder)
    feeder = Feeder(ecg, 60, 25)
    for hour in range(days * 24):
        minutes = range(60 * hour, 60 * hour + 60)
        store.log.commit(
            [feeder.batch(range(1, 2), 60 * RATE * minute, 60 * SECOND * minute) for minute in minutes]
        )
        store.archive.seal_due(60 * SECOND * minutes[-1], 4)
    stop = days * 86_400 * RATE
    answers: dict[str, float] = {"days": days, "segments": len(store.reader.segments(1))}
    for which, reader in (("", store.reader), ("_beside_writer", open_reader(folder))):
        for name, span, bins in (
            ("window_10s", 10, 0),
            ("window_1h", 3600, 0),
            ("envelope_1h", 3600, 1500),
            ("envelope_24h", 86_400, 1500),
            ("envelope_all", days * 86_400, 1500),
        ):
            waits = []
            for start in np.linspace(0, stop - span * RATE, 20).astype(int).tolist():
                began = time.perf_counter()
                if bins:
                    reader.envelope(1, start, start + span * RATE, bins)
                else:
                    reader.read(1, start, start + span * RATE)
                waits.append(time.perf_counter() - began)
            answers[f"{name}{which}_ms_p50"] = round(float(np.percentile(waits, 50)) * 1e3, 2)
            answers[f"{name}{which}_ms_max"] = round(max(waits) * 1e3, 2)
    store.close()
    return answers


def run(streams: int = 10_000, seconds: int = 30, sealed: int = 32, days: int = 30) -> dict[str, object]:
    """Every figure; about two minutes."""
    every = records()
    ecg = every[0]
    root = Path(tempfile.mkdtemp(prefix="einthoven-store-"))
    try:
        return {
            "log": bench_log(root / "log", ecg, streams, seconds),
            "sealing": bench_sealing(root / "sealing", ecg, sealed),
            "stored": bench_bytes(every),
            "seek": bench_seek(root / "seek", ecg, days),
            "memory_megabytes_max": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
    finally:
        shutil.rmtree(root)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--sealed", type=int, default=32, help="streams of an hour to seal")
    parser.add_argument("--days", type=int, default=30)
    given = parser.parse_args()
    print(json.dumps(run(given.streams, given.seconds, given.sealed, given.days), indent=2))


if __name__ == "__main__":
    main()
