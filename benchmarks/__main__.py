"""``make bench``: every figure of ``docs/benchmarks.md`` as one JSON object.

Takes about a quarter of an hour; the long capacity runs are ``python -m benchmarks.capacity`` alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PARTS: dict[str, list[str]] = {
    "link": ["benchmarks.link_bench"],
    "analysis": ["benchmarks.analysis_bench"],
    "store": ["benchmarks.store_bench", "--streams", "5000", "--seconds", "10", "--sealed", "8"],
    "journal": ["benchmarks.journal_bench", "--lines", "20000"],
    "fanout": ["benchmarks.fanout_bench", "--seconds", "5"],
    "displays": ["benchmarks.displays_bench"],
    "desk": ["benchmarks.desk_bench"],
    "report": ["benchmarks.report_bench"],
    "dossier": ["benchmarks.dossier"],
    "review": ["benchmarks.review_bench", "--days", "1", "--no-browser"],
    "telephone": ["benchmarks.telephone_bench"],
    "telephone_accuracy": ["benchmarks.telephone_accuracy", "--every", "4"],
    "telephone_false": ["benchmarks.telephone_false"],
    "backlog": ["benchmarks.backlog_bench", "--hours", "2", "--alone", "6"],
    "capacity": [
        "benchmarks.capacity", "--transmitters", "2000", "--seconds", "45", "--ramp", "10",
        "--segment-s", "30",
    ],
    "quarter_second_frames": [
        "benchmarks.capacity", "--transmitters", "2000", "--seconds", "20", "--ramp", "10", "--frame", "0.25",
        "--no-browser",
    ],
    "storm": [
        "benchmarks.capacity", "--transmitters", "2000", "--seconds", "25", "--ramp", "10", "--storm", "1000",
        "--no-browser",
    ],
}  # fmt: skip
FIGURES: dict[str, tuple[str, ...]] = {
    "transmitters_a_core": ("capacity", "server", "transmitters_a_core"),
    "server_cpu_us_per_patient_second": ("capacity", "server", "server_cpu_us_per_patient_second"),
    "server_cpu_us_by_step": ("capacity", "server", "by_thread"),
    "memory_kb_per_patient": ("capacity", "server", "memory_kb_per_patient"),
    "frame_to_durable_ack_ms_p50": ("capacity", "load", "ack_ms_p50"),
    "frame_to_durable_ack_ms_p99": ("capacity", "load", "ack_ms_p99"),
    "sample_to_browser_beyond_frame_ms": ("capacity", "wall", "latency_ms", "beyond_frame"),
    "backlog_times_real_time": ("backlog", "times_real_time"),
    "live_delayed_by_backlog_ms": ("backlog", "live_delayed_ms"),
    "displays_checked_share_of_a_core": ("displays", "share_of_a_core"),
    "desk_worklist_ms_p99": ("desk", "worklist_ms", "p99"),
    "desk_ledger_ms_p99": ("desk", "ledger_ms", "p99"),
    "relabelled_24_h_recomputed_ms": ("review", "recomputed_24_h", "whole_ms_p50"),
    "daily_report_s": ("report", "daily", "from_samples_s"),
    "report_of_30_days_s": ("report", "end", "from_days_s"),
    "record_on_request_of_30_days_s": ("dossier", "whole_s"),
    "calls_a_core": ("telephone", "calls_a_core"),
    "calls_200_most_behind_ms": ("telephone", "most_behind_ms"),
    "false_strips_an_hour_of_each_kind": ("telephone_false", "false_strips"),
    "uplink_kbit_per_s": ("link", "uplink_kbit_per_s_over_tls"),
    "raw_megabytes_per_patient_day": ("store", "stored", "raw_megabytes_per_patient_day"),
    "stored_megabytes_per_patient_day": ("store", "stored", "megabytes_per_patient_day"),
    "seek_ms_10_s_in_30_days": ("store", "seek", "window_10s_ms_p50"),
    "seek_ms_1_h_in_30_days": ("store", "seek", "window_1h_ms_p50"),
    "seek_ms_all_30_days": ("store", "seek", "envelope_all_ms_p50"),
}
"""What the parts found that is worth a glance, by where it stands in them."""


def figures(parts: dict[str, Any]) -> dict[str, Any]:
    """The figures that are there, of the parts that ran."""
    found = {}
    for name, path in FIGURES.items():
        value: Any = parts
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        if value is not None:
            found[name] = value
    return found


def run(command: list[str]) -> Any:
    """What a benchmark printed, or why it did not."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    start = done.stdout.find("{")
    try:
        return json.loads(done.stdout[start:])
    except ValueError:
        return {"failed": done.returncode, "stderr": done.stderr[-1500:]}


def main() -> int:
    """Run the parts asked for, in order."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", help=f"any of {', '.join(PARTS)}; all without")
    given = parser.parse_args()
    machine = {"python": platform.python_version(), "machine": platform.processor(), "cores": os.cpu_count()}
    result: dict[str, Any] = {}
    for name in given.parts or PARTS:
        if name not in PARTS:
            parser.error(f"no part {name!r}: want any of {', '.join(PARTS)}")
        print(f"benchmarks: {name} …", file=sys.stderr)
        result[name] = run(PARTS[name])
    print(json.dumps(machine | {"figures": figures(result)} | result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
