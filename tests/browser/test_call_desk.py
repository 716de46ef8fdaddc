"""A call at a real desk: what the pages ask is what its rules take, and what they refuse is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import barriers
from tests.browser.call_desk import BORN, NAME, CallDesk
from tests.browser.screens import LARGE, Screen
from tests.e2e.processes import until

from einthoven.answering.call import State

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desk() -> Iterator[CallDesk]:
    center = CallDesk()
    center.start()
    center.begins()
    center.sits()
    yield center
    center.stop()


def opened(desk: CallDesk, open_page: Any, path: str, refused: bool = False) -> Page:
    """A technician at desk 1; from now on the console is silent, but of what a test wants refused."""
    screen: Screen = open_page(desk.url, path, LARGE)
    screen.outages = True  # what is asked before signing in is a 401
    desk.sign_in(screen.page, "technician")
    expect(screen.page.get_by_role("region", name="patients who call")).to_be_visible()
    screen.complaints.clear()
    screen.outages = refused
    return screen.page


def test_a_call_is_taken_by_a_key_told_of_and_closed_once_its_strip_is_judged_or_struck(
    desk: CallDesk, open_page: Any
) -> None:
    page = opened(desk, open_page, "/codes", refused=True)
    number = desk.rings()
    line = page.get_by_role("region", name="patients who call")
    expect(line).to_contain_text("+1 215 555 0142")
    page.keyboard.press("T")
    expect(page).to_have_url(re.compile(f"/telephone/{number}$"))
    expect(page.locator(".say-side")).to_contain_text("This is the heart monitoring center.")
    assert desk.call(number).state is State.TAKEN
    desk.strip_begins(number)
    expect(page.locator(".over-paper")).to_contain_text("A strip is coming. Tone at 1900 Hz.")
    page.keyboard.press("/")
    page.keyboard.type("roe 1951")
    expect(page.locator("#who-found li")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".tied")).to_contain_text(NAME)
    expect(page.locator(".tied")).to_contain_text(BORN)
    page.keyboard.press("f")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="now", exact=True).click()
    page.keyboard.press("s")
    until("it is on record", lambda: desk.call(number).asked.symptom or None)
    assert desk.call(number).asked.symptom_at is not None
    desk.strip_ends(number, 20)
    desk.places()
    expect(page.locator(".strip-after")).to_contain_text("In the patient's ECG")
    expect(page.locator(".case-link")).to_be_visible()
    assert barriers(page) == []
    desk.hangs_up(number)
    expect(page.locator(".call-state")).to_have_text("ended, not closed")
    page.get_by_role("button", name="strip taken").click()
    page.get_by_role("button", name="close the call").click()
    expect(page.locator(".telephone-said .problem")).to_contain_text("judged")
    assert desk.call(number).state is State.ENDED
    page.get_by_role("button", name="does not count").click()
    page.keyboard.type("a test call")
    page.keyboard.press("Enter")
    expect(page.locator(".strip-after")).to_contain_text("Does not count: a test call")
    page.get_by_role("button", name="test call").click()
    page.locator(".ending-call input").fill("tried at installation")
    page.get_by_role("button", name="close the call").click()
    expect(page.locator(".say-side")).to_contain_text("Closed")
    assert desk.call(number).state is State.CLOSED
    page.keyboard.press("Escape")
    closed = page.locator(".call-row")
    expect(closed).to_have_count(1)
    expect(closed).to_contain_text("test call tried at installation")


def test_a_missed_call_is_called_back_and_what_came_of_it_is_on_record(
    desk: CallDesk, open_page: Any
) -> None:
    page = opened(desk, open_page, "/telephone")
    number = desk.rings("+12155550199")
    desk.hangs_up(number)
    line = page.get_by_role("region", name="patients who call")
    expect(line).to_contain_text("Call a patient back")
    page.keyboard.press("T")
    expect(page.locator(".say-side")).to_contain_text("Call back +1 215 555 0199")
    page.get_by_role("button", name="not reached", exact=True).first.click()
    expect(page.locator(".who-calls")).to_contain_text("not reached")
    page.get_by_role("button", name="reached", exact=True).first.click()
    expect(page.locator(".telephone-said .problem")).to_contain_text("write down what was said")
    page.keyboard.type("well, no symptom")
    page.get_by_role("button", name="reached", exact=True).first.click()
    expect(page.locator(".say-side")).to_contain_text("Close the call.")
    page.get_by_role("button", name="called back").click()
    page.locator(".ending-call input").fill("dialled by mistake, well")
    page.get_by_role("button", name="close the call").click()
    expect(page.locator(".say-side")).to_contain_text("Closed")
    assert desk.call(number).outcome == "called back"
