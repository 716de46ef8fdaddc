"""TLS of the pages beyond loopback: the site's certificate, or one of the center's own (R42)."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from einthoven.base.errors import InputError
from einthoven.base.instants import SECOND, Instant
from einthoven.edges.intake.certificate import make_certificate
from einthoven.edges.web.hosts import Hosts
from einthoven.edges.web.server import is_loopback
from einthoven.settings import Settings

CERTIFICATE: Final = "web-certificate.pem"
KEY: Final = "web-key.pem"
VALID_DAYS: Final = 825
"""The longest that browsers take from a certificate that was installed by hand."""
RENEW_DAYS: Final = 60
"""One of our own that ends sooner than this is made anew at the start."""
ANYWHERE: Final = frozenset({"0.0.0.0", "::"})


@dataclass(frozen=True, slots=True)
class WebTls:
    """How the pages are served.

    Attributes:
        hosts: the names they are asked for by.
        context: None on loopback, which is plain http.
        name: what addresses of the pages say.
        ends: when the certificate ends.
    """

    hosts: Hosts
    context: ssl.SSLContext | None = None
    name: str = ""
    ends: datetime | None = None


def web_tls(settings: Settings, folder: Path, keys: Path, now: Instant) -> WebTls:
    """What the settings ask for, checked.

    Args:
        folder: the data folder, from which relative paths count.
        keys: its folder of keys; made if an own certificate is.

    Raises:
        InputError: certificate or key are missing, do not belong together, are over, or of another name.
    """
    host, name = settings.web_host, settings.web_name.strip().lower()
    if bool(settings.web_certificate) != bool(settings.web_key):
        raise InputError("web_certificate and web_key belong together: give both, or neither")
    if is_loopback(host) and not settings.web_certificate:
        return WebTls(Hosts.of([name] if name else [], secure=False))
    if not name:
        raise InputError(f"web_name: the pages listen on {host}; say by which name browsers reach them")
    names = [one for one in dict.fromkeys((name, host)) if one not in ANYWHERE]
    if settings.web_certificate:
        certificate, key = folder / settings.web_certificate, folder / settings.web_key
    else:
        certificate, key = keys / CERTIFICATE, keys / KEY
        _ensure(certificate, key, [*names, "localhost", "127.0.0.1"], now)
    ends = _check(certificate, key, name, now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise InputError(f"{certificate}: cannot be served with ({error})") from error
    return WebTls(Hosts.of(names, secure=True), context, name, ends)


def _ensure(certificate: Path, key: Path, names: list[str], now: Instant) -> None:
    """Make an own certificate unless there is one for these names that lasts."""
    if certificate.exists() and key.exists():
        known = _read(certificate)
        if set(names) <= _names(known) and known.not_valid_after_utc - _time(now) > timedelta(
            days=RENEW_DAYS
        ):
            return
    certificate.parent.mkdir(parents=True, exist_ok=True)
    certificate.parent.chmod(0o700)
    make_certificate(certificate, key, names, now, VALID_DAYS)


def _check(certificate: Path, key: Path, name: str, now: Instant) -> datetime:
    """When it ends; refused unless it is of this name, of this key, and of now."""
    found = _read(certificate)
    try:
        secret = serialization.load_pem_private_key(key.read_bytes(), None)
    except OSError as error:
        raise InputError(f"web_key: {key}: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise InputError(f"web_key: {key}: is no private key in PEM, or has a passphrase") from error
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    if secret.public_key().public_bytes(*form) != found.public_key().public_bytes(*form):
        raise InputError(f"web_key: {key} is not the key of {certificate}")
    if not any(_matches(one, name) for one in _names(found)):
        has = ", ".join(sorted(_names(found))) or "no name"
        raise InputError(f"web_certificate: {certificate} is for {has}, not for {name}")
    at = _time(now)
    if not found.not_valid_before_utc <= at < found.not_valid_after_utc:
        start, end = found.not_valid_before_utc.date(), found.not_valid_after_utc.date()
        raise InputError(f"web_certificate: {certificate} is valid from {start} to {end}, not now")
    return found.not_valid_after_utc


def _read(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except OSError as error:
        raise InputError(f"web_certificate: {path}: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"web_certificate: {path}: is no certificate in PEM") from error


def _names(certificate: x509.Certificate) -> set[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    names = {str(one).lower() for one in found.get_values_for_type(x509.DNSName)}
    return names | {str(one) for one in found.get_values_for_type(x509.IPAddress)}


def _matches(pattern: str, name: str) -> bool:
    """Whether a name of a certificate covers a name (RFC 6125: a star stands for one whole label)."""
    try:
        return ipaddress.ip_address(pattern) == ipaddress.ip_address(name)
    except ValueError:
        pass
    if pattern.startswith("*."):
        return name.partition(".")[2] == pattern[2:] and bool(name.partition(".")[0])
    return pattern == name


def _time(now: Instant) -> datetime:
    return datetime.fromtimestamp(now // SECOND, UTC)
