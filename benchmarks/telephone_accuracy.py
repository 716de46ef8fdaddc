"""Strips sent as a tone and taken back: ``python -m benchmarks.telephone_accuracy`` prints figures as JSON.

A minute of every record of mitdb (lead II as far as it was taken) and cudb, from the second minute on, played
as the simulated transmitter plays it, through G.711, to a receiver that knows no transmitter; then under each
of the conditions of ``CONDITIONS``. What came out is held against what was sent: correlation and amplitude
within 0.5–40 Hz after the delay between them, the places of the tallest waves, and the beats that the engine
finds in both. Records that only report (mitdb DS2 and paced) are told as totals.
"""

from __future__ import annotations

import argparse
import json
import os
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.telephone_false import over_a_line
from numpy.typing import NDArray
from scipy import signal

from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.ecg.analyze import analyze
from einthoven.ecg.beats import ARTEFACT
from einthoven.telephone.modulate import Playing, modulate
from einthoven.telephone.profiles import profile
from einthoven.telephone.quality import Summary
from einthoven.telephone.receiver import Closed, Event, Receiver, Samples, millivolts

F64 = NDArray[np.float64]
DATA = Path(os.environ.get("EINTHOVEN_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
RATE, FINE = 8000, 2000
FROM_S, SECONDS = 60, 60
BEAT_S, CLEAR_S = 0.15, 0.1


@dataclass(frozen=True)
class Condition:
    """What happens to a strip on its way.

    Attributes:
        speed, offset_hz, upside_down, calibration: of the transmitter.
        law: of the line.
        noise_db: power of the tone to that of white noise in 0–4 kHz.
        clip: largest sample of a line that cuts, of a tone of 0.35.
        clock: how fast the transmitter's clock is.
        holes_ms: so long without sound every 5 s; lost: the line says so.
        steps_db: the line's gain changes by so much every 7 s, down and up.
    """

    speed: int = 1
    offset_hz: float = 0.0
    upside_down: bool = False
    calibration: bool = True
    law: str = "mu"
    noise_db: float | None = None
    clip: float | None = None
    clock: float = 1.0
    holes_ms: int = 0
    lost: bool = False
    steps_db: float = 0.0


CONDITIONS = {
    "plain": Condition(),
    "a_law": Condition(law="a"),
    "noise_10_db": Condition(noise_db=10),
    "noise_5_db": Condition(noise_db=5),
    "dropouts_50_ms_every_5_s": Condition(holes_ms=50),
    "lost_60_ms_every_5_s": Condition(holes_ms=60, lost=True),
    "centre_plus_10_hz": Condition(offset_hz=10),
    "centre_minus_10_hz": Condition(offset_hz=-10),
    "clock_plus_0.5_percent": Condition(clock=1.005),
    "clock_minus_0.5_percent": Condition(clock=0.995),
    "clipped_at_0.7": Condition(clip=0.25),
    "clipped_at_0.15": Condition(clip=0.05),
    "gain_steps_6_db": Condition(steps_db=6),
    "threefold": Condition(speed=3),
    "threefold_noise_10_db": Condition(speed=3, noise_db=10),
    "inverted": Condition(upside_down=True),
    "no_calibration": Condition(calibration=False),
    "no_calibration_threefold": Condition(calibration=False, speed=3),
}  # fmt: skip


def names() -> list[tuple[str, str]]:
    """Records that there are."""
    return [(db, path.stem) for db in ("mitdb", "cudb") for path in sorted((DATA / db).glob("*.hea"))]


def strip_of(database: str, name: str) -> tuple[F64, float]:
    """A minute of lead II in millivolts, and its rate."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import wfdb

        record = wfdb.rdrecord(str(DATA / database / name))
    lead = record.sig_name.index("MLII") if "MLII" in record.sig_name else 0
    first = int(FROM_S * record.fs)
    return record.p_signal[first : first + int(SECONDS * record.fs), lead], float(record.fs)


def sent(mv: F64, rate_hz: float, how: Condition, seed: int) -> F64:
    """The sound that comes to the line."""
    playing = Playing(how.speed, calibration=how.calibration, offset_hz=how.offset_hz,
                      upside_down=how.upside_down)  # fmt: skip
    sound = modulate(mv, rate_hz, profile("simulated"), RATE, playing)
    if how.clock != 1.0:
        sound = signal.resample(sound, round(len(sound) / how.clock))
    if how.steps_db:
        steps = np.arange(len(sound)) // (7 * RATE) % 2
        sound = sound * 10 ** (-how.steps_db * steps / 20)
    quiet = np.zeros(3 * RATE // 2)
    sound = np.concatenate([quiet, sound, quiet])
    if how.noise_db is not None:
        size = playing.level / np.sqrt(2) * 10 ** (-how.noise_db / 20)
        sound = sound + np.random.default_rng(seed).normal(0, size, len(sound))
    return sound if how.clip is None else np.clip(sound, -how.clip, how.clip)


def taken(sound: F64, how: Condition) -> list[tuple[Summary, F64, NDArray[np.uint8]]]:
    """Strips of a call, in packets of 20 ms."""
    receiver, events = Receiver(RATE), list[Event]()
    packet = 5 * RATE // 250
    for at in range(0, len(sound), packet):
        hole = how.holes_ms and at >= 7 * RATE and at % (5 * RATE) < how.holes_ms * RATE // 1000
        part = sound[at : at + packet]
        if hole and how.lost:
            events += receiver.lose(len(part))
        else:
            heard = over_a_line(part, how.law)  # type: ignore[arg-type]
            left = max(0, how.holes_ms * RATE // 1000 - at % (5 * RATE)) if hole else 0
            heard[:left] = 0
            events += receiver.feed(heard)
    events += receiver.end()
    found = []
    for closed in (one for one in events if isinstance(one, Closed)):
        parts = [one for one in events if isinstance(one, Samples) and one.strip == closed.summary.number]
        if parts:
            found.append((closed.summary, np.concatenate([one.hz for one in parts]),
                          np.concatenate([one.flags for one in parts])))  # fmt: skip
    return found


def held(mv: F64, rate_hz: float, got: F64, gaps: NDArray[np.bool_]) -> dict[str, Any]:
    """Figures of a strip against what was sent; within 50 ms of a gap and 1 s of the ends not counted."""
    one, two = (
        signal.resample_poly(
            signal.sosfiltfilt(signal.butter(3, [0.5, 40], "band", fs=rate, output="sos"), x - np.median(x)),
            FINE,
            round(rate),
        )
        for x, rate in ((mv, rate_hz), (got, 250.0))
    )
    lags = signal.correlation_lags(len(two), len(one))
    near = np.abs(lags) < 2 * FINE
    lag = int(lags[near][np.argmax(np.abs(signal.correlate(two, one, method="fft")[near]))])
    there = np.repeat(~gaps, FINE // 250)
    one, two, there = one[max(0, -lag) :], two[max(0, lag) :], there[max(0, lag) :]
    count = min(len(one), len(two), len(there))
    one, two = one[:count], two[:count]
    there = np.convolve(~there[:count], np.ones(FINE // 10 | 1), "same") < 0.5
    there[:FINE] = there[-FINE:] = False
    off = []
    tall = np.abs(one) * there
    peaks, _ = signal.find_peaks(
        tall, height=0.5 * np.percentile(np.abs(one[there]), 99), distance=FINE * 3 // 10
    )
    reach = FINE * 3 // 100
    for at in peaks:
        around = slice(max(0, at - reach), at + reach)
        top = around.start + int(np.argmax(np.sign(one[at]) * two[around]))
        off.append(abs(top - at) / FINE * 1000)
    return {
        "correlation": float(np.corrcoef(one[there], two[there])[0, 1]),
        "amplitude": float(one[there] @ two[there] / (one[there] @ one[there])),
        "lag_s": lag / FINE,
        "off_ms": off or [0.0],
    }


def beats(mv: F64, rate_hz: float) -> F64:
    """Where the engine finds beats, in seconds; what is no number is a gap."""
    units = np.clip(np.rint(np.nan_to_num(mv) * 400), -32000, 32000).astype(np.int16)
    units[~np.isfinite(mv)] = INVALID_SAMPLE
    found = analyze(units[:, None], Layout(rate_hz, (Lead("II", 400.0),))).beats
    return np.asarray(found["sample"][found["code"] != ARTEFACT] / rate_hz, np.float64)


def matched(wanted: F64, found: F64) -> NDArray[np.bool_]:
    """Which of the wanted beats have one within 150 ms that no other has."""
    used: set[int] = set()
    hit = np.zeros(len(wanted), bool)
    for number, at in enumerate(wanted):
        near = np.flatnonzero(np.abs(found - at) <= BEAT_S)
        free = [int(one) for one in near if int(one) not in used]
        if free:
            used.add(min(free, key=lambda one: abs(found[one] - at)))
            hit[number] = True
    return hit


def strip_figures(database: str, name: str, how: Condition) -> dict[str, Any]:
    """One strip under one condition."""
    mv, rate = strip_of(database, name)
    if not np.isfinite(mv).all():
        return {"left_out": "samples are missing"}
    found = taken(sent(mv, rate, how, int(name.encode()[-2:].hex(), 16)), how)
    if len(found) != 1:
        return {"strips": len(found)}
    summary, hz, flags = found[0]
    told = {
        "speed": summary.speed,
        "polarity": summary.scale.polarity,
        "gap": summary.gap,
        "snr_db": summary.snr_db,
        "sized": summary.scale.hz_per_mv is not None,
        "clipped": any(one.clipped for one in summary.seconds),
    }
    scale = summary.scale
    known = replace(scale, hz_per_mv=scale.hz_per_mv or 100.0, polarity=scale.polarity or 1)
    got = millivolts(hz, known)
    assert got is not None
    gaps = flags != 0
    played = how.clock * (how.speed if not summary.speed else 1)
    if played != 1.0:
        # Times are the transmitter's clock's: the comparison alone brings them back.
        got = signal.resample(got, round(len(got) * played))
        gaps = np.interp(np.arange(len(got)) / played, np.arange(len(gaps)), gaps) > 0
    figures = held(mv, rate, got, gaps)
    whole = got.copy()
    whole[gaps] = np.nan
    reference, mine = beats(mv, rate), beats(whole, 250.0) - figures["lag_s"]
    holes = np.flatnonzero(gaps) / 250 - figures["lag_s"]
    clear = np.array([not (np.abs(holes - at) < CLEAR_S).any() for at in reference], bool)
    hit = matched(reference, mine)
    figures |= {"beats": len(reference), "found": len(mine), "hit": int(hit.sum())}
    figures |= {"clear": int(clear.sum()), "clear_hit": int((hit & clear).sum())}
    return told | figures


def whole(rows: dict[str, dict[str, Any]], how: Condition) -> dict[str, Any]:
    """Figures of a condition over all strips."""
    good = {name: one for name, one in rows.items() if "correlation" in one}
    off = np.concatenate([one["off_ms"] for one in good.values()])
    total = {
        key: sum(one[key] for one in good.values()) for key in ("beats", "found", "hit", "clear", "clear_hit")
    }
    correlation = np.array([one["correlation"] for one in good.values()])
    amplitude = np.array([one["amplitude"] for one in good.values()])
    speeds = [one["speed"] for one in good.values()]
    turned = [one["polarity"] for one in good.values()]
    return {
        "strips": len(good),
        "not_one_strip": {name: one["strips"] for name, one in rows.items() if "strips" in one},
        "correlation_least": round(float(correlation.min()), 4),
        "correlation_median": round(float(np.median(correlation)), 5),
        "correlation_below_0.995": int((correlation < 0.995).sum()),
        "correlation_below_0.97": int((correlation < 0.97).sum()),
        "amplitude": [round(float(np.abs(amplitude).min()), 3), round(float(np.abs(amplitude).max()), 3)],
        "waves_within_10_ms": round(float(np.mean(off <= 10)), 4),
        "waves_off_ms_p99": round(float(np.percentile(off, 99)), 1),
        "beats_se": round(100 * total["hit"] / total["beats"], 2),
        "beats_se_100_ms_from_gaps": round(100 * total["clear_hit"] / total["clear"], 2),
        "beats_pp": round(100 * total["hit"] / total["found"], 2),
        "speed": {"right": speeds.count(how.speed), "not_told": speeds.count(0),
                  "wrong": len(speeds) - speeds.count(how.speed) - speeds.count(0)},
        "size_not_told": sum(not one["sized"] for one in good.values()),
        "polarity": {"right": turned.count(-1 if how.upside_down else 1), "not_told": turned.count(0),
                     "wrong": turned.count(1 if how.upside_down else -1)},
        "gap_median": round(float(np.median([one["gap"] for one in good.values()])), 4),
        "snr_db_median": float(np.median([one["snr_db"] for one in good.values()])),
        "said_clipped": sum(one["clipped"] for one in good.values()),
    }  # fmt: skip


def main() -> None:
    """Command line."""
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("conditions", nargs="*", help=f"any of {', '.join(CONDITIONS)}; all without")
    words.add_argument("--every", type=int, default=1, help="of the records, only every so many")
    told = words.parse_args()
    if not (DATA / "mitdb").is_dir():
        print(json.dumps({"left_out": f"no {DATA / 'mitdb'}"}))
        return
    report = {}
    for condition in told.conditions or CONDITIONS:
        how = CONDITIONS[condition]
        rows = {name: strip_figures(db, name, how) for db, name in names()[:: told.every]}
        report[condition] = whole(rows, how)
    print(json.dumps({"seconds": SECONDS, "from_s": FROM_S, "conditions": report}, indent=1))


if __name__ == "__main__":
    main()
