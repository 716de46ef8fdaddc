"""Service periods read from a data folder (R36)."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.bootstrap.period_folder import T0, make_folder

from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.instants import HOUR
from einthoven.bootstrap.service_records import open_books


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("period") / "center"
    make_folder(made)
    return made


def test_a_period_is_read_from_a_folder_as_it_was(folder: Path) -> None:
    opened = open_books(folder, {1})
    try:
        assert opened.faults == []
        record = opened.record(1, T0 + 40 * HOUR)
        assert opened.periods.named("1") == opened.periods.named("s000001") == 1
    finally:
        opened.close()
    assert (record.patient, record.period, record.exclusive) == ("Month, Mary", 1, True)
    assert record.recorded_s == 600 + 6 * 50
    assert record.longest_s == 600
    assert record.attendance is not None
    assert record.attendance.unproved == ""
    [gap] = record.attendance.gaps
    assert gap.cause == "nobody accepted"
    assert 1 - record.attendance.watched == pytest.approx(1 / (30 * 60))
    assert [one.name for one in record.watchers] == ["Nyx, Ann", "Moss, Ben", "Lake, Cora"]
    assert all(one.qualified and one.in_us for one in record.watchers)
    assert record.notifications is not None
    assert (record.notifications.due, record.notifications.reached, record.notifications.with_action) == (
        5,
        5,
        5,
    )
    assert record.reports is not None
    assert record.reports.daily_made == record.reports.daily_due
    assert record.reports.daily_signed == record.reports.daily_made - 1
    assert record.reports.summary_signed is not None
    assert dict(record.plans) == {"quality": 1, "emergency": 1}
    assert record.supervisor == "Dr. Ada Heart (cardiology, NPI 1234567893)"


def test_a_name_that_means_no_period_is_refused(folder: Path) -> None:
    opened = open_books(folder)
    try:
        for name in ("2", "s000009"):
            with pytest.raises(NotFoundError, match=f"there is no service period {name}"):
                opened.periods.named(name)
        with pytest.raises(InputError):
            opened.periods.named("patient")
    finally:
        opened.close()


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no data folder"):
        open_books(tmp_path)
