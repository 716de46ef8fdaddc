"""Notices of a whole desk, handed to a mail server that others wrote (aiosmtpd)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from tests.center.desk_house import DeskHouse
from tests.edges.messaging.mail_server import MailServer, nobody
from tests.sim.waiting import until

from einthoven.base.errors import InputError, StoreFullError
from einthoven.base.instants import HOUR, SECOND
from einthoven.bootstrap.notices import Post, post_of
from einthoven.bootstrap.postman import Postman
from einthoven.center.desk_door import Who
from einthoven.center.surveil import CONSOLE
from einthoven.review.facts import Tier
from einthoven.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""The mail server leaves connections open when it is stopped."""

HERE = Who(CONSOLE, None, "127.0.0.1")
ALL = 'tiers = ["emergent", "urgent"]\nwhats = ["opened", "exhausted", "reached", "emergency"]\n'
MAIL = f'[[recipient]]\nkey = "on-call"\nchannel = "email"\nto = "on-call@clinic.example"\n{ALL}'


class Inbox:
    """What the server got, what it answers, and whether it answers at all."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.answer = "250 queued as 5"
        self.silent = False

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        assert isinstance(content, bytes)
        self.got.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        await until("the server to answer", lambda: not self.silent)
        return self.answer

    def ids(self) -> list[str]:
        return [str(one["X-Einthoven-Notice"]) for one in self.got]


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    """A mail server, and its port."""
    box = Inbox()
    controller = MailServer(box)
    controller.start()
    yield box, controller.port
    box.silent = False
    controller.stop()


class Center:
    """A desk with patients, whose post goes where the recipients' file says."""

    def __init__(self, folder: Path, port: int, recipients: str = MAIL, **settings: Any) -> None:
        self.house = DeskHouse(patients=3)
        (folder / "recipients.toml").write_text(recipients)
        given = {"notices": "recipients.toml", "smtp_host": "127.0.0.1", "smtp_port": port}
        given |= {"smtp_security": "none", "smtp_sender": "center@clinic.example"}
        self.post: Post = post_of(Settings(**(given | settings)), folder, self.house.clock.wall)
        self.postman: Postman = self.post.open(self.house.room)

    def restart(self) -> None:
        """The center died: what was on its way is forgotten, what the journal holds is not."""
        self.house.kill()
        self.postman = self.post.open(self.house.room)

    def act(self, act: str, **fields: object) -> None:
        told: list[object] = []
        self.house.room.act(HERE, act, fields, lambda _made, error: told.append(error))
        assert told == [None]

    def notifies(self, stream: int = 1) -> int:
        """The analysis finds what a reader calls true: the physician is to be told; number of the case."""
        self.house.finds(stream, "pause", Tier.EMERGENT, key=f"{stream}-0-0")
        self.house.run(1)
        number = self.house.books.triage.cases.next_case - 1
        self.act("case.take", case=number)
        self.act("case.verdict", case=number, verdict="true")
        self.house.run(1)
        return number

    async def deliver(self) -> None:
        """Try all that is due, to the end."""
        self.postman.look()
        await until("the post to be out", lambda: not self.postman.busy)

    def told(self, number: int = 1) -> list[dict[str, Any]]:
        """What the notification's panel says of notices."""
        entity: Any = self.house.room.desk.news.get(f"notification:{number}")
        shown: list[dict[str, Any]] = entity["notices"]
        return shown

    def kinds(self) -> list[str]:
        deeds = self.house.kept.journal.read(0, 10_000)
        return [deed.kind for deed in deeds if deed.kind.startswith("notice.")]


def test_a_notification_sends_one_mail_and_the_ladder_goes_on(
    tmp_path: Path, inbox: tuple[Inbox, int]
) -> None:
    box, port = inbox
    center = Center(tmp_path, port)
    center.post.base = "https://center.example"
    case = center.notifies()
    assert [one["state"] for one in center.told()] == ["queued"]
    for _ in range(3):
        asyncio.run(center.deliver())
        center.house.run(20)
    (mail,) = box.got
    assert (mail["To"], mail["Subject"]) == (
        "on-call@clinic.example",
        f"[Boston] emergent: s000001, case {case}",
    )
    text = mail.get_content()
    assert f"Open it: https://center.example/worklist?case={case}" in text
    assert "does not replace the telephone call" in text
    (shown,) = center.told()
    assert (shown["state"], shown["to"], shown["receipt"]) == (
        "sent", "on-call@clinic.example", "250 queued as 5",
    )  # fmt: skip
    assert (shown["channel"], shown["attempts"], shown["at_ms"] >= shown["queued_ms"]) == ("e-mail", 1, True)
    assert center.kinds() == ["notice.queued", "notice.sent"]
    # nobody was telephoned for that: the ladder is due as before
    entity: Any = center.house.room.desk.news.get("notification:1")
    assert entity["state"] == "calling"
    assert [one.kind for one in center.house.books.notify.next(1, center.house.clock.wall())] == ["call"]


