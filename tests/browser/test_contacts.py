"""Who spoke with the patient, on the patient's own page: read by those who may, written down by those who
do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser import duty
from tests.browser.paper_center import STREAM, PaperCenter
from tests.browser.paper_desk import PaperDesk
from tests.e2e.processes import until

from einthoven.base.ids import stream_name

pytestmark = pytest.mark.browser
NAME = stream_name(STREAM)
SPOKEN = {"at_ms": 1.7e12, "by": "Sato, M.", "how": "telephone", "said": "It was in the drawer."}
MAY = ["read.ecg", "read.wall", "read.contacts", "patient.contact"]


@pytest.fixture
def desk() -> Iterator[PaperDesk]:
    paper = PaperCenter()
    desk = PaperDesk(paper)
    paper.start()
    yield desk
    paper.stop()


def test_a_contact_is_read_and_the_next_one_written_down(desk: PaperDesk, open_page: Any) -> None:
    log = [SPOKEN]
    desk.answers[f"contacts/{NAME}"] = {"log": log}
    desk.done = lambda _act, body: log.append(SPOKEN | {"by": "Ruiz, T."} | body)
    desk.say({"me": duty.me(permissions=MAY)})
    screen = open_page(desk.paper.url, f"/patient/{NAME}")
    part = screen.page.locator(".spoken-with")
    expect(part).to_contain_text("It was in the drawer.")
    part.get_by_label("what was said").fill("She puts it on now.")
    part.get_by_role("button", name="write down").click()
    expect(part.get_by_role("listitem").first).to_have_text(
        re.compile(r"telephone, Ruiz, T\.\s*She puts it on now\.")
    )
    expect(part.get_by_label("what was said")).to_have_value("")
    until("it is on record once", lambda: len(desk.acts) == 1)
    assert desk.acts == [
        ("patient.contact", {"stream": NAME, "how": "telephone", "said": "She puts it on now."})
    ]


def test_what_the_desk_refuses_is_said_and_nothing_typed_is_lost(desk: PaperDesk, open_page: Any) -> None:
    desk.answers[f"contacts/{NAME}"] = {"log": []}
    desk.refusal = {"error": "the controls are locked", "reason": "locked"}
    desk.say({"me": duty.me(permissions=MAY)})
    screen = open_page(desk.paper.url, f"/patient/{NAME}")
    screen.outages = True
    part = screen.page.locator(".spoken-with")
    expect(part).to_contain_text("Nobody has spoken with the patient yet.")
    part.get_by_label("what was said").fill("No answer.")
    part.get_by_role("button", name="write down").click()
    expect(part.get_by_role("alert")).to_have_text("the controls are locked")
    expect(part.get_by_label("what was said")).to_have_value("No answer.")


def test_whoever_may_not_know_is_not_shown_and_the_center_is_not_asked(
    desk: PaperDesk, open_page: Any
) -> None:
    # Were it asked, the page would complain of a 404.
    desk.say({"me": duty.me(permissions=["read.ecg", "read.wall"])})
    screen = open_page(desk.paper.url, f"/patient/{NAME}")
    expect(screen.page.locator(".prescribed")).to_be_visible()
    expect(screen.page.locator(".spoken-with")).to_have_count(0)
