"""The line of media streams as the settings say it: who may bring one, with which TLS (R6)."""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import structlog

from einthoven.base.errors import InputError
from einthoven.base.instants import Instant
from einthoven.base.networks import Network
from einthoven.bootstrap.clock import RealClock
from einthoven.bootstrap.doors import media_refused
from einthoven.bootstrap.web_tls import web_tls
from einthoven.center.call_ports import Switchboard
from einthoven.edges.telephony.media import Limits, MediaServer
from einthoven.edges.telephony.media_lines import (
    FORMS,
    HASHES,
    SECRET_LEAST,
    MediaLine,
    Signature,
)
from einthoven.edges.web.server import is_loopback
from einthoven.settings import Settings

LOG = structlog.get_logger("einthoven.media")
KEYS_FOLDER: Final = "keys"
LINES_MAX: Final = 100
FIELDS: Final = frozenset(
    {
        "name", "secret", "secret_file", "header", "called", "caller_parameter", "called_parameter",
        "sources", "signature",
    }
)  # fmt: skip
SIGNED: Final = frozenset({"header", "key", "key_file", "url", "algorithm", "form"})


class Media:
    """The line of media streams of a running center.

    Args:
        server: listens.
        host, port: where.
        settings: of the center, for its TLS.
        folder: the data folder.
    """

    def __init__(self, server: MediaServer, at: tuple[str, int], settings: Settings, folder: Path) -> None:
        self._server = server
        self._at = at
        self._settings = settings
        self._folder = folder

    @property
    def port(self) -> int:
        """The port listened on, once started."""
        return self._server.port

    async def start(self, now: Instant | None = None) -> None:
        """Listen.

        Raises:
            InputError: the address cannot be had, or TLS is wanting.
        """
        host, port = self._at
        at = RealClock().wall() if now is None else now
        context = web_tls(
            _as_pages(self._settings, host), self._folder, self._folder / KEYS_FOLDER, at
        ).context
        try:
            await self._server.start(host, port, context)
        except (OSError, OverflowError) as error:
            raise media_refused(self._settings.media_listen, error) from error
        LOG.info("media_listening", host=host, port=self._server.port, tls=context is not None)

    async def stop(self) -> None:
        """End every call and listen no more; doing it again does nothing."""
        await self._server.stop()

    @property
    def lost(self) -> bool:
        """Never: a listener that stands goes on."""
        return False

    def trouble(self) -> str:
        """None of its own: whether the service reaches it is known to the service."""
        return ""

    def counts(self) -> dict[str, int]:
        """What happened so far: ``calls``, ``open``, ``busy``, ``refused``, ``strangers``, ``claimed_twice``,
        ``faults``, ``late``, ``doubled``, ``gaps``, ``lost`` (samples), ``anew``, ``unnumbered``,
        ``unspoken``.
        """
        return self._server.counts()


def open_media(settings: Settings, folder: Path, board: Switchboard) -> Media | None:
    """What the settings ask for, not started yet; None where no media streams are taken.

    Raises:
        InputError: one line naming the setting, or the file, line and field.
    """
    if not settings.media_listen:
        return None
    host, _, port = settings.media_listen.rpartition(":")
    host = host.strip("[]")
    if int(port) > 65535:
        raise InputError(f"media_listen: want host:port, got {settings.media_listen!r}")
    if not settings.media_lines:
        raise InputError("media_listen: media_lines says who may bring streams, and is empty")
    _as_pages(settings, host)
    lines = lines_of(folder / settings.media_lines, folder)
    server = MediaServer(board, lines, Limits(settings.media_calls, settings.media_idle_s))
    return Media(server, (host, int(port)), settings, folder)


def _as_pages(settings: Settings, host: str) -> Settings:
    """Settings under which TLS is that of this listener.

    Raises:
        InputError: beyond this machine without a certificate that others trust.
    """
    certificate, key = settings.media_certificate, settings.media_key
    if bool(certificate) != bool(key):
        raise InputError("media_certificate and media_key belong together: give both, or neither")
    if not certificate:
        certificate, key = settings.web_certificate, settings.web_key
    if not certificate and not is_loopback(host):
        raise InputError(
            f"media_listen: {host} is beyond this machine: media_certificate and media_key are wanting "
            "(a telephony service takes no certificate that the center made itself)"
        )
    if is_loopback(host) and not settings.media_certificate:
        certificate = key = ""
    return settings.model_copy(
        update={
            "web_host": host,
            "web_name": settings.media_name or settings.web_name,
            "web_certificate": certificate,
            "web_key": key,
        }
    )


