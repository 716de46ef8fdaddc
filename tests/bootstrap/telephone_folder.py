"""A data folder with one service by telephone: strips that count, one struck, one of another patient."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.period_life import Life
from benchmarks.store_bench import beats_at
from tests.bootstrap.period_folder import PATIENT, PHYSICIAN, T0

from einthoven.answering import call_deeds, callers, lapses, strip_deeds
from einthoven.answering.call import Asked, Line, Memory
from einthoven.answering.strip_deeds import Move
from einthoven.base.deeds import CENTER, Json
from einthoven.base.instants import HOUR, MINUTE, SECOND
from einthoven.bootstrap.serve import FACTS_FILE
from einthoven.center.call_world import Part
from einthoven.center.enroll import end_service, enroll
from einthoven.center.ports import ClockFix
from einthoven.edges.store.call_sound import CallTapes
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.log import LogSettings
from einthoven.edges.store.sealed import Sources
from einthoven.edges.store.store import Store, StoreSettings
from einthoven.testing.store_suite import batch_of

RATE, LENGTH = 250, 30


class Caller:
    """One patient's calls as deeds, at instants after the beginning."""

    def __init__(self, life: Life) -> None:
        self.life, self.book, self.at = life, life.books.calls, T0

    def do(self, drafts: Any, actor: str = CENTER) -> None:
        self.life.do(drafts, actor, self.at)

    def call(self, after: int, *streams: int, escalated: int = 0) -> int:
        """A call that is taken after 7 s (and 20 s for each escalation), with a strip for each stream."""
        self.at, number = T0 + after, self.book.next_call
        self.do(call_deeds.rang(self.book, Line.SIP, "+16175550101", "+16175550199", "t", self.at))
        for _ in range(escalated):
            self.at += 20 * SECOND
            self.do(call_deeds.due(self.book, self.at, {}))
        self.at += 7 * SECOND
        self.do(call_deeds.take(self.book, number, 1, 1), "staff 1")
        self.do(call_deeds.tie(self.book, number, 1, 1, "asked"), "staff 1")
        felt = Asked(
            "palpitations", 2, "climbing stairs", "it raced", self.at - MINUTE, Memory.BEFORE, "none"
        )
        self.do(call_deeds.ask(self.book, number, 1, felt, self.at, T0), "staff 1")
        for strip, stream in enumerate(streams, 1):
            began = self.at
            self.at += LENGTH * SECOND
            told: dict[str, Json] = {
                "snr_db": 24.5,
                "gap_s": 0.4,
                "speed": 1,
                "hz_per_mv": 100.0,
                "millivolts": True,
                "notes": [],
                "seconds": [],
            }
            self.do(call_deeds.strip(self.book, number, strip, began, self.at, LENGTH * RATE, told, []))
            if stream != 1:
                self.do(
                    strip_deeds.move(
                        self.book, Move(number, strip, stream, "asked", "her neighbour's", {}), 1
                    ),
                    "staff 1",
                )
            start = (began - T0) * RATE // SECOND
            self.do(call_deeds.placed(self.book, number, strip, stream, start, start + LENGTH * RATE))
        self.at += MINUTE
        self.do(call_deeds.hung(self.book, number, "the caller hung up", self.at))
        return number

    def close(self, number: int, outcome: str, note: str = "") -> None:
        self.at += MINUTE
        self.do(call_deeds.close(self.book, number, 1, outcome, note, {}), "staff 1")


def make_telephone_folder(folder: Path, hours: int = 30, *, lapse: bool = True, calls: bool = True) -> Life:
    """A center with one patient who telephoned; ``lapse``: for ten minutes nobody was there."""
    folder.mkdir(mode=0o700, parents=True)
    stop = T0 + hours * HOUR
    facts = Facts(folder / FACTS_FILE, T0)
    enroll(facts, {"patient": PATIENT, "physician": PHYSICIAN, "telephone": {"profile": ""}}, T0)
    facts.record_fixes([ClockFix(1, 0, T0, 0), ClockFix(1, hours * 3600 * RATE, stop, 0)])
    life = Life(facts, 1, T0, stop)
    life.people()
    life.plans()
    caller = Caller(life)
    caller.do([callers.told(1, "271828", ("+16175550101",), "")])
    if lapse:
        caller.at = T0 + 5 * HOUR
        caller.do(lapses.look(caller.book.lapses, "nobody who answers is signed in at a station", caller.at))
        caller.at += 10 * MINUTE
        caller.do(lapses.look(caller.book.lapses, None, caller.at))
    if calls:
        _calls(caller, folder)
    end_service(facts, 1, stop)
    life.facts.journal.alive(stop + HOUR)
    facts.flush()
    store_strips(folder, caller, facts)
    facts.close()
    return life


def _calls(caller: Caller, folder: Path) -> None:
    first = caller.call(HOUR, 1, escalated=2)
    caller.close(first, "strip taken")
    struck = caller.call(2 * HOUR, 1)
    caller.do(strip_deeds.strike(caller.book, struck, 1, 1, "a test of the recorder", {}), "staff 1")
    caller.close(struck, "no strip", "she tried the recorder")
    both = caller.call(3 * HOUR, 1, 2)
    caller.close(both, "strip taken")
    caller.at = T0 + 4 * HOUR
    missed = caller.book.next_call
    caller.do(call_deeds.rang(caller.book, Line.SIP, "+16175550101", "+16175550199", "t", caller.at))
    caller.do(call_deeds.hung(caller.book, missed, "the caller hung up", caller.at))
    caller.at += MINUTE
    caller.do(call_deeds.take(caller.book, missed, 2, 2), "staff 2")
    caller.do(call_deeds.tie(caller.book, missed, 2, 1, "number"), "staff 2")
    tapes = CallTapes(RealDisk(folder))
    sound = np.full(8000, 0xFF, np.uint8).tobytes()
    tapes.write([(number, [Part("mu", T0 + HOUR, sound)]) for number in (first, struck, both)])


def store_strips(folder: Path, caller: Caller, facts: Facts) -> None:
    """The samples of the strips that lie in the patient's ECG."""
    known = facts.stream(1)
    assert known is not None
    layout = known.layout
    sources = Sources(lambda _: layout, lambda _, sample: T0 + sample * SECOND // RATE, beats_at)
    store = Store(RealDisk(folder), sources, StoreSettings(3600.0, log=LogSettings(reserve_bytes=1 << 20)))
    for call in caller.book.calls.values():
        for one in call.strips:
            if one.stream == 1 and one.start is not None and one.stop is not None:
                store.log.commit([batch_of([(1, one.start, one.stop)], leads=1)])
    store.archive.end(1, T0)
    while store.archive.seal_due(T0 + 10**18, 16).sealed:
        pass
    store.close()
