"""One media stream from its first frame to its end: what the listener is told becomes a call."""

from __future__ import annotations

from collections import Counter
from typing import Final, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from einthoven.base.errors import InputError, RefusedError
from einthoven.center.call_ports import Switchboard
from einthoven.edges.telephony.media_frames import (
    SPEECH,
    Connected,
    Dtmf,
    Frame,
    Media,
    Passed,
    Start,
    Stop,
    cleared,
    parse,
    spoken,
)
from einthoven.edges.telephony.media_lines import MediaLine
from einthoven.edges.telephony.media_order import Lost, Out, Sequence
from einthoven.edges.telephony.sip_offer import plain_number

LOG = structlog.get_logger("einthoven.media")
EARLY_MOST: Final = 50
"""Frames that may come before the one that says what they are."""
FAULTS_TOLD: Final = 5
"""Faulty frames of a stream that are logged, a line each; the rest are counted."""
FAULTS_MOST: Final = 500
"""Faulty frames after which a stream is no stream."""
CALL_MOST: Final = 4 * 3600 * 8000
"""Samples: a call that is longer was forgotten by somebody."""
CALLER: Final = ("caller", "from", "From", "callerNumber", "caller_number", "Caller")
CALLED: Final = ("called", "to", "To", "calledNumber", "called_number", "Called")
HUNG_UP: Final = "the caller hung up"
CUT: Final = "the connection to the telephony service was lost"
IDLE: Final = "no sound came any more"
TOO_LONG: Final = "it lasted longer than four hours"

BAD_DATA: Final = 1008
GOING: Final = 1001
TOO_BIG: Final = 1009
TRY_AGAIN: Final = 1013
NORMAL: Final = 1000


class Wire(Protocol):
    """The connection below."""

    def send_text(self, text: str) -> bool:
        """Queue a frame; False: it was dropped, the other side does not read."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close after what was queued; doing it again does nothing."""
        ...


class OpenStreams:
    """Streams that are open, by id: two may not claim one."""

    def __init__(self) -> None:
        self.calls: dict[str, MediaCall] = {}
        self.counts: Counter[str] = Counter()


