"""The call room: what lines tell, on the disk first, then heard, shown and put where it belongs (R6, R8).

Implements ``call_ports.Switchboard``, ``FileRoom`` and ``Voice``. No clock and no thread of its own; all
calls on the event loop but ``tape``. What is decided about calls is ``answering.call_deeds``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from einthoven.answering import call_deeds
from einthoven.answering.call import Call, Line, Strip
from einthoven.answering.call_book import HUNG, LEFT, TAKEN, CallBook
from einthoven.base.deeds import CENTER, Deed, Draft
from einthoven.base.errors import NotFoundError, RefusedError, StoreError
from einthoven.base.ids import StreamId
from einthoven.base.instants import SECOND, Instant
from einthoven.center.call_ear import Began, CallEar, Heard, Pressed, Whole
from einthoven.center.call_live import Live, merged
from einthoven.center.call_ports import Ear, HandedIn, Law, LineCall, Sounds
from einthoven.center.call_reading import HeardOfFile, ReadAgain, as_said, heard_of_file, name_of
from einthoven.center.call_room_world import CallWorld
from einthoven.center.call_strips import StripSoFar, gather, look
from einthoven.center.call_world import Part
from einthoven.telephone.profiles import Profile
from einthoven.telephone.quality import as_json

BEHIND: Final = 5 * SECOND
"""So long sound may wait to be stored and heard before the center says that it is behind."""
KEPT: Final = 200
"""Calls whose strips stay in memory once they are over; others are read again when somebody looks."""
AGAIN: Final = 60 * SECOND
"""A call in whose sound a strip is missing is read again after so long."""
RESTARTED: Final = "the center was restarted"


@dataclass(slots=True)
class _Strips:
    """Strips of a call, and by which recorder they were read."""

    profile: str
    strips: dict[int, StripSoFar] = field(default_factory=dict)
    others: dict[int, str] = field(default_factory=dict)
    """Those of them that another recorder read: they are another patient's."""

    def read_by(self, strip: int) -> str:
        """The recorder that a strip was read by."""
        return self.others.get(strip, self.profile)


