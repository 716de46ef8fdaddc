"""Whether the center's addresses can be had, asked before anything is made on the disk."""

from __future__ import annotations

import os
import socket

from einthoven.base.errors import InputError
from einthoven.settings import Settings


def check_addresses(settings: Settings) -> None:
    """Bind the addresses of pages and transmitters once and let them go again.

    Not those of the telephone's lines: one that cannot be had ends no center (``bootstrap.lines``).

    Raises:
        InputError: one cannot be had; the line that listening on it would give.
    """
    web, link = settings.web_port, settings.link_port
    try:
        _bind(settings.web_host, web)
    except (OSError, OverflowError) as error:
        raise InputError(f"cannot listen on {settings.web_host} port {web}: {reason(error)}") from error
    if not link and web:
        link = web + 1
    try:
        _bind(settings.link_host, link)
    except (OSError, OverflowError) as error:
        raise link_refused(settings.link_host, link, error) from error
    if settings.hl7_listen:
        host, _, port = settings.hl7_listen.rpartition(":")
        try:
            _bind(host.strip("[]"), int(port))
        except (OSError, OverflowError) as error:
            raise InputError(f"cannot listen for HL7 on {settings.hl7_listen}: {reason(error)}") from error


def link_refused(host: str, port: int, error: OSError | OverflowError) -> InputError:
    """What is said when transmitters cannot be listened for."""
    return InputError(f"cannot listen for transmitters on {host} port {port}: {reason(error)}")


def media_refused(where: str, error: OSError | OverflowError) -> InputError:
    """What is said when media streams cannot be listened for."""
    return InputError(f"cannot listen for media streams on {where}: {reason(error)}")


def reason(error: OSError | OverflowError) -> str:
    """Why an address cannot be had, in the system's words."""
    if isinstance(error, socket.gaierror) or not isinstance(error, OSError) or not error.errno:
        return str(getattr(error, "strerror", None) or error)
    return os.strerror(error.errno)


def _bind(host: str, port: int) -> None:
    """Every address of a host, as a server that listens there would have it."""
    if not 0 <= port <= 65535:
        raise OverflowError("port must be 0-65535")
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, kind, protocol, _, address in dict.fromkeys(found):
        try:
            one = socket.socket(family, kind, protocol)
        except OSError:  # a family that this machine does not have is not listened on either
            continue
        with one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
