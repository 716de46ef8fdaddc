"""Cost of the live analysis: ``python -m benchmarks.analysis_bench [--patients N] [--seconds N]``, JSON.

Patients are pieces of real ECG (mitdb resampled to 250 Hz; made-up hearts where there is none), each at a
place of its own, fed as one-second frames of two leads. Times are CPU times of this process, the mean of the
second half of the rounds: before, streams are still learning and cost less.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from einthoven.base.layout import Layout, Lead
from einthoven.center.ward import LiveWard
from einthoven.ecg.analyze import analyze
from einthoven.ecg.design import design
from einthoven.link.blocks import SampleBatch

RATE = 250
LEADS = 2
DATA = Path(os.environ.get("EINTHOVEN_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
PLAN = Layout(float(RATE), (Lead("II", resolution=11), Lead("V1", resolution=11)))
PEERS = Path(__file__).resolve().parents[1] / ".venv-peers" / "bin" / "python"
RECORDS = ("101", "106", "119", "203", "208", "215", "223")


def real_ecg(seconds):
    """Pieces of mitdb at 250 Hz one after another, or None without the data: int16[n, 2]."""
    if not (DATA / "mitdb").is_dir():
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import wfdb
        from scipy.signal import resample_poly

        parts = []
        for name in RECORDS:
            count = int(seconds / len(RECORDS) + 1) * 360
            record = wfdb.rdrecord(str(DATA / "mitdb" / name), physical=False, sampto=min(count, 650_000))
            signal = record.d_signal.astype(float) - 1024
            parts.append(np.round(resample_poly(signal, 25, 36, axis=0)).astype(np.int16))
    return np.ascontiguousarray(np.concatenate(parts))


def made_up(seconds):
    at = np.arange(seconds * RATE) / RATE
    beat = np.exp(-0.5 * (((at % 0.8) - 0.4) / 0.012) ** 2) * 220
    noise = np.random.default_rng(1).normal(0, 4, (len(at), LEADS))
    return np.round(beat[:, None] + noise).astype(np.int16)


def frames(ecg, places, second, seconds_a_frame):
    """One frame of every patient as a batch."""
    count = int(RATE * seconds_a_frame)
    begin = places + second * count
    rows = begin[:, None] + np.arange(count)[None, :]
    k = len(places)
    return SampleBatch(
        samples=ecg[rows % len(ecg)].reshape(-1),
        offset=np.arange(k, dtype=np.int64) * count * LEADS,
        stream=np.arange(1, k + 1, dtype=np.int64),
        start=np.full(k, second * count, np.int64),
        count=np.full(k, count, np.int64),
        leads=np.full(k, LEADS, np.int64),
        lane=np.zeros(k, np.int64),
        received=np.zeros(k, np.int64),
    )


def settled(taken):
    """Mean of the second half."""
    late = taken[len(taken) // 2 :]
    return sum(late) / len(late)


def ward_cost(ecg, patients, rounds, seconds_a_frame):
    """CPU seconds of one step of all patients."""
    ward = LiveWard()
    for stream in range(1, patients + 1):
        ward.admit(stream, PLAN)
    ward.settle_in()
    places = np.random.default_rng(2).integers(0, len(ecg), patients)
    taken = []
    beats = 0
    for second in range(rounds):
        batch = frames(ecg, places, second, seconds_a_frame)
        begin = time.process_time()
        beats += ward.step([batch], 0).beats
        taken.append(time.process_time() - begin)
    return settled(taken), beats


def bare_cost(ecg, patients, rounds):
    """CPU seconds of the kernels alone, stages included, for one second of all patients."""
    from einthoven.base.thresholds import shipped
    from einthoven.ecg.bay import Bay, judges_of

    bay = Bay(RATE * 1000, LEADS, patients, judges=judges_of(shipped()))
    slots = np.array([bay.take(PLAN) for _ in range(patients)])
    places = np.random.default_rng(2).integers(0, len(ecg), patients)
    taken = []
    for second in range(rounds):
        batch = frames(ecg, places, second, 1)
        begin = time.process_time()
        bay.advance(slots, batch.samples, batch.offset, batch.start, batch.count, told=[])
        taken.append(time.process_time() - begin)
    return settled(taken)


def whole_day(ecg):
    day = np.tile(ecg, (-(-24 * 3600 * RATE // len(ecg)), 1))[: 24 * 3600 * RATE]
    begin = time.process_time()
    beats = len(analyze(day, PLAN).beats)
    return time.process_time() - begin, beats, day


def cold_start():
    """Wall seconds of a fresh process up to its first analysed sample, compiled code on disk."""
    code = (
        "import numpy as np; from einthoven.ecg.analyze import analyze; from einthoven.base.layout import *;"
        "analyze(np.zeros((500, 2), np.int16), Layout(250.0, (Lead('a'), Lead('b'))))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begin


def whole_process(day):
    """CPU seconds, wall seconds and peak memory of ``einthoven analyze`` over the day as a record on disk."""
    import wfdb

    with TemporaryDirectory() as folder:
        wfdb.wrsamp(
            "day", RATE, ["mV", "mV"], ["II", "V1"], d_signal=day, fmt=["16", "16"], adc_gain=[200, 200],
            baseline=[0, 0], write_dir=folder,
        )  # fmt: skip
        code = (
            "import json, re, sys, time; from einthoven.__main__ import main\n"
            "try: main()\n"
            "finally:\n"
            "    peak = re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())\n"
            "    print(json.dumps([time.process_time(), int(peak[1]) / 1024]), file=sys.stderr)"
        )
        begin = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", code, "analyze", f"{folder}/day", "-o", f"{folder}/out", "--json"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        wall = time.perf_counter() - begin
    cpu, peak = json.loads(done.stderr.strip().splitlines()[-1])
    return {"cpu_s": round(cpu, 2), "wall_s": round(wall, 2), "peak_mb": round(peak)}


def peers(day):
    """What ``benchmarks/peers.py`` tells of one lead of the same day, or why nothing."""
    if not PEERS.exists():
        return "not installed: `make peers` sets them up"
    with TemporaryDirectory() as folder:
        np.save(f"{folder}/lead.npy", day[:, 0])
        done = subprocess.run(
            [PEERS, Path(__file__).with_name("peers.py"), f"{folder}/lead.npy", str(RATE)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=2000)
    parser.add_argument("--seconds", type=int, default=40)
    options = parser.parse_args()
    ecg = real_ecg(4200)
    source = "mitdb resampled to 250 Hz" if ecg is not None else "made up"
    ecg = made_up(4200) if ecg is None else ecg
    bare = bare_cost(ecg, options.patients, options.seconds)
    second, beats = ward_cost(ecg, options.patients, options.seconds, 1)
    quarter, _ = ward_cost(ecg, min(2000, options.patients), 4 * options.seconds, 0.25)
    day_cpu, day_beats, day = whole_day(ecg)
    ring = 20 * RATE * LEADS * 2
    state = design(RATE * 1000, LEADS).row_words * 8
    report = {
        "source": source,
        "patients": options.patients,
        "kernels_ns_per_sample_lead": round(bare / options.patients / RATE / LEADS * 1e9, 2),
        "kernels_us_per_patient_second": round(bare / options.patients * 1e6, 2),
        "ward_us_per_patient_second": round(second / options.patients * 1e6, 2),
        "ward_us_per_patient_second_250ms_frames_2000": round(quarter / min(2000, options.patients) * 4e6, 2),
        "beats_a_second": round(beats / options.seconds, 1),
        "state_bytes_per_patient": state,
        "ring_bytes_per_patient": ring,
        "day_2_leads_cpu_s": round(day_cpu, 3),
        "day_beats": day_beats,
        "day_2_leads_whole_process": whole_process(day),
        "cold_start_s": round(cold_start(), 2),
        "peers_day_one_lead": peers(day),
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
