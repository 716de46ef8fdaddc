"""The sound of one call: a UDP port of its own, in by ``rtp_order``, out one packet every 20 ms (RFC 3550).

Nothing is concealed or filled on the way in. On the way out goes the technician's voice, and silence where
nobody speaks: many exchanges end a call on which they hear nothing.

A packet counts only from where the call was negotiated: the host of the offer or that of the signalling (the
two differ behind NAT), and after the first good packet from that host and port alone, until they are silent
for 2 s or negotiated anew.
"""

from __future__ import annotations

import secrets
import socket
import struct
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from aiortp import DtmfEvent, RtpPacket, is_rtcp
from numpy.typing import NDArray

from einthoven.base.errors import RefusedError
from einthoven.edges.telephony.rtp_order import Order, Packet, Piece
from einthoven.telephone import g711

STEP_S: Final = 0.02
STEP: Final = 160
SPOKEN_MAX: Final = 8000
"""Samples of voice that may wait to be sent; older ones are dropped, for what is late disturbs a talk."""
PAYLOAD_MAX: Final = 1440
RELEARN_S: Final = 2.0
SILENCE: Final = {"mu": b"\xff" * STEP, "a": b"\xd5" * STEP}
KINDS: Final = {"mu": 0, "a": 8}
"""Payload types (RFC 3551)."""
DIGITS: Final = "0123456789*#ABCD"
Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Media:
    """What offer and answer agreed on.

    Attributes:
        law: of the sound, both ways.
        remote: where ours goes; None where the offer names no address that can be had.
        keys: payload type of pressed keys (RFC 4733); None: none.
        sends, hears: whether the caller sends us sound, and takes ours.
    """

    law: Literal["mu", "a"]
    remote: Address | None
    keys: int | None = None
    sends: bool = True
    hears: bool = True


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key."""

    digit: str


@dataclass(slots=True)
class Tally:
    """Packets that were not taken, of all calls.

    Attributes:
        late, doubled: see ``Order``.
        strangers: from where nothing was negotiated, or from a source that was not believed.
        broken: no RTP, or nothing that was agreed on.
    """

    late: int = 0
    doubled: int = 0
    strangers: int = 0
    broken: int = 0


class RtpPort:
    """One call's sound. All on the event loop; ``came`` is told by ``read``, from whoever watches the socket.

    Args:
        sock: bound, not blocking; closed by ``close``.
        tally: counts what is not taken.
    """

    def __init__(self, sock: socket.socket, tally: Tally) -> None:
        self.sock = sock
        self.port: int = sock.getsockname()[1]
        self.tally = tally
        self.heard_at: float | None = None
        self._media: Media | None = None
        self._hosts: frozenset[str] = frozenset()
        self._learned: Address | None = None
        self._order = Order()
        self._keyed: int | None = None
        self._spoken: deque[NDArray[np.int16]] = deque()
        self._waiting = 0
        self._number = secrets.randbits(16)
        self._clock = secrets.randbits(32)
        self._source = secrets.randbits(32)

    def agreed(self, media: Media, signalled_from: str) -> None:
        """Begin, or go on otherwise (hold, another address)."""
        before, self._media = self._media, media
        hosts = {signalled_from} | ({media.remote[0]} if media.remote else set())
        if before is None or before.remote != media.remote:
            self._learned = None
        self._hosts = frozenset(hosts)

    @property
    def law(self) -> Literal["mu", "a"]:
        """Of the sound that comes."""
        assert self._media is not None
        return self._media.law

    def read(self, now: float) -> list[Piece | Pressed]:
        """Take what waits in the socket, up to a hundred packets at a time."""
        out: list[Piece | Pressed] = []
        for _ in range(100):
            try:
                data, peer = self.sock.recvfrom(2048)
            except BlockingIOError:
                break
            except OSError:
                continue  # the other side's port is closed (ICMP): told by the silence
            out += self.take(data, (str(peer[0]), int(peer[1])), now)
        return out

    def take(self, data: bytes, peer: Address, now: float) -> Sequence[Piece | Pressed]:
        """One datagram."""
        media = self._media
        if media is None or not self._believed(peer, now):
            self.tally.strangers += 1
            return ()
        if is_rtcp(data):
            return ()
        try:
            packet = RtpPacket.parse(data)
        except (ValueError, IndexError, struct.error, UnicodeDecodeError):
            self.tally.broken += 1
            return ()
        kind, payload, key = packet.payload_type, packet.payload, None
        sound: bytes | None = None
        if kind == KINDS[media.law]:
            if not 0 < len(payload) <= PAYLOAD_MAX:
                self.tally.broken += 1
                return ()
            sound = payload if media.sends else None
        elif kind == media.keys:
            event = _event(payload)
            if event is None:  # nothing of it counts: its number may be that of sound
                self.tally.broken += 1
                return ()
            key = self._key(packet.timestamp, event)
        elif kind != 13:  # comfort noise (RFC 3389): no sound, and not asked for
            self.tally.broken += 1
            return ()
        self._learned, self.heard_at = peer, now
        order = self._order
        before = order.late, order.doubled, order.strange
        told: list[Piece | Pressed] = list(
            order.packet(Packet(packet.ssrc, packet.sequence_number, packet.timestamp, sound), now)
        )
        self.tally.late += order.late - before[0]
        self.tally.doubled += order.doubled - before[1]
        self.tally.strangers += order.strange - before[2]
        return [*told, Pressed(key)] if key else told

    def tick(self, now: float) -> Sequence[Piece]:
        """What can be told because time went by."""
        return self._order.tick(now)

    def end(self) -> Sequence[Piece]:
        """What still waited."""
        return self._order.end()

    def speak(self, sound: NDArray[np.int16]) -> None:
        """Queue voice; the oldest goes where more than a second waits."""
        self._spoken.append(np.asarray(sound, np.int16))
        self._waiting += len(sound)
        while self._waiting > SPOKEN_MAX and len(self._spoken) > 1:
            self._waiting -= len(self._spoken.popleft())
        if self._waiting > SPOKEN_MAX:
            self._spoken[0] = self._spoken[0][-SPOKEN_MAX:]
            self._waiting = SPOKEN_MAX

    def send(self) -> None:
        """Send the next 20 ms."""
        media = self._media
        if media is None:
            return
        payload = self._next(media)
        self._number = (self._number + 1) & 0xFFFF
        self._clock = (self._clock + STEP) & 0xFFFFFFFF
        to = self._learned or media.remote
        if to is None or not media.hears:
            return
        packet = RtpPacket(
            payload_type=KINDS[media.law],
            sequence_number=self._number,
            timestamp=self._clock,
            ssrc=self._source,
            payload=payload,
        )
        with suppress(OSError):  # a full buffer or a closed port: the next packet is 20 ms away
            self.sock.sendto(packet.serialize(), to)

    def close(self) -> None:
        """Give the port back."""
        self.sock.close()

    def _next(self, media: Media) -> bytes:
        if not self._waiting:
            return SILENCE[media.law]
        whole = np.concatenate(list(self._spoken))
        self._spoken.clear()
        now, rest = whole[:STEP], whole[STEP:]
        self._waiting = len(rest)
        if len(rest):
            self._spoken.append(rest)
        return g711.encode(now, media.law).tobytes().ljust(STEP, SILENCE[media.law][:1])

    def _believed(self, peer: Address, now: float) -> bool:
        if self._learned is not None and peer == self._learned:
            return True
        if peer[0] not in self._hosts:
            return False
        return self._learned is None or self.heard_at is None or now - self.heard_at > RELEARN_S

    def _key(self, clock: int, event: int) -> str | None:
        """The key of a press, at its first packet: all of one press have one clock."""
        if clock == self._keyed or event >= len(DIGITS):
            return None
        self._keyed = clock
        return DIGITS[event]


def _event(payload: bytes) -> int | None:
    """The number of an event (RFC 4733); None where it is none."""
    try:
        return DtmfEvent.parse(payload).event
    except (ValueError, IndexError, struct.error):
        return None


@dataclass(slots=True)
class Ports:
    """A range of ports, an even one a call.

    Args:
        host: address to bind.
        first, last: of the range.
    """

    host: str
    first: int
    last: int
    _next: int = field(default=0)

    def take(self, bind: Callable[[str, int], socket.socket] | None = None) -> socket.socket:
        """A bound socket, not blocking.

        Raises:
            RefusedError: none is free.
        """
        even = range(self.first + self.first % 2, self.last + 1, 2)
        for step in range(len(even)):
            port = even[(self._next + step) % len(even)]
            with suppress(OSError):
                sock = (bind or bound)(self.host, port)
                self._next = (self._next + step + 1) % len(even)
                return sock
        raise RefusedError("ports", f"no port is free within {self.first}-{self.last}")


def bound(host: str, port: int) -> socket.socket:
    """A UDP socket at an address; OSError where it cannot be had."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock
