"""Alarms of intensive care, true or false: ``python -m benchmarks.cinc2015 [DATADIR]``, JSON.

Each record of the challenge of 2015 ends its fifth minute in an alarm of a bedside monitor. The live analysis
sees the first five minutes of the ECG leads, second by second, and nothing of what comes after; the pulse
signals are left out. An alarm counts as borne out when a finding of ``KINDS`` was told by then, was not taken
back, and still held within the last ``BACK_S`` seconds. The score is that of the challenge:
``100 · (TP + TN) / (TP + TN + FP + 5 · FN)``.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import numpy as np

from einthoven.base.thresholds import shipped
from einthoven.ecg.bay import Bay, judges_of
from einthoven.ecg.findings import COLUMNS, Fold
from einthoven.edges.exchange.records import read_record

DATA = Path(os.environ.get("EINTHOVEN_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
ALARM_S = 300
BACK_S = 10.0
"""The challenge's own: what an alarm is about began at most ten seconds before it."""
WAVES = {"ventricular-fibrillation", "ventricular-flutter"}
RUNS = {
    "ventricular-tachycardia",
    "nonsustained-ventricular-tachycardia",
    "sustained-ventricular-tachycardia",
    "torsade-de-pointes",
}
KINDS = {
    "Asystole": {"asystole"},
    "Bradycardia": {"extreme-bradycardia", "asystole"},
    "Tachycardia": {"extreme-tachycardia"} | RUNS,
    "Ventricular_Tachycardia": RUNS | WAVES,
    "Ventricular_Flutter_Fib": WAVES,
}
"""What bears an alarm out."""


def told(record, seconds=ALARM_S):
    """Findings as they stood after so many seconds, the withdrawn ones left out."""
    layout, leads = record.layout, len(record.layout.leads)
    count = int(seconds * layout.rate_hz)
    bay = Bay(layout.rate_mhz, leads, slots=1, judges=judges_of(shipped()))
    slot, one, rows = bay.take(layout), np.ones(1, np.int64), []
    samples = np.ascontiguousarray(record.samples[:count]).reshape(-1)
    bay.advance(one * slot, samples, one * 0, one * 0, one * count, told=rows)
    known = Fold()
    for part in rows:
        known.add(part[:, :COLUMNS])
    return known.findings()


def bears_out(finding, alarm, rate_hz):
    """Whether a finding says that the alarm was right."""
    ended = finding.end is not None and finding.end < (ALARM_S - BACK_S) * rate_hz
    if ended:
        return False
    return finding.kind.name in KINDS[alarm]


def truth(header):
    """``(alarm, whether it was true)`` from a record's header."""
    notes = [line[1:].strip() for line in header.read_text().splitlines() if line.startswith("#")]
    return notes[0], notes[1].startswith("True")


def rated(counts):
    tp, fn, fp, tn = (counts[key] for key in ("TP", "FN", "FP", "TN"))
    return {
        **counts,
        "TPR": round(100 * tp / (tp + fn), 1) if tp + fn else None,
        "TNR": round(100 * tn / (tn + fp), 1) if tn + fp else None,
        "score": round(100 * (tp + tn) / (tp + tn + fp + 5 * fn), 1),
    }


def score(folder):
    """Counts and score of each alarm and of all; which records are wrong."""
    each = {alarm: dict.fromkeys(("TP", "FN", "FP", "TN"), 0) for alarm in KINDS}
    wrong = []
    for header in sorted(folder.glob("*.hea")):
        alarm, true = truth(header)
        record = read_record(str(header))
        said = any(bears_out(finding, alarm, record.layout.rate_hz) for finding in told(record))
        cell = ("TP" if said else "FN") if true else ("FP" if said else "TN")
        each[alarm][cell] += 1
        if said != true:
            wrong.append(f"{header.stem} {cell}")
    whole = {key: sum(counts[key] for counts in each.values()) for key in ("TP", "FN", "FP", "TN")}
    return {"all": rated(whole), **{alarm: rated(counts) for alarm, counts in each.items()}, "wrong": wrong}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA / "cinc2015")
    print(json.dumps(score(parser.parse_args().folder), indent=1))


if __name__ == "__main__":
    main()
