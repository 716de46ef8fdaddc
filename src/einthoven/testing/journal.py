"""Journal, secrets and sessions in memory: real code for simulations, held to ``journal_suite``."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Protocol

from einthoven.base.chain import GENESIS, Head, link
from einthoven.base.deeds import Body, Deed, staff_actor
from einthoven.base.errors import StoreError, UnfitError
from einthoven.base.exact import exact_json
from einthoven.base.instants import Instant
from einthoven.center.audited import AuditAsked, AuditFound, selected
from einthoven.center.desk_ports import (
    LANES,
    Done,
    Notice,
    Posted,
    Posting,
    Secret,
    SecretKind,
    Session,
    Tried,
)
from einthoven.enrollment.register import AuditLine


def chained(
    lines: Sequence[AuditLine],
    actor: str,
    action: str,
    subject: str,
    detail: object,
    at: Instant,
    deed: int = 0,
) -> AuditLine:
    """The line that comes behind ``lines``."""
    last = Head(lines[-1].seq, lines[-1].hash) if lines else Head(0, GENESIS)
    text = exact_json(detail)
    texts = (actor.encode(), action.encode(), subject.encode(), text.encode())
    digest = link(last.hash, last.seq + 1, at, deed, texts)
    return AuditLine(last.seq + 1, at, actor, action, subject, json.loads(text), deed, digest)


class Ledger(Protocol):
    """What the fakes share: the audit, whether the disk works, and where ``done`` runs."""

    failing: StoreError | None

    def audit_lines(self) -> list[AuditLine]:
        """The audit, to be appended to."""
        ...

    def hand(self, act: Callable[[], None]) -> None:
        """Run ``act`` where ``done`` belongs."""
        ...


def _nobody(_error: StoreError | None) -> None:
    return None


class _Part:
    """A change of a fake: all or nothing, told once."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def _change(self, act: Callable[[], None], undo: Callable[[], None], done: Done) -> None:
        lines = self._ledger.audit_lines()
        before, failure = len(lines), self._ledger.failing
        if failure is None:
            try:
                act()
            except (StoreError, ValueError, TypeError) as error:
                failure = error if isinstance(error, StoreError) else UnfitError(str(error))
                del lines[before:]
                undo()
        self._ledger.hand(lambda: done(failure))

    def _audit(
        self, actor: str, action: str, subject: str, detail: object, at: Instant, deed: int = 0
    ) -> None:
        if not actor or not action:
            raise UnfitError("an audit line names who did what")
        lines = self._ledger.audit_lines()
        lines.append(chained(lines, actor, action, subject, detail, at, deed))


