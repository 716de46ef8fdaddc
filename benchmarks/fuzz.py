"""Fuzzing of what a transmitter's bytes reach first: frames, batches, payloads, the center's session.

``python -m benchmarks.fuzz --seconds 60`` prints JSON and exits 1 with the input in hex where a target fails.
Coverage-guided with atheris where that is installed (``pip install atheris``; it is no dependency of the
project); else hypothesis shapes and spoils frames for the same time.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.fuzz_targets import TARGETS, corpus
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = 400
INPUT_MAX = 4_096


@dataclass
class Outcome:
    """What became of one target.

    Attributes:
        inputs: how many were tried.
        failure: the failing input, or None; ``detail`` says how it failed.
        edges: covered edges, where the engine counts them.
    """

    inputs: int = 0
    failure: bytes | None = None
    detail: str = ""
    edges: int | None = None

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        told: dict[str, Any] = {"inputs": self.inputs}
        if self.edges is not None:
            told["edges"] = self.edges
        if self.failure is not None:
            told |= {"failing_input": self.failure.hex(), "detail": self.detail}
        return told


def spoilt(target: str) -> st.SearchStrategy[bytes]:
    """Inputs near the corpus: bytes set, cut out, doubled, two inputs spliced; and plain garbage."""

    def spoil(given: tuple[bytes, bytes, list[tuple[int, int, int]]]) -> bytes:
        data, other = bytearray(given[0]), given[1]
        for kind, place, value in given[2]:
            at = place % (len(data) + 1)
            if kind < 5 and at < len(data):
                data[at] = value if kind < 3 else data[at] ^ (1 << value % 8)
            elif kind == 5:
                del data[at : at + value]
            elif kind == 6:
                data[at:at] = data[at : at + value]
            elif kind == 7:
                data[at:] = other[place % (len(other) + 1) :]
        return bytes(data[: 4 * INPUT_MAX])

    seeds = st.sampled_from(corpus(target))
    steps = st.lists(st.tuples(st.integers(0, 7), st.integers(0, INPUT_MAX), st.integers(0, 255)), max_size=8)
    return st.one_of(st.tuples(seeds, seeds, steps).map(spoil), st.binary(max_size=400))


def with_hypothesis(
    target: str, seconds: float, examples: int = EXAMPLES, act: Callable[[bytes], None] | None = None
) -> Outcome:
    """Spoil inputs until the time is up, each turn with another seed.

    Args:
        target: whose corpus.
        seconds: how long; one turn at the least.
        examples: inputs a turn.
        act: what takes them, in the target's place.
    """
    outcome, act = Outcome(), act or TARGETS[target]
    for data in corpus(target):
        _try(outcome, act, data)
    until, turn = time.monotonic() + seconds, 0
    while outcome.failure is None and (turn == 0 or time.monotonic() < until):
        turn += 1

        @seed(turn)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(spoilt(target))
        def one_turn(data: bytes) -> None:
            outcome.inputs += 1
            try:
                act(data)
            except Exception as error:
                outcome.failure, outcome.detail = data, repr(error)[:500]
                raise

        try:
            one_turn()
        except Exception:  # noqa: BLE001  # told in the outcome, with the smallest input that hypothesis found
            break
    return outcome


def _try(outcome: Outcome, act: Any, data: bytes) -> None:
    outcome.inputs += 1
    try:
        act(data)
    except Exception as error:  # noqa: BLE001  # whatever escapes from the link is a finding
        outcome.failure, outcome.detail = data, repr(error)[:500]


def with_atheris(target: str, seconds: float) -> Outcome:
    """Coverage-guided, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="einthoven-fuzz-") as name:
        folder = Path(name)
        seeds, found = folder / "seeds", folder / "found"
        seeds.mkdir()
        found.mkdir()
        for number, data in enumerate(corpus(target)):
            (seeds / f"{number:04d}").write_bytes(data)
        command = [sys.executable, "-m", "benchmarks.fuzz_atheris", target]
        command += [f"-max_total_time={max(1, round(seconds))}", f"-max_len={4 * INPUT_MAX}", "-timeout=20"]
        command += ["-print_final_stats=1", f"-artifact_prefix={found}/"]
        command += [str(folder), str(seeds)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        return _atheris_outcome(done, found)


def _atheris_outcome(done: subprocess.CompletedProcess[str], found: Path) -> Outcome:
    said = done.stderr + done.stdout
    units = re.findall(r"number_of_executed_units:\s*(\d+)", said)
    edges = re.findall(r"cov: (\d+)", said)
    outcome = Outcome(int(units[-1]) if units else 0, edges=int(edges[-1]) if edges else None)
    artefacts = sorted(found.iterdir())
    if artefacts or done.returncode:
        outcome.failure = artefacts[0].read_bytes() if artefacts else b""
        lines = [line for line in said.splitlines() if "Error" in line or "ERROR" in line]
        outcome.detail = " | ".join(lines[-3:])[:500] or said[-500:]
    return outcome


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="in all, shared by the targets")
    parser.add_argument("--target", choices=sorted(TARGETS), action="append", help="only this one")
    parser.add_argument("--engine", choices=("atheris", "hypothesis"))
    given_ = parser.parse_args()
    there = importlib.util.find_spec("atheris") is not None
    engine = given_.engine or ("atheris" if there else "hypothesis")
    if not there:
        print("fuzz: atheris is not installed: shaped frames of hypothesis instead", file=sys.stderr)
    run = with_atheris if engine == "atheris" else with_hypothesis
    targets = given_.target or list(TARGETS)
    outcomes = {target: run(target, given_.seconds / len(targets)) for target in targets}
    failed = [target for target, outcome in outcomes.items() if outcome.failure is not None]
    report = {"engine": engine, "seconds": given_.seconds, "ok": not failed}
    print(json.dumps(report | {target: outcome.as_json() for target, outcome in outcomes.items()}, indent=1))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
