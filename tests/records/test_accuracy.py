"""What ``docs/accuracy.md`` tells, pinned: totals of whole databases, as ``einthoven evaluate`` gives them.

Figures of records that may be tuned on may only rise. Those of the report-only ones (DS2 within "all", the
noise stress test) have a tolerance. QRS complexes and classes of mitdb are pinned in ``test_qrs`` and
``test_classes``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from benchmarks.accuracy_figures import GROUPS, total
from tests.records.records import need

from einthoven.bootstrap.evaluate import evaluate

pytestmark = [pytest.mark.records, pytest.mark.slow]
TIMES, EPISODES = ("dur_Se", "dur_PP"), ("ep_Se", "ep_PP")

RHYTHMS = [
    # group of mitdb, rhythm, least time Se and +P, episodes Se and +P, tolerance of time, of episodes
    ("DS1", "AFIB", (96.9, 79.9), (94.0, 89.0), 0.0, 0.0),
    ("DS1", "AF_OR_AFL", (97.4, 97.6), (95.0, 100.0), 0.0, 0.0),
    ("DS1", "VTVF", (92.2, 95.8), (93.5, 96.5), 0.0, 0.0),
    ("all", "AFIB", (93.7, 75.4), (71.7, 80.4), 1.5, 4.0),
    ("all", "VTVF", (89.8, 95.5), (88.0, 98.0), 2.0, 4.0),
]
BEATS = [
    # database, records, kind, least Se and +P, tolerance
    ("svdb", None, "qrs", (99.95, 99.98), 0.0),
    ("svdb", None, "veb", (93.5, 98.3), 0.0),
    ("svdb", None, "sveb", (91.6, 90.7), 0.0),
    ("nstdb", "12 dB", "qrs", (100.0, 99.92), 0.1),
    ("nstdb", "6 dB", "qrs", (99.89, 99.14), 0.3),
    ("nstdb", "0 dB", "qrs", (94.66, 84.59), 0.6),
    ("nstdb", "12 dB", "veb", (99.5, 100.0), 1.0),
]


@cache
def figures(database: str) -> dict[str, Any]:
    told: dict[str, Any] = evaluate(need(database))[database]
    return told


@pytest.mark.parametrize("pin", RHYTHMS, ids=[f"{pin[0]} {pin[1]}" for pin in RHYTHMS])
def test_rhythms_of_mitdb(pin: tuple) -> None:
    group, kind, times, episodes, less, fewer = pin
    gross = figures("mitdb")["groups"][group]["rhythm"][kind]["gross"]
    for names, least, tolerance in ((TIMES, times, less), (EPISODES, episodes, fewer)):
        found = [gross[name] for name in names]
        assert all(a >= b - tolerance for a, b in zip(found, least, strict=True)), (found, least)


@pytest.mark.parametrize("pin", BEATS, ids=[f"{pin[0]} {pin[1] or ''} {pin[2]}" for pin in BEATS])
def test_beats_of_the_other_databases(pin: tuple) -> None:
    database, group, kind, least, tolerance = pin
    records = figures(database)["records"]
    names = list(records) if group is None else GROUPS[group][1]
    found = total(records, names, kind)
    assert all(a >= b - tolerance for a, b in zip(found, least, strict=True)), found


def test_no_hour_of_svdb_shakes() -> None:
    gross = figures("svdb")["groups"]["all"]["rhythm"].get("VF", {"gross": {"test_s": 0.0}})["gross"]
    assert gross["test_s"] == 0
