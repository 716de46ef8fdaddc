"""``make bench``: its summary finds every figure where the parts put it, and misses none silently."""

from __future__ import annotations

import argparse
import importlib
from typing import Any

import pytest
from benchmarks.__main__ import FIGURES, PARTS, figures
from benchmarks.capacity import Watcher


def nested(path: tuple[str, ...], value: object) -> Any:
    for step in reversed(path):
        value = {step: value}
    return value


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_found_where_its_part_puts_it(name: str) -> None:
    assert FIGURES[name][0] in PARTS
    assert figures(nested(FIGURES[name], 7.5)) == {name: 7.5}


def test_parts_that_failed_or_did_not_run_leave_their_figures_out() -> None:
    assert figures({"capacity": {"failed": 1, "stderr": "x"}, "store": "nothing"}) == {}


def test_transmitters_a_core_follow_from_the_cpu_a_patient_takes() -> None:
    watcher = Watcher.__new__(Watcher)
    watcher.idle_rss = 100_000_000
    cpu = 'einthoven_thread_cpu_seconds_total{thread="loop"}'
    watcher.taken = [(10.0, 1.0, 0, {cpu: 1.0}), (20.0, 2.0, 300_000_000, {cpu: 1.5})]
    told = watcher.figures(2000)
    assert told["server_cpu_us_per_patient_second"] == 50.0
    assert told["transmitters_a_core"] == 20_000
    assert told["by_thread"] == {"loop": 25.0}
    assert told["memory_kb_per_patient"] == 100.0


@pytest.mark.parametrize("part", [part for part in PARTS if len(PARTS[part]) > 1])
def test_a_part_understands_its_words(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, *words = PARTS[part]
    monkeypatch.setattr("sys.argv", [module, *words])
    understood = argparse.ArgumentParser.parse_args

    def only_parse(self: argparse.ArgumentParser, *given: Any) -> Any:
        understood(self, *given)
        raise KeyboardInterrupt

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", only_parse)
    with pytest.raises(KeyboardInterrupt):
        importlib.import_module(module).main()
