"""Notices by e-mail over SMTP (RFC 5321): TLS or STARTTLS (RFC 8314, RFC 3207), login, limits in time (R23).

A server that takes a message answers for it from then on; whether anybody reads it nobody here knows. That is
why a notice is additional and never sufficient.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from enum import StrEnum
from pathlib import Path

import aiosmtplib

from einthoven.base.errors import DeliveryUnknownError, InputError, RefusedError
from einthoven.base.instants import SECOND
from einthoven.center.desk_ports import FOR_GOOD, FOR_NOW, Notice
from einthoven.edges.messaging.answers import is_loopback, plain, words_of


class Security(StrEnum):
    """How the connection to the server is protected."""

    TLS = "tls"
    """From the first byte (port 465)."""
    STARTTLS = "starttls"
    """Asked for before anything else is said (port 587); without it nothing is sent."""
    NONE = "none"
    """Not at all: only to a server on this machine."""


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where e-mail is handed over.

    Attributes:
        host, port: of the server.
        sender: address that it comes from.
        security: see ``Security``.
        user, password: for the server; empty: no login.
        timeout_s: for each step of the conversation.
        trust: certificates to trust instead of the system's, PEM.

    Raises:
        InputError: a password would go over the network in the clear, or a field is no such thing.
    """

    host: str
    port: int
    sender: str
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = 10.0
    trust: Path | None = None

    def __post_init__(self) -> None:
        if self.security is Security.NONE and not is_loopback(self.host):
            raise InputError(f"e-mail to {self.host} without TLS: only a server on this machine may be so")
        if self.sender.count("@") != 1 or not self.sender.isascii() or self.sender.split() != [self.sender]:
            raise InputError(f"e-mail: {self.sender[:80]!r} is no address to send from")
        if bool(self.user) != bool(self.password):
            raise InputError("e-mail: a login is a user and a password, or neither")

    @property
    def domain(self) -> str:
        """Of the sender: what the server is greeted with, and where ids of messages belong."""
        return self.sender.partition("@")[2]


def letter(notice: Notice, settings: SmtpSettings) -> EmailMessage:
    """A notice as a message (RFC 5322); every try of it has the same ``Message-ID``.

    Raises:
        RefusedError: it cannot be a message: another try would not help.
    """
    subject, text = notice.content.get("subject"), notice.content.get("text")
    if not isinstance(subject, str) or not isinstance(text, str):
        raise RefusedError(FOR_GOOD, "an e-mail has a subject and a text")
    if any(ord(char) < 32 for char in subject):
        raise RefusedError(FOR_GOOD, "cannot be an e-mail: a subject is one line")  # a lone CR ends a header
    made = EmailMessage(WIRE)
    try:
        made["From"] = settings.sender
        made["To"] = notice.to
        made["Subject"] = subject
        made["Date"] = format_datetime(datetime.fromtimestamp(notice.at // SECOND, UTC))
        made["Message-ID"] = f"<{notice.id}@{settings.domain}>"
        made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        made["X-Einthoven-Notice"] = notice.id
        made.set_content(text)
        made.as_bytes().decode("ascii")
    except (ValueError, LookupError, IndexError, AttributeError) as error:
        raise RefusedError(FOR_GOOD, f"cannot be an e-mail: {error}") from error
    if not notice.to.isascii() or "@" not in notice.to or notice.to.split() != [notice.to]:
        raise RefusedError(FOR_GOOD, f"{notice.to[:80]!r} is no address of e-mail")
    return made


class SmtpMessenger:
    """Hands notices to one server (``center.desk_ports.Messenger``); a connection for each.

    Args:
        settings: where and how.

    Raises:
        InputError: the certificates to trust cannot be read.
    """

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        try:
            self._trust = ssl.create_default_context(cafile=settings.trust)
        except (OSError, ssl.SSLError) as error:
            raise InputError(f"{settings.trust}: no certificates to trust: {error}") from error

    async def send(self, notice: Notice) -> str:
        """Hand it over; the server's answer.

        Raises:
            RefusedError: not taken, for good or for now.
            DeliveryUnknownError: the connection was lost while the server had the message.
        """
        message = letter(notice, self._settings)
        client = self._client()
        try:
            await self._open(client)
            await self._address(client, notice.to)
            return await self._hand_over(client, message)
        finally:
            if isinstance(client.transport, asyncio.WriteTransport):
                client.transport.abort()  # no waiting for the other side's end of TLS
            client.close()
            await asyncio.sleep(0)  # the loop closes the socket before anybody goes on

    def _client(self) -> aiosmtplib.SMTP:
        at = self._settings
        return aiosmtplib.SMTP(
            hostname=at.host,
            port=at.port,
            username=at.user or None,
            password=at.password or None,
            local_hostname=at.domain,
            timeout=at.timeout_s,
            use_tls=at.security is Security.TLS,
            start_tls=at.security is Security.STARTTLS,
            tls_context=self._trust,
        )

    async def _open(self, client: aiosmtplib.SMTP) -> None:
        """Connect, protect, log in. Whatever fails here can be repaired: another try may help."""
        where = f"{self._settings.host}:{self._settings.port}"
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise RefusedError(FOR_NOW, f"{where}: {_words(error)}") from error

    async def _address(self, client: aiosmtplib.SMTP, to: str) -> None:
        try:
            await client.mail(self._settings.sender)
            await client.rcpt(to)
        except aiosmtplib.SMTPRecipientRefused as error:
            raise RefusedError(_lasting(error.code), _words(error)) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise RefusedError(FOR_NOW, _words(error)) from error

    async def _hand_over(self, client: aiosmtplib.SMTP, message: EmailMessage) -> str:
        try:
            answer = await client.data(message.as_bytes())
        except aiosmtplib.SMTPDataError as error:
            raise RefusedError(_lasting(error.code), _words(error)) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise DeliveryUnknownError(f"the server may have it: {_words(error)}") from error
        with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            await client.execute_command(b"QUIT")
        return plain(f"{answer.code} {answer.message}")


def _lasting(code: int) -> str:
    return FOR_GOOD if 500 <= code <= 599 else FOR_NOW


def _words(error: BaseException) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return plain(f"{error.code} {error.message}")
    return words_of(error)
