"""Lines as a simulated caller has them: straight into the switchboard, a media stream, SIP and RTP (R6)."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from contextlib import suppress
from typing import Any, Final

import numpy as np
import picows
from aiortp.packet import RtpPacket
from aiosipua import OutgoingCall, SipUAC, UdpSipTransport, build_sdp
from aiosipua.message import SipRequest, SipResponse
from numpy.typing import NDArray

from einthoven.base.errors import RefusedError
from einthoven.center.call_ports import Switchboard
from einthoven.sim.caller import Ends

PACKET: Final = 160
DIAL_S: Final = 10.0
PCMU: Final = 0


class DirectWay:
    """Straight into the center's switchboard; ``center.call_ports.LineCall`` too.

    Args:
        board: the center's.
        called: the number that is dialled.
        line: what it says it came over.
    """

    def __init__(self, board: Switchboard, called: str, line: str = "sip") -> None:
        self.line, self.called, self.caller = line, called, ""
        self.trace = f"simulated {secrets.token_hex(4)}"
        self.heard: list[NDArray[np.int16]] = []
        self.number: int | None = None
        self._board = board
        self._ends: Ends | None = None
        self._open = False

    # ---- to the caller -----------------------------------------------------------------------------------

    def dial(self, number: str, ends: Ends) -> None:
        """Ring at the center."""
        self.caller, self._ends, self._open = number, ends, True
        try:
            self.number = self._board.rings(self)
        except RefusedError as error:
            self._over(str(error))
            return
        ends.ringing()
        if self.line == "media":  # its provider has answered
            ends.answered()

    def send(self, payload: bytes, late: float) -> None:
        """Sound for the center: this line has no delay."""
        del late
        if self._open and self.number is not None:
            self._board.sound(self.number, "mu", payload)

    def lose(self) -> None:
        """A packet that the line lost."""
        if self._open and self.number is not None:
            self._board.lost(self.number, PACKET)

    def press(self, digit: str) -> bool:
        """A key, as the line tells it."""
        if self._open and self.number is not None:
            self._board.pressed(self.number, digit)
        return True

    # ---- to the center -----------------------------------------------------------------------------------

    def answer(self) -> None:
        """A person took it."""
        if self._open and self._ends is not None:
            self._ends.answered()

    def leave(self) -> None:
        """The caller hangs up."""
        if self._open and self.number is not None:
            self._open = False
            self._board.ended(self.number, "the caller hung up")

    def hang_up(self, why: str) -> None:
        """The center hangs up; it is told nothing more of the call."""
        if self._open:
            self._over(why)

    def speak(self, sound: NDArray[np.int16]) -> None:
        """What the technician says."""
        self.heard.append(sound)

    def _over(self, why: str) -> None:
        self._open = False
        if self._ends is not None:
            self._ends.ended(why)


class MediaWay:
    """A media stream as a telephony service sends it: JSON frames over a WebSocket.

    Args:
        url: where the center takes it, with its secret.
        called: the number that was dialled.
    """

    def __init__(self, url: str, called: str) -> None:
        self._url, self._called = url, called
        self._listener: _Stream | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._chunk = 0
        self._number = 0

    def dial(self, number: str, ends: Ends) -> None:
        """Connect; the service has answered the call by then."""
        task = asyncio.get_running_loop().create_task(self._connect(number, ends))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, number: str, ends: Ends) -> None:
        stream = f"MZ{secrets.token_hex(16)}"
        made: list[_Stream] = []

        def listener() -> _Stream:
            made.append(_Stream(ends))
            return made[-1]

        try:
            async with asyncio.timeout(DIAL_S):
                await picows.ws_connect(listener, self._url, max_redirects=0)
        except (OSError, picows.WSError, TimeoutError, ValueError) as error:
            ends.ended(str(error) or type(error).__name__)
            return
        self._listener = made[-1]
        self._frame({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        start = {
            "streamSid": stream,
            "callSid": f"CA{secrets.token_hex(16)}",
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"caller": number, "called": self._called},
        }
        self._frame({"event": "start", "start": start})
        ends.ringing()
        ends.answered()

    def _frame(self, told: dict[str, Any]) -> None:
        if self._listener is not None:
            self._number += 1
            self._listener.send(json.dumps(told | {"sequenceNumber": str(self._number)}))

    def send(self, payload: bytes, late: float) -> None:
        """A frame of 20 ms; a WebSocket brings them in order, however late."""
        del late
        at, self._chunk = self._chunk * 20, self._chunk + 1
        media = {
            "track": "inbound",
            "chunk": str(self._chunk),
            "timestamp": str(at),
            "payload": base64.b64encode(payload).decode(),
        }
        self._frame({"event": "media", "media": media})

    def lose(self) -> None:
        """A frame that the service did not get: its numbers go on."""
        self._chunk += 1

    def press(self, digit: str) -> bool:
        """A key, as the service tells it."""
        self._frame({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": digit}})
        return True

    def leave(self) -> None:
        """The stream stops."""
        self._frame({"event": "stop", "stop": {}})
        if self._listener is not None:
            self._listener.close()


class _Stream(picows.WSListener):  # type: ignore[misc, unused-ignore]
    """The open connection of a media stream."""

    def __init__(self, ends: Ends) -> None:
        super().__init__()
        self._ends = ends
        self._transport: Any = None

    def on_ws_connected(self, transport: Any) -> None:
        """It is there."""
        self._transport = transport

    def on_ws_disconnected(self, transport: Any) -> None:
        """It is gone."""
        del transport
        self._ends.ended("the center hung up")

    def send(self, text: str) -> None:
        """A frame."""
        with suppress(picows.WSError, OSError):
            self._transport.send(picows.WSMsgType.TEXT, text.encode())

    def close(self) -> None:
        """A good-bye."""
        with suppress(picows.WSError, OSError):
            self._transport.send_close(picows.WSCloseCode.OK)
            self._transport.disconnect()


class SipWay:
    """A call by SIP over UDP, its sound by RTP as G.711 µ-law; the signalling is aiosipua's.

    Args:
        center: host and port of the center's SIP line.
        called: the number that is dialled.
        host: own address.
    """

    def __init__(self, center: tuple[str, int], called: str, host: str = "127.0.0.1") -> None:
        self._center, self._called, self._host = center, called, host
        self._signals = UdpSipTransport(local_addr=(host, 0))
        self._uac = SipUAC(self._signals)
        self._call: OutgoingCall | None = None
        self._ends: Ends | None = None
        self._rtp: asyncio.DatagramTransport | None = None
        self._far: tuple[str, int] | None = None
        self._packet = RtpPacket(
            PCMU, 1, secrets.randbelow(1 << 16), secrets.randbelow(1 << 32), secrets.randbelow(1 << 32)
        )
        self._tasks: set[asyncio.Task[None]] = set()

    def dial(self, number: str, ends: Ends) -> None:
        """Send the INVITE."""
        self._ends = ends
        self._soon(self._invite(number, ends))

    def _soon(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _invite(self, number: str, ends: Ends) -> None:
        loop = asyncio.get_running_loop()
        try:
            await self._signals.start()
            udp = self._signals._udp_transport  # the port that the system gave
            assert udp is not None
            self._signals.local_addr = udp.get_extra_info("sockname")[:2]
            self._signals.on_message = self._message
            made = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, (self._host, 0))
        except OSError as error:
            self._over(f"no line: {error}")
            return
        self._rtp = made[0]
        port = self._rtp.get_extra_info("sockname")[1]
        offer = build_sdp(self._host, port, PCMU, "PCMU", dtmf_payload_type=0)
        caller = number or "anonymous"
        called = f"sip:{self._called}@{self._center[0]}:{self._center[1]}"
        call = self._uac.send_invite(f"sip:{caller}@{self._host}", called, self._center, offer)
        call.on_ringing = lambda _call: ends.ringing()
        call.on_answer = self._answered
        call.on_rejected = lambda _call, code, reason: self._over(f"{code} {reason}")
        self._call = call

    def _message(self, message: SipRequest | SipResponse, addr: tuple[str, int]) -> None:
        if isinstance(message, SipResponse):
            self._uac.handle_response(message, addr)
        elif self._call is not None and message.method != "ACK":
            self._signals.send_reply(self._call.dialog.create_response(message, 200))
            if message.method == "BYE":
                self._over("the center hung up")

    def _answered(self, call: OutgoingCall) -> None:
        answer = call.sdp_answer
        if answer is None or not answer.media or self._ends is None:
            self._over("the center answered without a place for sound")
            return
        media = answer.media[0]
        where = media.connection or answer.connection
        self._far = (where.address if where is not None else self._center[0], media.port)
        self._ends.answered()

    def send(self, payload: bytes, late: float) -> None:
        """A packet of 20 ms, later where the line has jitter: then it may come behind the next."""
        data = self._numbered(payload)
        if late > 0.0:
            asyncio.get_running_loop().call_later(late, self._put, data)
        else:
            self._put(data)

    def lose(self) -> None:
        """A packet that does not come: numbers go on."""
        self._numbered(b"")

    def _numbered(self, payload: bytes) -> bytes:
        packet = self._packet
        packet.payload = payload
        data: bytes = packet.serialize()
        packet.marker = 0
        packet.sequence_number = (packet.sequence_number + 1) % (1 << 16)
        packet.timestamp = (packet.timestamp + PACKET) % (1 << 32)
        return data

    def _put(self, data: bytes) -> None:
        if self._rtp is not None and self._far is not None and not self._rtp.is_closing():
            self._rtp.sendto(data, self._far)

    def press(self, digit: str) -> bool:
        """Keys go as their sound."""
        del digit
        return False

    def leave(self) -> None:
        """BYE; CANCEL while it rings."""
        if self._call is not None:
            self._call.hangup(self._uac) or self._call.cancel(self._uac)
        self._over("the caller hung up")

    def _over(self, why: str) -> None:
        ends, self._ends = self._ends, None
        if self._rtp is not None:
            self._rtp.close()
        if ends is not None:
            ends.ended(why)
            with suppress(RuntimeError):
                self._soon(self._closed())

    async def close(self) -> None:
        """Wait until nothing of a call that is over is open."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _closed(self) -> None:
        """Answers to what was sent last are waited for a moment."""
        await asyncio.sleep(1.0)
        self._uac.close()
        await self._signals.stop()
