"""The center's own TLS certificate for transmitters; its fingerprint is pinned in every key file."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from einthoven.base.instants import SECOND, Instant

CERTIFICATE = "link-certificate.pem"
KEY = "link-key.pem"
VALID_DAYS = 3650
"""Transmitters pin the certificate itself, so a long life costs nothing; a lapse would cut every patient."""


def ensure_certificate(folder: Path, names: list[str], now: Instant) -> Path:
    """Make ``link-certificate.pem`` and ``link-key.pem`` (mode 0600) in ``folder`` unless they are there.

    Args:
        folder: the data folder's ``keys`` folder; made if missing, mode 0700.
        names: host names and addresses the certificate is for.
        now: center time.

    Returns:
        Path of the certificate.
    """
    certificate, key = folder / CERTIFICATE, folder / KEY
    if certificate.exists() and key.exists():
        return certificate
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    make_certificate(certificate, key, names, now, VALID_DAYS)
    return certificate


def make_certificate(certificate: Path, key: Path, names: list[str], now: Instant, days: int) -> None:
    """Write a new certificate, signed by itself, and its key (mode 0600) in place of what is there.

    Args:
        certificate, key: where to.
        names: host names and addresses it is for.
        now: center time.
        days: how long it is valid, from a day before now.
    """
    secret = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "einthoven center")])
    start = datetime.fromtimestamp(now // SECOND, UTC) - timedelta(days=1)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(secret, hashes.SHA256())
    )
    key.touch(mode=0o600)
    key.write_bytes(
        secret.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def fingerprint(certificate: Path) -> bytes:
    """SHA-256 of the certificate's DER form: the center's identity in every hello (32 bytes)."""
    return x509.load_pem_x509_certificate(certificate.read_bytes()).fingerprint(hashes.SHA256())


def server_context(certificate: Path) -> ssl.SSLContext:
    """TLS 1.2 or newer with this certificate and the key beside it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Session tickets cost two messages a connection and save nothing where connections last for days.
    context.num_tickets = 0
    context.load_cert_chain(certificate, certificate.with_name(KEY))
    return context
