"""An order for strips after a symptom is enrolled without a transmitter: code, numbers, sheet (R6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import barriers
from tests.browser.order_paper import OrderPaper
from tests.browser.screens import LARGE, SMALL, Screen

from einthoven.enrollment.order_states import State

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))


@pytest.fixture
def paper() -> Iterator[OrderPaper]:
    center = OrderPaper()
    center.start()
    center.stocks("T-1")
    center.receives(test="post-symptom")
    yield center
    center.stop()


def opened(paper: OrderPaper, open_page: Any, size: tuple[int, int] = LARGE) -> Page:
    """The order, before somebody of enrollment; its panel is open."""
    screen: Screen = open_page(paper.url, "/orders/1", size)
    screen.outages = True  # what is asked before signing in, and what is refused
    page = screen.page
    paper.sign_in(page, "enrollment")
    deciding = page.get_by_role("region", name="decide")
    deciding.get_by_role("button", name="Enroll …").click()
    expect(page.get_by_role("form", name="enroll")).to_be_visible()
    return page


@SIZES
def test_it_begins_with_a_code_and_numbers_and_no_kit_is_given_out(
    paper: OrderPaper, open_page: Any, size: tuple[int, int]
) -> None:
    page = opened(paper, open_page, size)
    form = page.get_by_role("form", name="enroll")
    expect(form).to_contain_text("no transmitter is given out, the patient gets a code of six digits")
    expect(form.get_by_label("Free transmitter")).to_have_count(0)
    expect(form.get_by_label("Recorder").locator("option")).not_to_have_count(1)
    assert barriers(page) == []
    form.get_by_label("Recorder").select_option("simulated")
    form.get_by_label("Calls from").fill("+1 (555) 555-0170, 1 555 555 0171")
    form.get_by_role("button", name="Enroll", exact=True).click()
    deciding = page.get_by_role("region", name="decide")
    link = deciding.get_by_role("link", name="The service")
    expect(link).to_be_visible()
    record = paper.order()
    assert (record.state, record.source.value) == (State.ENROLLED, "form")
    assert record.stream is not None
    caller = paper.signed.books.callers.of(record.stream)
    assert caller is not None
    assert (caller.profile, caller.numbers) == ("simulated", ("15555550170", "15555550171"))
    assert paper.signed.books.kits.kits["T-1"].stream is None
    page.goto(f"{paper.url}{link.get_attribute('href')}")
    period = page.get_by_role("region", name="the period")
    expect(period).to_contain_text("no transmitter; no strip so far")
    expect(period.locator(".code")).to_have_text(f"{caller.code[:3]} {caller.code[3:]}")
    expect(period).to_contain_text("+1 555 555 0170, +1 555 555 0171")
    assert barriers(page) == []


def test_a_number_that_is_none_is_said_and_nothing_begins(paper: OrderPaper, open_page: Any) -> None:
    page = opened(paper, open_page)
    form = page.get_by_role("form", name="enroll")
    form.get_by_label("Calls from").fill("+1 555 555 0170, home")
    form.get_by_role("button", name="Enroll", exact=True).click()
    expect(form.get_by_role("alert")).to_contain_text("telephone.numbers[1]")
    expect(form.get_by_label("Calls from")).to_have_value("+1 555 555 0170, home")
    assert paper.order().state is State.READY
    assert paper.signed.books.callers.of(1) is None


def test_the_patient_has_a_sheet_with_the_code_and_whom_to_call(paper: OrderPaper, open_page: Any) -> None:
    page = opened(paper, open_page)
    form = page.get_by_role("form", name="enroll")
    form.get_by_role("button", name="Enroll", exact=True).click()
    link = page.get_by_role("region", name="decide").get_by_role("link", name="The service")
    expect(link).to_be_visible()
    stream = paper.order().stream
    assert stream is not None
    caller = paper.signed.books.callers.of(stream)
    assert caller is not None
    # Without a number in the form it is the one in the order.
    assert caller.numbers != ()
    page.goto(f"{paper.url}{link.get_attribute('href')}/instructions")
    sheet = page.locator(".paper")
    expect(sheet).to_contain_text(f"Your code {caller.code[:3]} {caller.code[3:]}")
    expect(sheet).to_contain_text("Emergency: call 911")
    expect(sheet).to_contain_text("Nobody watches your heart between calls")
    assert barriers(page) == []
