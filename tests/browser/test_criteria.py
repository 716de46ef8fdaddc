"""Prescribing at the screen: a form looked at while it is filled in, signed with two proofs, or dropped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.screens import LARGE, SMALL, Screen
from tests.browser.signing_paper import SigningPaper
from tests.center.house import PASSWORD

from einthoven.base.deeds import staff_actor
from einthoven.escalation.prescribing import Scope, propose

pytestmark = pytest.mark.browser

URGENT, DAILY, EMERGENT = (
    "pause.urgent.interval_ms",
    "pause.daily.interval_ms",
    "pause.emergent.interval_ms",
)
WHY = "syncope of unknown origin"


@pytest.fixture
def paper() -> Iterator[SigningPaper]:
    center = SigningPaper()
    center.start()
    yield center
    center.stop()


def opened(paper: SigningPaper, open_page: Any, login: str, path: str, size: tuple[int, int] = LARGE) -> Page:
    screen: Screen = open_page(paper.url, path, size)
    screen.outages = True  # what is refused is a 401 or 409 on the console, and no defect of the page
    paper.sign_in(screen.page, login)
    return screen.page


def number(page: Page, key: str) -> Locator:
    return page.locator(f"input[name='{key}']")


def proposed(paper: SigningPaper, overrides: dict[str, object]) -> None:
    """A form that a technician wrote down."""
    by = staff_actor(paper.signed.house.people["technician"])
    paper.commit(lambda books, now: propose(books.criteria, Scope(stream=17), 1, overrides, WHY, now), by)


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))
def test_a_physician_changes_a_number_proposes_and_signs(
    paper: SigningPaper, open_page: Any, size: tuple[int, int]
) -> None:
    page = opened(paper, open_page, "physician", "/criteria/s000017", size)
    number(page, URGENT).fill("3500")
    changes = page.get_by_role("region", name="proposal")
    expect(changes).to_contain_text("4000 ms → 3500 ms")
    expect(changes).to_contain_text("tells more or sooner")
    page.get_by_label("Why").fill(WHY)
    page.get_by_role("button", name="Propose").click()
    draft = page.get_by_role("region", name="form 1")
    expect(draft).to_contain_text("4000 ms → 3500 ms")
    draft.get_by_role("button", name="Sign …").click()
    expect(draft.get_by_label("Password")).to_be_focused()
    draft.get_by_label("Password").fill("not the password")
    draft.get_by_label("Time code").fill(paper.totp("physician"))
    draft.get_by_role("button", name="Sign", exact=True).click()
    expect(draft.get_by_role("alert")).to_contain_text("wrong")
    draft.get_by_label("Password").fill(PASSWORD)
    draft.get_by_label("Time code").fill(paper.totp("physician"))
    draft.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("version 1 is on record")
    expect(draft).to_have_count(0)
    expect(page.locator(".history")).to_contain_text("I prescribe these criteria. Physician")
    expect(page.locator(".history")).to_contain_text("by password and time code")
    expect(number(page, URGENT)).to_have_value("3500")
    assert [one.number for one in paper.signed.books.criteria.versions[Scope(stream=17)]] == [1]


def test_a_form_that_contradicts_itself_marks_both_numbers_and_is_not_sent(
    paper: SigningPaper, open_page: Any
) -> None:
    page = opened(paper, open_page, "physician", "/criteria/s000017")
    number(page, URGENT).fill("2999")
    expect(number(page, URGENT)).to_have_attribute("aria-invalid", "true")
    expect(number(page, DAILY)).to_have_attribute("aria-invalid", "true")
    expect(page.locator("tr.said").first).to_contain_text("contradicts")
    page.get_by_label("Why").fill(WHY)
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_role("region", name="proposal")).to_contain_text("Not proposed")
    number(page, URGENT).fill("4000")
    number(page, EMERGENT).fill("6500")
    expect(number(page, EMERGENT)).to_have_attribute("aria-invalid", "true")
    expect(number(page, DAILY)).to_have_attribute("aria-invalid", "false")
    expect(page.locator("tr.said")).to_contain_text("more sensitive")
    assert paper.signed.books.criteria.forms == {}


def test_what_a_technician_wrote_down_is_found_in_the_list_and_dropped_with_the_reason(
    paper: SigningPaper, open_page: Any
) -> None:
    proposed(paper, {URGENT: 4500})
    page = opened(paper, open_page, "physician", "/criteria")
    expect(page.locator(".inbox")).to_contain_text("Technician")
    expect(page.locator(".inbox")).to_contain_text("1 tell less")
    page.get_by_role("link", name="read and sign").click()
    draft = page.get_by_role("region", name="form 1")
    expect(draft).to_contain_text("TELLS LESS OR LATER")
    draft.get_by_role("button", name="Drop …").click()
    draft.get_by_label("Why it will not be signed").fill("I said 3500")
    draft.get_by_role("button", name="Drop", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Dropped")
    expect(draft).to_have_count(0)


def test_a_passkey_signs(paper: SigningPaper, open_page: Any) -> None:
    proposed(paper, {URGENT: 3500})
    screen: Screen = open_page(paper.url.replace("127.0.0.1", "localhost"), "/criteria/s000017")
    page = screen.page
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    device |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    paper.sign_in(page, "physician")
    page.locator(".account-button").click()
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator(".account-told")).to_contain_text("added")
    page.keyboard.press("Escape")
    draft = page.get_by_role("region", name="form 1")
    draft.get_by_role("button", name="Sign …").click()
    draft.get_by_role("button", name="Sign with a passkey").click()
    expect(page.get_by_role("status").first).to_contain_text("version 1 is on record")
    expect(page.locator(".history")).to_contain_text("by passkey")


def test_a_lock_covers_what_stands_on_the_page(paper: SigningPaper, open_page: Any) -> None:
    page = opened(paper, open_page, "physician", "/criteria/s000017")
    expect(page.locator(".side")).to_contain_text("In force")
    page.locator("h1").click()
    page.keyboard.press("Shift+L")
    expect(page.get_by_role("form", name="unlock the controls")).to_be_visible()
    expect(page.locator(".side")).to_be_hidden()


def test_a_technician_reads_and_proposes_and_cannot_sign(paper: SigningPaper, open_page: Any) -> None:
    proposed(paper, {URGENT: 3500})
    page = opened(paper, open_page, "technician", "/criteria/s000017")
    draft = page.get_by_role("region", name="form 1")
    expect(draft.get_by_role("button", name="Sign …")).to_be_disabled()
    expect(draft).to_contain_text("a physician of the practice signs")


def test_a_template_says_whom_it_touches_where_it_is_typed_and_where_it_is_signed(
    paper: SigningPaper, open_page: Any
) -> None:
    page = opened(paper, open_page, "physician", "/criteria/practice/1")
    touches = page.locator(".proposal .touches")
    expect(touches).to_contain_text("in service")
    expect(touches).to_contain_text("everybody of this practice who comes later")
    number(page, URGENT).fill("3500")
    page.get_by_label("Why").fill(WHY)
    page.get_by_role("button", name="Propose").click()
    draft = page.locator("section.draft")
    expect(draft.locator(".touches")).to_have_text(touches.inner_text())
    expect(draft.get_by_role("button", name="Sign …")).to_be_enabled()
