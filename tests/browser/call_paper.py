"""A center whose patients telephone, on paper: calls, strips that grow, a voice, recordings handed in."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from tests.browser import duty
from tests.browser.paper_center import STREAM, PaperCenter
from tests.browser.paper_desk import PaperDesk

from einthoven.base.ids import stream_name

RATE = 250
ASKING = Path(__file__).parents[2] / "frontend" / "src" / "telephone" / "asking.ts"
SYMPTOMS = re.findall(
    r'^  \["([a-z-]+)", "[a-z ]+"\],$', ASKING.read_text("utf-8").split("SEVERITIES")[0], re.M
)
"""As the page offers them."""
ROE, DOE = stream_name(101), stream_name(102)
PATIENTS = [
    {
        "stream": ROE,
        "patient": "Roe, Richard",
        "born": "1951-03-09",
        "code": "482913",
        "numbers": ["+12155550142"],
        "last_ms": None,
    },
    {
        "stream": DOE,
        "patient": "Doe, Jane",
        "born": "1948-11-30",
        "code": "100227",
        "numbers": ["+12155550177", "+12155550178"],
        "last_ms": None,
    },
]
INSTRUCTIONS = [
    {
        "id": "begin",
        "title": "Send a strip: acoustic recorder, ordinary telephone",
        "when": "the recorder plays its tone once, in the time it recorded",
        "lines": [
            "This is the heart center. You speak with a technician.",
            "What is your name, and your date of birth?",
            "Sit down, and hold the recorder as you were shown.",
            "Press the button to send, and lay the telephone's mouthpiece on the recorder now.",
            "Keep still, and do not speak until the tone has stopped.",
        ],
    },
    {"id": "again", "title": "once more", "lines": ["The tone was too weak.", "Press the telephone closer."]},
]


def heart(seconds: float, bpm: float = 74.0) -> list[int]:
    """A plain rhythm in one lead, µV, 250 a second."""
    at = np.arange(round(seconds * RATE)) / RATE
    beat = 60.0 / bpm
    phase = at % beat
    waves = ((0.10, 0.16, 0.022), (-0.12, 0.235, 0.008), (1.1, 0.26, 0.010), (-0.25, 0.29, 0.011))
    trace = sum(high * np.exp(-0.5 * ((phase - place) / wide) ** 2) for high, place, wide in waves)
    trace = trace + 0.28 * np.exp(-0.5 * ((phase - 0.48) / 0.045) ** 2) + 0.03 * np.sin(2 * np.pi * 0.25 * at)
    return [round(float(value) * 1000) for value in trace]


def call(number: int, now: float, **change: Any) -> dict[str, Any]:
    """A call that rings, of a number that one patient has."""
    return {
        "call": number,
        "line": "sip",
        "caller": "+12155550142",
        "called": "+12155550100",
        "rang_ms": now - 12_000,
        "state": "ringing",
        "due_ms": now + 8_000,
        "escalated": 0,
        "alarm": {"priority": "medium", "since_ms": now - 12_000},
        "taken_by": None,
        "taken_ms": None,
        "offered_to": None,
        "station": None,
        "stream": None,
        "patient": "",
        "tied": "",
        "digits": "",
        "asked": {},
        "strips": [],
        "guesses": [{"stream": ROE, "patient": "Roe, Richard", "born": "1951-03-09", "how": "number"}],
        "ended_ms": None,
        "why": "",
        "outcome": "",
        "note": "",
        "closed_ms": None,
        "closes_ms": None,
        "tries": [],
        "earlier": [],
    } | change


class CallPaper:
    """A paper center with a telephone.

    Attributes:
        strips: µV of each strip by (call, strip), with None where nothing was received.
        facts: what else is told of a strip.
        handed: names of recordings that came in.
        answer: what a recording is answered with, None for a new call.
        spoken: bytes of the technician's voice.
        older, more: closed calls of days before, by the number below which they are; what else the list says.
        voice: what the line's socket does: ``open`` or a code with which it is closed.
    """

    def __init__(self) -> None:
        self.paper = PaperCenter()
        self.desk = PaperDesk(self.paper)
        self.desk.watch_all([])
        self.desk.put["me"] |= {"permissions": [*duty.me()["permissions"], "read.case", "telephone.answer"]}
        self.strips: dict[tuple[int, int], list[int | None]] = {}
        self.facts: dict[tuple[int, int], dict[str, Any]] = {}
        self.handed: list[str] = []
        self.answer: tuple[int, dict[str, Any]] | None = None
        self.patients: list[dict[str, Any]] = list(PATIENTS)
        self.closed: list[dict[str, Any]] = []
        self.older: dict[int, tuple[list[dict[str, Any]], int | None]] = {}
        self.more: dict[str, Any] = {}
        self.spoken = bytearray()
        self.voice: int | str = "open"
        self.desk.put["center"] = {
            "name": "einthoven",
            "continuity": None,
            "sound": {},
            "standby_alarm": False,
            "telephone": True,
        }
        self.desk.done = self._acted
        self.paper.center.app.router.routes[:0] = [
            Route("/api/desk/telephone", self._list, methods=["GET"]),
            Route("/api/desk/telephone/{call:int}", self._one, methods=["GET"]),
            Route("/api/telephone/files", self._hand, methods=["POST"]),
            Route("/api/telephone/{call:int}/strip/{strip:int}", self._strip, methods=["GET"]),
            WebSocketRoute("/telephone/{call:int}/voice", self._voice),
        ]

    @property
    def url(self) -> str:
        """Where it is."""
        return self.paper.url

    @property
    def now(self) -> float:
        """Center time, ms."""
        return float(self.paper.center.clock.wall() / 1e6)

    def start(self) -> CallPaper:
        """Serve."""
        self.paper.start()
        return self

    def stop(self) -> None:
        """End it."""
        self.paper.stop()

    def say(self, number: int, **change: Any) -> None:
        """A call comes, or something of it has changed."""
        key = f"telephone:{number}"
        one = self.desk.put.get(key) or call(number, self.now)
        self.desk.say({key: one | change})

    def drop(self, number: int) -> None:
        """It is told no more."""
        self.desk.say(drop=[f"telephone:{number}"])

    def grow(self, number: int, strip: int, values: list[int | None], **facts: Any) -> None:
        """So much of a strip has come."""
        self.strips[number, strip] = values
        self.facts[number, strip] = self.facts.get((number, strip), {}) | facts

    def asked(self, act: str) -> list[Any]:
        """Bodies of an act, in order."""
        return [body for name, body in self.desk.acts if name == act]

    def _acted(self, act: str, body: Any) -> None:
        """What follows of the acts of a call, as the desk's rules have it."""
        key = f"telephone:{body.get('call')}"
        one = self.desk.put.get(key)
        if not act.startswith("telephone.") or one is None:
            return
        nobody = {"alarm": None, "due_ms": None}
        if act == "telephone.take":
            state = "ended" if one["state"] in ("missed", "unfinished", "ended") else "taken"
            change = {"state": state, "taken_by": duty.RUIZ, "taken_ms": self.now, "station": 2} | nobody
        elif act == "telephone.tie":
            who = next(one for one in self.patients if one["stream"] == body["stream"])
            change = {"stream": who["stream"], "patient": who["patient"], "tied": "asked"}
        elif act == "telephone.ask":
            change = {"asked": {name: value for name, value in body.items() if name != "call"}}
        elif act == "telephone.hang":
            change = {"state": "ended", "ended_ms": self.now, "why": "hung up here"}
        elif act == "telephone.strike":
            strips = [
                each | ({"struck": body["why"]} if each["number"] == body["strip"] else {})
                for each in one["strips"]
            ]
            change = {"strips": strips}
        elif act == "telephone.close":
            change = {
                "state": "closed",
                "closed_ms": self.now,
                "outcome": body["outcome"],
                "note": body["note"],
            }
        else:
            return
        self.desk.tell({key: one | change})

    async def _list(self, request: Request) -> Response:
        calls, more = self.older.get(int(request.query_params.get("before", "0")), (self.closed, None))
        told = {"now_ms": self.now, "calls": calls, "patients": self.patients, "more": more}
        on = {} if "before" in request.query_params else self.more
        return JSONResponse(told | {"instructions": INSTRUCTIONS} | on)

    async def _one(self, request: Request) -> Response:
        number = request.path_params["call"]
        found = self.desk.put.get(f"telephone:{number}")
        closed = [*self.closed, *(one for calls, _more in self.older.values() for one in calls)]
        found = found or next((one for one in closed if one["call"] == number), None)
        if found is None:
            return JSONResponse({"error": f"there is no telephone call {number}"}, 404)
        told = {"now_ms": self.now, "call": found, "patients": self.patients}
        return JSONResponse(told | {"instructions": INSTRUCTIONS})

    async def _hand(self, request: Request) -> Response:
        self.handed.append(request.query_params["name"])
        await request.body()
        if self.answer is not None:
            return JSONResponse(self.answer[1], self.answer[0])
        number = 90 + len(self.handed)
        self.desk.tell(
            {
                f"telephone:{number}": call(
                    number,
                    self.now,
                    line="file",
                    caller="",
                    called=self.handed[-1],
                    state="ended",
                    alarm=None,
                    due_ms=None,
                    taken_by=duty.RUIZ,
                    guesses=[],
                )
            }
        )
        return JSONResponse({"ok": True, "call": number}, 201)

    async def _strip(self, request: Request) -> Response:
        key = (request.path_params["call"], request.path_params["strip"])
        if key not in self.strips:
            return JSONResponse({"error": f"no strip {key[1]} in call {key[0]}"}, 404)
        start = int(request.query_params.get("from", "0"))
        values = self.strips[key]
        told = {
            "strip": key[1],
            "from": start,
            "total": len(values),
            "open": True,
            "unit": "uV",
            "scale": 1,
            "values": values[start:],
            "flags": [0 if value is not None else 1 for value in values[start:]],
            "centre_hz": 1903.4,
            "speed": 1,
            "quality": None,
            "stored": True,
            "found": [],
            "analysed": None,
            "why": "",
        }
        return JSONResponse(told | self.facts.get(key, {}))

    async def _voice(self, socket: WebSocket) -> None:
        await socket.accept()
        if isinstance(self.voice, int):
            await socket.close(self.voice)
            return
        await socket.send_text(json.dumps({"type": "open", "call": 1, "rate": 8000}))
        tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(160) / 8000)).astype("<i2").tobytes()
        try:
            while True:
                await socket.send_bytes(tone)
                try:
                    got = await asyncio.wait_for(socket.receive_bytes(), 0.02)
                except TimeoutError:
                    continue
                self.spoken += got
        except (WebSocketDisconnect, RuntimeError):
            return


def quality(seconds: int, **change: Any) -> dict[str, Any]:
    """How good a strip was, of which the fourth second is noisy."""
    every = [
        {"at": at, "snr_db": 4.0 if at == 3 else 31.0 + at % 3, "gap": 0.0, "lost": 0.0, "clipped": False}
        for at in range(seconds)
    ]
    told = {"millivolts": True, "hz_per_mv": 100.0, "polarity": "higher is positive", "speed": 1}
    rest = {"snr_db": 32.0, "gap": 0.0, "complete": True, "band_hz": [0.05, 40.0], "notes": []}
    return told | rest | {"seconds": every} | change


__all__ = ["DOE", "ROE", "STREAM", "SYMPTOMS", "CallPaper", "call", "heart", "quality"]
