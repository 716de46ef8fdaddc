"""Service periods at the screen: kits, calls, a period's acts, and the sheet that a patient is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import barriers
from tests.browser.order_paper import OrderPaper
from tests.browser.screens import LARGE, SMALL, Screen

from einthoven.base.instants import DAY, HOUR
from einthoven.enrollment import service_deeds
from einthoven.enrollment.kit_states import State
from einthoven.enrollment.periods import ServicePeriod

pytestmark = pytest.mark.browser


@pytest.fixture
def paper() -> Iterator[OrderPaper]:
    center = OrderPaper()
    center.start()
    center.stocks("T-1", "T-2")
    center.receives()
    yield center
    center.stop()


def opened(paper: OrderPaper, open_page: Any, login: str, path: str, size: tuple[int, int] = LARGE) -> Page:
    screen: Screen = open_page(paper.url, path, size)
    screen.outages = True  # what is refused is a 401 or 409 on the console, and no defect of the page
    paper.sign_in(screen.page, login)
    return screen.page


def begun(paper: OrderPaper, days_ago: float) -> None:
    """The period of patient 17 began under order 1, so long ago."""

    def made(_books: Any, now: int) -> list[Any]:
        start = now - round(days_ago * DAY)
        return [service_deeds.began(1, ServicePeriod(1, 1, "T-1", 17, start, start + 30 * DAY))]

    paper.commit(made)

    def opens() -> None:
        books = paper.signed.books
        start = books.service.of(17).started
        books.periods = {17: ServicePeriod(1, 1, "T-1", 17, start, start + 30 * DAY)}

    paper.do(opens)


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))
def test_the_inventory_is_worked_by_hand(paper: OrderPaper, open_page: Any, size: tuple[int, int]) -> None:
    page = opened(paper, open_page, "enrollment", "/service?show=kits&state=in%20stock", size)
    kept = page.get_by_role("button", name="Kits", pressed=True)
    expect(kept).to_be_visible()
    assert page.url.endswith("/service?show=kits&state=in%20stock")
    page.keyboard.press("3")
    row = page.locator("tr:not(.row-form)").filter(has_text="T-1")
    expect(row).to_contain_text("in stock")
    assert barriers(page) == []
    row.get_by_role("button", name="Lost …").click()
    form = page.get_by_role("form", name="T-1 is lost")
    expect(form.get_by_label("Why")).to_be_focused()
    page.keyboard.type("not in the drawer")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("not in the drawer")
    row.get_by_role("button", name="Found …").click()
    page.get_by_role("button", name="It is here").click()
    expect(row).to_contain_text("returned")
    row.get_by_role("button", name="Clean", exact=True).click()
    row.get_by_role("button", name="Cleaned").click()
    expect(row).to_contain_text("in stock")
    assert paper.signed.books.kits.kit("T-1").state is State.STOCK
    page.get_by_role("button", name="Add a kit …").click()
    page.get_by_label("Transmitter").fill("T-1")
    page.get_by_label("Public key").fill("ab" * 32)
    page.get_by_role("button", name="Take it into stock").click()
    expect(page.get_by_role("alert")).to_contain_text("there is a kit T-1 already")
    page.get_by_label("Transmitter").fill("T-3")
    assert barriers(page) == []
    page.get_by_role("button", name="Take it into stock").click()
    expect(page.get_by_role("row").filter(has_text="T-3")).to_contain_text("in stock")


def test_a_call_that_is_due_is_made_or_put_off(paper: OrderPaper, open_page: Any) -> None:
    begun(paper, 1.5)
    page = opened(paper, open_page, "technician", "/service")
    row = page.locator("tr:not(.row-form)").filter(has_text="how the first day went")
    expect(row).to_contain_text("overdue")
    assert barriers(page) == []
    row.get_by_role("button", name="Called …").click()
    page.get_by_label("no, nobody or a machine").check()
    page.get_by_label("What was said").fill("rings")
    page.get_by_role("button", name="Put it on record").click()
    expect(page.get_by_role("status")).to_contain_text("was not reached")
    expect(row.get_by_role("cell").nth(3)).to_have_text("1")
    row.get_by_role("button", name="Called …").click()
    page.get_by_label("yes", exact=True).check()
    page.get_by_label("What was said").fill("all well")
    page.get_by_role("button", name="Put it on record").click()
    expect(page.locator(".none")).to_contain_text("Nobody is to be called now")
    assert [one.said for one in paper.signed.books.service.of(17).calls] == ["rings", "all well"]


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))
def test_a_stay_in_a_hospital_begins_and_ends(
    paper: OrderPaper, open_page: Any, size: tuple[int, int]
) -> None:
    begun(paper, 3)
    page = opened(paper, open_page, "enrollment", "/service/s000017", size)
    page.get_by_role("button", name="In a hospital …").click()
    page.get_by_label("Where").fill("General Hospital")
    page.get_by_role("button", name="Interrupt").click()
    expect(page.locator(".late")).to_contain_text("No service is counted")
    assert barriers(page) == []
    page.get_by_role("button", name="Home again …").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="In a hospital …")).to_be_visible()
    (stay,) = paper.signed.books.service.of(17).stays
    assert stay.stop is not None
    assert stay.stop - stay.start < HOUR


def test_the_sheet_of_a_patient_is_large_and_says_whom_to_call(paper: OrderPaper, open_page: Any) -> None:
    begun(paper, 0)
    page = opened(paper, open_page, "enrollment", "/service/s000017/instructions")
    sheet = page.locator(".paper")
    expect(sheet).to_contain_text("Emergency: call 911")
    expect(sheet).to_contain_text("T-1")
    sizes = sheet.evaluate(
        "sheet => [...sheet.querySelectorAll('*')].map((one) => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 16  # 12 points
    assert barriers(page) == []
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(sheet).to_be_visible()
