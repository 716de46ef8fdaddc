"""``einthoven enroll``: everything that can fail here is tried before the center opens a period."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import httpx

from einthoven.base.errors import DeliveryUnknownError, InputError
from einthoven.base.exact import exact_json
from einthoven.base.ids import parse_stream
from einthoven.bootstrap.keys import KeyFile, check_writable, new_key, reserve_key, write_key
from einthoven.sim.transmit import pages_of
from einthoven.sim.wire import check_link, der_of

ANSWER_S = 30.0
"""A center that commits an enrollment answers in milliseconds; one whose disk hangs may take seconds."""
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
NOT_DONE = frozenset({*range(300, 500), 503})
"""Statuses that say that nothing was changed; any other but 201 leaves it open."""


def enroll_at(
    center: str,
    body: dict[str, object],
    out: Path,
    transport: httpx.BaseTransport | None = None,
    token: str | None = None,
) -> dict[str, object]:
    """Make a key, enroll it at a center, write the key file.

    Args:
        center: URL of the center's pages.
        body: the request of ``POST /api/enroll`` without its public key.
        out: key file to write.
        transport: instead of the network.
        token: of a machine that may enroll, where the center has sign-in.

    Returns:
        What the center answered.

    Raises:
        InputError: no center answers, it refused, or ``out`` cannot be written; no period was opened.
        click.exceptions.Exit: 1, a period may be open, or is, and there is no key for it.
    """
    _check_text(body)
    check_writable(out, str(body["transmitter"]))
    base = pages_of(center)
    partial = reserve_key(out)
    try:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        with httpx.Client(timeout=ANSWER_S, trust_env=False, transport=transport, headers=headers) as client:
            return _enroll(client, base, body, out)
    except DeliveryUnknownError as error:
        click.echo(
            f"einthoven: {error}: enroll {body['transmitter']} again, which ends that period", err=True
        )
        raise click.exceptions.Exit(1) from error
    finally:
        partial.unlink(missing_ok=True)


def _check_text(body: dict[str, object]) -> None:
    """Refuse what is no text: bytes that the terminal's encoding does not know."""
    for name, value in body.items():
        try:
            exact_json(value)
        except ValueError as error:
            raise InputError(f"{name}: {value!r} is no text ({error})") from error


def _enroll(client: httpx.Client, base: str, body: dict[str, object], out: Path) -> dict[str, object]:
    seed, public = new_key()
    key = _key(client, base, body, seed)
    given = _asked(client, base, body | {"public_key": public.hex()})
    try:
        whole = replace(key, stream=str(given["stream"]))
        parse_stream(whole.stream)
    except (KeyError, InputError) as error:
        raise DeliveryUnknownError(f"{base}: a period was opened, but its stream was not told") from error
    try:
        write_key(out, whole)
    except OSError as error:
        raise DeliveryUnknownError(
            f"{whole.stream} was opened, but {out} cannot be written ({error.strerror or error})"
        ) from error
    return given


def _key(client: httpx.Client, base: str, body: dict[str, object], seed: bytes) -> KeyFile:
    """The key file, but for the stream; what the center says of itself is proved usable."""
    try:
        told = client.get(f"{base}/.well-known/einthoven")
        told.raise_for_status()
        identity = told.json()
        link, certificate = str(identity["link"]), str(identity.get("certificate", ""))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{base}: no center answers there ({error})") from error
    check_link(link, certificate)
    if certificate:
        der_of(certificate)
    leads = body["leads"]
    names = tuple(str(name) for name in leads) if isinstance(leads, list) else ()
    rate = float(str(body["rate_hz"]))
    return KeyFile(str(body["transmitter"]), "", seed.hex(), link, certificate, rate, names)


def _asked(client: httpx.Client, base: str, body: dict[str, object]) -> dict[str, object]:
    """The center's answer; once the request is out, no answer does not mean no period."""
    try:
        answer = client.post(f"{base}/api/enroll", json=body)
    except NOT_SENT as error:
        raise InputError(f"{base}: no center answers there ({error})") from error
    except httpx.HTTPError as error:
        why = str(error) or type(error).__name__
        raise DeliveryUnknownError(
            f"{base}: asked, but no answer came ({why}): a period may be open"
        ) from error
    try:
        given = answer.json()
    except ValueError:
        given = None
    if answer.status_code == 201 and isinstance(given, dict):
        return given
    words = given.get("error", answer.text) if isinstance(given, dict) else answer.reason_phrase
    if answer.status_code in NOT_DONE:
        raise InputError(f"the center refused: {words}")
    raise DeliveryUnknownError(f"{base}: answered {answer.status_code} ({words}): a period may be open")
