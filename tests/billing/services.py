"""A service period as measured, whole, and each thing of it broken or not known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from einthoven.base.instants import DAY, from_iso
from einthoven.billing.facts import ClaimSeen
from einthoven.billing.service import (
    Attendance,
    Earlier,
    Gap,
    Interruption,
    Notifications,
    Reports,
    ServiceRecord,
    Transmission,
    Watcher,
)

START = from_iso("2023-03-01T14:00:00Z")
WATCHER = Watcher(4, "Rhea Rhythm", ("CCT 1234, expires 2027-01-01",), True, "", True)
SERVICE = ServiceRecord(
    stream=17,
    period=3,
    order=1,
    patient="Doe, Jane",
    started=START,
    ended=START + 29 * DAY,
    zone="America/New_York",
    first_day="2023-03-01",
    last_day="2023-03-30",
    recorded_s=28 * 86_400.0,
    longest_s=28 * 86_400.0,
    transmission=Transmission(9_000_000, 0.99, 10.0, 1.2, 8.0),
    attendance=Attendance(1.0, 1.0),
    notifications=Notifications(3, 3, 3, 0),
    reports=Reports(29, 29, 29, 2, 2, 2, True, START + 30 * DAY),
    exclusive=True,
    watchers=(WATCHER,),
    in_us=True,
    supervisor="Sage, Susan, cardiology",
    plans=(("quality", 1), ("emergency", 2), ("continuity", 1)),
)


def variants() -> Iterator[tuple[bool, ServiceRecord, ClaimSeen]]:
    """Whether its order is on file, the record, what the claim says."""
    claim = ClaimSeen(0, False, 1)
    yield True, SERVICE, claim
    yield False, SERVICE, claim
    for seen in (ClaimSeen(), ClaimSeen(2, True, 2)):
        yield True, SERVICE, seen
    sent, told, made = SERVICE.transmission, SERVICE.notifications, SERVICE.reports
    assert sent is not None
    assert told is not None
    assert made is not None
    gap = Gap(START, START + DAY, "nobody had the watch")
    changes: list[dict[str, object]] = [
        {"transmission": None},
        {"transmission": replace(sent, immediate=0.5)},
        {"attendance": None},
        {"attendance": Attendance(0.9, 0.9, (gap,))},
        {"attendance": Attendance(1.0, 1.0, (), "no proof before 2023-03-02")},
        {"notifications": None},
        {"notifications": Notifications(3, 2, 1, 1)},
        {"reports": None},
        {"reports": replace(made, daily_made=20, urgent_made=1, summary_made=False)},
        {"exclusive": None},
        {"exclusive": False},
        {"watchers": ()},
        {"watchers": (replace(WATCHER, qualified=False, credentials=()),)},
        {"in_us": None},
        {"in_us": False},
        {"supervisor": ""},
        {"supervisor": "Sage, Susan, dermatology"},
        {"plans": ()},
        {"recorded_s": 80_000.0},
        {"recorded_s": 80_000.0, "ended": None},
        {"last_day": "2023-04-01"},
        {"last_day": "2023-04-15", "extended": "one episode in six weeks"},
        {"interruptions": (Interruption(START - 2 * DAY, None, "hospital"),)},
        {"earlier": (Earlier("2023-02-10", "2023-02-20", "telemetry", "nothing"),)},
    ]
    for change in changes:
        yield True, replace(SERVICE, **change), claim  # type: ignore[arg-type]
