"""Calls of patients by SIP and RTP (R6; docs/lines.md): they ring until a person takes them.

The line sees the center as a ``Switchboard`` and nothing else of it. All is on the event loop: one turn every
20 ms for all calls (sound out, what waited, what is silent), and whatever the sockets bring.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from aiosipua import (
    IncomingCall,
    SdpMessage,
    SipRequest,
)

from einthoven.base.errors import InputError, RefusedError
from einthoven.base.networks import Network, within
from einthoven.center.call_ports import Switchboard
from einthoven.edges.telephony.rtp_order import Lost, Piece, Sound
from einthoven.edges.telephony.rtp_port import STEP_S, Ports, Pressed, RtpPort, Tally
from einthoven.edges.telephony.sip_call import (
    HOLD_FACTOR,
    RING_AGAIN_S,
    RING_MAX_S,
    Agent,
    SipCall,
    dialog_state,
)
from einthoven.edges.telephony.sip_offer import offer_of
from einthoven.edges.telephony.sip_register import Register, Registrar
from einthoven.edges.telephony.sip_sockets import TcpWire, UdpWire
from einthoven.edges.telephony.sip_wire import LIFE_S, Told, Wire

LOG = structlog.get_logger("einthoven.sip")
NAME: Final = "einthoven"
CLOSED: Final = "the center's line was closed"
SESSION_S: Final = 1800
SESSION_MAX_S: Final = 86_400
PAIRS: Final = 20
"""Tries for a port that is free for UDP and TCP, where any will do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the line is set up.

    Attributes:
        host, port: SIP listens here, UDP and TCP; port 0 takes a free one (of UDP's, for both).
        peers: who may call.
        advertise: our address as callers' lines see it; "": the one this machine has towards each.
        ports: first and last port of sound.
        calls: at a time.
        silence_s: a call of which nothing comes for so long is ended.
        register: see ``Register``.
        session_least_s: a session timer (RFC 4028) that runs out sooner is refused with 422.
        patience_s: see ``sip_wire.LIFE_S``.
    """

    host: str
    port: int
    peers: Sequence[Network]
    advertise: str = ""
    ports: tuple[int, int] = (40000, 40399)
    calls: int = 100
    silence_s: float = 30.0
    register: Register | None = None
    session_least_s: int = 90
    patience_s: float = LIFE_S


class SipLine:
    """The line.

    Attributes:
        tally, told: packets and messages that were not taken.
        taken, busy, unfit: calls that rang; that heard busy; that offered nothing we take.
    """

    def __init__(self, plan: Plan, switchboard: Switchboard) -> None:
        self._plan = plan
        self._board = switchboard
        self._ports = Ports(plan.host, *plan.ports)
        self.told = Told()
        self.tally = Tally()
        self.taken = self.busy = self.unfit = 0
        self._calls: dict[str, SipCall] = {}
        self._agents: list[Agent] = []
        self._turns: asyncio.Task[None] | None = None
        self._registrar: Registrar | None = None

    @property
    def port(self) -> int:
        """Where SIP listens."""
        return self._agents[0].transport.local_addr[1]

    def counts(self) -> dict[str, int]:
        """For those who watch the center."""
        held, known = self._registrar, {}
        if self._plan.register is not None:
            known["registered"] = int(held is not None and held.registered)
            known["register_failed"] = 0 if held is None else held.failed
        return known | {
            "calls": self.taken, "open": len(self._calls), "refused": self.told.refused, "busy": self.busy,
            "unfit": self.unfit, "broken": self.told.broken + self.tally.broken, "late": self.tally.late,
            "doubled": self.tally.doubled, "strangers": self.tally.strangers,
            "failed": self.told.failed,
        }  # fmt: skip

    @property
    def lost(self) -> bool:
        """Whether it must be started anew: a socket of it is gone."""
        return any(isinstance(one.transport, Wire) and one.transport.lost for one in self._agents)

    def trouble(self) -> str:
        """Why no call can come though it was started, ``""`` where one can."""
        if self.lost:
            return "its socket is gone"
        held = self._registrar
        if held is None or held.registered or not held.why:
            return ""
        return f"not registered: {held.why}"

    async def start(self) -> None:
        """Listen, and begin to register where that is wanted; may be started again once it was stopped.

        Raises:
            InputError: an address or the ports of sound cannot be had; says which.
        """
        plan = self._plan
        for left in reversed(range(1 if plan.port else PAIRS)):
            try:
                udp = await self._listen(UdpWire((plan.host, plan.port), self._may, self.told))
                await self._listen(TcpWire((plan.host, udp.local_addr[1]), self._may, self.told))
                break
            except OSError as error:
                await self.stop()
                if left:  # a free port of UDP was none of TCP
                    continue
                why = os.strerror(error.errno) if error.errno else str(error)
                at = f"{plan.host}:{plan.port}"
                raise InputError(f"sip_listen: {at} cannot be listened on: {why}") from error
        try:
            self._ports.take().close()
        except RefusedError as error:
            await self.stop()
            raise InputError(f"rtp_ports: {error.detail}") from error
        self._turns = asyncio.create_task(self._turn())
        LOG.info("sip_listening", host=plan.host, port=self.port)
        if plan.register is not None:
            family = socket.AF_INET6 if ":" in plan.host else socket.AF_INET
            ours = lambda peer: (self._address(peer), self.port)  # noqa: E731
            self._registrar = Registrar(self._agents[0], plan.register, ours, family)
            self._registrar.start()

    async def stop(self) -> None:
        """End every call and close; doing it again does nothing."""
        if self._turns is not None:
            self._turns.cancel()
            await asyncio.gather(self._turns, return_exceptions=True)
            self._turns = None
        for call in list(self._calls.values()):
            if call.state == "over":
                self._drop(call)
            else:
                call.hang_up(CLOSED)
                self._end(call, CLOSED)
        if self._registrar is not None:
            await self._registrar.stop()
            self._registrar = None
        await asyncio.sleep(0)
        agents, self._agents = self._agents, []
        for agent in agents:
            await agent.stop()

    async def _listen(self, wire: Wire) -> Wire:
        plan = self._plan
        wire.life_s = plan.patience_s
        agent = Agent(
            wire, user_agent=NAME, retransmit_2xx=True, session_expires=SESSION_S, min_se=plan.session_least_s
        )
        wire.state = lambda call_id: dialog_state(agent, call_id)
        agent.on_invite = lambda call: self._invited(agent, call)
        agent.on_bye = lambda call, _request: self._bye(call)
        agent.on_cancel = lambda request, _peer: self._gone(
            request.call_id or "", "the caller hung up before anybody took the call"
        )
        agent.on_reinvite = self._reinvited
        agent.on_update = self._updated
        agent.on_ack_timeout = self._unconfirmed
        agent.on_session_expired = lambda call: self._gone(call.call_id, "the caller's line is gone")
        self._agents.append(agent)
        await agent.start()
        return wire

    def _may(self, host: str) -> bool:
        held = self._registrar
        return within(host, self._plan.peers) or (held is not None and within(host, held.hosts))

    def _address(self, peer: str) -> str:
        """Our address as a peer sees it."""
        plan = self._plan
        if plan.advertise:
            return plan.advertise
        if not ipaddress.ip_address(plan.host).is_unspecified:
            return plan.host
        with socket.socket(socket.AF_INET6 if ":" in peer else socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect((peer, 9))  # sends nothing
            return str(sock.getsockname()[0])

    def _invited(self, agent: Agent, incoming: IncomingCall) -> None:
        now = asyncio.get_running_loop().time()
        if not incoming.invite.get_header("Session-Expires"):
            incoming.session_interval = None  # who knows no session timer must not be ended by one
        elif incoming.session_interval is not None:
            incoming.session_interval = min(incoming.session_interval, SESSION_MAX_S)
        host = self._address(incoming.source_addr[0])
        incoming.advertised_addr = (host, agent.transport.local_addr[1])
        port = call = None
        try:
            if len(self._calls) >= self._plan.calls:
                raise RefusedError("busy", "no more calls are taken")
            port = RtpPort(self._ports.take(), self.tally)
            call = SipCall(agent, incoming, port, host, now)
            call.number = self._board.rings(call)
        except (RefusedError, InputError) as error:
            unfit = isinstance(error, InputError)
            self.unfit += unfit
            self.busy += not unfit
            LOG.warning("sip_not_taken", call=incoming.call_id[:80], why=str(error))
            if port is not None:
                port.close()
            incoming.reject(488 if unfit else 486)
            agent.forget(incoming)
            return
        except BaseException:
            if port is not None:
                port.close()
            agent.forget(incoming)
            raise
        self.taken += 1
        LOG.info("sip_rings", call=incoming.call_id[:80], number=call.number)
        if call.state == "over":
            port.close()
            return
        self._calls[call.trace] = call
        asyncio.get_running_loop().add_reader(port.sock.fileno(), self._read, call)
        if call.state == "rings":
            call.ring(now)

    def _reinvited(self, incoming: IncomingCall) -> None:
        call = self._calls.get(incoming.call_id)
        if call is not None:
            self._read(call)  # what came before counts by what was agreed on before
            call.anew()

    def _updated(self, incoming: IncomingCall, request: SipRequest) -> SdpMessage | None:
        call = self._calls.get(incoming.call_id)
        try:
            offer = offer_of(request)
            if call is None or offer is None:
                return None
            self._read(call)
            return call.take_offer(offer)
        except InputError:
            return None

    def _unconfirmed(self, incoming: IncomingCall) -> None:
        call = self._calls.get(incoming.call_id)
        if call is not None:
            call.bye()
        self._gone(incoming.call_id, "the caller's line never confirmed the answer")

    def _bye(self, incoming: IncomingCall) -> None:
        """A caller who ends a call that rings still has to hear of their INVITE, too (RFC 3261, 15.1.2)."""
        call = self._calls.get(incoming.call_id)
        rang = call is not None and call.state == "rings"
        if rang:
            incoming.reject(487)
        self._gone(
            incoming.call_id,
            "the caller hung up before anybody took the call" if rang else "the caller hung up",
        )

    def _gone(self, call_id: str, why: str) -> None:
        call = self._calls.get(call_id)
        if call is not None:
            self._read(call)  # the last of the sound may have come with the word that it ends
            self._tell(call, call.port.end())
            call.over()
            self._end(call, why)

    def _end(self, call: SipCall, why: str) -> None:
        """The caller's side ended it: the center is told, once."""
        if self._drop(call):
            LOG.info("sip_ended", call=call.trace[:80], number=call.number, why=why)
            self._board.ended(call.number, why)

    def _drop(self, call: SipCall) -> bool:
        if self._calls.pop(call.trace, None) is None:
            return False
        asyncio.get_running_loop().remove_reader(call.port.sock.fileno())
        call.port.close()
        return True

    def _read(self, call: SipCall) -> None:
        self._tell(call, call.port.read(asyncio.get_running_loop().time()))

    def _tell(self, call: SipCall, pieces: Sequence[Piece | Pressed]) -> None:
        board, number = self._board, call.number
        for one in pieces:
            if call.state != "open":
                return
            if isinstance(one, Sound):
                board.sound(number, call.port.law, one.payload)
            elif isinstance(one, Lost):
                board.lost(number, one.samples)
            else:
                board.pressed(number, one.digit)

    async def _turn(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + STEP_S, loop.time() - 5 * STEP_S)
            await asyncio.sleep(max(0.0, due - loop.time()))
            for call in list(self._calls.values()):
                try:
                    self._step(call, loop.time())
                except Exception:  # a defect in one call: told, and others go on
                    LOG.exception("sip_call_failed", call=call.trace[:80])

    def _step(self, call: SipCall, now: float) -> None:
        """20 ms of one call."""
        if call.state == "over":  # the center hung up
            self._drop(call)
        elif call.state == "rings":
            if now - call.since > RING_MAX_S:
                call.hang_up("nobody took it")
                self._end(call, f"nobody took the call for {RING_MAX_S / 60:.0f} minutes")
            elif now - call.told_at > RING_AGAIN_S:
                call.ring(now)
        else:
            call.port.send()
            self._tell(call, call.port.tick(now))
            heard = call.port.heard_at
            if heard is None:
                heard = call.opened_at = call.opened_at or now
            limit = self._plan.silence_s * (HOLD_FACTOR if call.held else 1)
            if now - heard > limit:
                self._tell(call, call.port.end())
                call.hang_up("no sound")
                self._end(call, f"no sound came for {limit:.0f} s")
