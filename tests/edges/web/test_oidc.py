"""Sign-in by a provider: a real one that others wrote, and one of ours that lies in every way it can."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from tests.center.house import Dice
from tests.edges.web.signed_center import SignedCenter, call

from einthoven.base.errors import InputError, RefusedError
from einthoven.base.instants import SECOND
from einthoven.edges.web.oidc import Oidc, Provider, ProviderError, Trip, check_provider
from einthoven.testing.web import EPOCH

ISSUER = "https://id.example"
OURS = Provider(ISSUER, "einthoven", "hush")
NOW_S = EPOCH // SECOND


@dataclass
class Liar:
    """A provider in memory that checks what it is sent, and says what a test wants.

    Attributes:
        claims, header: changed in every ID token; None takes one away.
        signed: makes the token of header and claims.
    """

    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    claims: dict[str, object] = field(default_factory=dict)
    metadata: dict[str, object] = field(default_factory=dict)
    signed: Callable[[Liar, dict[str, Any]], str] | None = None
    published: ECKey | None = None
    challenge: str = ""
    nonce: str = ""
    answers: int = 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(200, json=self.about())
        if request.url.path == "/keys":
            shown = self.published or self.key
            return httpx.Response(200, json={"keys": [shown.as_dict(private=False)]})
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == self.challenge
        assert request.headers["authorization"] == httpx.BasicAuth("einthoven", "hush")._auth_header
        assert (form["code"], form["grant_type"]) == ("c0de", "authorization_code")
        if self.answers != 200:
            return httpx.Response(self.answers, json={"error": "invalid_grant"})
        return httpx.Response(
            200, json={"id_token": self.token(), "access_token": "x", "token_type": "Bearer"}
        )

    def about(self) -> dict[str, object]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        } | self.metadata

    def token(self) -> str:
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": "einthoven",
            "sub": "248",
            "iat": NOW_S,
            "exp": NOW_S + 300,
            "nonce": self.nonce,
            "preferred_username": "technician",
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.signed is not None:
            return self.signed(self, claims)
        return jwt.encode({"alg": "ES256", "kid": str(self.key.kid)}, claims, self.key)


def login(liar: Liar, provider: Provider = OURS, query: dict[str, str] | None = None) -> str:
    """Go to the provider and back."""
    oidc = Oidc(provider, Dice(), httpx.MockTransport(liar))

    async def travel() -> str:
        trip = oidc.trip("https://center.example/api/sign-in/oidc/return")
        address = parse_qs(urlsplit(await oidc.address(trip, "state", EPOCH)).query)
        liar.challenge, liar.nonce = address["code_challenge"][0], address["nonce"][0]
        assert (address["response_type"], address["code_challenge_method"]) == (["code"], ["S256"])
        return await oidc.login(trip, {"code": "c0de"} if query is None else query, EPOCH)

    return asyncio.run(travel())


def test_whom_the_provider_names_is_named() -> None:
    assert login(Liar()) == "technician"
    assert login(Liar(claims={"aud": ["einthoven", "other"], "azp": "einthoven"})) == "technician"


def unsigned(_liar: Liar, claims: dict[str, Any]) -> str:
    parts = [json.dumps(one).encode() for one in ({"alg": "none"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(one).decode().rstrip("=") for one in parts), ""])


def by_the_public_key(liar: Liar, claims: dict[str, Any]) -> str:
    """The old trick: the published key taken for a shared secret."""
    header = {"alg": "HS256", "kid": "one"}
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (header, claims)]
    signature = hmac.new(liar.key.as_pem(private=False), b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def by_another_key(_liar: Liar, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "ES256", "kid": "one"}, claims, ECKey.generate_key("P-256"))


def by_its_own_key_in_the_header(_liar: Liar, claims: dict[str, Any]) -> str:
    mine = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "jwk": mine.as_dict(private=False)}
    return jwt.encode(header, claims, mine)


def changed_afterwards(liar: Liar, claims: dict[str, Any]) -> str:
    head, _, tail = jwt.encode({"alg": "ES256", "kid": "one"}, claims, liar.key).split(".")
    content = json.dumps(claims | {"preferred_username": "jane"}).encode()
    return f"{head}.{base64.urlsafe_b64encode(content).decode().rstrip('=')}.{tail}"


def garbage(_liar: Liar, _claims: dict[str, Any]) -> str:
    return "not.a.token"


LIES = [
    ({"claims": {"iss": "https://evil.example"}}, "does not hold"),
    ({"claims": {"iss": f"{ISSUER}/"}}, "does not hold"),
    ({"claims": {"iss": None}}, "does not hold"),
    ({"claims": {"aud": "another"}}, "does not hold"),
    ({"claims": {"aud": ["einthoven", "another"]}}, "another party"),
    ({"claims": {"azp": "another"}}, "another party"),
    ({"claims": {"exp": NOW_S - 61}}, "does not hold"),
    ({"claims": {"exp": None}}, "does not hold"),
    ({"claims": {"iat": NOW_S + 120}}, "does not hold"),
    ({"claims": {"iat": NOW_S - 601, "exp": NOW_S + 9}}, "too old"),
    ({"claims": {"nbf": NOW_S + 120}}, "does not hold"),
    ({"claims": {"nonce": "another"}}, "does not hold"),
    ({"claims": {"nonce": None}}, "does not hold"),
    ({"claims": {"sub": None}}, "does not hold"),
    ({"claims": {"preferred_username": None}}, "says no preferred_username"),
    ({"claims": {"preferred_username": ["technician"]}}, "says no preferred_username"),
    ({"claims": {"preferred_username": " "}}, "says no preferred_username"),
    ({"signed": unsigned}, "not signed by the provider"),
    ({"signed": by_the_public_key}, "not signed by the provider"),
    ({"signed": by_another_key}, "not signed by the provider"),
    ({"signed": by_its_own_key_in_the_header}, "not signed by the provider"),
    ({"signed": changed_afterwards}, "not signed by the provider"),
    ({"signed": garbage}, "not signed by the provider"),
    ({"answers": 400}, "did not take the code"),
]


@pytest.mark.parametrize(("lie", "words"), LIES)
def test_what_does_not_hold_is_refused(lie: dict[str, Any], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        login(Liar(**lie))


BROKEN = [
    {"issuer": "https://evil.example"},
    {"token_endpoint": "http://id.example/token"},
    {"jwks_uri": "file:///etc/passwd"},
    {"authorization_endpoint": None},
]


@pytest.mark.parametrize("metadata", BROKEN)
def test_a_provider_that_cannot_be_trusted_is_not_asked(metadata: dict[str, object]) -> None:
    with pytest.raises(ProviderError):
        login(Liar(metadata=metadata))


QUERIES = [
    ({"error": "access_denied"}, "refused: access_denied"),
    ({"code": ""}, "sent no code"),
    ({}, "sent no code"),
    ({"code": "c0de", "iss": "https://evil.example"}, "of another provider"),
]


@pytest.mark.parametrize(("query", "words"), QUERIES)
def test_a_return_without_a_code_is_refused(query: dict[str, str], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        login(Liar(), query=query)


def test_an_address_counts_only_where_the_provider_has_verified_it() -> None:
    provider = Provider(ISSUER, "einthoven", "hush", claim="email")
    with pytest.raises(RefusedError, match="not verified"):
        login(Liar(claims={"email": "technician"}), provider)
    assert login(Liar(claims={"email": "technician", "email_verified": True}), provider) == "technician"


def test_new_keys_of_the_provider_are_learnt() -> None:
    liar = Liar()
    oidc = Oidc(OURS, Dice(), httpx.MockTransport(liar))

    async def twice() -> list[str]:
        found = []
        for _ in range(2):
            trip = oidc.trip("https://center.example/x")
            address = parse_qs(urlsplit(await oidc.address(trip, "s", EPOCH)).query)
            liar.challenge, liar.nonce = address["code_challenge"][0], address["nonce"][0]
            found.append(await oidc.login(trip, {"code": "c0de"}, EPOCH))
            liar.key = ECKey.generate_key("P-256", {"kid": "two"})
        return found

    assert asyncio.run(twice()) == ["technician", "technician"]


ISSUERS = [
    ("https://id.example", True),
    ("https://id.example/realm", True),
    ("http://localhost:9000", True),
    ("http://127.0.0.1:9000", True),
    ("http://id.example", False),
    ("id.example", False),
    ("https://id.example?x=1", False),
    ("ftp://id.example", False),
]


@pytest.mark.parametrize(("issuer", "trusted"), ISSUERS)
def test_an_issuer_is_asked_over_tls(issuer: str, trusted: bool) -> None:
    if trusted:
        check_provider(Provider(issuer, "einthoven"))
        return
    with pytest.raises(InputError, match="oidc_issuer"):
        check_provider(Provider(issuer, "einthoven"))


# ---- a browser's way there and back ------------------------------------------------------------------------


@pytest.fixture
def travelled(static: Path) -> Iterator[tuple[SignedCenter, Liar]]:
    liar = Liar()
    center = SignedCenter(static, oidc=Oidc(OURS, Dice(), httpx.MockTransport(liar)))
    center.house.everybody()
    yield center, liar
    center.deps.reads.close()


def there(center: SignedCenter, liar: Liar) -> tuple[str, str]:
    """To the provider; the state and the cookie that were given."""
    answer = call(center, None, "GET", "/api/sign-in/oidc")
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax; Max-Age=300")
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    liar.challenge, liar.nonce = query["code_challenge"][0], query["nonce"][0]
    assert query["redirect_uri"] == ["http://127.0.0.1/api/sign-in/oidc/return"]
    return query["state"][0], cookie.partition(";")[0]


def back(center: SignedCenter, state: str, cookie: str) -> httpx.Response:
    return call(
        center, None, "GET", f"/api/sign-in/oidc/return?code=c0de&state={state}", headers={"cookie": cookie}
    )


def test_the_way_there_and_back_opens_a_session_once(travelled: tuple[SignedCenter, Liar]) -> None:
    center, liar = travelled
    state, cookie = there(center, liar)
    answer = back(center, state, cookie)
    assert answer.status_code == 200
    assert 'content="0;url=/"' in answer.text
    session = answer.headers.get_list("set-cookie")[0]
    assert session.startswith("einthoven=")
    assert (
        call(center, None, "GET", "/api/streams", headers={"cookie": session.partition(";")[0]}).status_code
        == 200
    )
    again = back(center, state, cookie)
    assert (again.status_code, again.headers["location"]) == (303, "/?sign-in=oidc")


def test_another_browser_cannot_be_signed_in_by_a_link(travelled: tuple[SignedCenter, Liar]) -> None:
    center, liar = travelled
    state, _ = there(center, liar)
    for cookie in ("", "einthoven-oidc=another"):
        answer = back(center, state, cookie)
        assert (answer.status_code, answer.headers["location"]) == (303, "/?sign-in=oidc")
        assert not any(one.startswith("einthoven=") for one in answer.headers.get_list("set-cookie"))


@pytest.mark.parametrize("who", ["stranger", "service"])
def test_whom_the_provider_knows_and_we_do_not_is_nobody(
    travelled: tuple[SignedCenter, Liar], who: str
) -> None:
    center, liar = travelled
    liar.claims = {"preferred_username": who}
    answer = back(center, *there(center, liar))
    assert (answer.status_code, answer.headers["location"]) == (303, "/?sign-in=sign_in")
    assert center.house.sign_in.people.by_login("stranger") is None


# ---- a provider that others wrote --------------------------------------------------------------------------


# It warns of its own libraries, which are not ours to mend.
@pytest.mark.filterwarnings("ignore")
def test_with_a_provider_that_others_wrote() -> None:
    """oidc-provider-mock (over Authlib): metadata, authorization, code, token, keys, as it does them."""
    mock = pytest.importorskip("oidc_provider_mock", reason="oidc-provider-mock is not installed")
    at = time.time_ns()
    people = (mock.User(sub="1", claims={"preferred_username": "technician"}),)
    with mock.run_server_in_thread(user_claims=people, require_nonce=True) as server:
        issuer = f"http://localhost:{server.server_port}"
        oidc = Oidc(Provider(issuer, "einthoven", "hush"), Dice())

        async def travel(nonce: str | None = None) -> str:
            trip = oidc.trip("http://127.0.0.1/api/sign-in/oidc/return")
            address = await oidc.address(trip, "state", at)
            async with httpx.AsyncClient(trust_env=False) as browser:
                answer = await browser.post(address, data={"sub": "1"})
            assert answer.status_code == 302, answer.text
            query = {
                name: values[0]
                for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()
            }
            assert query["state"] == "state"
            if nonce is not None:
                trip = Trip(nonce, trip.verifier, trip.redirect)
            return await oidc.login(trip, query, at)

        assert asyncio.run(travel()) == "technician"
        with pytest.raises(RefusedError, match="does not hold"):
            asyncio.run(travel("another nonce"))
