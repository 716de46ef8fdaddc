"""What a desk tells on a night shift: people, watches, patients, cases; for pages over a paper desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from einthoven.base.ids import stream_name

RUIZ, SATO, ODE = {"id": 3, "name": "Ruiz, T."}, {"id": 4, "name": "Sato, M."}, {"id": 9, "name": "Ode, K."}
NOBODYS, HIS, OFFERED, LATCHED, ALARMED, MEDIUM = 2, 3, 4, 5, 6, 7
"""Places in the list of streams: whom nobody watches, whom Sato does, who is offered, whose alarms are
lit."""
OFFER = 101
"""Number of the watch that is offered; the one that it would follow stands beside it."""


def me(**change: Any) -> dict[str, Any]:
    """The technician at desk 2."""
    return {
        "sign_in": "in",
        "staff": RUIZ | {"roles": ["technician"], "practice": None},
        "permissions": ["read.ecg", "read.wall", "watch.hold"],
        "csrf": "c5rf",
        "session": {"until_ms": 4e12, "locked": False},
        "station": {"id": 2, "name": "desk 2", "site": "Boston"},
        "qualified": {"ok": True, "reasons": []},
        "demo": False,
        "audio": {"paused_until_ms": None},
        "watches": {"held": 33, "limit": 40, "warn": 32},
    } | change


def person(who: dict[str, Any], held: int, **change: Any) -> dict[str, Any]:
    """Somebody at a station."""
    place = {"roles": ["technician"], "station": f"desk {who['id']}", "site": "Boston", "held": held}
    return who | place | {"limit": 40, "warn": 32, "since_ms": 1.7e12, "alive": True} | change


def center(number: int, name: str, **change: Any) -> dict[str, Any]:
    """Another center that is trusted, and answers."""
    told = {"id": number, "name": name, "alive": True, "silent_since_ms": None}
    return told | {"lent": 0, "watching": 0, "guests": 0} | change


def watch(number: int, stream: int, now: float, **change: Any) -> dict[str, Any]:
    """A watch that Ruiz holds."""
    return {
        "id": number,
        "stream": stream_name(stream),
        "patient": f"Patient, {stream}",
        "state": "held",
        "by": RUIZ,
        "station": 2,
        "offered_to": None,
        "from": None,
        "since_ms": now - 3_600_000,
        "proof_ms": None,
        "overdue": False,
        "why": "",
    } | change


def patient(stream: int, **change: Any) -> dict[str, Any]:
    """A patient who is watched and displayed."""
    return {
        "stream": stream_name(stream),
        "patient": f"Patient, {stream}",
        "watched": True,
        "displayed": True,
        "unwatched_since_ms": None,
        "known_af": False,
        "alarm_paused_until_ms": None,
        "criteria": None,
    } | change


def case(number: int, stream: int, now: float, **change: Any) -> dict[str, Any]:
    """An open case whose alarm is active."""
    return {
        "id": number,
        "stream": stream_name(stream),
        "patient": f"Patient, {stream}",
        "group": "vt",
        "title": "Ventricular tachycardia, 182 /min, 12 s",
        "tier": "emergent",
        "priority": "high",
        "state": "open",
        "onset_ms": now - 30_000,
        "opened_ms": now - 20_000,
        "due_ms": now + 100_000,
        "escalated": False,
        "held_by": None,
        "held_ms": None,
        "findings": [],
        "met": [],
        "symptom": None,
        "alarm": {
            "state": "active",
            "since_ms": now - 20_000,
            "acknowledged_by": None,
            "acknowledged_ms": None,
        },
        "verdict": None,
        "overread": None,
        "notification": None,
    } | change


def put_for(streams: Sequence[int], now: float) -> dict[str, Any]:
    """A shift in which something is the matter with some of the patients."""
    put: dict[str, Any] = {"me": me()}
    for place, stream in enumerate(streams):
        key = stream_name(stream)
        put[f"patient:{key}"] = patient(stream)
        put[f"watch:{place + 1}"] = watch(place + 1, stream, now)
        if place == NOBODYS:
            put[f"patient:{key}"] = patient(stream, watched=False, unwatched_since_ms=now - 12_000)
            del put[f"watch:{place + 1}"]
        if place == HIS:
            put[f"watch:{place + 1}"] |= {"by": SATO, "station": 4}
        if place == OFFERED:
            put[f"watch:{place + 1}"] |= {"by": SATO, "offered_to": RUIZ, "state": "offered_on"}
            offer = {"by": None, "station": None, "from": SATO, "offered_to": RUIZ, "state": "offered"}
            put[f"watch:{OFFER}"] = watch(OFFER, stream, now, **offer)
    for number, place, change in (
        (12, ALARMED, {}),
        (13, MEDIUM, {"priority": "medium", "tier": "urgent", "title": "Supraventricular run, 160 /min"}),
        (14, LATCHED, {"priority": "medium", "title": "Pause, 3.2 s"}),
    ):
        if place < len(streams):
            put[f"case:{number}"] = case(number, streams[place], now, **change)
    if len(streams) > LATCHED:
        put["case:14"]["alarm"] |= {"state": "latched"}
    put["person:3"] = person(RUIZ, 33)
    put["person:4"] = person(SATO, 11)
    put["person:9"] = person(ODE, 0, roles=["supervisor"], limit=40)
    put["center"] = {
        "name": "einthoven",
        "continuity": {
            "shift_pct": 99.9987,
            "since_ms": now - 5 * 3_600_000,
            "today_pct": 99.9991,
            "today_since_ms": now - 9 * 3_600_000,
            "incidents": 1,
        },
        "sound": {},
        "standby_alarm": False,
    }
    put["incident:5"] = {
        "id": 5,
        "stream": stream_name(streams[0]),
        "patient": f"Patient, {streams[0]}",
        "kind": "watch lost",
        "cause": "page hidden",
        "since_ms": now - 600_000,
        "until_ms": now - 588_000,
        "closed_by": None,
        "note": "",
    }
    put["legs"] = legs(now)
    return put


def legs(now: float) -> dict[str, Any]:
    """What the legs took this shift, and who has the least time left."""

    def leg(tier: str, name: str, limit: float, took: list[float], n: int, missed: int) -> dict[str, Any]:
        shares = dict(zip(("p50_s", "p90_s", "p95_s", "p99_s"), took, strict=True))
        within = round((n - missed) / n * 100, 3)
        return {"tier": tier, "name": name, "limit_s": limit, "n": n, "missed": missed, **shares} | {
            "within_pct": within
        }

    def runs(case_: int, tier: str, name: str, spent: float, left: float, about: bool) -> dict[str, Any]:
        told = {"case": case_, "stream": "s000001", "patient": "Patient, 1", "tier": tier, "leg": name}
        return told | {"since_ms": now - spent * 1000, "due_ms": now + left * 1000, "about": about}

    shift = [
        leg("emergent", "criterion met to finding", 10, [1.2, 2.9, 3.3, 4.8], 7, 0),
        leg("emergent", "finding to displayed", 5, [0.9, 1.2, 1.3, 1.4], 7, 0),
        leg("emergent", "displayed to held", 120, [14, 39, 44, 51], 7, 0),
        leg("emergent", "verdict to call started", 120, [31, 98, 119, 131], 7, 1),
        leg("urgent", "finding to displayed", 5, [0.9, 1.2, 1.3, 1.4], 34, 0),
        leg("urgent", "held to verdict", 600, [41, 120, 190, 322], 34, 0),
    ]
    return {
        "windows": [
            {"name": "hour", "since_ms": now - 3_600_000, "legs": []},
            {"name": "shift", "since_ms": now - 5 * 3_600_000, "legs": shift},
            {"name": "day", "since_ms": now - 86_400_000, "legs": shift},
        ],
        "running": [
            runs(14, "urgent", "call started to reached", 3700, -100, True),
            runs(12, "emergent", "displayed to held", 79, 41, False),
            runs(11, "daily", "displayed to held", 3_000, 25_800, False),
        ],
        "open": 3,
    }