class MemoryJournal(_Part):
    """``center.desk_ports.Journal`` in memory."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._deeds: list[Deed] = []
        self._outbox: dict[str, Posted] = {}
        self._alive: Instant | None = None

    def read(self, after: int = 0, limit: int = 1000) -> list[Deed]:
        """At most ``limit`` deeds numbered above ``after``, in order."""
        return self._deeds[after : after + limit]

    def read_kinds(
        self, kinds: Collection[str], after: int = 0, limit: int = 1000, subject: str | None = None
    ) -> list[Deed]:
        """The same of some kinds, or of some kinds about one subject."""
        found = [one for one in self._deeds[after:] if one.kind in kinds and subject in (None, one.subject)]
        return found[:limit]

    def last(self) -> int:
        """Number of the last deed, 0 before the first."""
        return len(self._deeds)

    def last_alive(self) -> Instant | None:
        """The instant that ``alive`` kept last."""
        return self._alive

    def audit(self, asked: AuditAsked) -> AuditFound:
        """Lines of the audit, newest first."""
        return selected(self._ledger.audit_lines(), asked)

    def due(self, now: Instant, limit: int = 100, lane: str = "") -> list[Posted]:
        """Messages of a lane to be tried by now, those that wait longest first."""
        waiting = [one for one in self._outbox.values() if one.next_at is not None and one.next_at <= now]
        waiting = [
            one for one in waiting if lane == (one.notice.channel if one.notice.channel in LANES else "")
        ]
        waiting.sort(key=lambda one: (one.next_at, one.notice.at, one.notice.id))
        return waiting[:limit]

    def posted(self, id_: str) -> Posted | None:
        """A message of the outbox, None where there is no such."""
        return self._outbox.get(id_)

    def append(
        self, deeds: Sequence[Deed], outbox: Sequence[Notice], done: Done, tried: Sequence[Tried] = ()
    ) -> None:
        """Keep deeds with their audit lines, new messages and what came of tries, all of it or nothing."""
        before, posted = len(self._deeds), self._outbox.copy()

        def act() -> None:
            for deed in deeds:
                self._put_deed(deed)
            for notice in outbox:
                self._put_notice(notice)
            for one in tried:
                self._put_try(one)

        def undo() -> None:
            del self._deeds[before:]
            self._outbox = posted

        self._change(act, undo, done)

    def _put_deed(self, deed: Deed) -> None:
        last = len(self._deeds)
        if deed.number != last + 1:
            raise UnfitError(f"deed {deed.number} ({deed.kind}) does not follow deed {last}")
        self._audit(deed.actor, deed.kind, deed.subject, deed.body, deed.at, deed.number)
        self._deeds.append(replace(deed, body=json.loads(exact_json(deed.body))))

    def _put_notice(self, notice: Notice) -> None:
        if not notice.id or not notice.channel or not notice.to:
            raise UnfitError("a message has an id, a channel and a receiver")
        kept = replace(notice, content=json.loads(exact_json(notice.content)))
        known = self._outbox.setdefault(notice.id, Posted(kept, Posting.QUEUED, 0, notice.at, ""))
        if known.notice != kept:
            raise UnfitError(f"message {notice.id} is kept with another content")

    def _put_try(self, tried: Tried) -> None:
        known = self._outbox.get(tried.id)
        if known is None or known.state.settled:
            raise UnfitError(f"message {tried.id} is settled or was never kept")
        if tried.state.settled is not (tried.next_at is None):
            raise UnfitError(f"message {tried.id}: settled and due again, or neither")
        self._outbox[tried.id] = Posted(
            known.notice, tried.state, tried.attempts, tried.next_at, tried.receipt
        )

    def note(self, actor: str, action: str, subject: str, detail: Body, at: Instant, done: Done) -> None:
        """An audit line that is no deed; nothing may be shown before ``done(None)``."""
        self._change(lambda: self._audit(actor, action, subject, detail, at), lambda: None, done)

    def alive(self, at: Instant, done: Done = _nobody) -> None:
        """Keep ``at`` as the last instant at which the center was known alive."""

        def act() -> None:
            self._alive = at

        self._change(act, lambda: None, done)


class MemorySecrets(_Part):
    """``center.desk_ports.Secrets`` in memory."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._secrets: dict[int, Secret] = {}

    def of(self, staff: int, kind: SecretKind | None = None) -> list[Secret]:
        """The secrets of a member that hold, by number."""
        return [
            one
            for one in self._secrets.values()
            if one.staff == staff and one.retired is None and kind in (None, one.kind)
        ]

    def all(self, kind: SecretKind) -> list[Secret]:
        """Those of a kind that hold, of everybody, by number."""
        return [one for one in self._secrets.values() if one.kind is kind and one.retired is None]

    def add(
        self,
        staff: int,
        kind: SecretKind,
        name: str,
        value: bytes,
        actor: str,
        at: Instant,
        done: Done,
        retire: Collection[int] = (),
    ) -> None:
        """Keep a new secret and retire others of the same member with it, audited."""
        before = self._secrets.copy()

        def act() -> None:
            for number in sorted(set(retire)):
                self._retire(number, actor, at, of=staff)
            if staff < 1 or not value:
                raise UnfitError("a secret is somebody's and not empty")
            one = Secret(len(self._secrets) + 1, staff, kind, name, value, at)
            self._secrets[one.number] = one
            self._tell("secret.add", one, actor, at)

        self._change(act, lambda: self._back(before), done)

    def _back(self, before: dict[int, Secret]) -> None:
        self._secrets = before

    def _tell(self, action: str, one: Secret, actor: str, at: Instant) -> None:
        detail = {"secret": one.number, "kind": one.kind.value, "name": one.name}
        self._audit(actor, action, staff_actor(one.staff), detail, at)

    def _held(self, number: int) -> Secret:
        one = self._secrets.get(number)
        if one is None or one.retired is not None:
            raise UnfitError(f"secret {number} does not hold")
        return one

    def _retire(self, number: int, actor: str, at: Instant, of: int | None = None) -> None:
        one = self._held(number)
        if of not in (None, one.staff):
            raise UnfitError(f"secret {number} is not theirs")
        self._secrets[number] = replace(one, retired=at)
        self._tell("secret.retire", one, actor, at)

    def change(self, number: int, value: bytes, done: Done) -> None:
        """Replace the value of one that holds; no audit line."""

        def act() -> None:
            one = self._held(number)
            if not value:
                raise UnfitError("a secret is not empty")
            self._secrets[number] = replace(one, value=value)

        self._change(act, lambda: None, done)

    def retire(self, number: int, actor: str, at: Instant, done: Done) -> None:
        """It holds no more, audited."""
        before = self._secrets.copy()
        self._change(lambda: self._retire(number, actor, at), lambda: self._back(before), done)


