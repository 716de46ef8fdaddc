"""Passkeys of people: adding, removing, signing in and unlocking with one (R42). On the sign-in thread."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from einthoven.base.deeds import staff_actor
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.instants import Instant
from einthoven.center import passkeys
from einthoven.center.passkeys import Place
from einthoven.center.sessions import Opened
from einthoven.center.sign_in import SignIn, of_content
from einthoven.center.sign_in_ports import Held, Secrets, SecretStore, Where

KEYS_MAX: Final = 10
ADD: Final = "passkey added"
USE: Final = "passkey used"
CONFIRM: Final = "passkey confirms"


@dataclass(frozen=True, slots=True)
class Asked:
    """What to ask the browser, and the name to come back with."""

    ceremony: str
    options: dict[str, Any]


class PasskeySignIn:
    """The use-cases of passkeys, beside those of ``SignIn``."""

    def __init__(self, sign_in: SignIn, secrets: SecretStore, random: Callable[[int], bytes]) -> None:
        self._sign_in = sign_in
        self._secrets = secrets
        self._random = random

    def begin_adding(self, held: Held, place: Place, now: Instant) -> Asked:
        """Ask for a new passkey of whoever is signed in.

        Raises:
            InputError: they have ``KEYS_MAX``.
        """
        person = self._sign_in.people.member(held.staff or 0)
        if person is None:
            raise RefusedError("sign_in", "nobody is signed in here")
        known = self._of(person.number).passkeys
        if len(known) >= KEYS_MAX:
            raise InputError(f"{KEYS_MAX} passkeys are enough: remove one first")
        challenge = self._random(passkeys.CHALLENGE_BYTES)
        name = self._sign_in.ceremonies.begin(ADD, (held.id, challenge), now)
        return Asked(name, passkeys.registration(person, place, challenge, known))

    def add(
        self, held: Held, ceremony: str, credential: object, name: str, place: Place, now: Instant
    ) -> str:
        """Keep the passkey that was made; its name.

        Raises:
            RefusedError: ``passkey``: too late, of another session, not proved, or known already.
        """
        kept = self._sign_in.ceremonies.take(ADD, ceremony, now)
        if not isinstance(kept, tuple) or kept[0] != held.id or held.staff is None:
            raise RefusedError("passkey", "too late: begin again")
        key = passkeys.registered(credential, place, kept[1], name, now)
        if self._secrets.by_passkey(key.id) is not None:
            raise RefusedError("passkey", "this passkey is known already")
        secrets = self._of(held.staff)
        self._secrets.put(replace(secrets, passkeys=(*secrets.passkeys, key)), held.actor, now)
        return key.name

    def names(self, held: Held) -> list[dict[str, object]]:
        """The passkeys of whoever is signed in: place, name, when added."""
        keys = self._of(held.staff or 0).passkeys
        return [{"place": at, "name": key.name, "added": key.added} for at, key in enumerate(keys)]

    def remove(self, held: Held, place: int, now: Instant) -> None:
        """Take one away.

        Raises:
            NotFoundError: there is none at this place.
        """
        secrets = self._of(held.staff or 0)
        if not 0 <= place < len(secrets.passkeys):
            raise NotFoundError(f"there is no passkey {place}")
        left = (*secrets.passkeys[:place], *secrets.passkeys[place + 1 :])
        self._secrets.put(replace(secrets, passkeys=left), held.actor, now)

    def begin(self, place: Place, now: Instant) -> Asked:
        """Ask for any passkey of this center: the same whoever asks."""
        challenge = self._random(passkeys.CHALLENGE_BYTES)
        name = self._sign_in.ceremonies.begin(USE, challenge, now)
        return Asked(name, passkeys.challenge_options(place, challenge))

    def sign_in(self, ceremony: str, credential: object, place: Place, where: Where, now: Instant) -> Opened:
        """Open a session with a passkey.

        Raises:
            RefusedError: ``wait``, or ``sign_in``: nobody's passkey, not proved, or too late.
        """
        number = self._proved(ceremony, credential, place, where, now, None)
        person = self._sign_in.people.member(number)
        assert person is not None
        return self._sign_in.opened(person, "passkey", where, now)

    def unlock(
        self, held: Held, ceremony: str, credential: object, place: Place, where: Where, now: Instant
    ) -> None:
        """Unlock a session with a passkey of its person; both factors, so it starts anew.

        Raises:
            RefusedError: ``wait``, or ``sign_in``: not theirs, not proved, or too late.
        """
        self._proved(ceremony, credential, place, where, now, held.staff)
        self._sign_in.unlocked(held, True, now)

    def begin_confirming(self, held: Held, content: str, place: Place, now: Instant) -> Asked:
        """Ask for a passkey for a signature under one content; its challenge is bound to the content.

        Raises:
            InputError: ``content`` is no SHA-256 in hexadecimal digits.
        """
        of_content(content)
        salt = self._random(passkeys.CHALLENGE_BYTES)
        challenge = hashlib.sha256(salt + bytes.fromhex(content)).digest()
        name = self._sign_in.ceremonies.begin(CONFIRM, (held.id, content, challenge), now)
        return Asked(name, passkeys.challenge_options(place, challenge))

    def confirm(
        self, held: Held, ceremony: str, credential: object, place: Place, where: Where, now: Instant
    ) -> str:
        """As ``SignIn.confirm``, by passkey; the content is the one that the ceremony began with.

        Raises:
            RefusedError: ``wait``, or ``sign_in``: not theirs, not proved, of another session, or too late.
        """
        kept = self._sign_in.ceremonies.look(CONFIRM, ceremony, now)
        if not isinstance(kept, tuple) or kept[0] != held.id:
            raise RefusedError("sign_in", "too late: begin again")
        self._proved(ceremony, credential, place, where, now, held.staff, CONFIRM)
        return self._sign_in.proved(held, kept[1], ("passkey-verified",), now)

    def _proved(
        self,
        ceremony: str,
        credential: object,
        place: Place,
        where: Where,
        now: Instant,
        whose: int | None,
        kind: str = USE,
    ) -> int:
        """Whose passkey it is, with its count kept."""
        keys = self._sign_in.admit("", where, now)
        challenge = self._sign_in.ceremonies.take(kind, ceremony, now)
        if isinstance(challenge, tuple):
            challenge = challenge[-1]
        wanted = passkeys.credential_id(credential) if isinstance(credential, dict) else b""
        secrets = self._secrets.by_passkey(wanted) if wanted else None
        person = self._sign_in.people.member(secrets.staff) if secrets else None
        if whose is not None and (person is None or person.number != whose):
            person = None
        if secrets is None or person is None or not person.active or not isinstance(challenge, bytes):
            raise self._sign_in.refused(person, keys, "passkey", where, now)
        key = next(one for one in secrets.passkeys if one.id == wanted)
        try:
            count = passkeys.proved(credential, place, challenge, key)
        except RefusedError as error:
            raise self._sign_in.refused(person, keys, f"passkey: {error.detail[:200]}", where, now) from error
        counted = tuple(replace(one, count=count) if one.id == wanted else one for one in secrets.passkeys)
        self._secrets.put(replace(secrets, passkeys=counted), staff_actor(person.number), now)
        return person.number

    def _of(self, staff: int) -> Secrets:
        return self._secrets.get(staff) or Secrets(staff)
