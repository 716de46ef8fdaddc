"""SIP messages over UDP and TCP, with the transactions of RFC 3261 that ``aiosipua`` leaves to others.

The library answers requests and keeps dialogs; here stands what surrounds it. Who may not speak is told 403.
A request that comes again gets the answer it got before and is not looked at twice. A refusal is repeated
until it is acknowledged, a request of ours until it is answered. What is malformed is told 400; nothing that
comes ends a call that is not its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Final

import structlog
from aiosipua import (
    DialogState,
    SipMessage,
    SipRequest,
    SipResponse,
    SipTransport,
    Via,
    generate_tag,
    parse_via,
    stringify_via,
)

LOG = structlog.get_logger("einthoven.sip")
T1: Final = 0.5
T2: Final = 4.0
LIFE_S: Final = 64 * T1
"""So long an answered transaction is remembered, and an unanswered one tried (timers B, F, H, J)."""
TRANSACTIONS_MAX: Final = 5000
HEADER_MAX: Final = 1 << 16
BODY_MAX: Final = 1 << 16
CONNECTIONS_MAX: Final = 64
MESSAGE_S: Final = 30.0
"""So long a message may take over TCP from its first byte to its last."""
KNOWN_EXTENSIONS: Final = frozenset({"timer"})
Address = tuple[str, int]
Key = tuple[str, str, str]


@dataclass(slots=True)
class Told:
    """What came and was not taken.

    Attributes:
        refused: requests and connections of peers that may not call.
        broken: messages that are none.
    """

    refused: int = 0
    broken: int = 0


@dataclass(slots=True)
class _Server:
    request: SipRequest
    peer: Address
    last: bytes = b""
    status: int = 0
    again: asyncio.TimerHandle | None = None


class Wire(SipTransport):
    """What both transports share.

    Args:
        local: address to listen on.
        may: whether a host may speak.
        told: counts.

    Attributes:
        state: the state of a call's dialog by its Call-ID; None: no such call.
    """

    name: ClassVar[str]

    def __init__(self, local: Address, may: Callable[[str], bool], told: Told) -> None:
        super().__init__(local_addr=local)
        self.may = may
        self.told = told
        self.state: Callable[[str], DialogState | None] = lambda _call: None
        self._servers: dict[Key, _Server] = {}
        self._clients: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._timers: set[asyncio.TimerHandle] = set()

    def write(self, data: bytes, peer: Address) -> None:
        """Send bytes; what cannot be sent is dropped, and told by the silence that follows."""
        raise NotImplementedError

    def send(self, message: SipRequest | SipResponse, addr: Address) -> None:
        """Send a request of ours, and again until it is answered."""
        if not isinstance(message, SipRequest):
            self.send_reply(message)
            return
        top = _top(message)
        if top is not None:
            top.transport = self.name
            _set_top(message, top)
        self._contact(message)
        data = bytes(message)
        self.write(data, addr)
        if message.method != "ACK" and top is not None and top.branch:
            self._await(message, data, addr, top.branch)

    def send_reply(self, response: SipResponse) -> None:
        """Answer a request where it came from."""
        top, sequence = _top(response), response.cseq
        server = self._servers.get(_key(top, sequence.method)) if top and sequence else None
        if server is None or top is None:
            return
        if server.request.method == "INVITE" and 100 < response.status_code < 300:
            response.headers.remove("Record-Route")
            for one in server.request.get_header_values("Record-Route"):
                response.add_header("Record-Route", one)
            response.set_header("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE")
            response.set_header("Supported", "timer")
        self._contact(response)
        server.last, server.status = bytes(response), response.status_code
        self.write(server.last, server.peer)
        if response.status_code >= 200:
            self._settled(_key(top, server.request.method), server)

    async def stop(self) -> None:
        """Forget everything; ``stop`` of each transport closes its sockets."""
        for timer in (*self._timers, *self._clients.values()):
            timer.cancel()
        for server in self._servers.values():
            if server.again is not None:
                server.again.cancel()
        self._timers.clear()
        self._clients.clear()
        self._servers.clear()

    def take(self, data: bytes, peer: Address) -> None:
        """One message, as it came."""
        if not data.strip(b"\r\n\0 "):
            return  # keeps a NAT open
        try:
            message = SipMessage.parse(data)
            if isinstance(message, SipRequest):
                self._request(message, peer)
            elif self.may(peer[0]):
                self._response(message, peer)
        except (ValueError, IndexError, KeyError, UnicodeError) as error:
            self.told.broken += 1
            LOG.info("sip_broken", peer=peer[0], why=str(error)[:200])

    def _request(self, request: SipRequest, peer: Address) -> None:
        top = _top(request)
        if top is None or request.cseq is None or request.cseq.method != request.method:
            self.told.broken += 1
            return
        self._stamp(request, top, peer)
        back = peer if top.rport or self.reliable else (peer[0], top.port or 5060)
        if not self.may(peer[0]):
            self.told.refused += 1
            LOG.warning("sip_refused", peer=peer[0], method=request.method[:20])
            if request.method != "ACK":
                self.write(bytes(_plain(request, 403, "Forbidden")), back)
            return
        key = _key(top, "INVITE" if request.method == "ACK" else request.method)
        before = self._servers.get(key)
        if request.method == "ACK":
            if before is not None and before.status >= 300:
                self._acknowledged(before)
            else:
                self._dispatch_request(request, peer)
            return
        if before is not None:
            if before.last:
                self.write(before.last, back)
            return
        if len(self._servers) >= TRANSACTIONS_MAX:
            self.write(bytes(_plain(request, 503, "Service Unavailable")), back)
            return
        self._servers[key] = _Server(request, back)
        refusal = self._unfit(request, top)
        if refusal is not None:
            self.send_reply(refusal)
        else:
            self._dispatch_request(request, peer)

    def _unfit(self, request: SipRequest, top: Via) -> SipResponse | None:
        """The answer to what the library would take amiss."""
        if request.method == "CANCEL":
            invite = self._servers.get(_key(top, "INVITE"))
            if invite is not None and invite.status >= 200:  # it came too late: nothing changes (9.2)
                return _plain(request, 200, "OK")
        if request.method != "INVITE":
            return None
        state, tag = self.state(request.call_id or ""), request.to_addr and request.to_addr.tag
        if tag and state is not DialogState.CONFIRMED:
            return _plain(request, 481 if state is None else 500, "Call/Transaction Does Not Exist")
        if not tag and state in {DialogState.EARLY, DialogState.CONFIRMED}:
            return _plain(request, 482, "Loop Detected")
        wanted = {one.strip().lower() for one in request.get_header_values("Require")} - KNOWN_EXTENSIONS
        if wanted and not tag:
            refusal = _plain(request, 420, "Bad Extension")
            refusal.set_header("Unsupported", ", ".join(sorted(wanted)))
            return refusal
        return None

    def _dispatch_request(self, request: SipRequest, peer: Address) -> None:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        if kind == "application/sdp":
            request.set_header("Content-Type", kind)
        try:
            if self.on_message is not None:
                self.on_message(request, peer)
        except (ValueError, IndexError, KeyError) as error:
            self.told.broken += 1
            LOG.info("sip_broken", peer=peer[0], why=str(error)[:200])
            if request.method != "ACK":
                self.send_reply(_plain(request, 400, "Bad Request"))
        except Exception:  # a defect of ours or the library's: told, and other calls go on
            LOG.exception("sip_failed", peer=peer[0], method=request.method[:20])
            if request.method != "ACK":
                self.send_reply(_plain(request, 500, "Server Internal Error"))

    def _response(self, response: SipResponse, peer: Address) -> None:
        top, sequence = _top(response), response.cseq
        if top is None or sequence is None or response.status_code < 200:
            return
        timer = self._clients.pop((top.branch or "", sequence.method), None)
        if timer is None:
            return
        timer.cancel()
        if self.on_message is not None:
            self.on_message(response, peer)

    def _await(self, request: SipRequest, data: bytes, peer: Address, branch: str) -> None:
        key, loop = (branch, request.method), asyncio.get_running_loop()

        def again(waited: float, step: float) -> None:
            if waited >= LIFE_S:
                self._clients.pop(key, None)
                LOG.info("sip_no_answer", peer=peer[0], method=request.method)
                if self.on_message is not None:
                    self.on_message(_plain(request, 408, "Request Timeout"), peer)
                return
            if not self.reliable:
                self.write(data, peer)
            self._clients[key] = loop.call_later(step, again, waited + step, min(2 * step, T2))

        self._clients[key] = loop.call_later(T1, again, T1, 2 * T1)

    def _settled(self, key: Key, server: _Server) -> None:
        """A final answer went out: repeat a refusal of an INVITE, and forget in time."""
        if server.again is not None:
            return
        loop = asyncio.get_running_loop()
        if server.request.method == "INVITE" and server.status >= 300 and not self.reliable:

            def again(waited: float, step: float) -> None:
                if waited >= LIFE_S:
                    return
                self.write(server.last, server.peer)
                server.again = loop.call_later(step, again, waited + step, min(2 * step, T2))

            server.again = loop.call_later(T1, again, T1, 2 * T1)

        def forget() -> None:
            self._timers.discard(timer)
            self._servers.pop(key, None)
            self._acknowledged(server)

        timer = loop.call_later(LIFE_S, forget)
        self._timers.add(timer)

    @staticmethod
    def _acknowledged(server: _Server) -> None:
        if server.again is not None:
            server.again.cancel()

    @staticmethod
    def _stamp(request: SipRequest, top: Via, peer: Address) -> None:
        """Write into the topmost Via where it came from (RFC 3261, 18.2.1; RFC 3581)."""
        if top.host.strip("[]") != peer[0] or "rport" in top.params:
            top.received = peer[0]
        if "rport" in top.params:
            top.rport = str(peer[1])
        _set_top(request, top)

    def _contact(self, message: SipRequest | SipResponse) -> None:
        contact = message.get_header("Contact")
        if contact and self.name == "TCP" and "transport=" not in contact:
            message.set_header("Contact", contact.replace(">", ";transport=tcp>", 1))


class UdpWire(Wire):
    """SIP over UDP: a message a datagram."""

    name = "UDP"
    _sock: asyncio.DatagramTransport | None = None

    async def start(self) -> None:
        """Listen; OSError where the address cannot be had."""
        loop = asyncio.get_running_loop()
        self._sock, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self), local_addr=self.local_addr
        )
        self.local_addr = (self.local_addr[0], self._sock.get_extra_info("sockname")[1])

    def write(self, data: bytes, peer: Address) -> None:
        """As ``Wire.write``."""
        if self._sock is not None:
            with suppress(OSError, ValueError):
                self._sock.sendto(data, peer)

    async def stop(self) -> None:
        """Close."""
        await super().stop()
        if self._sock is not None:
            self._sock.close()
            self._sock = None


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, wire: UdpWire) -> None:
        self._wire = wire

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._wire.take(data, (str(addr[0]), int(addr[1])))


class TcpWire(Wire):
    """SIP over TCP: messages parted by their Content-Length."""

    name = "TCP"
    reliable = True

    def __init__(self, local: Address, may: Callable[[str], bool], told: Told) -> None:
        super().__init__(local, may, told)
        self._server: asyncio.Server | None = None
        self._open: dict[Address, asyncio.StreamWriter] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; OSError where the address cannot be had."""
        self._server = await asyncio.start_server(self._connected, *self.local_addr, limit=HEADER_MAX)
        self.local_addr = (self.local_addr[0], self._server.sockets[0].getsockname()[1])

    def write(self, data: bytes, peer: Address) -> None:
        """As ``Wire.write``: to the connection, or to another one of that host."""
        writer = self._open.get(peer) or next(
            (one for (host, _), one in reversed(self._open.items()) if host == peer[0]), None
        )
        if writer is None or writer.is_closing():
            LOG.info("sip_no_connection", peer=peer[0])
        elif writer.transport.get_write_buffer_size() > BODY_MAX:
            writer.transport.abort()
        else:
            writer.write(data)

    async def stop(self) -> None:
        """Close every connection."""
        await super().stop()
        if self._server is None:
            return
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._server = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        told = writer.get_extra_info("peername") or ("", 0)
        peer = (str(told[0]), int(told[1]))
        if len(self._open) >= CONNECTIONS_MAX:
            self.told.refused += 1
            writer.close()
            return
        self._tasks.add(task)
        self._open[peer] = writer
        try:
            while (data := await self._message(reader, writer)) is not None:
                self.take(data, peer)
                if not self.may(peer[0]):
                    break
        except asyncio.CancelledError:
            pass  # the line stops
        except (OSError, TimeoutError, ValueError, asyncio.LimitOverrunError, EOFError) as error:
            LOG.info("sip_connection_ended", peer=peer[0], why=str(error)[:200] or type(error).__name__)
        finally:
            self._tasks.discard(task)
            self._open.pop(peer, None)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _message(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
        """The next message; None at the end of the connection."""
        ends = 0
        while (first := await reader.read(1)) in {b"\r", b"\n"}:
            ends += first == b"\n"
            if ends == 2:  # keeps the connection alive, and wants an answer (RFC 5626, 3.5.1)
                writer.write(b"\r\n")
                ends = 0
        if not first:
            return None
        async with asyncio.timeout(MESSAGE_S):
            head = first + await reader.readuntil(b"\r\n\r\n")
            length = 0
            for line in head.split(b"\r\n")[1:]:
                name, _, value = line.partition(b":")
                if name.strip().lower() in {b"content-length", b"l"}:
                    length = int(value)
            if not 0 <= length <= BODY_MAX:
                self.told.broken += 1
                raise ValueError(f"a body of {length} bytes")
            return head + (await reader.readexactly(length) if length else b"")


def _top(message: SipRequest | SipResponse) -> Via | None:
    vias = message.get_header_values("Via")
    return parse_via(vias[0]) if vias else None


def _set_top(message: SipRequest | SipResponse, top: Via) -> None:
    rest = list(message.get_header_values("Via")[1:])
    message.remove_header("Via")
    for one in (stringify_via(top), *rest):
        message.add_header("Via", one)


def _key(top: Via, method: str) -> Key:
    return (top.branch or "", f"{top.host}:{top.port}", method)


def _plain(request: SipRequest, status: int, reason: str) -> SipResponse:
    """An answer outside of any dialog."""
    response = SipResponse(status_code=status, reason_phrase=reason)
    for name in ("Via", "From", "To", "Call-ID", "CSeq"):
        for one in request.get_header_values(name):
            response.add_header(name, one)
    to = response.get_header("To")
    if to and ";tag=" not in to:
        response.set_header("To", f"{to};tag={generate_tag()}")
    return response
