"""One call by SIP: its dialog on one side, its sound on the other (``center.call_ports.LineCall``)."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import structlog
from aiosipua import DialogState, IncomingCall, SdpMessage, SipResponse, SipUAS
from numpy.typing import NDArray

from einthoven.base.errors import InputError
from einthoven.edges.telephony.rtp_port import Media, RtpPort
from einthoven.edges.telephony.sip_offer import agree, called_of, caller_of, offer_of

LOG = structlog.get_logger("einthoven.sip")
RING_AGAIN_S: Final = 55.0
"""A proxy gives a call up of which it hears nothing for three minutes (RFC 3261, 16.6)."""
RING_MAX_S: Final = 600.0
HOLD_FACTOR: Final = 10
State = Literal["rings", "open", "over"]


class Agent(SipUAS):
    """The library's answering side, with what it keeps of a call that is over taken away."""

    def forget(self, call: IncomingCall) -> None:
        """Nothing more is sent or kept of a call."""
        call._stop_retransmissions()
        if self._calls.get(call.call_id) is call:
            del self._calls[call.call_id]


class SipCall:
    """A call.

    Args:
        agent: keeps its dialog.
        incoming: its INVITE.
        port: its sound.
        host: the address of ours that is told to the caller's line.
        now: seconds of the event loop.

    Raises:
        InputError: it offers nothing that we take.
    """

    def __init__(self, agent: Agent, incoming: IncomingCall, port: RtpPort, host: str, now: float) -> None:
        self.agent = agent
        self.incoming = incoming
        self.port = port
        self.number = 0
        self.state: State = "rings"
        self.since = self.told_at = now
        self.opened_at: float | None = None
        self._host = host
        self._version = 1
        self._answer: SdpMessage
        self._media: Media
        self._answer, self._media = agree(offer_of(incoming.invite), host, port.port, 1)
        self._caller, self._called = caller_of(incoming.invite), called_of(incoming.invite)

    @property
    def line(self) -> str:
        """``sip``."""
        return "sip"

    @property
    def caller(self) -> str:
        """Number of the caller."""
        return self._caller

    @property
    def called(self) -> str:
        """What was dialled."""
        return self._called

    @property
    def trace(self) -> str:
        """Its Call-ID."""
        return self.incoming.call_id

    @property
    def held(self) -> bool:
        """Whether its line said that no sound of the caller comes for now."""
        return not self._media.sends

    def ring(self, now: float) -> None:
        """Say that it rings: at first, and now and then, so that nobody on the way gives it up."""
        self.told_at = now
        self.incoming.ringing()
        top = self.incoming.invite.via[0].branch if self.incoming.invite.via else None
        kept = self.agent.transactions.get_server(top, "INVITE") if top else None
        if kept is not None:
            kept.update_state(180)

    def answer(self) -> None:
        """As ``LineCall.answer``."""
        if self.state != "rings":
            return
        self.state = "open"
        self.port.agreed(self._media, self.incoming.source_addr[0])
        self.incoming.accept(self._answer)

    def hang_up(self, why: str) -> None:
        """As ``LineCall.hang_up``: nothing is told of this call any more."""
        if self.state == "over":
            return
        LOG.info("sip_hung_up", call=self.trace[:80], number=self.number, why=why)
        rang, self.state = self.state == "rings", "over"
        if rang:
            self.incoming.reject(480)
        else:
            self.bye()
        self.agent.forget(self.incoming)

    def speak(self, sound: NDArray[np.int16]) -> None:
        """As ``LineCall.speak``."""
        if self.state == "open":
            self.port.speak(sound)

    def over(self) -> None:
        """The other side ended it."""
        self.state = "over"
        self.agent.forget(self.incoming)

    def bye(self) -> None:
        """Say that it is over, also where the caller's line never confirmed our answer."""
        dialog, call = self.incoming.dialog, self.incoming
        at = call.advertised_addr or self.agent.transport.local_addr
        request = dialog.create_request("BYE", via_host=at[0], via_port=at[1])
        dialog.terminate()
        self.agent.transport.send(request, call.source_addr)

    def anew(self) -> None:
        """A re-INVITE: hold, another address or law; what cannot be taken leaves all as it was."""
        call = self.incoming
        try:
            call.accept(self._agree_anew())
        except InputError:
            self._refuse(call)

    def _agree_anew(self) -> SdpMessage:
        offer = offer_of(self.incoming.invite)
        if offer is None:
            return self._answer  # asks what we offer: the same as before
        return self.take_offer(offer)

    def take_offer(self, offer: SdpMessage) -> SdpMessage:
        """Agree to another offer within the call.

        Raises:
            InputError: it offers nothing that we take.
        """
        answer, media = agree(offer, self._host, self.port.port, self._version + 1, anew=True)
        self._version += 1
        self._answer, self._media = answer, media
        if self.state == "open":
            self.port.agreed(media, self.incoming.source_addr[0])
        return answer

    def _refuse(self, call: IncomingCall) -> None:
        response: SipResponse = call.dialog.create_response(call.invite, 488, "Not Acceptable Here")
        self.agent.transport.send_reply(response)


def dialog_state(agent: Agent, call_id: str) -> DialogState | None:
    """Of a call that is known."""
    call = agent.get_call(call_id)
    return call.dialog.state if call is not None else None
