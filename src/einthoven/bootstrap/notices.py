"""Notices of a running center: who gets them and by which servers, read once from settings and files."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError
from einthoven.base.instants import Instant
from einthoven.bootstrap.postman import Postman
from einthoven.center.desk_ports import Done, Messenger, Tried
from einthoven.center.desk_seat import DeskRoom
from einthoven.center.noticing import Noticing
from einthoven.center.outbox import Outbox, Retry
from einthoven.edges.messaging.smtp import Security, SmtpMessenger, SmtpSettings
from einthoven.edges.messaging.webhook import WebhookMessenger, WebhookSettings
from einthoven.escalation.notices import EMAIL, WEBHOOK, Recipient, recipient
from einthoven.settings import Settings

LOG = structlog.get_logger("einthoven.notices")
RECIPIENTS_MAX = 1000


@dataclass(slots=True)
class Post:
    """Who gets notices, and by what they go.

    Attributes:
        recipients: all of them.
        messengers: by channel.
        detail: what a notice may hold.
        base: address of the pages, once it is known; links of notices begin with it.
        retry: when a message that was not taken is tried again.
    """

    recipients: tuple[Recipient, ...] = ()
    messengers: Mapping[str, Messenger] = field(default_factory=dict)
    detail: str = "minimal"
    base: str = ""
    retry: Retry = field(default_factory=Retry)

    def link(self, case: int | None) -> str:
        """Where a case opens, for those signed in; ``""`` for no case."""
        return f"{self.base}/worklist?case={case}" if case is not None and self.base else ""

    def link_report(self, report: int | None) -> str:
        """Where a report opens, for those signed in."""
        return f"{self.base}/reports/{report}" if report is not None and self.base else ""

    def link_call(self, call: int | None) -> str:
        """Where a call of a patient opens, for those signed in."""
        return f"{self.base}/telephone/{call}" if call is not None and self.base else ""

    def open(self, room: DeskRoom) -> Postman:
        """Let the desk send notices, and what is due be tried; not started yet."""
        desk, wall = room.desk, room.clock.wall
        links = self.link, self.link_report, self.link_call
        desk.noticing = Noticing(room.name, self.recipients, self.detail, *links)

        def settle(draft: Draft, tried: Tried, done: Done) -> None:
            desk.settle(draft, tried, wall(), lambda: done(None))

        outbox = Outbox(desk.world.journal, self.messengers, settle, self.retry)
        return Postman(outbox, wall, lambda words: LOG.error("outbox", detail=words))


def post_of(settings: Settings, folder: Path, wall: Callable[[], Instant]) -> Post:
    """What the settings say.

    Raises:
        InputError: a recipient, a server or a file is no such thing; names which.
    """
    recipients = _recipients(folder / settings.notices) if settings.notices else ()
    messengers: dict[str, Messenger] = {}
    if settings.smtp_host:
        messengers[EMAIL] = SmtpMessenger(_smtp(settings, folder))
    secret = _secret(settings.webhook_secret, settings.webhook_secret_file, folder)
    if secret:
        trust = folder / settings.webhook_trust if settings.webhook_trust else None
        messengers[WEBHOOK] = WebhookMessenger(WebhookSettings(secret.encode(), trust=trust), wall)
    for one in recipients:
        if one.channel not in messengers:
            want = "smtp_host" if one.channel == EMAIL else "webhook_secret"
            raise InputError(f"notices: {one.key}: {one.channel} needs {want}, which is not set")
    return Post(recipients, messengers, settings.notices_hold)


def _smtp(settings: Settings, folder: Path) -> SmtpSettings:
    return SmtpSettings(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_sender,
        Security(settings.smtp_security),
        settings.smtp_user,
        _secret(settings.smtp_password, settings.smtp_password_file, folder),
        trust=folder / settings.smtp_trust if settings.smtp_trust else None,
    )


def _secret(given: str, file: str, folder: Path) -> str:
    """A secret from the settings, or else from its file; the words of an error never hold it."""
    if given or not file:
        return given
    try:
        return (folder / file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no text"
        raise InputError(f"{folder / file}: {why}") from None


def _recipients(path: Path) -> tuple[Recipient, ...]:
    """``[[recipient]]`` tables of a TOML file.

    Raises:
        InputError: one line naming the file, the recipient and the field.
    """
    try:
        told = tomllib.loads(path.read_text())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
    tables = told.get("recipient", [])
    if told.keys() - {"recipient"} or not isinstance(tables, list) or len(tables) > RECIPIENTS_MAX:
        raise InputError(f"{path}: want [[recipient]] tables, at most {RECIPIENTS_MAX}, and nothing else")
    made: dict[str, Recipient] = {}
    for place, fields in enumerate(tables, 1):
        try:
            one = recipient(fields)
        except InputError as error:
            raise InputError(f"{path}: recipient {place}: {error}") from error
        if one.key in made:
            raise InputError(f"{path}: recipient {place}: key: {one.key!r} is there already")
        made[one.key] = one
    return tuple(made.values())
