"""The SIP line of a running center, as the settings say (docs/lines.md)."""

from __future__ import annotations

import ipaddress
from pathlib import Path

from einthoven.base.errors import InputError
from einthoven.base.networks import networks
from einthoven.bootstrap.hospital import address
from einthoven.center.call_ports import Switchboard
from einthoven.edges.telephony.sip_line import Plan, SipLine
from einthoven.edges.telephony.sip_register import Register
from einthoven.settings import Settings


def open_sip(settings: Settings, folder: Path, switchboard: Switchboard) -> SipLine | None:
    """The line, not yet listening; None where ``sip_listen`` is empty.

    Raises:
        InputError: a setting is wrong; names it.
    """
    if not settings.sip_listen:
        return None
    host, port = address(settings.sip_listen, "sip_listen")
    host = "127.0.0.1" if host == "localhost" else host
    _ip(host, "sip_listen")
    if settings.sip_advertise:
        _ip(settings.sip_advertise, "sip_advertise")
    try:
        peers = networks(settings.sip_peers)
    except InputError as error:
        raise InputError(f"sip_peers: {error}") from error
    if not peers and not settings.sip_register:
        raise InputError("sip_peers: names nobody, so nobody could call")
    first, last = (int(one) for one in settings.rtp_ports.split("-"))
    if not 1024 <= first < last <= 65535:
        raise InputError(f"rtp_ports: want first-last within 1024-65535, got {settings.rtp_ports}")
    return SipLine(
        Plan(
            host,
            port,
            peers,
            settings.sip_advertise,
            (first, last),
            settings.sip_calls,
            float(settings.sip_silence_s),
            _register(settings, folder),
        ),
        switchboard,
    )


def _register(settings: Settings, folder: Path) -> Register | None:
    if not settings.sip_register:
        return None
    if not settings.sip_register_user:
        raise InputError("sip_register: wants sip_register_user, the extension")
    told = settings.sip_register
    host, port = address(told, "sip_register") if told.rpartition(":")[2].isdigit() else (told, 5060)
    secret = settings.sip_register_secret
    if settings.sip_register_secret_file:
        try:
            secret = (folder / settings.sip_register_secret_file).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"sip_register_secret_file: {error}") from error
    return Register(host, port, settings.sip_register_user, secret)


def _ip(text: str, name: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError as error:
        raise InputError(f"{name}: want an address, got {text!r}") from error