@pytest.mark.parametrize(
    ("hold", "values", "name"), [("minimal", False, False), ("criteria", True, False), ("name", True, True)]
)
def test_a_notice_holds_of_the_patient_what_the_center_allows(
    tmp_path: Path, inbox: tuple[Inbox, int], hold: str, values: bool, name: bool
) -> None:
    box, port = inbox
    center = Center(tmp_path, port, notices_hold=hold)
    center.notifies()
    asyncio.run(center.deliver())
    whole = box.got[0].as_string()
    assert ("pause is emergent" in whole) == values
    assert ("Patient, 1" in whole) == name


def test_a_center_killed_before_it_noted_the_receipt_sends_again_with_the_same_id(
    tmp_path: Path, inbox: tuple[Inbox, int]
) -> None:
    """At least once: the second arrives too, and whoever got it can tell by its id."""
    box, port = inbox
    center = Center(tmp_path, port)
    center.notifies()
    box.silent = True

    async def half() -> None:
        center.postman.look()
        await until("the server to have it", lambda: len(box.got) == 1)
        await center.postman.stop()

    asyncio.run(half())
    box.silent = False
    assert center.kinds() == ["notice.queued"]
    center.restart()
    for _ in range(3):
        asyncio.run(center.deliver())
        center.house.run(20)
    assert len(box.got) == 2
    assert len(set(box.ids())) == 1
    assert box.got[0]["Message-ID"] == box.got[1]["Message-ID"]
    assert center.kinds() == ["notice.queued", "notice.sent"]
    center.restart()
    asyncio.run(center.deliver())
    assert len(box.got) == 2
    assert [one["state"] for one in center.told()] == ["sent"]


def test_what_was_delivered_is_not_sent_again_while_the_disk_takes_no_receipt(
    tmp_path: Path, inbox: tuple[Inbox, int]
) -> None:
    box, port = inbox
    center = Center(tmp_path, port)
    center.notifies()
    center.house.kept.failing = StoreFullError("no room")
    for _ in range(4):
        asyncio.run(center.deliver())
        center.house.run(10)
    assert len(box.got) == 1
    center.house.kept.failing = None
    center.house.run(3)
    asyncio.run(center.deliver())
    assert (len(box.got), center.kinds()) == (1, ["notice.queued", "notice.sent"])


def test_a_server_that_is_busy_is_tried_again_later_and_the_panel_says_so(
    tmp_path: Path, inbox: tuple[Inbox, int]
) -> None:
    box, port = inbox
    box.answer = "451 later"
    center = Center(tmp_path, port)
    center.notifies()
    asyncio.run(center.deliver())
    (shown,) = center.told()
    assert (shown["state"], shown["receipt"], shown["attempts"]) == ("failed", "451 later", 1)
    assert shown["next_ms"] - shown["at_ms"] == 15_000
    asyncio.run(center.deliver())
    assert len(box.got) == 1
    box.answer = "250 taken"
    center.house.run(16)
    asyncio.run(center.deliver())
    assert [one["state"] for one in center.told()] == ["sent"]
    assert len(set(box.ids())) == 1


def test_a_notice_that_is_given_up_makes_a_technical_case_that_says_why_once(
    tmp_path: Path, inbox: tuple[Inbox, int]
) -> None:
    box, port = inbox
    box.answer = "554 no such mailbox"
    center = Center(tmp_path, port)
    center.notifies()
    asyncio.run(center.deliver())
    assert center.kinds() == ["notice.queued", "notice.given_up"]
    center.house.run(1)
    technical = [one for one in center.house.books.triage.cases.open_cases() if one.tier is Tier.TECHNICAL]
    (case,) = technical
    assert (case.title, case.stream) == ("Notice not delivered", 1)
    assert case.met[0].words == (
        "e-mail to on-call@clinic.example not delivered after 1 tries: 554 no such mailbox"
    )
    center.restart()
    center.house.run(2)
    again = [one for one in center.house.books.triage.cases.open_cases() if one.tier is Tier.TECHNICAL]
    assert [one.number for one in again] == [case.number]
    assert [len(one.findings) for one in again] == [1]


