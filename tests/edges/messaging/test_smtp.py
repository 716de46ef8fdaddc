"""E-mail against a server that others wrote (aiosmtpd): with and without TLS and login, taken and refused."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from hypothesis import given
from hypothesis import strategies as st
from tests.edges.messaging.mail_server import MailServer, nobody
from tests.sim.waiting import until

from einthoven.base.errors import DeliveryUnknownError, InputError, RefusedError
from einthoven.center.desk_ports import FOR_GOOD, FOR_NOW, Notice
from einthoven.edges.intake.certificate import CERTIFICATE, KEY, ensure_certificate
from einthoven.edges.messaging.smtp import Security, SmtpMessenger, SmtpSettings, letter
from einthoven.testing.journal_suite import NOON, notice

pytestmark = [
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
"""The server does not count TLS from the first byte as TLS, and leaves connections open when stopped."""

USER, PASSWORD = "center", "correct horse"


@dataclass
class Post:
    """What the server does with messages, and what it got."""

    answers: dict[str, str] = field(default_factory=dict)
    got: list[Envelope] = field(default_factory=list)
    secured: list[bool] = field(default_factory=list)
    over: bool = False

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.answers.get("RCPT", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.got.append(envelope)
        assert server.transport is not None
        self.secured.append(server.transport.get_extra_info("ssl_object") is not None)
        answer = self.answers.get("DATA", "250 queued as 5")
        if answer == "cut":
            server.transport.close()
        if answer == "hang":
            await until("the test to end", lambda: self.over)
        return answer


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    ensure_certificate(folder, ["localhost", "127.0.0.1"], NOON)
    return folder


@pytest.fixture
def served(keys: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Post, SmtpSettings]]:
    """A server of the kind that the test asks for, and the settings to reach it."""
    kind = getattr(request, "param", "none")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(keys / CERTIFICATE, keys / KEY)
    post, options = Post(), dict[str, Any]()
    if kind == "tls":
        options = {"ssl_context": context}
    elif kind == "starttls":
        options = {"tls_context": context, "require_starttls": True}
    if kind != "none":

        def login(
            _server: object, _session: object, _envelope: object, _how: str, data: object
        ) -> AuthResult:
            good = (
                isinstance(data, LoginPassword)
                and data.login == USER.encode()
                and data.password == PASSWORD.encode()
            )
            return AuthResult(success=good, handled=good)

        options |= {"authenticator": login, "auth_required": True, "auth_require_tls": kind == "starttls"}
    controller = MailServer(post, **options)
    controller.start()
    login_data = {} if kind == "none" else {"user": USER, "password": PASSWORD, "trust": keys / CERTIFICATE}
    settings = SmtpSettings(
        "127.0.0.1", controller.port, "center@clinic.example", Security(kind), timeout_s=5, **login_data
    )  # fmt: skip
    yield post, settings
    post.over = True
    controller.stop()


def send(settings: SmtpSettings, message: Notice | None = None) -> str:
    return asyncio.run(SmtpMessenger(settings).send(message or notice()))


Served = tuple[Post, SmtpSettings]


@pytest.mark.parametrize("served", ["none", "tls", "starttls"], indirect=True)
def test_a_notice_arrives_as_it_was_written(served: Served) -> None:
    post, settings = served
    text = "ä 心\n.\n..leading dots\nFrom here\n" + "long " * 300
    assert send(settings, notice(text=text)) == "250 queued as 5"
    (envelope,) = post.got
    assert (envelope.mail_from, envelope.rcpt_tos) == ("center@clinic.example", ["dr@example.org"])
    assert post.secured == [settings.security is not Security.NONE]
    assert isinstance(envelope.original_content, bytes)
    got = message_from_bytes(envelope.original_content, policy=policy.default)
    assert (got["Subject"], got["To"], got["From"]) == ("ä 心", "dr@example.org", "center@clinic.example")
    assert (got["Message-ID"], got["X-Einthoven-Notice"]) == ("<n-1@clinic.example>", "n-1")
    assert (got["Date"], got["Auto-Submitted"]) == ("Sat, 21 Nov 2026 12:00:00 +0000", "auto-generated")
    assert got.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")


def test_the_same_notice_twice_has_one_id(served: Served) -> None:
    """A center that stopped between a try and its record sends again; the receiver can tell."""
    post, settings = served
    send(settings)
    send(settings)
    first, second = (message_from_bytes(one.original_content)["Message-ID"] for one in post.got)  # type: ignore[arg-type]
    assert first == second


REFUSALS = [
    ("RCPT", "550 no such user", FOR_GOOD),
    ("RCPT", "450 mailbox busy", FOR_NOW),
    ("DATA", "554 no", FOR_GOOD),
    ("DATA", "451 later", FOR_NOW),
]


@pytest.mark.parametrize(("step", "answer", "reason"), REFUSALS)
def test_a_refusal_is_told_with_the_servers_words(
    served: Served, step: str, answer: str, reason: str
) -> None:
    post, settings = served
    post.answers[step] = answer
    with pytest.raises(RefusedError) as told:
        send(settings)
    assert (told.value.reason, told.value.detail) == (reason, answer)


@pytest.mark.parametrize("what", ["cut", "hang"])
def test_a_server_that_has_it_and_is_lost_leaves_it_unknown(served: Served, what: str) -> None:
    post, settings = served
    post.answers["DATA"] = what
    with pytest.raises(DeliveryUnknownError, match="may have it"):
        send(replace(settings, timeout_s=0.5))
    assert len(post.got) == 1


def test_nobody_there_is_refused_for_now() -> None:
    with nobody() as port, pytest.raises(RefusedError, match=rf"for now: 127\.0\.0\.1:{port}"):
        send(SmtpSettings("127.0.0.1", port, "a@b.example", Security.NONE, timeout_s=1))


def test_a_server_that_never_greets_is_refused_for_now() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(RefusedError, match="for now"):
        send(SmtpSettings("127.0.0.1", silent.getsockname()[1], "a@b.example", Security.NONE, timeout_s=0.3))


@pytest.mark.parametrize("served", ["tls", "starttls"], indirect=True)
def test_a_wrong_password_can_be_put_right(served: Served) -> None:
    post, settings = served
    with pytest.raises(RefusedError, match=r"for now: .*535") as told:
        send(replace(settings, password="wrong"))
    assert "wrong" not in str(told.value)
    assert post.got == []


@pytest.mark.parametrize("served", ["tls", "starttls"], indirect=True)
def test_a_certificate_that_is_not_trusted_gets_nothing(served: Served) -> None:
    post, settings = served
    with pytest.raises(RefusedError, match="for now"):
        send(replace(settings, trust=None))
    assert post.got == []


def test_a_server_without_starttls_gets_nothing(served: Served) -> None:
    post, settings = served
    with pytest.raises(RefusedError, match="for now"):
        send(replace(settings, security=Security.STARTTLS))
    assert post.got == []


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"security": Security.NONE}, "without TLS"),
    ({"sender": "nobody"}, "no address to send from"),
    ({"sender": "a@b.example\nBcc: x@y"}, "no address to send from"),
    ({"user": "me"}, "a user and a password, or neither"),
]


@pytest.mark.parametrize(("change", "want"), WRONG)
def test_settings_that_cannot_be_are_refused(change: dict[str, Any], want: str) -> None:
    with pytest.raises(InputError, match=want):
        SmtpSettings(**({"host": "mail.example", "port": 587, "sender": "a@b.example"} | change))


def test_certificates_that_are_none_are_refused(tmp_path: Path) -> None:
    settings = SmtpSettings("mail.example", 587, "a@b.example", trust=tmp_path / "none.pem")
    with pytest.raises(InputError, match=r"none\.pem: no certificates"):
        SmtpMessenger(settings)


def test_a_password_is_never_printed() -> None:
    assert "geheim" not in repr(SmtpSettings("mail.example", 587, "a@b.example", user="u", password="geheim"))


HERE = SmtpSettings("127.0.0.1", 25, "center@clinic.example", Security.NONE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"content": {"subject": "x"}},
        {"content": {"subject": 5, "text": "x"}},
        {"content": {"subject": "a\r\nBcc: x@y.example", "text": "x"}},
        {"content": {"subject": "\r", "text": "x"}},
        {"to": "nobody"},
        {"to": "a@b.example, c@d.example"},
        {"to": "a@b.example\r\nBcc: x@y.example"},
        {"to": "ä@b.example"},
        {"id": "a\nb"},
    ],
)
def test_what_can_be_no_message_is_refused_for_good(wrong: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match=FOR_GOOD):
        letter(replace(notice(), **wrong), HERE)


@given(subject=st.text(max_size=200), text=st.text(max_size=400))
def test_any_subject_and_text_become_one_message_or_none(subject: str, text: str) -> None:
    """No word of a notice ever becomes a header of its own."""
    try:
        made = letter(replace(notice(), content={"subject": subject, "text": text}), HERE).as_bytes()
    except RefusedError:
        return
    got = message_from_bytes(made, policy=policy.default)
    names = [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Einthoven-Notice",
        "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    ]  # fmt: skip
    assert sorted(got.keys()) == sorted(names)
