"""A center that is killed while a mail server has its notice tells it again, with the same id."""

from __future__ import annotations

from email import message_from_bytes
from pathlib import Path

import apsw
import httpx
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from tests.e2e.processes import Serving, until
from tests.edges.messaging.mail_server import MailServer
from tests.sim.waiting import until as until_so

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""The mail server leaves connections open when it is stopped."""


class Inbox:
    """Keeps the ids of what it got; says nothing to the sender while ``silent``."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.silent = True

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        assert isinstance(content, bytes)
        self.ids.append(str(message_from_bytes(content)["X-Einthoven-Notice"]))
        await until_so("the server to answer", lambda: not self.silent, 300)
        return "250 taken"


def test_a_kill_between_the_server_and_the_receipt_loses_no_notice(tmp_path: Path) -> None:
    box = Inbox()
    controller = MailServer(box)
    controller.start()
    serving = Serving(tmp_path)
    try:
        serving.data.mkdir()
        (serving.data / "einthoven.toml").write_text(
            f'notices = "who.toml"\nsmtp_host = "127.0.0.1"\nsmtp_port = {controller.port}\n'
            'smtp_security = "none"\nsmtp_sender = "center@clinic.example"\n'
        )
        (serving.data / "who.toml").write_text(
            '[[recipient]]\nkey = "nurse"\nchannel = "email"\nto = "nurse@clinic.example"\n'
            'tiers = ["emergent"]\nwhats = ["emergency"]\n'
        )
        serving.start()
        stream = serving.enroll(250, "I").stream
        begun = httpx.post(
            f"{serving.url}/api/desk/emergency.begin",
            json={"stream": stream},
            headers={"origin": serving.url},
            timeout=30,
            trust_env=False,
        )
        assert begun.status_code == 200, begun.text
        until("the mail server to have it", lambda: box.ids, seconds=60)
        serving.kill()
        box.silent = False
        serving.start()
        until("it to come again", lambda: len(box.ids) > 1, seconds=60)
        until("the receipt to be kept", lambda: "notice.sent" in audit(serving), seconds=60)
        assert (len(box.ids), len(set(box.ids))) == (2, 1)
    finally:
        box.silent = False
        serving.stop()
        controller.stop()


def audit(serving: Serving) -> str:
    """What is on record, as far as the disk has it."""
    connection = apsw.Connection(str(serving.data / "facts.sqlite"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return " ".join(str(row[0]) for row in connection.execute("SELECT kind FROM deed"))
    finally:
        connection.close()