def test_a_notice_that_no_server_takes_for_six_hours_is_given_up(tmp_path: Path) -> None:
    with nobody() as port:
        center = Center(tmp_path, port)
        center.notifies()
        asyncio.run(center.deliver())
        center.house.clock.move(6 * HOUR / SECOND)
        asyncio.run(center.deliver())
    assert center.kinds() == ["notice.queued", "notice.failed", "notice.given_up"]


def test_who_is_told_what_and_of_whose_patients(tmp_path: Path, inbox: tuple[Inbox, int]) -> None:
    box, port = inbox
    of_practice = MAIL.replace("on-call", "two").replace("tiers", "practice = 2\ntiers")
    of_contact = MAIL.replace("on-call", "weber").replace("tiers", 'contact = "ordering"\ntiers')
    nobodys = MAIL.replace("on-call", "other").replace("tiers", 'contact = "nobody"\ntiers')
    center = Center(tmp_path, port, "\n".join([of_practice, of_contact, nobodys]))
    plan = center.house.books.notify.plans.plan_for(1, None)
    assert [one.key for one in plan.calendar.persons] == ["ordering"]
    center.act("patient.note", stream="s000002", practice=2)
    center.notifies(1)
    asyncio.run(center.deliver())
    assert [str(one["To"]) for one in box.got] == ["weber@clinic.example"]
    center.notifies(2)
    center.act("emergency.begin", stream="s000003")
    asyncio.run(center.deliver())
    later = sorted((str(one["To"]), "procedure" in one.get_content()) for one in box.got[1:])
    assert later == [
        ("two@clinic.example", False), ("weber@clinic.example", False), ("weber@clinic.example", True),
    ]  # fmt: skip


HOOK = MAIL.replace('"email"', '"webhook"').replace("on-call@", "https://")
WRONG = [
    ("[[recipient]]\nkey = 'A B'", {}, "recipient 1: key"),
    (MAIL.replace("on-call@clinic.example", "nobody"), {}, "recipient 1: to"),
    (MAIL.replace("tiers", "teirs"), {}, "recipient 1: teirs: a recipient has no such field"),
    (MAIL.replace("emergent", "grave"), {}, "recipient 1: tiers"),
    (MAIL + MAIL, {}, "recipient 2: key: 'on-call' is there already"),
    ("x = 1", {}, "recipient]] tables"),
    ("[[", {}, "recipients.toml"),
    (MAIL, {"smtp_host": ""}, "on-call: email needs smtp_host"),
    (MAIL, {"smtp_host": "mail.example"}, "without TLS"),
    (MAIL, {"notices": "none.toml"}, "none.toml"),
    (MAIL, {"smtp_user": "me", "smtp_password_file": "none"}, "none: No such file"),
    (
        MAIL.replace('"email"', '"webhook"').replace("on-call@", "https://"),
        {},
        "webhook needs webhook_secret",
    ),
]


@pytest.mark.parametrize(("file", "settings", "words"), WRONG)
def test_settings_that_cannot_be_are_refused_and_named(
    tmp_path: Path, file: str, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError) as told:
        Center(tmp_path, 25, file, **settings)
    assert words in str(told.value)


def test_secrets_come_from_files_or_settings_and_are_never_printed(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a secret of thirty-two bytes ....\n")
    (tmp_path / "password").write_text("geheim\n")
    settings = Settings(
        smtp_host="127.0.0.1", smtp_security="none", smtp_sender="a@b.example", smtp_user="me",
        smtp_password_file="password", webhook_secret_file="key",
    )  # fmt: skip
    post = post_of(settings, tmp_path, lambda: 0)
    assert sorted(post.messengers) == ["email", "webhook"]
    assert "geheim" not in repr(post)
    open_ = Settings(smtp_password="geheim", webhook_secret="a secret of thirty-two bytes ....")
    assert "geheim" not in repr(open_)
    assert "thirty-two" not in repr(open_)
    with pytest.raises(InputError, match="at least 24 bytes"):
        post_of(Settings(webhook_secret="short"), tmp_path, lambda: 0)
