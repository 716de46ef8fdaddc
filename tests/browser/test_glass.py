"""The address of another practice's patient: nothing is shown, it opens by keys, and it closes again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from tests.browser.axe import barriers
from tests.browser.screens import LARGE, SMALL, Screen
from tests.browser.signing_paper import SigningPaper

from einthoven.base.deeds import Draft, staff_actor
from einthoven.center.sight import Sight
from einthoven.surveillance import staff_changes

pytestmark = pytest.mark.browser
WHY = "called by the emergency room"
OTHERS = "s000018"


@pytest.fixture
def paper() -> Iterator[SigningPaper]:
    center = SigningPaper()
    staff, books = center.signed.books.surveil.staff, center.signed.books
    center.signed.access.sight = Sight(
        books.practice, lambda held, stream, now: staff.glass_open(held.staff or 0, stream, now)
    )
    center.start()
    yield center
    center.stop()


def opened(paper: SigningPaper, open_page: Any, path: str, size: tuple[int, int] = SMALL) -> Screen:
    screen: Screen = open_page(paper.url, path, size, reduced_motion="reduce")
    screen.outages = True  # what is refused is a 400 or 409 on the console, and no defect of the page
    return screen


def entered(
    paper: SigningPaper, open_page: Any, login: str, path: str, size: tuple[int, int] = SMALL
) -> Page:
    screen = opened(paper, open_page, path, size)
    paper.sign_in(screen.page, login)
    return screen.page


def broken(paper: SigningPaper, person: int, stream: int, why: str) -> None:
    """Somebody breaks the glass elsewhere."""
    staff = paper.signed.books.surveil.staff
    paper.commit(
        lambda _books, now: staff_changes.break_glass(staff, person, stream, why, now), staff_actor(person)
    )


def heading(page: Page, words: str) -> Locator:
    return page.get_by_role("heading", name=words)


def strip(page: Page) -> Locator:
    return page.get_by_role("region", name="broken glass")


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))
def test_a_physician_breaks_the_glass_by_keys_alone(
    paper: SigningPaper, open_page: Any, size: tuple[int, int]
) -> None:
    page = entered(paper, open_page, "physician", f"/patient/{OTHERS}", size)
    expect(heading(page, "This patient is not of your practice")).to_be_focused()
    assert "Patient, 18" not in page.content()
    assert barriers(page) == []
    why, keys = page.get_by_label("Why you need to see this patient"), page.keyboard
    keys.press("Tab")
    expect(why).to_be_focused()
    keys.type("because")
    keys.press("Enter")
    expect(why).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#glass-why")).to_contain_text("10 characters or more")
    expect(why).to_be_focused()
    assert barriers(page) == []
    keys.press("Control+A")
    keys.type(WHY)
    keys.press("Enter")
    question = page.get_by_role("group", name="break the glass: read it once more")
    expect(question).to_be_focused()
    expect(question).to_contain_text(WHY)
    assert barriers(page) == []
    keys.press("Tab")
    expect(page.get_by_role("button", name="Break the glass")).to_be_focused()
    keys.press("Enter")
    expect(strip(page)).to_contain_text(WHY)
    expect(strip(page)).to_contain_text("min left")
    expect(page.locator(".who h1")).to_contain_text("Patient, 18")
    expect(page.locator(".prescribed")).to_be_visible()
    assert barriers(page) == []
    page.goto(f"{paper.url}/criteria/{OTHERS}")
    expect(strip(page)).to_contain_text(WHY)
    expect(page.locator(".numbers")).to_contain_text("You can read this.")
    (leave,) = paper.signed.books.surveil.staff.glass.values()
    assert (leave.stream, leave.why) == (18, WHY)


def test_esc_goes_back_and_nothing_was_done(paper: SigningPaper, open_page: Any) -> None:
    page = entered(paper, open_page, "physician", f"/ladder/{OTHERS}")
    why = page.get_by_label("Why you need to see this patient")
    why.fill(WHY)
    why.press("Enter")
    expect(page.locator(".glass-sure")).to_be_focused()
    page.keyboard.press("Escape")
    expect(why).to_be_focused()
    expect(why).to_have_value(WHY)
    assert paper.signed.books.surveil.staff.glass == {}


def test_who_may_not_break_it_is_told_so_in_the_same_words_whoever_is_there(
    paper: SigningPaper, open_page: Any
) -> None:
    page = entered(paper, open_page, "office", f"/patient/{OTHERS}")
    for stream in (OTHERS, "s000999"):
        page.goto(f"{paper.url}/patient/{stream}")
        expect(heading(page, "You cannot see this patient")).to_be_visible()
        expect(page.locator("main")).to_contain_text(f"No patient of your practice has the address {stream}")
        expect(page.get_by_role("textbox")).to_have_count(0)
    assert barriers(page) == []


def test_after_the_hour_the_page_closes_by_itself(paper: SigningPaper, open_page: Any) -> None:
    by = paper.signed.house.people["physician"]
    broken(paper, by, 18, WHY)
    page = opened(paper, open_page, f"/patient/{OTHERS}").page
    asked: list[dict[str, Any]] = []

    def hour_of_two_seconds(route: Route) -> None:
        if asked:  # the page thinks that the hour is over: from now on it is
            paper.commit(over, staff_actor(by))
        answer = route.fetch()
        asked.append(answer.json())
        sooner = {"until_ms": asked[-1]["now_ms"] + 2000} if asked[-1]["sees"] else {}
        route.fulfill(response=answer, json=asked[-1] | sooner)

    def over(_books: Any, now: int) -> list[Draft]:
        return [Draft("glass.broken", OTHERS, {"person": by, "stream": 18, "why": WHY, "until": now})]

    page.route("**/api/desk/glass/**", hour_of_two_seconds)
    paper.sign_in(page, "physician")
    expect(heading(page, "This patient is not of your practice")).to_be_visible()
    expect(strip(page)).to_have_count(0)
    expect(page.locator(".who")).to_have_count(0)
    assert [one["sees"] for one in asked] == [True, False]


def test_their_own_practice_sees_who_looked(paper: SigningPaper, open_page: Any) -> None:
    staff = paper.signed.books.surveil.staff
    paper.commit(lambda _books, _now: staff_changes.add_practice(staff, "Rhythm House"))
    other = staff.next_member
    paper.commit(lambda _books, _now: staff_changes.join(staff, "Abe, Dr. Bo", "abe", ["physician"], 2))
    for why in ("on call for Dr. Weber", WHY):
        broken(paper, other, 17, why)
    page = entered(paper, open_page, "physician", "/patient/s000017")
    looks = page.get_by_role("region", name="looks of other practices")
    expect(looks).to_contain_text("Abe, Dr. Bo of Rhythm House")
    expect(looks).to_contain_text(WHY)
    looks.get_by_role("button", name="and 1 before").press("Enter")
    expect(looks).to_contain_text("on call for Dr. Weber")
    assert barriers(page) == []
