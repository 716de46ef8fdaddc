"""Who asks, what they may see, and that they saw it (R42): what every route and socket is behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, TypeVar

import structlog
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope

from einthoven.base.deeds import Body
from einthoven.base.errors import NotFoundError, StoreError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import SECOND, Instant
from einthoven.center.passkey_sign_in import PasskeySignIn
from einthoven.center.sight import Sight
from einthoven.center.sign_in import SignIn
from einthoven.center.sign_in_ports import Held, Where
from einthoven.center.station_office import StationOffice
from einthoven.edges.web.cookies import STATION, bearer, session_name, value_of
from einthoven.edges.web.hosts import Hosts
from einthoven.edges.web.oidc import Oidc
from einthoven.surveillance.roles import Permission

Result = TypeVar("Result")
Done = Callable[[StoreError | None], None]
LOG = structlog.get_logger("einthoven.access")
CONSOLE: Final = Held(
    actor="console",
    staff=None,
    name="console",
    roles=frozenset(),
    practice=None,
    permissions=frozenset(Permission),
    key="console",
)
"""Everybody, while sign-in is off: on loopback only, until the first administrator exists."""
WAITING_MAX: Final = 32
"""Attempts to sign in that may wait for their turn, half a minute's at the most; one more is answered 503."""
AGAIN: Final = 600 * SECOND
"""Who goes on reading a patient's stored data is noted anew after so long."""
ONCE: Final = 24 * 3600 * SECOND
"""Who sees a patient live is noted once a sign-in, which is shorter than this."""
NOTED_MAX: Final = 100_000


class BusyError(StoreError):
    """Too many attempts to sign in are waiting."""


