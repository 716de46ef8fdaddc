"""Claims at the screen after they were sent: replaced, voided with the payer, paid back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.axe import barriers
from tests.browser.claim_paper import ClaimPaper, advice
from tests.browser.screens import LARGE, SMALL
from tests.browser.test_claims import opened, rows

from einthoven.base.deeds import CENTER
from einthoven.billing import claim_amends as amends
from einthoven.billing import claim_answers as answers
from einthoven.billing import claim_deeds as life
from einthoven.billing.claim_states import Kind, State, claim_id
from einthoven.center.claim_files import read_file

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))


@pytest.fixture
def paper() -> Iterator[ClaimPaper]:
    """Two claims were paid, under the payer's numbers ICN4 and ICN5."""
    center = ClaimPaper()
    center.start()
    center.do(lambda: out(center))
    yield center
    center.stop()


def out(paper: ClaimPaper) -> None:
    desk, book = paper.signed.room.desk, paper.signed.books.claims
    now = paper.center.clock.wall()
    numbers = [paper.claim(stream).number for stream in (4, 5)]
    for number in numbers:
        desk.commit(life.release(book, number, book.claim(number).version, {}), CENTER, now)
    desk.commit(life.file(book, life.to_file(book, numbers), "ISA"), CENTER, now)
    desk.commit(life.sent(book, book.next_file - 1), CENTER, now)
    ((told, _),) = read_file(advice(*((number, "paid", "") for number in numbers)), "era.835").remits
    desk.commit(answers.take(book, told, "d", "era.835"), CENTER, now)


def beside(page: Page) -> Locator:
    return page.get_by_role("complementary", name="what to do")


@SIZES
def test_a_paid_claim_is_replaced_and_the_page_shows_the_chain(
    paper: ClaimPaper, open_page: Any, size: tuple[int, int]
) -> None:
    first = paper.claim(4)
    page = opened(paper, open_page, f"/claims/{first.number}", size)
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    form = beside(page).locator("form.act").first
    expect(form).to_contain_text("Medicare part B takes none of these")
    expect(form.get_by_label("the payer's number of it")).to_have_value(f"ICN{first.number}")
    form.get_by_label("what is wrong of it").fill("the diagnosis was another one")
    assert barriers(page) == []
    form.get_by_role("button", name="Make the replacement").click()
    expect(page.locator("h1")).to_contain_text(f"replacement of {first.id}")
    expect(page.locator(".top .state")).to_have_text("held")
    expect(page.get_by_role("region", name="checks")).to_contain_text("Medicare part B takes no claim")
    chain = beside(page).get_by_role("region", name="chain")
    expect(chain.get_by_role("row")).to_have_count(2)
    beside(page).get_by_text("segments").click()
    expect(beside(page).locator("pre")).to_contain_text(f"REF*F8*ICN{first.number}~")
    assert barriers(page) == []
    chain.get_by_role("link", name=first.id).click()
    expect(beside(page)).to_contain_text("is held: look at it and hand it in")


@SIZES
def test_another_s_claim_is_work_until_it_is_paid_back(
    paper: ClaimPaper, open_page: Any, size: tuple[int, int]
) -> None:
    kept, desk = paper.claim(5), paper.signed.room.desk
    now = paper.center.clock.wall()
    why = "correction 1: Roe, Richard was monitored, the claim is for Karl Lang"
    today = paper.signed.books.today(now)
    paper.do(lambda: desk.commit(amends.another_s(kept, why, today), CENTER, now))
    page = opened(paper, open_page, "/claims?tab=amend", size)
    line = rows(page).filter(has_text="Lang")
    expect(line).to_contain_text("pay 650.00 back, or say why it stands")
    expect(line).to_contain_text("in 60 days")
    assert barriers(page) == []
    line.get_by_role("link").click()
    right = beside(page).get_by_role("region", name="put right")
    expect(right).to_contain_text("Roe, Richard was monitored")
    expect(right.get_by_text("Replace it")).to_have_count(0)
    back = beside(page).get_by_role("region", name="refunds")
    back.get_by_text("Pay back…").click()
    expect(back.get_by_label("amount")).to_have_value("650.00")
    back.get_by_label("why").fill("it was another person's service")
    back.get_by_role("button", name="It is owed").click()
    expect(back).to_contain_text("650.00 owed by")
    back.get_by_text("It went back…").click()
    back.get_by_label("how").fill("check 1042")
    assert barriers(page) == []
    back.get_by_role("button", name="650.00 went back").click()
    expect(page.locator(".top .state")).to_have_text("refunded")
    assert paper.claim(5).state is State.REFUNDED


def test_a_void_says_what_the_first_said_and_only_its_number_is_typed(
    paper: ClaimPaper, open_page: Any
) -> None:
    kept = paper.claim(5)
    page = opened(paper, open_page, f"/claims/{kept.number}")
    beside(page).get_by_text("Void it with the payer…").click()
    form = beside(page).locator("details[open] form.act")
    form.get_by_label("why").fill("billed twice")
    form.get_by_role("button", name="Make the void").click()
    expect(page.locator("h1")).to_contain_text(f"void of {kept.id}")
    expect(page.get_by_role("button", name="Release the void of 650.00")).to_be_visible()
    expect(page.get_by_label("Voids", exact=True)).to_be_editable()
    expect(page.get_by_label("Code")).not_to_be_editable()
    void = paper.signed.books.claims.follower(kept.number)
    assert void is not None
    assert (void.kind, void.id) == (Kind.VOID, claim_id(void.number))
