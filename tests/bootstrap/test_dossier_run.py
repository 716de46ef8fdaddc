"""Records that people ask for on the pages: one after another, each for whoever asked, in its own process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.bootstrap.period_folder import make_folder

from einthoven.base.errors import NotFoundError
from einthoven.bootstrap.dossier_run import FOLDER, KEPT, WAITING_MAX, DossierRun, Job
from einthoven.edges.exchange.bundle import is_archive
from einthoven.edges.web.deps import BusyError
from einthoven.testing.web import HandClock


async def until(true: Callable[[], bool]) -> None:
    """Wait generously."""
    for _ in range(1200):
        if true():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it did not happen within two minutes")


def ended(run: DossierRun, job: int, by: str) -> Callable[[], bool]:
    return lambda: run.state(job, by)["state"] in ("done", "failed")


def test_a_record_is_made_beside_the_center_followed_and_taken_by_who_asked_alone(tmp_path: Path) -> None:
    folder = tmp_path / "center"
    make_folder(folder)

    async def play() -> None:
        clock = HandClock()
        run = DossierRun(folder, clock)
        task = asyncio.create_task(run.run())
        job = run.begin(1, "staff 7")
        assert run.begin(1, "staff 7") == job
        with pytest.raises(NotFoundError, match=r"is (waiting|making)"):
            run.file(job, "staff 7")
        await until(ended(run, job, "staff 7"))
        told = run.state(job, "staff 7")
        assert told["state"] == "done"
        assert told["missing"]
        path, name = run.file(job, "staff 7")
        assert is_archive(path)
        assert name.startswith("record-s000001-")
        assert path.stat().st_mode & 0o077 == 0
        for other in ("staff 8", "console"):
            with pytest.raises(NotFoundError, match="no record 1 of yours"):
                run.file(job, other)
        none = run.begin(99, "staff 7")
        await until(ended(run, none, "staff 7"))
        assert run.state(none, "staff 7")["error"] == "there is no service period s000099"
        clock.move(KEPT / 1e9 + 1)
        run.begin(98, "staff 7")
        assert not path.exists()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(play())


def test_too_many_at_once_are_told_to_come_again(tmp_path: Path) -> None:
    async def play() -> None:
        run = DossierRun(tmp_path, HandClock())
        for stream in range(1, WAITING_MAX + 1):
            run.begin(stream, "staff 7")
        with pytest.raises(BusyError, match="5 records are being made"):
            run.begin(99, "staff 7")

    asyncio.run(play())


def test_a_defect_in_one_record_leaves_the_center_and_the_next_record_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = DossierRun._heard

    def raises(self: DossierRun, job: Job, line: bytes) -> None:
        if job.number == 1:
            raise ValueError("no such line")
        heard(self, job, line)

    monkeypatch.setattr(DossierRun, "_heard", raises)

    async def play() -> None:
        run = DossierRun(tmp_path, HandClock())
        task = asyncio.create_task(run.run())
        first, second = run.begin(1, "staff 7"), run.begin(2, "staff 7")
        await until(ended(run, second, "staff 7"))
        assert run.state(first, "staff 7")["error"] == "a defect here; see the log"
        assert "is no data folder" in str(run.state(second, "staff 7")["error"])
        assert not task.done()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(play())


def test_a_record_of_a_damaged_month_says_all_of_it_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "einthoven_test_child.py"
    child.write_text('import json\nprint(json.dumps({"made": {"damaged": ["segment " * 10] * 5000}}))\n')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("einthoven.bootstrap.dossier_run.CHILD", child.stem)

    async def play() -> None:
        run = DossierRun(tmp_path / "center", HandClock())
        (tmp_path / "center").mkdir()
        task = asyncio.create_task(run.run())
        job = run.begin(1, "staff 7")
        await until(ended(run, job, "staff 7"))
        told = run.state(job, "staff 7")
        assert told["state"] == "done"
        assert len(list(told["damaged"])) == 5000  # type: ignore[call-overload]
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(play())


def child_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """The child is a program of the test's."""
    child = tmp_path / "einthoven_test_child.py"
    child.write_text(f"import json, os, sys\nout = sys.argv[3]\n{body}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("einthoven.bootstrap.dossier_run.CHILD", child.stem)


def test_what_a_killed_child_had_written_is_taken_away_and_what_an_earlier_life_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child_that(tmp_path, monkeypatch, "open(out + '.part', 'w').write('half')\nos.kill(os.getpid(), 9)")
    folder = tmp_path / "center"
    left = folder / FOLDER / "7.zip"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"of an earlier life")

    async def play() -> None:
        run = DossierRun(folder, HandClock())
        task = asyncio.create_task(run.run())
        job = run.begin(1, "staff 7")
        await until(ended(run, job, "staff 7"))
        assert "ended without a word" in str(run.state(job, "staff 7")["error"])
        assert list((folder / FOLDER).iterdir()) == []
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(play())


def test_archives_that_lie_there_give_way_to_samples_the_oldest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody asks for another: the sweep sees by itself that the disk is low, and the hour over."""
    child_that(tmp_path, monkeypatch, "open(out, 'w').write('whole')\nprint(json.dumps({'made': {}}))")
    monkeypatch.setattr("einthoven.bootstrap.dossier_run.SWEEP_S", 0.05)
    folder, used = tmp_path / "center", [0]
    folder.mkdir()

    def free(_folder: Path) -> int:
        lying = len(list((folder / FOLDER).glob("*.zip"))) if (folder / FOLDER).is_dir() else 0
        return 300 - 100 * lying - used[0]

    async def play() -> None:
        clock = HandClock()
        run = DossierRun(folder, clock, keep=100, free=free)
        task = asyncio.create_task(run.run())
        first, second = run.begin(1, "staff 7"), run.begin(2, "staff 7")
        await until(ended(run, second, "staff 7"))
        assert run.state(first, "staff 7")["state"] == "done"
        used[0] = 50
        await until(lambda: run.state(first, "staff 7")["state"] == "failed")
        with pytest.raises(NotFoundError, match="samples need its room"):
            run.file(first, "staff 7")
        path, _name = run.file(second, "staff 7")
        assert path.is_file()
        clock.move(KEPT / 1e9 + 1)
        await until(lambda: not path.exists())
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(play())
