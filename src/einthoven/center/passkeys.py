"""Passkeys: registration and sign-in with WebAuthn, user verification required (R42). Pure.

A passkey belongs to a name: ``localhost`` or the center's own (``web_name``). An address is no name, so a
page opened as ``127.0.0.1`` cannot use one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from einthoven.base.errors import RefusedError
from einthoven.base.instants import Instant
from einthoven.center.sign_in_ports import Passkey, Person

CHALLENGE_BYTES: Final = 32
NAME_MAX: Final = 60
WAIT_MS: Final = 120_000
NAME: Final = "einthoven"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the browser says it is; both have passed the list of hosts.

    Attributes:
        name: the relying party: ``localhost`` or the center's name.
        origin: scheme, name and port, as the browser signs it.
    """

    name: str
    origin: str


def registration(
    person: Person, place: Place, challenge: bytes, known: tuple[Passkey, ...]
) -> dict[str, Any]:
    """What ``navigator.credentials.create`` is to be asked, JSON-ready."""
    options = webauthn.generate_registration_options(
        rp_id=place.name,
        rp_name=NAME,
        user_id=handle(person.number),
        user_name=person.login,
        user_display_name=person.name,
        challenge=challenge,
        timeout=WAIT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=key.id) for key in known],
    )
    return dict(json.loads(webauthn.options_to_json(options)))


def registered(credential: object, place: Place, challenge: bytes, name: str, now: Instant) -> Passkey:
    """The passkey that a browser made.

    Raises:
        RefusedError: ``passkey``, it does not answer the challenge, or not from here.
    """
    try:
        told = webauthn.verify_registration_response(
            credential=_dict(credential),
            expected_challenge=challenge,
            expected_rp_id=place.name,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise RefusedError("passkey", f"the passkey was not taken ({error})") from error
    words = " ".join(name.split())[:NAME_MAX] or "passkey"
    return Passkey(told.credential_id, told.credential_public_key, told.sign_count, words, now)


def challenge_options(place: Place, challenge: bytes) -> dict[str, Any]:
    """What ``navigator.credentials.get`` is to be asked. No account is named, so none is told to exist."""
    options = webauthn.generate_authentication_options(
        rp_id=place.name,
        challenge=challenge,
        timeout=WAIT_MS,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(json.loads(webauthn.options_to_json(options)))


def credential_id(credential: object) -> bytes:
    """Which passkey an answer is of; empty where it says nothing readable."""
    try:
        return base64url_to_bytes(str(_dict(credential).get("rawId", "")))
    except ValueError:
        return b""


def proved(credential: object, place: Place, challenge: bytes, key: Passkey) -> int:
    """The authenticator's new count, where its answer proves the passkey.

    Raises:
        RefusedError: ``passkey``, it does not; also where the count went back, as a copied one's does.
    """
    try:
        told = webauthn.verify_authentication_response(
            credential=_dict(credential),
            expected_challenge=challenge,
            expected_rp_id=place.name,
            expected_origin=place.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise RefusedError("passkey", f"the passkey was not taken ({error})") from error
    return told.new_sign_count


def handle(staff: int) -> bytes:
    """How an authenticator names the account: no name and no login."""
    return f"staff {staff}".encode()


def _dict(credential: object) -> dict[str, Any]:
    if not isinstance(credential, dict):
        raise RefusedError("passkey", "the answer of the passkey is no object")
    return credential
