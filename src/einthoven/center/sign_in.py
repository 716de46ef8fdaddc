"""Signing in and out, locking and unlocking, first passwords and resets (R42).

Everything here is called on one thread, the sign-in thread, since comparing a password takes tens of
milliseconds and a deed waits for the disk; ``Sessions.find`` alone is called on the event loop. Time and
randomness come from outside. What is refused is refused in the same words and with the same work whether the
login exists or not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from einthoven.base.deeds import CENTER, Json, staff_actor
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.instants import SECOND, Instant
from einthoven.center import passwords, time_codes
from einthoven.center.attempts import Attempts, Key
from einthoven.center.ceremonies import Ceremonies
from einthoven.center.passwords import Passwords
from einthoven.center.sessions import Opened, Sessions, key_of
from einthoven.center.sign_in_ports import (
    Audit,
    Confirmed,
    Held,
    How,
    Limits,
    People,
    Person,
    Secrets,
    SecretStore,
    Where,
)
from einthoven.surveillance.roles import Role

WRONG: Final = "login, password or code is wrong"
NOBODY: Final = "nobody"
"""Who is written where nobody has the login: what was typed may be a password, so it is not kept."""
SET_UP: Final = "set-up"
CONFIRMED: Final = "confirmed"
DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody typed, and where."""

    login: str
    password: str
    code: str
    where: Where


@dataclass(frozen=True, slots=True)
class SetUp:
    """A temporary password was right: its owner now sets an own password and reads the code's secret.

    Attributes:
        ticket: proves this step to the next; short-lived, used once.
        secret, uri: of the time codes, to be read into an authenticator.
    """

    ticket: str
    secret: str
    uri: str


def of_content(content: str) -> None:
    """Refuse what is no digest; InputError names the field."""
    if not DIGEST.fullmatch(content):
        raise InputError("content: want a SHA-256 in 64 hexadecimal digits")


