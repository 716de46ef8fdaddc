"""A PBX that knows us as an extension: registered, kept so, and said so where it is not (RFC 3261, 10; R6).

The library asks, answers the digest and refreshes; here stands what surrounds it. The name of the PBX is
looked up anew for every try. What it grants counts for our own contact alone: it lists those of other
telephones, too. Where it refuses, does not answer or forgets us it is tried again, for ever.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import structlog
from aiosipua import Registration, SipDigestAuth, SipResponse, SipUAC

from einthoven.base.networks import Network, networks
from einthoven.edges.telephony.sip_call import Agent
from einthoven.edges.telephony.sip_wire import Address

LOG = structlog.get_logger("einthoven.sip")
GRANTED_MAX: Final = 86_400
GOODBYE_S: Final = 2.0
"""So long the PBX may take to hear that we are gone; it forgets us by itself later."""
NO_ANSWER: Final = 408


@dataclass(frozen=True, slots=True)
class Register:
    """A PBX that knows us as an extension.

    Attributes:
        host, port: where REGISTER goes, by UDP.
        user, secret: the extension and its secret (digest, RFC 7616).
        expires_s: for so long it is asked to know us; what it grants counts.
        again_s: after a failure it is tried again after so long.
    """

    host: str
    port: int
    user: str
    secret: str = field(repr=False)
    expires_s: int = 300
    again_s: float = 30.0


class _Binding(Registration):
    """The library's, which believes whatever is granted to anybody, for however long."""

    on_gone: Callable[[], None]

    def _handle_response(self, response: SipResponse) -> None:
        if response.cseq is not None and response.cseq.seq == self._cseq:  # not one to an earlier try
            super()._handle_response(response)

    def _on_success(self, response: SipResponse) -> None:
        if not self._unregistering and self._granted(response) <= 0:
            self._fail(response.status_code, "granted no time")
            return
        super()._on_success(response)
        if self._unregistering:
            self.on_gone()

    def _granted_expires(self, response: SipResponse) -> int:
        return min(max(self._granted(response), 1), GRANTED_MAX)

    def _granted(self, response: SipResponse) -> int:
        """Seconds by our own contact, else by ``Expires``, else as asked."""
        ours = self.contact_uri.partition(":")[2]
        for raw in response.get_header_values("Contact"):
            place, _, told = raw.partition(">")
            if ours in place and "expires=" in told.lower():
                with suppress(ValueError):
                    return int(told.lower().partition("expires=")[2].partition(";")[0])
        with suppress(ValueError):
            return int(response.get_header("Expires") or "")
        return self.expires


class Registrar:
    """Keeps us registered.

    Args:
        agent: whose transport speaks.
        to: the PBX.
        at: our address as a host sees it.
        family: of our socket; another family's addresses of the PBX are of no use.

    Attributes:
        hosts: addresses of the PBX: it may call.
        why: why we are not registered; ``""`` while we are, or nothing is known yet.
        failed: tries that failed.
    """

    def __init__(
        self, agent: Agent, to: Register, at: Callable[[str], Address], family: socket.AddressFamily
    ) -> None:
        self._agent, self._to, self._at, self._family = agent, to, at, family
        self.hosts: tuple[Network, ...] = ()
        self.why = ""
        self.failed = 0
        self._held: _Binding | None = None
        self._until = float("-inf")
        self._over = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def registered(self) -> bool:
        """Whether the PBX knows us now."""
        return asyncio.get_running_loop().time() < self._until

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._keep(), name="sip register")

    async def stop(self) -> None:
        """Say that we are gone, where it knew us."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        held, self._held = self._held, None
        if held is None:
            return
        if self.registered:
            self._over.clear()
            self._until = float("-inf")
            held.unregister()
            with suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE_S):
                    await self._over.wait()
        held._cancel_timers()

    async def _keep(self) -> None:
        while True:
            self._over.clear()
            try:
                held = await self._found()
                held.register()
            except OSError as error:
                self._lost(f"{self._to.host}: {error}")
            await self._over.wait()
            await asyncio.sleep(self._to.again_s)

    async def _found(self) -> _Binding:
        """Where the PBX is now; the same binding, so that it sees one telephone."""
        to, loop = self._to, asyncio.get_running_loop()
        found = await loop.getaddrinfo(to.host, to.port, family=self._family, type=socket.SOCK_DGRAM)
        self.hosts = networks(",".join(str(one[4][0]).partition("%")[0] for one in found))
        peer = (str(found[0][4][0]), to.port)
        at = self._at(peer[0])
        host = f"[{to.host}]" if ":" in to.host else to.host
        held = self._held
        if held is None or held.uac.advertised_addr != at:
            agent = self._agent
            agent.uac = SipUAC(agent.transport, advertised_addr=at)
            held = self._held = _Binding(
                agent.uac,
                f"sip:{to.user}@{host}",
                peer,
                expires=to.expires_s,
                auth=SipDigestAuth(to.user, to.secret),
                user_agent=agent.user_agent,
            )
            held.on_registered = self._known
            held.on_failed = lambda _one, status, reason: self._refused(status, reason)
            held.on_gone = self._over.set
            held.on_expired = lambda _one: self._lost("it ran out")
        held.registrar = peer
        return held

    def _known(self, held: Registration) -> None:
        self._until = asyncio.get_running_loop().time() + held.granted_expires
        if self.why or held.granted_expires != self._to.expires_s:
            LOG.info("sip_registered", at=self._to.host, for_s=held.granted_expires)
        self.why = ""

    def _refused(self, status: int, reason: str) -> None:
        if status != NO_ANSWER:  # what does not answer may know us still, until it runs out
            self._until = float("-inf")
        self._lost(f"{status} {reason}"[:200])

    def _lost(self, why: str) -> None:
        self.failed += 1
        if why != self.why:
            LOG.error("sip_not_registered", at=self._to.host, why=why)
        self.why = why
        self._over.set()