class SignInThread:
    """The one thread on which sign-in happens."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sign-in")
        self._waiting = 0

    async def run(self, act: Callable[[], Result]) -> Result:
        """What ``act`` returns, called on the thread.

        Raises:
            BusyError: ``WAITING_MAX`` are waiting.
        """
        if self._waiting >= WAITING_MAX:
            raise BusyError(f"{self._waiting} attempts to sign in are waiting; try again")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, act)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Take no more. What is under way may wait for the event loop, so the loop does not wait for it."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class Noter(Protocol):
    """Keeps an audit line; ``done`` on the event loop once it is durable, or failed."""

    def __call__(self, actor: str, action: str, subject: str, detail: Body, at: Instant, done: Done) -> None:
        """Keep it soon; never waits."""
        ...


def _nowhere(actor: str, action: str, subject: str, detail: Body, at: Instant, done: Done) -> None:
    del actor, action, subject, detail, at
    done(None)


class ReadLedger:
    """Notes who read what, once for what is one looking: before it is shown, and never instead of it.

    A line that cannot be kept (a full or failing disk) does not blank a screen: it is logged, counted, and
    tried again with the next read of its kind.
    """

    def __init__(self, note: Noter = _nowhere, failed: Callable[[], None] = lambda: None) -> None:
        self._note = note
        self._failed = failed
        self._noted: dict[tuple[str, str, str], Instant] = {}
        self._waited: dict[tuple[str, str, str], asyncio.Future[None]] = {}

    async def read(
        self,
        held: Held,
        action: str,
        subjects: Collection[str],
        detail: Body,
        now: Instant,
        again: int = AGAIN,
    ) -> None:
        """Somebody is about to be shown something; returns once that is on record."""
        if held.staff is None:
            return
        waiting = []
        for subject in subjects:
            key = (held.key, action, subject)
            under_way = self._waited.get(key)
            if under_way is not None:
                waiting.append(under_way)
            elif now - self._noted.get(key, now - again) >= again:
                waiting.append(self._begin(key, held, detail, now))
        if waiting:
            await asyncio.gather(*waiting)

    def _begin(
        self, key: tuple[str, str, str], held: Held, detail: Body, now: Instant
    ) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waited[key] = future

        def done(error: StoreError | None) -> None:
            self._waited.pop(key, None)
            if error is None:
                self._noted[key] = now
                while len(self._noted) > NOTED_MAX:
                    del self._noted[next(iter(self._noted))]
            else:
                self._failed()
                LOG.error(
                    "read_not_audited", actor=held.actor, action=key[1], subject=key[2], error=str(error)
                )
            if not future.done():
                future.set_result(None)

        self._note(held.actor, key[1], key[2], {"session": held.key, **detail}, now, done)
        return future


class DocumentStore(Protocol):
    """Where documents lie, each under the SHA-256 of its content; called on the reading threads."""

    @property
    def most(self) -> int:
        """Bytes of the largest that is taken."""
        ...

    def put(self, content: bytes, what: str) -> str:
        """Keep one, durable on return; its digest.

        Raises:
            InputError: it is none that is taken: its size or its kind, by its content.
            StoreError: there is no room.
            OSError: it could not be written.
        """
        ...

    def read(self, digest: str) -> tuple[bytes, str]:
        """One with its media type; NotFoundError where there is none."""
        ...


class DemoDoor(Protocol):
    """What a demo does for its visitors beside signing them in."""

    def place(self, role: str) -> tuple[str, int] | None:
        """Token and number of the station that a visitor in this role sits at; None: at none."""
        ...

    def let_one_call(self) -> bool:
        """A simulated patient telephones; False where none can now."""
        ...

    def ask(self, person: int) -> int:
        """A visitor asks the simulated technicians for patients; how many will be offered."""
        ...


def _nothing_more(_held: Held, _station: int | None) -> dict[str, object]:
    return {"station": None, "qualified": {"ok": False, "reasons": ["this is no registered station"]}}


@dataclass(slots=True)
class Access:
    """What sign-in is to the pages; ``bootstrap`` fills it in. Without ``sign_in`` it is off.

    Attributes:
        sign_in, passkeys, oidc: the ways to sign in; ``oidc`` None where the site has no provider.
        sight: who sees which patients.
        hosts: by which names the pages are asked for.
        ledger: notes who read what.
        thread: where sign-in happens.
        more: what else ``/api/me`` says of somebody at a station: ``station``, ``qualified``.
        places: sites and stations; None: a center without them.
        documents: where documents of people's papers lie; None: nowhere.
        note: keeps an audit line about what is done with them.
        demo: what a demo does for its visitors; None where this center is none.
    """

    sign_in: SignIn | None = None
    passkeys: PasskeySignIn | None = None
    oidc: Oidc | None = None
    sight: Sight = field(default_factory=Sight)
    hosts: Hosts = field(default_factory=Hosts)
    ledger: ReadLedger = field(default_factory=ReadLedger)
    thread: SignInThread = field(default_factory=SignInThread)
    demo: DemoDoor | None = None
    more: Callable[[Held, int | None], dict[str, object]] = _nothing_more
    places: StationOffice | None = None
    documents: DocumentStore | None = None
    note: Noter = _nowhere
    _on: bool = False

    @property
    def on(self) -> bool:
        """Whether one must sign in: from the first administrator on, and never off again."""
        if not self._on and self.sign_in is not None:
            self._on = self.sign_in.people.administrators() > 0
        return self._on

    def token_of(self, scope: Scope) -> str | None:
        """The token that a request carries, in its cookie or as a machine's."""
        headers = Headers(scope=scope)
        authorization = headers.get("authorization")
        if authorization is not None:
            return bearer(authorization)
        return value_of(headers.getlist("cookie"), session_name(self.hosts.secure))

    def station_of(self, connection: HTTPConnection) -> int | None:
        """The active station that a browser is, by the secret in its cookie; None where it is none."""
        if self.places is None:
            return None
        return self.places.station_of(value_of(connection.headers.getlist("cookie"), STATION))

    def where(self, connection: HTTPConnection) -> Where:
        """Where a request comes from."""
        return Where(address_of(connection.scope), self.station_of(connection))

    def who(self, scope: Scope, now: Instant) -> Held | None:
        """Who asks, None where nobody is signed in."""
        if not self.on or self.sign_in is None:
            return CONSOLE
        token = self.token_of(scope)
        if token is None:
            return None
        held = self.sign_in.sessions.find(token, now)
        # A machine's token is no cookie, and a cookie is no machine's token: neither is taken for the other.
        if held is not None and (held.how == "token") != ("authorization" in Headers(scope=scope)):
            return None
        return held

    def still(self, held: Held, now: Instant) -> Held | None:
        """The same who, as they are now; None where their session is over."""
        if held.staff is None:
            return None if self.on else held
        again = None if self.sign_in is None else self.sign_in.sessions.held(held.id, now)
        # What its acts carry is made of the token, which only the request that opened the page brought.
        return None if again is None else replace(again, csrf=held.csrf)

    async def see(
        self, held: Held, stream: StreamId, action: str, address: str, now: Instant, again: int = AGAIN
    ) -> None:
        """Whoever asks is about to be shown a patient's data: may they, and that is noted.

        Raises:
            NotFoundError: not theirs to see, in the words of a stream that does not exist.
        """
        if not self.sight.visible(stream, held, now):
            raise NotFoundError(f"no stream {stream_name(stream)}")
        await self.ledger.read(held, action, [stream_name(stream)], {"address": address}, now, again)

    async def noted(
        self, connection: HTTPConnection, action: str, subject: str, detail: Body, now: Instant
    ) -> None:
        """What whoever asks has brought is put on record, with where from, before they hear that it is.

        Raises:
            StoreError: it could not be kept.
        """
        noted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(error: StoreError | None) -> None:
            if noted.done():
                return  # whoever sent it has left
            if error is None:
                noted.set_result(None)
            else:
                noted.set_exception(error)

        whole = {**detail, "from": address_of(connection.scope)}
        self.note(held_of(connection).actor, action, subject, whole, now, done)
        await noted

    def close(self) -> None:
        """End what it began."""
        self.thread.close()


def held_of(connection: HTTPConnection) -> Held:
    """Who asks, as the door has found out."""
    held: Held = connection.state.held
    return held


def address_of(scope: Scope) -> str:
    """Where a request comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""
