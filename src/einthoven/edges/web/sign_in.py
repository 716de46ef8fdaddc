"""The requests of sign-in: password and code, passkeys, the provider, lock, unlock, who am I (R42)."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Final

import segno
import structlog
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.instants import MILLISECOND
from einthoven.center.desk_door import Me
from einthoven.center.passkey_sign_in import PasskeySignIn
from einthoven.center.passkeys import Place
from einthoven.center.ports import Clock
from einthoven.center.sessions import Opened
from einthoven.center.sign_in import Attempt, SetUp, SignIn
from einthoven.center.sign_in_ports import Held, Where
from einthoven.edges.web.access import Access, address_of, held_of
from einthoven.edges.web.answers import as_json, json_object
from einthoven.edges.web.cookies import (
    STATION,
    STATION_COOKIE_S,
    dropped,
    kept,
    oidc_name,
    session_name,
    value_of,
)
from einthoven.edges.web.oidc import Trip

LOG = structlog.get_logger("einthoven.access")
BODY_MAX: Final = 64 * 1024
TEXT_MAX: Final = 2048
OIDC_COOKIE_S: Final = 300
TRIP: Final = "oidc"
BACK: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>einthoven</title>
<meta http-equiv="refresh" content="0;url=/"></head>
<body><p>Signed in. <a href="/">Go on</a>.</p></body></html>
"""
"""A page of ours between the provider and the wall: only what one's own page opens gets a strict cookie."""
DEMO_ROLES: Final = (
    "technician",
    "supervisor",
    "physician",
    "enrollment",
    "billing",
    "administrator",
    "auditor",
)


