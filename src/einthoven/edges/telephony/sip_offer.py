"""What a SIP call says of itself: who calls, what was dialled, which sound it offers (RFC 3261, 3264)."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import unquote

from aiosipua import SdpMessage, SdpNegotiationError, SipRequest, negotiate_sdp, parse_sdp

from einthoven.base.errors import InputError
from einthoven.edges.telephony.rtp_port import KINDS, Media

NUMBER_MAX: Final = 40
WITHHELD: Final = frozenset(
    {"anonymous", "unavailable", "restricted", "unknown", "private", "blocked", "withheld", "asterisk"}
)
KEYPAD: Final = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
DIALLED: Final = frozenset(one.translate(KEYPAD) for one in WITHHELD)
"""The same words as services that know nothing but digits say them: ``+266696687`` is ANONYMOUS."""
LAWS: Final = {0: "mu", 8: "a"}


def number_of(header: str | None) -> str:
    """The number or extension of a From, To or P-Asserted-Identity; "" where none is told."""
    text = (header or "").strip()
    opened, closed = text.find("<"), text.rfind(">")
    if 0 <= opened < closed:
        text = text[opened + 1 : closed]
    scheme, colon, rest = text.partition(":")
    if not colon or scheme.lower() not in {"sip", "sips", "tel"}:
        return ""
    user, at, _host = rest.partition("@")
    if not at and scheme.lower() != "tel":
        return ""
    number = unquote(user.partition(";")[0].partition(":")[0], errors="replace")
    if scheme.lower() == "tel" or number[:1] in "+0123456789(":
        number = "".join(sign for sign in number if sign not in " -.()")
    number = "".join(sign if sign.isprintable() else "?" for sign in number)[:NUMBER_MAX]
    return "" if is_withheld(number) else number


def is_withheld(number: str) -> bool:
    """Whether what stands in a number's place says that none is told."""
    return number.strip().lower() in WITHHELD or number.strip().lstrip("+") in DIALLED


def plain_number(text: str) -> str:
    """A number that a telephony service hands on, a SIP address among them; "" where it is withheld."""
    address = text.strip().lower().startswith(("sip:", "sips:", "tel:"))
    return number_of(text) if address else "" if is_withheld(text) else text


def caller_of(invite: SipRequest) -> str:
    """Who calls: as the network asserts it (RFC 3325), else as From says; "" where it is withheld."""
    private = (invite.get_header("Privacy") or "").lower()
    if any(one.strip() in {"id", "user", "header"} for one in private.split(";")):
        return ""
    for header in (*invite.get_header_values("P-Asserted-Identity"), invite.get_header("From")):
        for one in (header or "").split(","):
            if number := number_of(one):
                return number
    return ""


def called_of(invite: SipRequest) -> str:
    """What was dialled."""
    return number_of(invite.get_header("To")) or number_of(invite.uri)


def offer_of(request: SipRequest) -> SdpMessage | None:
    """The session description of a request; None where it has no body.

    Raises:
        InputError: it has another body, or a broken one.
    """
    if not request.body:
        return None
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind != "application/sdp":
        raise InputError(f"a body of {kind[:40] or 'no type'}: application/sdp is wanted")
    try:
        return parse_sdp(request.text)
    except (ValueError, IndexError) as error:
        raise InputError(f"the session description is broken: {error}") from error


def agree(
    offer: SdpMessage | None, host: str, port: int, version: int, *, anew: bool = False
) -> tuple[SdpMessage, Media]:
    """Our answer, and what was agreed on.

    Args:
        offer: of the caller.
        host, port: where we take sound.
        version: of our description: 1, 2, … (RFC 3264, 8).
        anew: within a call: what is then sent to somebody who is not heard (hold) is no caller's sound.

    Raises:
        InputError: no G.711 by plain RTP is offered.
    """
    if offer is None:
        raise InputError("an offer of G.711 is wanted in the INVITE")
    audio = offer.audio
    if audio is None or audio.port == 0:
        raise InputError("no sound is offered")
    if audio.proto.upper() not in {"RTP/AVP", "RTP/AVPF"}:
        raise InputError(f"{audio.proto[:20]} is not taken, only RTP/AVP")
    keys = next(
        (
            one.payload_type
            for one in audio.codecs
            if one.encoding_name.lower() == "telephone-event" and one.clock_rate in {0, 8000}
        ),
        None,
    )
    try:
        answer, kind = negotiate_sdp(
            offer,
            host,
            port,
            supported_codecs=list(KINDS.values()),
            dtmf_payload_type=keys or 0,
            session_id=str(port),
            session_name="einthoven",
        )
    except SdpNegotiationError as error:
        raise InputError("no G.711 is offered (PCMU or PCMA at 8000 Hz)") from error
    kind_of_address = "IP6" if ":" in host else "IP4"
    answer.origin.session_version = str(version)
    answer.origin.addr_type = kind_of_address
    if answer.connection is not None:
        answer.connection.addr_type = kind_of_address
    direction = _direction(offer)
    remote = _remote(offer)
    nowhere = (
        remote is not None and ipaddress.ip_address(remote[0]).is_unspecified
    )  # hold, as it was once told
    sends = direction == "sendrecv" or (direction == "sendonly" and not anew)
    media = Media(
        "mu" if kind == 0 else "a",
        None if nowhere else remote,
        keys,
        sends=sends and not (nowhere and anew),
        hears=direction in {"sendrecv", "recvonly"},
    )
    return answer, media


def _direction(offer: SdpMessage) -> str:
    audio = offer.audio
    assert audio is not None
    for known in (audio.attributes, offer.attributes):
        for one in ("sendrecv", "sendonly", "recvonly", "inactive"):
            if one in known:
                return one
    return "sendrecv"


def _remote(offer: SdpMessage) -> tuple[str, int] | None:
    """Where the offer wants sound; None where that is a name, or no port."""
    told = offer.rtp_address
    try:
        if told is None or not 0 < told[1] <= 65535:
            return None
        return str(ipaddress.ip_address(told[0])), told[1]
    except ValueError:
        return None
