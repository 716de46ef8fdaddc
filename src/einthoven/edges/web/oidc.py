"""Sign-in by a site's own provider: OpenID Connect, authorization code with PKCE and nonce (R42).

Who the provider names must be a member of staff already; nothing is made and no role given by it. What the
provider publishes is fetched when it is needed and kept for an hour.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from einthoven.base.errors import InputError, RefusedError, StoreError
from einthoven.base.instants import SECOND, Instant

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "EdDSA",
    "Ed25519",
)
"""Signatures by a key that only the provider has: never ``none``, never one that this side could make."""
LEEWAY_S: Final = 60
AGE_MAX_S: Final = 600
"""An ID token made longer ago than this was not made for this sign-in."""
KEPT: Final = 3600 * SECOND
ANSWER_S: Final = 10.0
BODY_MAX: Final = 1 << 20


class ProviderError(StoreError):
    """The provider does not answer, or not as it should: nobody's fault who signs in."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What a site has configured.

    Attributes:
        issuer: as in the provider's metadata and tokens, to the letter.
        client_id, client_secret: as registered there; a public client has no secret.
        claim: of the ID token, which is the login here.
        label: on the button.
    """

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    claim: str = "preferred_username"
    label: str = "single sign-on"


@dataclass(frozen=True, slots=True)
class Trip:
    """One browser on its way to the provider and back."""

    nonce: str
    verifier: str
    redirect: str


def check_provider(provider: Provider) -> None:
    """Refuse what cannot be trusted.

    Raises:
        InputError: the issuer is no https address (http on this machine is taken), or something is empty.
    """
    if not _secure(provider.issuer) or urlsplit(provider.issuer).query or urlsplit(provider.issuer).fragment:
        raise InputError(f"oidc_issuer: {provider.issuer!r} is no https address")
    for name in ("client_id", "claim"):
        if not getattr(provider, name):
            raise InputError(f"oidc_{name}: is empty")


@dataclass(slots=True)
class Oidc:
    """A provider, asked over the network.

    Attributes:
        provider: what is configured.
        random: so many random bytes.
        transport: instead of the network, for tests.
    """

    provider: Provider
    random: Callable[[int], bytes]
    transport: httpx.AsyncBaseTransport | None = None
    _metadata: dict[str, Any] = field(default_factory=dict)
    _keys: KeySet | None = None
    _fetched: Instant = -KEPT

    def trip(self, redirect: str) -> Trip:
        """A new way there and back; ``redirect`` is where the provider sends the browser back to."""
        return Trip(_text(self.random(16)), _text(self.random(32)), redirect)

    async def address(self, trip: Trip, state: str, now: Instant) -> str:
        """Where to send the browser.

        Raises:
            ProviderError: the provider cannot be asked.
        """
        await self._learn(now)
        digest = hashlib.sha256(trip.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": trip.redirect,
            "scope": "openid profile email",
            "state": state,
            "nonce": trip.nonce,
            "code_challenge": _text(digest),
            "code_challenge_method": "S256",
        }
        endpoint = str(self._metadata["authorization_endpoint"])
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"

    async def login(self, trip: Trip, query: Mapping[str, str], now: Instant) -> str:
        """The login that the provider vouches for.

        Args:
            query: what the browser came back with.

        Raises:
            RefusedError: ``oidc``: the provider refused, or what it says does not hold.
            ProviderError: it cannot be asked.
        """
        if "error" in query:
            raise RefusedError("oidc", f"the provider refused: {query['error'][:80]}")
        named = query.get("iss")
        if named is not None and named != self.provider.issuer:
            raise RefusedError("oidc", "the answer is of another provider")
        if not query.get("code"):
            raise RefusedError("oidc", "the provider sent no code")
        await self._learn(now)
        token = await self._exchange(trip, query["code"])
        claims = await self._claims(token, trip.nonce, now)
        login = claims.get(self.provider.claim)
        if not isinstance(login, str) or not login.strip():
            raise RefusedError("oidc", f"the provider says no {self.provider.claim}")
        if self.provider.claim == "email" and claims.get("email_verified") is not True:
            raise RefusedError("oidc", "the provider has not verified this e-mail address")
        return login

    async def _exchange(self, trip: Trip, code: str) -> str:
        provider = self.provider
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": trip.redirect,
            "client_id": provider.client_id,
            "code_verifier": trip.verifier,
        }
        methods = self._metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic: tuple[str, str] | None = None
        if provider.client_secret and "client_secret_basic" in methods:
            basic = (provider.client_id, provider.client_secret)
        elif provider.client_secret:
            form["client_secret"] = provider.client_secret
        answer = await self._ask("POST", str(self._metadata["token_endpoint"]), form, basic)
        if answer.status_code != 200:
            raise RefusedError("oidc", f"the provider did not take the code ({answer.status_code})")
        token = _object(answer).get("id_token")
        if not isinstance(token, str):
            raise RefusedError("oidc", "the provider sent no ID token")
        return token

    async def _claims(self, token: str, nonce: str, now: Instant) -> dict[str, Any]:
        """The claims of an ID token that is the provider's, for us, of this trip, and of now."""
        keys = await self._key_set(now, fresh=False)
        try:
            decoded = _decoded(token, keys)
        except (JoseError, ValueError, KeyError, TypeError):
            # Keys change: they are fetched once more before a signature counts as wrong.
            keys = await self._key_set(now, fresh=True)
            try:
                decoded = _decoded(token, keys)
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise RefusedError("oidc", f"the ID token is not signed by the provider ({error})") from error
        registry = jwt.JWTClaimsRegistry(
            now=now // SECOND,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self.provider.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": self.provider.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        claims = dict(decoded.claims)
        try:
            registry.validate(claims)
        except JoseError as error:
            raise RefusedError("oidc", f"the ID token does not hold ({error})") from error
        party, audience = claims.get("azp"), claims["aud"]
        if (isinstance(audience, list) and len(audience) > 1 and party is None) or (
            party is not None and party != self.provider.client_id
        ):
            raise RefusedError("oidc", "the ID token was made for another party")
        if now // SECOND - int(claims["iat"]) > AGE_MAX_S:
            raise RefusedError("oidc", "the ID token is too old")
        return claims

    async def _learn(self, now: Instant) -> None:
        """The provider's metadata, an hour old at the most."""
        if self._metadata and now - self._fetched < KEPT:
            return
        issuer = self.provider.issuer
        answer = await self._ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        metadata = _object(answer)
        if answer.status_code != 200 or metadata.get("issuer") != issuer:
            raise ProviderError(f"{issuer}: its metadata is of another issuer, or of none")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(metadata.get(name), str) or not _secure(metadata[name]):
                raise ProviderError(f"{issuer}: {name} is no https address")
        self._metadata, self._keys, self._fetched = metadata, None, now

    async def _key_set(self, now: Instant, *, fresh: bool) -> KeySet:
        del now
        if self._keys is None or fresh:
            answer = await self._ask("GET", str(self._metadata["jwks_uri"]))
            try:
                self._keys = KeySet.import_key_set(_object(answer))  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise ProviderError(f"{self.provider.issuer}: its keys cannot be read ({error})") from error
        return self._keys

    async def _ask(
        self, method: str, url: str, form: dict[str, str] | None = None, basic: tuple[str, str] | None = None
    ) -> httpx.Response:
        try:
            async with httpx.AsyncClient(
                timeout=ANSWER_S, transport=self.transport, trust_env=False, follow_redirects=False
            ) as client:
                return await client.request(method, url, data=form, auth=basic)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderError(f"{self.provider.issuer}: does not answer ({error})") from error


def _decoded(token: str, keys: KeySet) -> jwt.Token:
    return jwt.decode(token, keys, algorithms=list(ALGORITHMS))


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json() if len(answer.content) <= BODY_MAX else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ProviderError(f"{answer.request.url.host}: answered {answer.status_code} with no JSON object")
    return found


def _secure(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    if parts.scheme != "http" or not parts.hostname:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False


def _text(random: bytes) -> str:
    return base64.urlsafe_b64encode(random).decode().rstrip("=")