class SignInRoutes:
    """The handlers."""

    def __init__(self, access: Access, clock: Clock) -> None:
        self._access = access
        self._clock = clock

    def routes(self) -> list[Route]:
        """Where each handler is; the demo's only where this center is one."""
        post = ["POST"]
        routes = [
            Route("/api/me", self.me, name="me"),
            Route("/api/sign-in", self.sign_in, methods=post, name="sign-in"),
            Route("/api/sign-in/set-up", self.set_up, methods=post, name="sign-in set-up"),
            Route("/api/sign-in/passkey/begin", self.ask, methods=post, name="sign-in passkey begin"),
            Route("/api/sign-in/passkey", self.passkey, methods=post, name="sign-in passkey"),
            Route("/api/sign-out", self.sign_out, methods=post, name="sign-out"),
            Route("/api/session/lock", self.lock, methods=post, name="lock"),
            Route("/api/session/unlock", self.unlock, methods=post, name="unlock"),
            Route("/api/session/unlock-passkey", self.unlock_passkey, methods=post, name="unlock passkey"),
            Route("/api/session/confirm", self.confirm, methods=post, name="confirm"),
            Route(
                "/api/session/confirm-passkey/begin",
                self.begin_confirm,
                methods=post,
                name="confirm passkey begin",
            ),
            Route("/api/session/confirm-passkey", self.confirm_passkey, methods=post, name="confirm passkey"),
            Route("/api/session/alive", self.alive, methods=post, name="alive"),
            Route("/api/passkeys", self.passkeys, name="passkeys"),
            Route("/api/passkeys/begin", self.begin_passkey, methods=post, name="passkey begin"),
            Route("/api/passkeys/add", self.add_passkey, methods=post, name="passkey add"),
            Route("/api/passkeys/remove", self.remove_passkey, methods=post, name="passkey remove"),
            Route("/api/staff", self.staff, name="staff"),
            Route("/api/staff/reset", self.reset, methods=post, name="staff reset"),
        ]
        if self._access.oidc is not None:
            routes += [
                Route("/api/sign-in/oidc", self.to_provider, name="sign-in oidc"),
                Route("/api/sign-in/oidc/return", self.from_provider, name="sign-in oidc return"),
            ]
        if self._access.sign_in is not None and self._access.sign_in.demo:
            routes += [
                Route("/api/sign-in/demo", self.as_role, methods=post, name="sign-in demo"),
                Route("/api/demo/call", self.let_one_call, methods=post, name="demo call"),
                Route("/api/demo/ask", self.ask_colleagues, methods=post, name="demo ask"),
            ]
        return routes

    # ---- who am I ----------------------------------------------------------------------------------------

    async def me(self, request: Request) -> Response:
        """Who is signed in here, what they may do, and which ways in there are."""
        held = self._access.who(request.scope, self._clock.wall())
        return as_json(self._me(held, request))

    def me_of(self, connection: HTTPConnection) -> Me:
        """The same again and again, for the socket of a page; None once its session is over."""
        held = held_of(connection)

        def me() -> dict[str, object] | None:
            now = self._access.still(held, self._clock.wall())
            # The page's own value: without the token nobody can make it anew.
            return None if now is None else self._me(replace(now, csrf=held.csrf), connection)

        return me

    def _me(self, held: Held | None, request: HTTPConnection) -> dict[str, object]:
        access = self._access
        ways: dict[str, object] = {
            "password": access.sign_in is not None,
            "passkey": access.passkeys is not None and self._place(request) is not None,
            "oidc": None if access.oidc is None else access.oidc.provider.label,
            "demo": list(DEMO_ROLES) if access.sign_in is not None and access.sign_in.demo else [],
        }
        body: dict[str, object] = {"sign_in": "needed", "permissions": [], "csrf": "", "ways": ways}
        body["demo"] = bool(ways["demo"])
        if held is None:
            return body | {"session": None, "station": None, "qualified": {"ok": False, "reasons": []}}
        until = None if held.until is None else held.until // MILLISECOND
        body |= {
            "sign_in": "off" if held.staff is None else "in",
            "permissions": sorted(held.permissions),
            "csrf": held.csrf,
            "session": {"until_ms": until, "locked": held.locked, "how": held.how},
        }
        if held.staff is not None:
            body["staff"] = {
                "id": held.staff,
                "name": held.name,
                "login": held.login,
                "roles": sorted(held.roles),
                "practice": held.practice,
            }
        return body | access.more(held, access.station_of(request))

    # ---- signing in --------------------------------------------------------------------------------------

    async def sign_in(self, request: Request) -> Response:
        """By password and time code; with a temporary password, what is needed to set up one's own."""
        body = await json_object(request, BODY_MAX, "a sign-in")
        login, password, code = (_text(body, name) for name in ("login", "password", "code"))
        attempt, sign_in, now = (
            Attempt(login, password, code, self._access.where(request)),
            self._sign_in(),
            self._clock.wall(),
        )
        found = await self._access.thread.run(lambda: sign_in.sign_in(attempt, now))
        if isinstance(found, SetUp):
            svg = io.BytesIO()
            segno.make(found.uri, micro=False).save(
                svg, kind="svg", xmldecl=False, scale=4, border=4, light="#fff"
            )
            return as_json(
                {
                    "next": "set_up",
                    "ticket": found.ticket,
                    "secret": found.secret,
                    "uri": found.uri,
                    "qr": svg.getvalue().decode(),
                }
            )
        return await self._in(found, request)

    async def set_up(self, request: Request) -> Response:
        """Set one's own password and code after a temporary one."""
        body = await json_object(request, BODY_MAX, "a sign-in")
        ticket, password, code = (_text(body, name) for name in ("ticket", "password", "code"))
        sign_in, now, where = self._sign_in(), self._clock.wall(), self._access.where(request)
        opened = await self._access.thread.run(lambda: sign_in.set_up(ticket, password, code, where, now))
        return await self._in(opened, request)

    async def ask(self, request: Request) -> Response:
        """What to ask a passkey; the same whoever asks."""
        keys, place, now = self._keys(), self._here(request), self._clock.wall()
        asked = await self._access.thread.run(lambda: keys.begin(place, now))
        return as_json({"ceremony": asked.ceremony, "options": asked.options})

    async def passkey(self, request: Request) -> Response:
        """By passkey."""
        body = await json_object(request, BODY_MAX, "a sign-in")
        keys, place, now, where = (
            self._keys(),
            self._here(request),
            self._clock.wall(),
            self._access.where(request),
        )
        name, credential = _text(body, "ceremony"), body.get("credential")
        opened = await self._access.thread.run(lambda: keys.sign_in(name, credential, place, where, now))
        return await self._in(opened, request)

    async def as_role(self, request: Request) -> Response:
        """By one click, in a demo, which gives the visitor a station to sit at where the role has one."""
        body = await json_object(request, BODY_MAX, "a sign-in")
        sign_in, now, role = self._sign_in(), self._clock.wall(), _text(body, "role")
        place = None if self._access.demo is None else self._access.demo.place(role)
        where = Where(address_of(request.scope), None if place is None else place[1])
        opened = await self._access.thread.run(lambda: sign_in.as_role(role, where, now))
        answer = await self._in(opened, request)
        secure = self._access.hosts.secure
        cookie = dropped(STATION, secure=secure) if place is None else kept(STATION, place[0], secure=secure)
        answer.headers.append("set-cookie", cookie)
        return answer

    async def ask_colleagues(self, request: Request) -> Response:
        """In a demo: ask the simulated technicians for patients."""
        demo, held = self._access.demo, held_of(request)
        if demo is None or held.staff is None:
            raise NotFoundError("this center is no demo")
        return as_json({"ok": True, "offered": demo.ask(held.staff)})

    async def let_one_call(self, request: Request) -> Response:
        """In a demo: a simulated patient telephones."""
        demo, held = self._access.demo, held_of(request)
        if demo is None or held.staff is None:
            raise NotFoundError("this center is no demo")
        if not demo.let_one_call():
            raise RefusedError(
                "telephoning", "every simulated patient telephones already, or no line is open"
            )
        return as_json({"ok": True})

    async def _in(self, opened: Opened, request: Request) -> Response:
        sign_in, before, now = (
            self._sign_in(),
            self._access.who(request.scope, self._clock.wall()),
            self._clock.wall(),
        )
        if before is not None and before.how != "token":
            # One browser, one session: the one that its cookie held is not left behind.
            await self._access.thread.run(lambda: sign_in.sign_out(before, now))
        answer = as_json({"ok": True, "me": self._me(opened.held, request)})
        secure = self._access.hosts.secure
        answer.headers.append("set-cookie", kept(session_name(secure), opened.token, secure=secure))
        own = value_of(request.headers.getlist("cookie"), STATION)
        if own is not None and self._access.station_of(request) is not None:
            # Browsers forget a cookie after 400 days at the most: a station that is used does not lapse.
            again = kept(STATION, own, secure=secure, seconds=STATION_COOKIE_S)
            answer.headers.append("set-cookie", again)
        LOG.info("signed in", actor=opened.held.actor, how=opened.held.how)
        return answer

    # ---- the provider ------------------------------------------------------------------------------------

    async def to_provider(self, request: Request) -> Response:
        """Send the browser to the provider; a cookie ties its return to it."""
        oidc, now = self._access.oidc, self._clock.wall()
        assert oidc is not None
        sign_in, host = self._sign_in(), request.headers["host"]
        trip = oidc.trip(f"{self._access.hosts.scheme}://{host}/api/sign-in/oidc/return")
        state = await self._access.thread.run(lambda: sign_in.ceremonies.begin(TRIP, trip, now))
        address = await oidc.address(trip, state, now)
        answer = RedirectResponse(address, 303, {"cache-control": "no-store"})
        secure = self._access.hosts.secure
        cookie = kept(oidc_name(secure), state, secure=secure, same_site="Lax", seconds=OIDC_COOKIE_S)
        answer.headers.append("set-cookie", cookie)
        return answer

    async def from_provider(self, request: Request) -> Response:
        """The browser comes back: whom the provider names is signed in, if they work here."""
        oidc, now, secure = self._access.oidc, self._clock.wall(), self._access.hosts.secure
        assert oidc is not None
        sign_in, state = self._sign_in(), request.query_params.get("state", "")
        try:
            if not state or value_of(request.headers.getlist("cookie"), oidc_name(secure)) != state:
                raise RefusedError("oidc", "this sign-in was not begun in this browser")
            trip = await self._access.thread.run(lambda: sign_in.ceremonies.take(TRIP, state, now))
            if not isinstance(trip, Trip):
                raise RefusedError("oidc", "too late: begin again")
            login = await oidc.login(trip, dict(request.query_params), now)
            where = self._access.where(request)
            opened = await self._access.thread.run(lambda: sign_in.vouched(login, "oidc", where, now))
        except RefusedError as error:
            LOG.warning("sign-in by the provider refused", reason=error.detail)
            answer: Response = RedirectResponse(
                f"/?sign-in={error.reason}", 303, {"cache-control": "no-store"}
            )
        else:
            answer = Response(BACK, 200, {"cache-control": "no-store"}, "text/html; charset=utf-8")
            answer.headers.append("set-cookie", kept(session_name(secure), opened.token, secure=secure))
        answer.headers.append("set-cookie", dropped(oidc_name(secure), secure=secure))
        return answer

    # ---- the session -------------------------------------------------------------------------------------

    async def sign_out(self, request: Request) -> Response:
        """End this session."""
        sign_in, held, now = self._sign_in(), held_of(request), self._clock.wall()
        await self._access.thread.run(lambda: sign_in.sign_out(held, now))
        answer = as_json({"ok": True})
        secure = self._access.hosts.secure
        answer.headers.append("set-cookie", dropped(session_name(secure), secure=secure))
        return answer

    async def lock(self, request: Request) -> Response:
        """Lock the controls; the wall goes on."""
        sign_in, held, now = self._sign_in(), held_of(request), self._clock.wall()
        await self._access.thread.run(lambda: sign_in.lock(held, now))
        return self._told(request)

    async def unlock(self, request: Request) -> Response:
        """Unlock by password; with a time code the session starts anew."""
        body = await json_object(request, BODY_MAX, "an unlock")
        secret, code, where = _text(body, "secret"), _text(body, "code"), self._access.where(request)
        sign_in, held, now = self._sign_in(), held_of(request), self._clock.wall()
        await self._access.thread.run(lambda: sign_in.unlock(held, secret, code, where, now))
        return self._told(request)

    async def unlock_passkey(self, request: Request) -> Response:
        """Unlock by passkey."""
        body = await json_object(request, BODY_MAX, "an unlock")
        keys, place, now, where = (
            self._keys(),
            self._here(request),
            self._clock.wall(),
            self._access.where(request),
        )
        held, name, credential = held_of(request), _text(body, "ceremony"), body.get("credential")
        await self._access.thread.run(lambda: keys.unlock(held, name, credential, place, where, now))
        return self._told(request)

    async def confirm(self, request: Request) -> Response:
        """Prove once more who acts, for one content: password and code; in a demo a click."""
        body = await json_object(request, BODY_MAX, "a confirmation")
        content, password, code = (_text(body, name) for name in ("content", "password", "code"))
        sign_in, held, now = self._sign_in(), held_of(request), self._clock.wall()
        where = self._access.where(request)

        def proved() -> str:
            if held.how == "demo":
                return sign_in.confirm_in_demo(held, content, now)
            return sign_in.confirm(held, content, password, code, where, now)

        return as_json({"ok": True, "confirmation": await self._access.thread.run(proved)})

    async def begin_confirm(self, request: Request) -> Response:
        """What to ask a passkey for one content."""
        body = await json_object(request, BODY_MAX, "a confirmation")
        keys, place, held, now = self._keys(), self._here(request), held_of(request), self._clock.wall()
        content = _text(body, "content")
        asked = await self._access.thread.run(lambda: keys.begin_confirming(held, content, place, now))
        return as_json({"ceremony": asked.ceremony, "options": asked.options})

    async def confirm_passkey(self, request: Request) -> Response:
        """Prove once more who acts, for the content that the ceremony began with, by passkey."""
        body = await json_object(request, BODY_MAX, "a confirmation")
        keys, place, now = self._keys(), self._here(request), self._clock.wall()
        where = self._access.where(request)
        held, name, credential = held_of(request), _text(body, "ceremony"), body.get("credential")
        proved = await self._access.thread.run(
            lambda: keys.confirm(held, name, credential, place, where, now)
        )
        return as_json({"ok": True, "confirmation": proved})

    async def alive(self, request: Request) -> Response:
        """Somebody used keyboard or pointer; the door has noted it."""
        return self._told(request)

    def _told(self, request: Request) -> Response:
        held = self._access.who(request.scope, self._clock.wall())
        return as_json({"ok": True, "me": self._me(held, request)})

    # ---- passkeys of one's own ---------------------------------------------------------------------------

    async def passkeys(self, request: Request) -> Response:
        """One's passkeys by name."""
        keys, held = self._keys(), held_of(request)
        return as_json({"passkeys": await self._access.thread.run(lambda: keys.names(held))})

    async def begin_passkey(self, request: Request) -> Response:
        """What to ask the browser for a new passkey."""
        keys, held, place, now = self._keys(), held_of(request), self._here(request), self._clock.wall()
        asked = await self._access.thread.run(lambda: keys.begin_adding(held, place, now))
        return as_json({"ceremony": asked.ceremony, "options": asked.options})

    async def add_passkey(self, request: Request) -> Response:
        """Keep the passkey that the browser made."""
        body = await json_object(request, BODY_MAX, "a passkey")
        keys, held, place, now = self._keys(), held_of(request), self._here(request), self._clock.wall()
        ceremony, name, credential = _text(body, "ceremony"), _text(body, "name"), body.get("credential")
        added = await self._access.thread.run(lambda: keys.add(held, ceremony, credential, name, place, now))
        return as_json({"ok": True, "name": added}, 201)

    async def remove_passkey(self, request: Request) -> Response:
        """Take one away."""
        body = await json_object(request, BODY_MAX, "a passkey")
        keys, held, now, place = self._keys(), held_of(request), self._clock.wall(), body.get("place")
        if isinstance(place, bool) or not isinstance(place, int):
            raise InputError("place: want a whole number")
        await self._access.thread.run(lambda: keys.remove(held, place, now))
        return as_json({"ok": True})

    # ---- others ------------------------------------------------------------------------------------------

    async def staff(self, request: Request) -> Response:
        """Who works here."""
        del request
        people = [
            {
                "id": one.number,
                "name": one.name,
                "login": one.login,
                "roles": sorted(one.roles),
                "practice": one.practice,
                "active": one.active,
            }
            for one in (self._access.sign_in.people.everybody() if self._access.sign_in else ())
        ]
        return as_json({"staff": people})

    async def reset(self, request: Request) -> Response:
        """A temporary password for somebody who cannot sign in; told once."""
        body = await json_object(request, BODY_MAX, "a reset")
        sign_in, held, now, number = self._sign_in(), held_of(request), self._clock.wall(), body.get("staff")
        if isinstance(number, bool) or not isinstance(number, int):
            raise InputError("staff: want a whole number")
        password = await self._access.thread.run(lambda: sign_in.invite(number, held.actor, now))
        return as_json({"ok": True, "password": password})

    # ---- what it stands on -------------------------------------------------------------------------------

    def _sign_in(self) -> SignIn:
        if self._access.sign_in is None or not self._access.on:
            raise RefusedError("off", "sign-in is off until there is an administrator")
        return self._access.sign_in

    def _keys(self) -> PasskeySignIn:
        self._sign_in()
        if self._access.passkeys is None:
            raise NotFoundError("this center has no passkeys")
        return self._access.passkeys

    def _place(self, request: HTTPConnection) -> Place | None:
        """Where the browser says it is; None where that is an address, which has no passkeys."""
        host = request.headers.get("host", "")
        name = self._access.hosts.name_of(host)
        if name is None or name.startswith("[") or name.replace(".", "").isdigit():
            return None
        return Place(name, f"{self._access.hosts.scheme}://{host}")

    def _here(self, request: Request) -> Place:
        place = self._place(request)
        if place is None:
            raise InputError("passkeys need a name: open the pages as localhost, or by the center's name")
        return place


def _text(body: dict[str, object], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > TEXT_MAX:
        raise InputError(f"{name}: want a text of at most {TEXT_MAX} characters")
    return value
