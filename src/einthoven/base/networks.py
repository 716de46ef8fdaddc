"""Who may knock: addresses and networks of those who may connect (R26, R41)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from einthoven.base.errors import InputError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks, parted by commas.

    Raises:
        InputError: one is none.
    """
    try:
        return tuple(ipaddress.ip_network(one.strip()) for one in text.split(",") if one.strip())
    except ValueError as error:
        raise InputError(f"{text[:60]!r}: {error}") from error


def within(host: str, allowed: Iterable[Network]) -> bool:
    """Whether an address, as a socket tells it, is of one of these networks.

    An IPv4 address that came to an IPv6 socket (``::ffff:10.0.0.1``) counts as what it is; what is no
    address (an empty peer, a name) is of none.
    """
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in one for one in allowed)
