"""Time codes: six digits every 30 seconds from a shared secret (TOTP, RFC 6238). Pure."""

from __future__ import annotations

import base64
import hmac
from typing import Final

import pyotp

from einthoven.base.instants import SECOND, Instant

SECRET_BYTES: Final = 20
"""160 bits, as RFC 4226 recommends."""
STEP_S: Final = 30
DRIFT: Final = 1
"""Steps before and after now whose codes are taken too: clocks of telephones, and typing, are slow."""
ISSUER: Final = "einthoven"


def new_secret(random: bytes) -> str:
    """A secret of ``SECRET_BYTES`` random bytes, base32."""
    return base64.b32encode(random[:SECRET_BYTES]).decode()


def uri(secret: str, login: str, center: str) -> str:
    """What an authenticator reads from the QR code (``otpauth://…``)."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=center or ISSUER)


def code_at(secret: str, step: int) -> str:
    """The code of a time step, six digits."""
    return pyotp.TOTP(secret).generate_otp(step)


def step_at(at: Instant) -> int:
    """The time step of an instant."""
    return at // (STEP_S * SECOND)


def step_of(secret: str, code: str, at: Instant, after: int) -> int | None:
    """The time step whose code this is, None where it is wrong or was used.

    Args:
        after: newest step that was used; its code and older ones are refused (RFC 6238, 5.2).
    """
    given = "".join(code.split())
    now, found = step_at(at), None
    # All are compared, so that the time taken tells nothing.
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), given.encode("utf-8", "replace")):
            found = step if found is None else max(found, step)
    return found if found is not None and found > after else None