class SignIn:
    """The use-cases.

    Args:
        people: who works here.
        secrets: where secrets are kept.
        sessions: the open sessions.
        audit: where attempts are noted; sessions and secrets leave lines of their own.
        random: so many random bytes, fit for keys.
        limits: how long things last.
        hasher: of passwords.
        center: the center's name, for authenticators.
        demo: whether the center plays to visitors: one click signs in.
    """

    def __init__(
        self,
        people: People,
        secrets: SecretStore,
        sessions: Sessions,
        audit: Audit,
        random: Callable[[int], bytes],
        limits: Limits | None = None,
        hasher: Passwords | None = None,
        center: str = time_codes.ISSUER,
        demo: bool = False,
    ) -> None:
        self.people = people
        self.sessions = sessions
        self.demo = demo
        self._secrets = secrets
        self._audit = audit
        self._random = random
        self._limits = limits or Limits()
        self._passwords = hasher or Passwords()
        self._center = center
        self.attempts = Attempts()
        self.ceremonies = Ceremonies(random, self._limits.ceremony)
        # What an unknown login is compared with, so that it takes as long as a known one.
        self._nobodys = self._passwords.hashed("nobody's password", random(passwords.SALT_BYTES))
        self._nobodys_code = time_codes.new_secret(random(time_codes.SECRET_BYTES))

    # ---- password and code -------------------------------------------------------------------------------

    def sign_in(self, attempt: Attempt, now: Instant) -> Opened | SetUp:
        """Open a session by password and time code; with a temporary password, begin to set up.

        Raises:
            RefusedError: ``wait`` where too many attempts failed before, else ``sign_in``.
        """
        keys = self.admit(attempt.login, attempt.where, now)
        person = self.people.by_login(attempt.login)
        secrets = (self._secrets.get(person.number) if person else None) or Secrets(0)
        right = self._passwords.matches(secrets.password or self._nobodys, attempt.password)
        step = time_codes.step_of(secrets.code or self._nobodys_code, attempt.code, now, secrets.step)
        machine = person is not None and Role.SERVICE in person.roles
        if person is not None and person.active and not machine and right and secrets.password:
            if secrets.temporary is not None and now < secrets.temporary:
                return self._begin_set_up(person, now)
            if secrets.temporary is None and secrets.code and step is not None:
                self._keep_step(secrets, step, attempt.password, now)
                return self.opened(person, "password", attempt.where, now)
        raise self.refused(person, keys, "password or code", attempt.where, now)

    def admit(self, login: str, where: Where, now: Instant) -> tuple[Key, ...]:
        """The keys under which this attempt counts.

        Raises:
            RefusedError: ``wait``; nothing is compared before the wait is over.
        """
        keys: tuple[Key, ...] = (("address", where.address),)
        if login:
            keys = (("account", login.strip().casefold()[:200]), *keys)
        wait = self.attempts.wait(keys, now)
        if wait > 0:
            seconds = -(-wait // SECOND)
            raise RefusedError("wait", f"too many attempts failed: wait {seconds} s, then try again")
        return keys

    def refused(
        self, person: Person | None, keys: tuple[Key, ...], why: str, where: Where, now: Instant
    ) -> RefusedError:
        """Count and note an attempt that failed; what to raise."""
        wait = self.attempts.failed(keys, now)
        subject = staff_actor(person.number) if person else NOBODY
        detail: dict[str, Json] = {"why": why, "address": where.address, "wait_s": wait // SECOND}
        self._audit.note(subject, "sign_in.refused", subject, detail, now)
        words = f"{WRONG}; the next attempt is taken in {wait // SECOND} s" if wait else WRONG
        return RefusedError("sign_in", words)

    def opened(self, person: Person, how: How, where: Where, now: Instant) -> Opened:
        """Open a session for somebody who proved who they are.

        Raises:
            StoreError: it could not be kept.
        """
        self.attempts.succeeded(("account", person.login.casefold()))
        opened = self.sessions.open(person, how, where, self._random(32), now)
        actor = staff_actor(person.number)
        detail: dict[str, Json] = {"how": how, "address": where.address, "session": opened.held.key}
        self._audit.note(actor, "sign_in.opened", actor, detail, now)
        return opened

    def _keep_step(self, secrets: Secrets, step: int, password: str, now: Instant) -> None:
        kept = replace(secrets, step=step)
        if self._passwords.aged(secrets.password):
            kept = replace(kept, password=self._hashed(password))
        self._secrets.put(kept, staff_actor(secrets.staff), now)

    def _hashed(self, password: str) -> str:
        return self._passwords.hashed(password, self._random(passwords.SALT_BYTES))

    # ---- first password, resets --------------------------------------------------------------------------

    def _begin_set_up(self, person: Person, now: Instant) -> SetUp:
        secret = time_codes.new_secret(self._random(time_codes.SECRET_BYTES))
        ticket = self.ceremonies.begin(SET_UP, (person.number, secret), now)
        return SetUp(ticket, secret, time_codes.uri(secret, person.login, self._center))

    def set_up(self, ticket: str, password: str, code: str, where: Where, now: Instant) -> Opened:
        """Set one's own password and time code, after ``sign_in`` gave a ticket; opens a session.

        Raises:
            InputError: the password is easily guessed, or the code is not of the secret; try again.
            RefusedError: ``ticket``, it is over or was used.
        """
        number, secret = self._ticket(ticket, now)
        person = self.people.member(number)
        known = self._secrets.get(number)
        if person is None or not person.active or known is None or known.temporary is None:
            raise RefusedError("ticket", "this can no longer be set up: sign in again")
        passwords.check(password, person.login, person.name)
        if self._passwords.matches(known.password, password):
            raise InputError("password: the temporary one cannot be kept")
        step = time_codes.step_of(secret, code, now, 0)
        if step is None:
            raise InputError("code: not the one that the authenticator shows now")
        self.ceremonies.end(ticket)
        self.give(number, password, secret, staff_actor(number), now, step)
        return self.opened(person, "password", where, now)

    def _ticket(self, ticket: str, now: Instant) -> tuple[int, str]:
        kept = self.ceremonies.look(SET_UP, ticket, now)
        if not isinstance(kept, tuple):
            raise RefusedError("ticket", "too late: sign in again with the temporary password")
        return kept

    def give(self, number: int, password: str, code: str, actor: str, now: Instant, step: int = 0) -> None:
        """Give somebody a password, which was checked, and a time code of their own."""
        known = self._secrets.get(number) or Secrets(number)
        own = replace(known, password=self._hashed(password), temporary=None, code=code, step=step)
        self._secrets.put(own, actor, now)

    def invite(self, number: int, actor: str, now: Instant) -> str:
        """A temporary password for somebody new or locked out; what they had is void, passkeys too.

        Returns:
            The password, to be handed over by word of mouth; it is kept nowhere.

        Raises:
            NotFoundError: there is no such member of staff.
            InputError: it is a machine, which has a token.
        """
        person = self._member(number)
        if Role.SERVICE in person.roles:
            raise InputError(f"{person.login} is a machine: it has a token and no password")
        password = passwords.temporary(self._random(passwords.TEMPORARY_BYTES))
        until = now + self._limits.temporary
        self._secrets.put(Secrets(number, self._hashed(password), until), actor, now)
        self.attempts.succeeded(("account", person.login.casefold()))
        self.end_all(number, "reset", actor, now)
        return password

    def token(self, number: int, actor: str, now: Instant) -> str:
        """A machine's token, sent as ``Authorization: Bearer``; the one it had before is void.

        Raises:
            NotFoundError: there is no such member of staff.
            InputError: it is a person, who signs in.
        """
        person = self._member(number)
        if Role.SERVICE not in person.roles:
            raise InputError(f"{person.login} is no machine: only the role service has a token")
        self.end_all(number, "token renewed", actor, now)
        opened = self.sessions.open(person, "token", Where(""), self._random(32), now)
        detail: dict[str, Json] = {"session": opened.held.key}
        self._audit.note(actor, "sign_in.token", staff_actor(number), detail, now)
        return opened.token

    def _member(self, number: int) -> Person:
        person = self.people.member(number)
        if person is None:
            raise NotFoundError(f"there is no {staff_actor(number)}")
        return person

    # ---- sessions ----------------------------------------------------------------------------------------

    def lock(self, held: Held, now: Instant) -> None:
        """Hide the controls of a session; the wall goes on."""
        self.sessions.lock(held.id, held.actor, now)

    def unlock(self, held: Held, password: str, code: str, where: Where, now: Instant) -> None:
        """Give the controls back by password; with a time code beside it the session starts anew.

        Raises:
            RefusedError: ``wait``, or ``sign_in``: not the password of whoever is signed in.
        """
        person = self._person(held)
        keys = self.admit(person.login, where, now)
        secrets = self._secrets.get(person.number) or Secrets(person.number)
        right = self._passwords.matches(secrets.password or self._nobodys, password)
        if not right or secrets.temporary is not None:
            raise self.refused(person, keys, "unlock", where, now)
        step = time_codes.step_of(secrets.code, code, now, secrets.step) if code and secrets.code else None
        if code and step is None:
            raise self.refused(person, keys, "unlock", where, now)
        if step is not None:
            self._secrets.put(replace(secrets, step=step), held.actor, now)
        self.unlocked(held, step is not None, now)

    def unlocked(self, held: Held, renewed: bool, now: Instant) -> None:
        """The controls are back; both factors renew the session."""
        self.attempts.succeeded(("account", held.login.casefold()))
        self.sessions.unlock(held.id, held.actor, now, renewed)

    def confirm(self, held: Held, content: str, password: str, code: str, where: Where, now: Instant) -> str:
        """Prove once more who acts, for a signature under one content: password and time code.

        Args:
            content: SHA-256 of exactly what was shown, 64 hexadecimal digits.

        Returns:
            A name to sign with: used once, in this session, for this content, within ``Limits.confirmed``.

        Raises:
            InputError: ``content`` is no such digest.
            RefusedError: ``wait``, or ``sign_in``: not both right, or the code was used.
        """
        of_content(content)
        person = self._person(held)
        keys = self.admit(person.login, where, now)
        secrets = self._secrets.get(person.number) or Secrets(person.number)
        right = self._passwords.matches(secrets.password or self._nobodys, password)
        step = time_codes.step_of(secrets.code or self._nobodys_code, code, now, secrets.step)
        if not (right and secrets.password and secrets.temporary is None and secrets.code) or step is None:
            raise self.refused(person, keys, "signature", where, now)
        self._secrets.put(replace(secrets, step=step), held.actor, now)
        return self.proved(held, content, ("password", "code"), now)

    def confirm_in_demo(self, held: Held, content: str, now: Instant) -> str:
        """The same for a visitor of the demo, who has no secrets: a click, and the signature says so.

        Raises:
            RefusedError: ``demo``, this center is none, or they signed in otherwise.
        """
        of_content(content)
        if not self.demo or held.how != "demo":
            raise RefusedError("demo", "only a visitor of a demo signs by a click")
        return self.proved(held, content, ("demo",), now)

    def proved(self, held: Held, content: str, components: tuple[str, ...], now: Instant) -> str:
        """The name to come back with, of somebody who showed ``components`` for a content."""
        self.attempts.succeeded(("account", held.login.casefold()))
        kept = Confirmed(held.staff or 0, held.id, content, components, now)
        return self.ceremonies.begin(CONFIRMED, kept, now)

    def confirmed(self, held: Held, name: str, now: Instant) -> Confirmed:
        """What was proved under a name, once.

        Raises:
            RefusedError: ``confirmation``: too late, used already, or of another session.
        """
        kept = self.ceremonies.take(CONFIRMED, name, now)
        if (
            not isinstance(kept, Confirmed)
            or (kept.session, kept.staff) != (held.id, held.staff)
            or now >= kept.at + self._limits.confirmed
        ):
            self._audit.note(held.actor, "sign_in.refused", held.actor, {"why": "confirmation"}, now)
            raise RefusedError("confirmation", "too late, or used already: confirm again, then sign")
        return kept

    def sign_out(self, held: Held, now: Instant) -> None:
        """End a session."""
        session = self.sessions.one(held.id)
        if session is not None:
            self.sessions.close(session, "signed out", held.actor, now)

    def end_all(self, number: int, why: str, actor: str, now: Instant) -> None:
        """End every session of somebody."""
        for session in self.sessions.of(number):
            self.sessions.close(session, why, actor, now)

    def sweep(self, now: Instant) -> None:
        """Put down what time has done since the last look: sessions that are over, controls locked by rest.

        Nothing waits for it: ``Sessions.find`` judges by the time itself.
        """
        for session in self.sessions.sweep(now):
            actor = staff_actor(session.staff)
            self._audit.note(CENTER, "sign_in.idle", actor, {"session": key_of(session.id)}, now)

    def _person(self, held: Held) -> Person:
        person = self.people.member(held.staff) if held.staff is not None else None
        if person is None or not person.active:
            raise RefusedError("sign_in", "nobody is signed in here")
        return person

    # ---- others' word ------------------------------------------------------------------------------------

    def vouched(self, login: str, how: How, where: Where, now: Instant) -> Opened:
        """Open a session for whom a trusted provider named; nobody is added, nobody gets a role by it.

        Raises:
            RefusedError: ``sign_in``, nobody with this login works here.
        """
        keys = self.admit("", where, now)
        person = self.people.by_login(login)
        if person is None or not person.active or Role.SERVICE in person.roles:
            raise self.refused(person, keys, "not staff of this center", where, now)
        return self.opened(person, how, where, now)

    def as_role(self, role: str, where: Where, now: Instant) -> Opened:
        """Sign a visitor of the demo in as one of its members.

        Raises:
            RefusedError: ``demo``, this center is none.
            NotFoundError: the demo has nobody in this role.
        """
        if not self.demo:
            raise RefusedError("demo", "this center is no demo")
        for person in self.people.everybody():
            if person.active and role in person.roles:
                return self.opened(person, "demo", where, now)
        raise NotFoundError(f"the demo has nobody in the role {role[:40]!r}")
