"""Alarms of intensive care, true or false: ``python -m benchmarks.cinc2015 [DATADIR]``, JSON.

The live analysis sees the first five minutes of the ECG leads and nothing of what comes after; the pulse
signals are left out. How alarms are judged, and the score of the challenge of 2015, stands in
``einthoven.ecg.alarms_score``; ``einthoven evaluate`` says the same of them at length.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from einthoven.ecg.alarms_score import alarm_of, alarms_report, judge_alarm
from einthoven.edges.exchange.records import read_record
from einthoven.edges.exchange.wfdb_files import read_header

DATA = Path(os.environ.get("EINTHOVEN_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


def score(folder):
    """Counts and score of each alarm and of all; which records are wrong."""
    judged = {}
    for header in sorted(folder.glob("*.hea")):
        record = read_record(str(header))
        judged[header.stem] = judge_alarm(
            record.samples, record.layout, *alarm_of(read_header(header.with_suffix("")).comments)
        )
    wrong = [f"{name} {one.cell}" for name, one in judged.items() if one.borne_out != one.true]
    return {**alarms_report(judged)["alarms"], "wrong": wrong}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA / "cinc2015")
    print(json.dumps(score(parser.parse_args().folder), indent=1))


if __name__ == "__main__":
    main()