def lines_of(path: Path, folder: Path) -> tuple[MediaLine, ...]:
    """``[[line]]`` tables of a TOML file.

    Args:
        folder: from which files of secrets count.

    Raises:
        InputError: one line naming the file, the line and the field; never a secret.
    """
    try:
        told = tomllib.loads(path.read_text())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is no text") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: {error}") from error
    tables = told.get("line", [])
    if told.keys() - {"line"} or not isinstance(tables, list) or not 1 <= len(tables) <= LINES_MAX:
        raise InputError(f"{path}: want [[line]] tables, 1 to {LINES_MAX}, and nothing else")
    made: dict[str, MediaLine] = {}
    for place, fields in enumerate(tables, 1):
        try:
            one = _line(fields, folder)
            if one.name in made:
                raise InputError(f"name: {one.name!r} is there already")
            if one.secret and any(one.secret == other.secret for other in made.values()):
                raise InputError("secret: is that of another line")
        except InputError as error:
            raise InputError(f"{path}: line {place}: {error}") from error
        made[one.name] = one
    return tuple(made.values())


def _line(fields: object, folder: Path) -> MediaLine:
    if not isinstance(fields, dict):
        raise InputError("want a table")
    _known(fields, FIELDS, "")
    secret = _secret(fields, "secret", folder)
    signed = fields.get("signature")
    if secret and len(secret) < SECRET_LEAST:
        raise InputError(f"secret: has fewer than {SECRET_LEAST} characters")
    if secret and not all((one.isalnum() and one.isascii()) or one in "-._~" for one in secret):
        raise InputError("secret: letters, digits and - . _ ~ alone can stand in a path")
    if not secret and signed is None:
        raise InputError("secret or signature: one of them is wanting")
    return MediaLine(
        name=_text(fields, "name", needed=True),
        secret=secret,
        header=(_text(fields, "header") or "authorization").lower(),
        signature=None if signed is None else _signature(signed, folder),
        called=_text(fields, "called"),
        caller_parameter=_text(fields, "caller_parameter"),
        called_parameter=_text(fields, "called_parameter"),
        sources=_sources(fields.get("sources", [])),
    )


def _signature(fields: object, folder: Path) -> Signature:
    if not isinstance(fields, dict):
        raise InputError("signature: want a table")
    _known(fields, SIGNED, "signature.")
    try:
        key, url = _secret(fields, "key", folder), _text(fields, "url", needed=True)
        header = _text(fields, "header", needed=True).lower()
        algorithm, form = _text(fields, "algorithm") or "sha1", _text(fields, "form") or "base64"
    except InputError as error:
        raise InputError(f"signature.{error}") from error
    if not key:
        raise InputError("signature.key: is missing")
    if algorithm not in HASHES:
        raise InputError(f"signature.algorithm: want {' or '.join(sorted(HASHES))}")
    if form not in FORMS:
        raise InputError(f"signature.form: want {' or '.join(sorted(FORMS))}")
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("wss", "https", "ws", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise InputError("signature.url: want the URL as the service was given it, wss://…")
    return Signature(header, key.encode(), url, algorithm, form)


def _known(fields: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    strange = sorted(set(fields) - known)
    if strange:
        raise InputError(f"{where}{strange[0]}: there is no such field")


def _text(fields: Mapping[str, Any], name: str, *, needed: bool = False) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str) or not value.isprintable() or len(value) > 1000:
        raise InputError(f"{name}: want a text")
    if needed and not value.strip():
        raise InputError(f"{name}: is missing")
    return value.strip()


def _secret(fields: Mapping[str, Any], name: str, folder: Path) -> str:
    """A secret of the file, or of a file of its own; the words of an error never hold it."""
    given, file = fields.get(name, ""), _text(fields, f"{name}_file")
    if not isinstance(given, str):
        raise InputError(f"{name}: want a text")
    if given or not file:
        return given.strip()
    try:
        return (folder / file).read_text().strip()
    except OSError as error:
        raise InputError(f"{name}_file: {folder / file}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise InputError(f"{name}_file: {folder / file}: is no text") from None


def _sources(told: object) -> tuple[Network, ...]:
    if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
        raise InputError("sources: want a list of addresses and networks")
    try:
        return tuple(ipaddress.ip_network(one) for one in told)
    except ValueError as error:
        raise InputError(f"sources: {error}") from error
