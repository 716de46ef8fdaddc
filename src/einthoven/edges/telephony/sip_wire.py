"""SIP messages over UDP and TCP, with the transactions of RFC 3261 that ``aiosipua`` leaves to others.

The library answers requests and keeps dialogs; here stands what surrounds it. Who may not speak is told 403.
A request that comes again gets the answer it got before and is not looked at twice. A refusal is repeated
until it is acknowledged, a request of ours until it is answered. What is malformed is told 400; nothing that
comes ends a call that is not its own.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
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
TOLD_MINUTE: Final = 20
"""Lines of the log a minute about what was not taken: who looks for telephones sends thousands."""
KNOWN_EXTENSIONS: Final = frozenset({"timer"})
Address = tuple[str, int]
Key = tuple[str, str, str]


@dataclass(slots=True)
class Told:
    """What came and was not taken.

    Attributes:
        refused: requests and connections of peers that may not call.
        broken: messages that are none.
        failed: messages that met a defect of ours; each is told in the log.
    """

    refused: int = 0
    broken: int = 0
    failed: int = 0
    _since: float = float("-inf")
    _logged: int = 0

    def refuse(self, peer: str, method: str) -> None:
        """Somebody spoke who may not."""
        self.refused += 1
        if self._loud():
            LOG.warning("sip_refused", peer=peer, method=method[:20])

    def reject(self, peer: str, why: str) -> None:
        """What came is no message."""
        self.broken += 1
        if self._loud():
            LOG.info("sip_broken", peer=peer, why=why[:200])

    def _loud(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._since > 60:
            self._since, self._logged = now, 0
        self._logged += 1
        return self._logged <= TOLD_MINUTE


@dataclass(slots=True)
class _Server:
    request: SipRequest
    peer: Address
    last: bytes = b""
    status: int = 0
    again: asyncio.TimerHandle | None = None


class Wire(SipTransport, ABC):
    """What both transports share.

    Args:
        local: address to listen on.
        may: whether a host may speak.
        told: counts.

    Attributes:
        state: the state of a call's dialog by its Call-ID; None: no such call.
        life_s: see ``LIFE_S``.
        lost: why it hears nothing any more though nobody stopped it; ``""`` while it does.
    """

    name: ClassVar[str]

    def __init__(self, local: Address, may: Callable[[str], bool], told: Told) -> None:
        super().__init__(local_addr=local)
        self.may = may
        self.told = told
        self.state: Callable[[str], DialogState | None] = lambda _call: None
        self.life_s = LIFE_S
        self.lost = ""
        self._servers: dict[Key, _Server] = {}
        self._clients: dict[tuple[str, str], asyncio.TimerHandle] = {}
        self._timers: set[asyncio.TimerHandle] = set()

    @abstractmethod
    def write(self, data: bytes, peer: Address) -> None:
        """Send bytes; what cannot be sent is dropped, and told by the silence that follows."""

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
            self.told.reject(peer[0], str(error))
        except Exception:  # the top of what comes: told, and the next message is taken
            self.told.failed += 1
            LOG.exception("sip_failed", peer=peer[0])

    def _request(self, request: SipRequest, peer: Address) -> None:
        top = _top(request)
        if top is None or request.cseq is None or request.cseq.method != request.method:
            self.told.reject(peer[0], "no Via or CSeq of it")
            return
        self._stamp(request, top, peer)
        back = peer if top.rport or self.reliable else (peer[0], top.port or 5060)
        if not self.may(peer[0]):
            self.told.refuse(peer[0], request.method)
            if request.method != "ACK":
                self.write(bytes(_plain(request, 403, "Forbidden")), back)
            return
        key = _key(top, "INVITE" if request.method == "ACK" else request.method)
        before = self._servers.get(key)
        if request.method == "ACK":
            if before is not None and before.status >= 300:
                self._acknowledged(before)
            else:
                self._dispatch_request(request, top, peer)
            return
        if before is not None:
            if before.last:
                self.write(before.last, back)
            return
        if len(self._servers) >= TRANSACTIONS_MAX:
            self.write(bytes(_plain(request, 503, "Service Unavailable")), back)
            return
        server = self._servers[key] = _Server(request, back)
        self._dispatch_request(request, top, peer)
        if not server.last and self._servers.get(key) is server:
            del self._servers[key]  # nothing is said to it, so nothing is remembered of it

    def _unfit(self, request: SipRequest, top: Via) -> SipResponse | None:
        """The answer to what the library would take amiss."""
        if request.method != request.method.upper():  # methods are told apart by their letters (7.1)
            return _plain(request, 405, "Method Not Allowed")
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

    def _dispatch_request(self, request: SipRequest, top: Via, peer: Address) -> None:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        if kind == "application/sdp":
            request.set_header("Content-Type", kind)
        try:
            refusal = self._unfit(request, top)
            if refusal is not None:
                self.send_reply(refusal)
            elif self.on_message is not None:
                self.on_message(request, peer)
        except (ValueError, IndexError, KeyError) as error:
            self.told.reject(peer[0], str(error))
            if request.method != "ACK":
                self.send_reply(_plain(request, 400, "Bad Request"))
        except Exception:  # a defect of ours or the library's: told, and other calls go on
            self.told.failed += 1
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
            if waited >= self.life_s:
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
                if waited >= self.life_s:
                    return
                self.write(server.last, server.peer)
                server.again = loop.call_later(step, again, waited + step, min(2 * step, T2))

            server.again = loop.call_later(T1, again, T1, 2 * T1)

        def forget() -> None:
            self._timers.discard(timer)
            self._servers.pop(key, None)
            self._acknowledged(server)

        timer = loop.call_later(self.life_s, forget)
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