class MediaCall:
    """A stream; implements ``center.call_ports.LineCall`` once it said what it is.

    Args:
        wire: the connection.
        line: that brought it.
        board: the center.
        streams: those that are open.
    """

    line: str = "media"

    def __init__(self, wire: Wire, line: MediaLine, board: Switchboard, streams: OpenStreams) -> None:
        self._wire = wire
        self._of = line
        self._board = board
        self._streams = streams
        self._start: Start | None = None
        self._early: list[Media | Dtmf | Passed] = []
        self._order = Sequence()
        self._by_chunk: bool | None = None
        self._faults = 0
        self._rest = np.zeros(0, np.int16)
        self.number: int | None = None
        self.over = False

    @property
    def caller(self) -> str:
        """Number of the caller, as the service hands it on; ``""`` where it is withheld."""
        return plain_number(self._told(self._of.caller_parameter, CALLER))

    @property
    def called(self) -> str:
        """The number that was dialled, as the service hands it on, or as the line's settings say."""
        return self._told(self._of.called_parameter, CALLED) or self._of.called

    @property
    def trace(self) -> str:
        """Id of the stream at the service, and of the call."""
        start = self._start
        return "" if start is None else f"{start.stream} {start.call}".strip()

    @property
    def counts(self) -> Counter[str]:
        """What was wrong with its frames."""
        return self._order.counts + Counter({"faults": self._faults})

    def answer(self) -> None:
        """It was answered by its service already."""

    def hang_up(self, why: str) -> None:
        """Close the stream; the service goes on as it was told to, which is to hang up."""
        if self.over:
            return
        if self._start is not None:
            self._wire.send_text(cleared(self._start.stream, snake=self._start.snake))
        self._end(why, NORMAL, tell=False)

    def speak(self, sound: NDArray[np.int16]) -> None:
        """Sound for the caller, in frames of 20 ms; what is over waits for the next."""
        start = self._start
        if self.over or start is None:
            return
        whole = np.concatenate([self._rest, np.asarray(sound, np.int16)])
        stop = len(whole) - len(whole) % SPEECH
        self._rest = whole[stop:]
        for first in range(0, stop, SPEECH):
            frame = spoken(whole[first : first + SPEECH], start.law, start.stream, snake=start.snake)
            if not self._wire.send_text(frame):
                self._streams.counts["unspoken"] += 1

    # ---- what comes ---------------------------------------------------------------------------------------

    def received(self, text: str | bytes) -> None:
        """A frame of the service. What is wrong with one is told and counted; the call goes on."""
        if self.over:
            return
        try:
            self._take(parse(text))
        except InputError as error:
            self.fault(str(error))

    def fault(self, what: str) -> None:
        """A frame that is none."""
        if self.over:
            return
        self._faults += 1
        self._streams.counts["faults"] += 1
        if self._faults <= FAULTS_TOLD:
            LOG.warning("media_frame_refused", line=self._of.name, call=self.number, why=what)
        if self._start is None and (what.startswith("start:") or self._faults >= EARLY_MOST):
            self._end(what, BAD_DATA)
        elif self._faults >= FAULTS_MOST:
            self._end(f"{self._faults} frames could not be read, the last: {what}", BAD_DATA)

    def lost(self) -> None:
        """The connection is gone without a word."""
        self._end(CUT, NORMAL)

    def end(self, why: str) -> None:
        """The center is stopping."""
        self._end(why, GOING)

    def idle(self) -> None:
        """Nothing came for as long as a stream may be still."""
        self._end(IDLE if self._start is not None else "no start frame came", BAD_DATA)

    def _take(self, frame: Frame) -> None:
        match frame:
            case Connected():
                return
            case Start():
                self._begin(frame)
            case Stop():
                self._end(HUNG_UP if self._start is not None else "it stopped before it started", NORMAL)
            case Media() | Dtmf() | Passed():
                if self._start is None:
                    if len(self._early) >= EARLY_MOST:
                        raise InputError("start: is missing")
                    self._early.append(frame)
                else:
                    self._go_on(frame)

    def _begin(self, start: Start) -> None:
        if self._start is not None:
            raise InputError("start: came again")
        if start.stream in self._streams.calls:
            self._streams.counts["claimed_twice"] += 1
            LOG.warning("media_stream_claimed_twice", line=self._of.name, stream=start.stream)
            self._end(f"stream {start.stream} is open already", BAD_DATA)
            return
        self._start = start
        try:
            self.number = self._board.rings(self)
        except RefusedError as error:
            self._streams.counts["busy"] += 1
            LOG.warning("media_call_refused", line=self._of.name, stream=start.stream, why=error.detail)
            self._end(error.detail, TRY_AGAIN)
            return
        self._streams.calls[start.stream] = self
        self._streams.counts["calls"] += 1
        LOG.info("media_call", line=self._of.name, call=self.number, stream=start.stream)
        early, self._early = self._early, []
        for frame in early:
            if not self.over:
                self._go_on(frame)

    def _go_on(self, frame: Media | Dtmf | Passed) -> None:
        assert self.number is not None
        match frame:
            case Media():
                if self._by_chunk is None:
                    self._by_chunk = frame.chunk is not None
                number = frame.chunk if self._by_chunk else frame.number
                self._hand(self._order.put(frame.payload, number, frame.at_ms))
            case Dtmf():
                self._counted(frame.number)
                if not self.over:
                    self._board.pressed(self.number, frame.digit)
            case Passed():
                self._counted(frame.number)

    def _counted(self, number: int | None) -> None:
        """A frame without sound: where frames of all kinds are counted together it fills its place."""
        if self._by_chunk is False and number is not None:
            self._hand(self._order.put(b"", number, None))

    def _hand(self, out: list[Out], *, last: bool = False) -> None:
        assert self.number is not None
        assert self._start is not None
        for one in out:
            if self.over and not last:
                return
            if isinstance(one, Lost):
                self._board.lost(self.number, one.samples)
            else:
                self._board.sound(self.number, self._start.law, one.payload)
        if self._order.samples > CALL_MOST:
            self._end(TOO_LONG, BAD_DATA)

    def _end(self, why: str, code: int, *, tell: bool = True) -> None:
        """Once, whoever ends it: what is held is handed on, the center is told, the connection closed."""
        if self.over:
            return
        self.over = True
        try:
            if self.number is None:
                self._streams.counts["refused"] += 1
                LOG.warning("media_stream_refused", line=self._of.name, why=why)
            else:
                self._leave(self.number, why, tell=tell)
        finally:
            self._wire.close(code, why)

    def _leave(self, number: int, why: str, *, tell: bool) -> None:
        if self._start is not None:
            self._streams.calls.pop(self._start.stream, None)
        try:
            self._hand(self._order.end(), last=True)
        finally:
            self._streams.counts.update(self._order.counts)
            LOG.info("media_call_ended", line=self._of.name, call=number, why=why, **self.counts)
            if tell:
                self._board.ended(number, why)

    def _told(self, parameter: str, names: tuple[str, ...]) -> str:
        given = {} if self._start is None else self._start.parameters
        return next((given[name] for name in (parameter, *names) if given.get(name)), "")