class CallRoom:
    """Every call of a center."""

    def __init__(self, world: CallWorld) -> None:
        self._world = world
        self._live: dict[int, Live] = {}
        self._strips: dict[int, _Strips] = {}
        self._reading: set[int] = set()
        self._asked: dict[int, tuple[str, Instant]] = {}
        self._writing = False
        self._listeners = 0
        self.after: Callable[[], None] = lambda: None
        world.desk.listeners.append(self._deed)
        world.desk.books.call_work.unheard = self.unheard

    @property
    def book(self) -> CallBook:
        """Calls as they stand."""
        return self._world.desk.books.calls

    def _tell(self, drafts: Sequence[Draft]) -> None:
        if drafts:
            self._world.desk.commit(drafts, CENTER, self._world.clock.wall())

    # ---- starting ----------------------------------------------------------------------------------------

    def start(self) -> None:
        """After a start: lines of an earlier life are down, and their sound is read again."""
        for call in list(self.book.live()):
            if call.on_line:
                self._tell(call_deeds.hung(self.book, call.number, RESTARTED, self._world.clock.wall()))
            self.read_again(call.number)

    def read_again(self, number: int, by: tuple[Profile | None, ...] = ()) -> None:
        """Read a call's sound from the disk, by a recorder if one is given; tell what reads differently."""
        if number in self._reading or number in self._live:
            return
        call = self.book.call(number)
        profile = by[0] if by else self.recorder(call, call.stream)
        self._reading.add(number)

        def done(read: ReadAgain | None, error: Exception | None) -> None:
            self._reading.discard(number)
            if read is None:
                if not isinstance(error, NotFoundError) and error is not None:
                    self._world.failed("call", error)
                self._strips.setdefault(number, _Strips(name_of(profile)))
                return
            earlier = self._strips.get(number)
            revisions = (
                {} if earlier is None else {one.number: one.revision for one in earlier.strips.values()}
            )
            known = self._keep(number, name_of(profile))
            for strip in read.strips.values():
                strip.revision += revisions.get(strip.number, 0) + 1  # what pages hold of it is told anew
                before = self.book.call(number).strip(strip.number)
                strip.found = read.found.get(strip.number, [])
                known.strips[strip.number] = strip
                if by and before is not None and not self._is_of(number, before, profile):
                    if earlier is not None and strip.number in earlier.strips:
                        known.strips[strip.number] = earlier.strips[strip.number]
                        known.others[strip.number] = earlier.read_by(strip.number)
                elif before is None or before.closed_at is None or _otherwise(before, strip):
                    self._tell_strip(number, strip)
            if read.digits and not self.book.call(number).digits:
                self._tell(call_deeds.keyed(self.book, number, read.digits))

        self._world.reader.do(lambda: self._read(call, profile), done)

    def _read(self, call: Call, profile: Profile | None) -> ReadAgain:
        """On the reading thread: everything of a call once more."""
        if call.line is Line.FILE:
            digest, _, channel = call.trace.partition("/")
            if self._world.filed is None:
                raise NotFoundError("recordings are not on file here")
            rate, sound = self._world.filed.again(digest, int(channel or 0))
            heard, _ = heard_of_file(rate, sound, profile, call.rang_at)
        else:
            ear = CallEar(profile)
            heard = [*ear.take(self._world.tapes.read(call.number)), *ear.end()]
        strips: dict[int, StripSoFar] = {}
        whole = gather(strips, heard)
        found = {one.number: look(one, self._world.thresholds) for one in whole}
        return ReadAgain(strips, found, "".join(one.digit for one in heard if isinstance(one, Pressed)))

    def recorder(self, call: Call, stream: StreamId | None) -> Profile | None:
        """By which recorder the strips of a call are read: the one that a person named, the patient's, that
        of whoever calls from the number; None: by none."""
        world = self._world
        own = world.profile_from(call.caller) if stream is None else world.profile_of(stream)
        return as_said(call.played, own)

    def _is_of(self, number: int, strip: Strip, profile: Profile | None) -> bool:
        """Whether a strip is of whoever has this recorder."""
        call = self.book.call(number)
        stream = call.stream_of(strip)
        return stream is None or name_of(self.recorder(call, stream)) == name_of(profile)

    def _keep(self, number: int, profile: str) -> _Strips:
        known = self._strips[number] = _Strips(profile)
        for old in [one for one in self._strips if one not in self.book.open and one not in self._live]:
            if len(self._strips) <= KEPT:
                break
            del self._strips[old]
        return known

    # ---- lines (``call_ports.Switchboard``) --------------------------------------------------------------

    def rings(self, call: LineCall) -> int:
        """A call came; its number.

        Raises:
            RefusedError: there is no room for another.
        """
        if sum(one.line is not None for one in self._live.values()) >= self._world.calls_most:
            self._world.tally.add("calls_refused", call.line)
            raise RefusedError("busy", f"{self._world.calls_most} calls are on the line")
        number, now = self.book.next_call, self._world.clock.wall()
        profile = self._world.profile_from(call.caller)
        ear = CallEar(profile)
        line = Line(call.line)
        self._tell(call_deeds.rang(self.book, line, call.caller, call.called, call.trace, now))
        self._live[number] = Live(number, call, ear)
        self._keep(number, name_of(profile))
        self._world.tally.add("calls", call.line)
        return number

    def sound(self, number: int, law: Law, payload: bytes) -> None:
        """The next sound of the caller."""
        live = self._live.get(number)
        if live is None or live.over or not payload:
            return
        if not live.sounded:
            live.sounded = True
            self._tell(call_deeds.heard(self.book, number))
        self._add(live, Part(law, self._world.clock.wall(), bytes(payload)))
        for _, ear in list(live.ears.values()):
            ear.heard(law, payload)

    def lost(self, number: int, samples: int) -> None:
        """The line lost so many samples here."""
        live = self._live.get(number)
        if live is None or live.over or samples <= 0:
            return
        self._world.tally.add("call_samples_lost", amount=samples)
        self._add(live, Part("lost", self._world.clock.wall(), b"", samples))
        for _, ear in list(live.ears.values()):
            ear.missed(samples)

    def pressed(self, number: int, digit: str) -> None:
        """The patient pressed a key, as the line tells it."""
        live = self._live.get(number)
        if live is not None and not live.over and len(digit) == 1 and digit.isascii():
            self._add(live, Part("key", self._world.clock.wall(), digit.encode()))

    def ended(self, number: int, why: str) -> None:
        """The caller hung up, or the line failed."""
        live = self._live.get(number)
        if live is not None and not live.over:
            self._down(live, why)
            self._tell(call_deeds.hung(self.book, number, why, self._world.clock.wall()))

    def _down(self, live: Live, why: str) -> None:
        live.over, live.line = True, None
        ears, live.ears = live.ears, {}
        for _, ear in ears.values():
            ear.over(why)

    def _add(self, live: Live, part: Part) -> None:
        if live.since is None:
            live.since = part.at
        live.waiting.append(part)

    # ---- store, then hear --------------------------------------------------------------------------------

    def turn(self) -> None:
        """Some ten times a second: what came goes to the disk, then to the ears."""
        for live in list(self._live.values()):
            if live.over and not (live.waiting or live.writing):
                self._hear(live)
        self.after()
        chunks = [(one.number, merged(one.waiting)) for one in self._live.values() if one.waiting]
        if self._writing or not chunks:
            return
        self._writing = True
        for number, _ in chunks:
            live = self._live[number]
            live.waiting, live.writing = [], True

        def done(failed: dict[int, StoreError] | None, error: Exception | None) -> None:
            self._writing = False
            for number, parts in chunks:
                why = error if failed is None else failed.get(number)
                self._written(self._live[number], parts, why)

        self._world.disk.do(lambda: self._world.tapes.write(chunks), done)

    def _written(self, live: Live, parts: Sequence[Part], error: Exception | None) -> None:
        live.writing = False
        if error is not None:
            self._world.tally.add("call_sound_not_stored", amount=sum(part.samples for part in parts))
            if live.stored:
                self._world.failed("call sound not stored", error)
            live.stored = False
            for strip in self._strips[live.number].strips.values():
                strip.stored = strip.stored and strip.summary is not None
        live.to_hear += parts
        self._hear(live)

    def _hear(self, live: Live) -> None:
        """Let its ear hear what is on the disk, and what could not be stored just as well."""
        end = live.over and not live.waiting and not live.writing
        if live.hearing or not (live.to_hear or end):
            return
        parts, live.to_hear, live.hearing = live.to_hear, [], True

        def work() -> list[Heard]:
            heard = live.ear.take(parts)
            return [*heard, *live.ear.end()] if end else heard

        def done(told: list[Heard] | None, error: Exception | None) -> None:
            live.hearing = False
            if told is None:
                self._world.failed("call", error or RuntimeError("no answer"))
            else:
                self._heard(live, told)
            live.since = (
                live.waiting[0].at if live.waiting else (live.to_hear[0].at if live.to_hear else None)
            )
            if end:
                self._live.pop(live.number, None)
                self._world.disk.do(lambda: self._world.tapes.close(live.number), lambda _none, _error: None)
            else:
                self._hear(live)

        self._world.ears.do(work, done)

    def _heard(self, live: Live, heard: Sequence[Heard]) -> None:
        number, known = live.number, self._strips[live.number]
        whole = gather(known.strips, heard)
        for one in heard:
            match one:
                case Pressed(digit):
                    live.digits += digit
                    self._tell(call_deeds.keyed(self.book, number, live.digits))
                case Began():
                    known.strips[one.strip].stored = live.stored
                    self._tell(call_deeds.opened(self.book, number, one.strip, one.at))
                case Whole() | _:
                    pass
        for strip in whole:
            self._looked(number, strip)

    def _looked(self, number: int, strip: StripSoFar) -> None:
        """A strip is complete: look at it, then tell."""

        def done(found: Any, error: Exception | None) -> None:
            if error is not None:
                self._world.failed("strip", error)
            strip.found = found or []
            self._tell_strip(number, strip)

        self._world.ears.do(lambda: look(strip, self._world.thresholds), done)

    def _tell_strip(self, number: int, strip: StripSoFar) -> None:
        done = strip.summary
        if done is None or strip.closed_at is None:
            return
        times = strip.opened_at, strip.closed_at, len(strip.hz)
        self._world.tally.add("strips")
        self._tell(call_deeds.strip(self.book, number, strip.number, *times, as_json(done), strip.found))

    # ---- recordings (``call_ports.FileRoom``) ------------------------------------------------------------

    def file(self, handed: HandedIn, sound: Sounds) -> int:
        """A call of the line ``file``, taken by who handed it in; its number."""
        number, now = self.book.next_call, self._world.clock.wall()
        profile = self._world.profile_from(handed.caller)
        trace = f"{handed.digest}/{handed.channel}"
        whose = handed.person, handed.station
        self._tell(call_deeds.handed_in(self.book, handed.name, handed.caller, trace, *whose, now))
        known = self._keep(number, name_of(profile))
        self._world.tally.add("calls", Line.FILE.value)

        def work() -> HeardOfFile:
            heard, why = heard_of_file(handed.rate, sound, profile, now)
            strips: dict[int, StripSoFar] = {}
            for strip in gather(strips, heard):
                strip.found = look(strip, self._world.thresholds)
            return heard, why, strips

        def done(
            told: tuple[list[Heard], str, dict[int, StripSoFar]] | None, error: Exception | None
        ) -> None:
            if told is None:
                why = f"it could not be read: {error}"
                self._world.failed("call", error or RuntimeError(why))
            else:
                heard, why, known.strips = told
                digits = "".join(one.digit for one in heard if isinstance(one, Pressed))
                self._tell(call_deeds.keyed(self.book, number, digits))
                for strip in known.strips.values():
                    self._tell_strip(number, strip)
            self._tell(call_deeds.hung(self.book, number, why, self._world.clock.wall()))

        self._world.reader.do(work, done)
        return number

    def filed(self, digest: str) -> int | None:
        """The last call that the same bytes came in as; None: never."""
        same = [
            call.number
            for call in self.book.calls.values()
            if call.line is Line.FILE and call.trace.partition("/")[0] == digest
        ]
        return max(same, default=None)

    # ---- who speaks (``call_ports.Voice``) ---------------------------------------------------------------

    def listen(self, number: int, person: int, ear: Ear) -> Callable[[], None]:
        """Hear the caller from now on.

        Raises:
            NotFoundError: there is no such call.
            RefusedError: its line is down, or this person does not have it.
        """
        call, live = self.book.call(number), self._live.get(number)
        if live is None or live.line is None:
            raise RefusedError("state", f"the line of call {number} is down")
        if not call.held or call.taken_by != person:
            raise RefusedError("held", f"call {number} is not yours")
        self._listeners += 1
        mine = self._listeners
        live.ears[mine] = (person, ear)
        return lambda: live.ears.pop(mine, None) and None

    def speak(self, number: int, person: int, sound: NDArray[np.int16]) -> None:
        """Say something to the caller."""
        live = self._live.get(number)
        call = self.book.calls.get(number)
        here = live is not None and call is not None and call.held and call.taken_by == person
        if here and live is not None and live.line is not None:
            live.line.speak(sound)

    def _deed(self, deed: Deed) -> None:
        """What people decided, as it concerns the line."""
        if deed.kind not in (TAKEN, HUNG, LEFT):
            return
        live = self._live.get(int(str(deed.body["call"])))
        if live is None or live.line is None:
            return
        if deed.kind == LEFT:
            ears, live.ears = live.ears, {}
            for _, ear in ears.values():
                ear.over("nobody has the call now")
        elif deed.kind == TAKEN:
            for mine, (person, ear) in list(live.ears.items()):
                if person != deed.body["person"]:
                    del live.ears[mine]
                    ear.over("somebody else has the call now")
            live.line.answer()
        elif not live.over:
            line, why = live.line, str(deed.body["why"])
            self._down(live, why)
            line.hang_up(why)

    # ---- what pages ask ----------------------------------------------------------------------------------

    def strip(self, number: int, strip: int, since: int) -> dict[str, Any]:
        """A strip from a sample on.

        Raises:
            NotFoundError: there is no such call or strip.
        """
        call, known = self.book.call(number), self._strips.get(number)
        if known is not None and strip in known.strips:
            return known.strips[strip].shown(since)
        told = call.strip(strip)
        if told is None:
            raise NotFoundError(f"call {number} has no strip {strip}")
        if known is None:
            self.read_again(number)
        gone = StripSoFar(strip, told.opened_at, closed_at=told.closed_at).shown(0)
        return gone | {
            "open": False,
            "why": "its sound is read again" if known is None else "its sound is lost",
        }

    def tape(self, number: int) -> list[Part]:
        """The raw sound of a call as its line gave it; any thread.

        Raises:
            NotFoundError: none is kept.
            StoreDamagedError: it is damaged.
        """
        return self._world.tapes.read(number)

    def whole(self, number: int, strip: int, profile: Profile | None) -> StripSoFar | None:
        """A complete strip as a recorder reads it; None where it was read by another, or not yet."""
        known = self._strips.get(number)
        found = None if known is None else known.strips.get(strip)
        if known is None or found is None or found.summary is None:
            return None
        calibrated = found.scale.source == "calibration" and number in self._live
        return found if known.read_by(strip) == name_of(profile) or calibrated else None

    def again_by(self, number: int, profile: Profile | None) -> None:
        """Read a call anew by a patient's own recorder; once in ``AGAIN`` where that gives no strip."""
        if number in self._live or number in self._reading:
            return
        now, name = self._world.clock.wall(), name_of(profile)
        before, at = self._asked.get(number, ("", 0))
        if before == name and at <= now < at + AGAIN:
            return
        self._asked[number] = name, now
        self.read_again(number, (profile,))

    def unheard(self, number: int) -> bool:
        """Whether sound of a call is still to be heard: a strip may come of it."""
        return number in self._live or number in self._reading

    def unready(self) -> list[str]:
        """What is wrong with calls, a line each."""
        now, told = self._world.clock.wall(), []
        behind = max((now - one.since for one in self._live.values() if one.since is not None), default=0)
        if behind > BEHIND:
            told.append(f"the sound of calls is {behind // SECOND} s behind")
        if any(not one.stored for one in self._live.values()):
            told.append("the sound of a call is not stored")
        return told

    @property
    def busy(self) -> bool:
        """Whether sound waits to be stored or heard."""
        return self._writing or any(one.waiting or one.writing or one.hearing for one in self._live.values())

    @property
    def on_line(self) -> int:
        """Calls whose line is up."""
        return sum(one.line is not None for one in self._live.values())


def _otherwise(before: Strip, strip: StripSoFar) -> bool:
    """Whether a strip that lies in no ECG yet reads otherwise than it was told: by another recorder."""
    return before.waits and strip.summary is not None and before.quality != as_json(strip.summary)
