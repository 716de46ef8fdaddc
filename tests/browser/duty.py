"""What a desk tells on a night shift: people, watches, patients, cases; for pages over a paper desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from einthoven.base.ids import stream_name

RUIZ, SATO, ODE = {"id": 3, "name": "Ruiz, T."}, {"id": 4, "name": "Sato, M."}, {"id": 9, "name": "Ode, K."}
NOBODYS, HIS, OFFERED, LATCHED, ALARMED, MEDIUM = 2, 3, 4, 5, 6, 7
"""Places in the list of streams: whom nobody watches, whom Sato does, who is offered, whose alarms are
lit."""


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
    place = {"roles": ["technician"], "station": who["id"], "site": "Boston", "held": held}
    return who | place | {"limit": 40, "warn": 32, "since_ms": 1.7e12, "alive": True} | change


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
            put[f"watch:{place + 1}"] |= {"by": SATO, "from": SATO, "offered_to": RUIZ, "state": "offered_on"}
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
        "continuity": {"shift_pct": 99.9987, "since_ms": now - 5 * 3_600_000},
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
    put["legs"] = {
        "legs": [
            {"name": "finding to display", "limit_s": 5, "p50_s": 0.9, "p95_s": 1.4, "n": 41, "missed": 0},
            {"name": "display to held", "limit_s": 60, "p50_s": 14, "p95_s": 44, "n": 39, "missed": 0},
            {"name": "verdict to call", "limit_s": 120, "p50_s": 31, "p95_s": 131, "n": 12, "missed": 1},
        ],
        "about_to_miss": [{"case": 12, "leg": "display to held", "left_s": 11}],
    }
    return put
