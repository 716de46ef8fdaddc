"""``make bench``: every figure of ``docs/benchmarks.md`` as one JSON object.

Takes minutes on any machine; the long capacity runs are ``python -m benchmarks.capacity`` alone.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PARTS: dict[str, list[str]] = {
    "analysis": ["benchmarks.analysis_bench"],
    "store": ["benchmarks.store_bench"],
    "fanout": ["benchmarks.fanout_bench"],
    "capacity": ["benchmarks.capacity", "--transmitters", "2000", "--seconds", "60", "--segment-s", "30"],
    "quarter_second_frames": [
        "benchmarks.capacity", "--transmitters", "2000", "--seconds", "40", "--frame", "0.25", "--no-browser",
    ],
    "storm": [
        "benchmarks.capacity", "--transmitters", "2000", "--seconds", "60", "--storm", "1000", "--no-browser",
    ],
}  # fmt: skip


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
    result: dict[str, Any] = {"python": platform.python_version(), "machine": platform.processor()}
    for name in given.parts or PARTS:
        if name not in PARTS:
            parser.error(f"no part {name!r}: want any of {', '.join(PARTS)}")
        print(f"benchmarks: {name} …", file=sys.stderr)
        result[name] = run(PARTS[name])
    print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
