"""Open sessions: tokens, what they may do now, idle and absolute limits (R42, 45 CFR 164.312(a)(2)(iii)).

A session ends by hand, by its absolute limit, or because its person may no longer sign in. Idle, it only
locks: acts are refused until its person unlocks it, and what the wall shows goes on.

``find``, ``held`` and ``acted`` are called on the event loop, all else on the sign-in thread: a session is
replaced as a whole, never changed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from typing import Final

from einthoven.base.deeds import CENTER, staff_actor
from einthoven.base.instants import SECOND, Instant
from einthoven.center.sign_in_ports import Held, How, Limits, People, Person, Session, SessionStore, Where
from einthoven.surveillance.roles import Role, permissions_of

TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""256 random bits in base64url."""
ACTED_EVERY: Final = 30 * SECOND
"""How exactly it is known when somebody last did something; each time is a write."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session and its token, which is told once."""

    token: str
    held: Held


class Sessions:
    """Every open session.

    Args:
        store: keeps them over restarts.
        people: whose they are.
        now: center time.
        limits: how long they last.
    """

    def __init__(
        self,
        store: SessionStore,
        people: People,
        now: Instant,
        limits: Limits | None = None,
    ) -> None:
        self._store = store
        self._people = people
        self._limits = limits or Limits()
        self._open: dict[bytes, Session] = {one.id: self._known(one) for one in store.open(now)}
        # Apart from the sessions, so that the loop, which writes it, never puts back one that was locked or
        # closed meanwhile on the sign-in thread.
        self._acted: dict[bytes, Instant] = {}
        self._idle: set[bytes] = set()

    def _known(self, session: Session) -> Session:
        """A session of before the restart: whose role is a machine's came by a token."""
        person = self._people.member(session.staff)
        machine = person is not None and Role.SERVICE in person.roles
        return replace(session, how="token") if machine else session

    def __len__(self) -> int:
        return len(self._open)

    # ---- on the event loop -------------------------------------------------------------------------------

    def find(self, token: str, now: Instant) -> Held | None:
        """Who sends this token, None where the session is over or never was."""
        if not TOKEN.fullmatch(token):
            return None
        return self.held(id_of(token), now, token)

    def held(self, session_id: bytes, now: Instant, token: str = "") -> Held | None:
        """The same by the session's id; without the token there is no ``csrf``."""
        session = self._open.get(session_id)
        if session is None or now >= session.until:
            return None
        person = self._people.member(session.staff)
        if person is None or not person.active:
            return None
        return self._held(session, person, now, token)

    def acted(self, held: Held, now: Instant) -> None:
        """Its person did something just now; kept with the next ``sweep``."""
        session = self._open.get(held.id)
        if session is not None and not held.locked and now - self._last(session) >= ACTED_EVERY:
            self._acted[held.id] = now

    # ---- on the sign-in thread ---------------------------------------------------------------------------

    def open(self, person: Person, how: How, where: Where, random: bytes, now: Instant) -> Opened:
        """Open a session; the token is ``random``'s 32 bytes. Durable on return.

        Raises:
            StoreError: it was not kept, and does not exist.
        """
        token = base64.urlsafe_b64encode(random).decode().rstrip("=")
        lasts = self._limits.token if how == "token" else self._limits.absolute
        session = Session(id_of(token), person.number, where.station, now, now, now + lasts, how=how)
        self._store.begin(session)
        self._open[session.id] = session
        return Opened(token, self._held(session, person, now, token))

    def close(self, session: Session, why: str, actor: str, now: Instant) -> None:
        """End a session; one that is over stays so."""
        if self._open.pop(session.id, None) is not None:
            self._acted.pop(session.id, None)
            self._idle.discard(session.id)
            self._store.end(session, why, actor, now)

    def one(self, session_id: bytes) -> Session | None:
        """An open session."""
        return self._open.get(session_id)

    def lock(self, session_id: bytes, actor: str, now: Instant) -> None:
        """Lock by hand."""
        session = self._open.get(session_id)
        if session is not None and not session.locked:
            locked = replace(session, locked=True)
            self._open[session_id] = locked
            self._store.lock(locked, actor, now)

    def unlock(self, session_id: bytes, actor: str, now: Instant, renewed: bool) -> None:
        """Unlock; ``renewed`` where both factors were proved, which starts the absolute limit anew."""
        session = self._open.get(session_id)
        if session is None:
            return
        until = now + self._limits.absolute if renewed else session.until
        free = replace(session, locked=False, acted=now, until=until)
        if session.locked:
            self._store.lock(free, actor, now)
        self._store.see(free)
        self._idle.discard(session_id)
        self._open[session_id] = free

    def of(self, staff: int) -> list[Session]:
        """The sessions of somebody."""
        return [session for session in list(self._open.values()) if session.staff == staff]

    def sweep(self, now: Instant) -> list[Session]:
        """End sessions that are over, keep when people last acted; those idle since the last sweep."""
        idle: list[Session] = []
        for session in list(self._open.values()):
            person = self._people.member(session.staff)
            if person is None or not person.active:
                self.close(session, "no longer staff", CENTER, now)
            elif now >= session.until:
                self.close(session, "expired", CENTER, now)
            elif self._last(session) != session.acted:
                seen = replace(session, acted=self._last(session))
                self._store.see(seen)
                self._open[session.id] = seen
            elif session.id not in self._idle and not session.locked and self._is_idle(session, now):
                self._idle.add(session.id)
                idle.append(session)
        for stale in [one for one in list(self._acted) if one not in self._open]:
            self._acted.pop(stale, None)
        return idle

    def _last(self, session: Session) -> Instant:
        return max(session.acted, self._acted.get(session.id, session.acted))

    def _is_idle(self, session: Session, now: Instant) -> bool:
        return session.how != "token" and now - self._last(session) >= self._limits.idle

    def _held(self, session: Session, person: Person, now: Instant, token: str) -> Held:
        return Held(
            actor=staff_actor(person.number),
            staff=person.number,
            name=person.name,
            roles=person.roles,
            practice=person.practice,
            permissions=permissions_of(person.roles),
            key=key_of(session.id),
            id=session.id,
            how=session.how,
            locked=session.locked or self._is_idle(session, now),
            until=session.until,
            station=session.station,
            csrf=csrf_of(token) if token and session.how != "token" else "",
            login=person.login,
        )


def id_of(token: str) -> bytes:
    """What is kept of a token: its SHA-256."""
    return hashlib.sha256(token.encode()).digest()


def key_of(session: bytes) -> str:
    """How a session is named in the audit: enough to tell two apart, too little to find it by."""
    return session.hex()[:12]


def csrf_of(token: str) -> str:
    """What a page must send with every act, bound to the session: only who was told it over this origin can
    know it, and it says nothing about the token."""
    return hmac.new(token.encode(), b"einthoven csrf 1", hashlib.sha256).hexdigest()