class MemorySessions(_Part):
    """``center.desk_ports.Sessions`` in memory."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._sessions: dict[bytes, Session] = {}

    def open(self, now: Instant) -> list[Session]:
        """Sessions that have neither ended nor expired by now, by when they began."""
        found = [one for one in self._sessions.values() if one.ended is None and one.expires > now]
        return sorted(found, key=lambda one: (one.created, one.token))

    def _one(self, token: bytes) -> Session:
        one = self._sessions.get(token)
        if one is None:
            raise UnfitError("there is no such session")
        return one

    def _open(self, token: bytes) -> Session:
        one = self._one(token)
        if one.ended is not None:
            raise UnfitError("the session has ended")
        return one

    def _keep(self, one: Session, action: str, actor: str, at: Instant, why: str = "") -> None:
        detail: dict[str, object] = {"station": one.station}
        if why:
            detail["why"] = why
        self._audit(actor, action, staff_actor(one.staff), detail, at)
        self._sessions[one.token] = one

    def begin(self, session: Session, done: Done) -> None:
        """Keep a new one, audited."""

        def act() -> None:
            if len(session.token) != 32 or session.token in self._sessions:
                raise UnfitError("the token of a session is 32 bytes that were never used")
            new = replace(session, locked=None, ended=None, why="")
            self._keep(new, "session.begin", staff_actor(new.staff), new.created)

        self._change(act, lambda: None, done)

    def see(self, token: bytes, seen: Instant, expires: Instant, done: Done = _nobody) -> None:
        """It was used."""

        def act() -> None:
            self._sessions[token] = replace(self._open(token), seen=seen, expires=expires)

        self._change(act, lambda: None, done)

    def lock(self, token: bytes, at: Instant | None, actor: str, now: Instant, done: Done) -> None:
        """Locked since ``at``, or unlocked, audited."""

        def act() -> None:
            action = "session.unlock" if at is None else "session.lock"
            self._keep(replace(self._open(token), locked=at), action, actor, now)

        self._change(act, lambda: None, done)

    def end(self, token: bytes, why: str, actor: str, at: Instant, done: Done) -> None:
        """It is over, audited; one that has ended stays as it is."""

        def act() -> None:
            one = self._one(token)
            if one.ended is not None:
                return
            if not why:
                raise UnfitError("a session ends for a reason")
            self._keep(replace(one, ended=at, why=why), "session.end", actor, at, why)

        self._change(act, lambda: None, done)
