"""Reports at the screen: read, written, signed with proof, never changed after; delegates, two signatures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.axe import barriers
from tests.browser.report_paper import ReportPaper
from tests.browser.screens import LARGE, SMALL, Screen
from tests.center.house import PASSWORD
from tests.e2e.processes import until

from einthoven.base.instants import DAY, HOUR
from einthoven.reports.life_due import Service
from einthoven.reports.life_states import State

pytestmark = pytest.mark.browser
SIGNS = "a physician of the patient's practice signs"
WORDS = "Sinus rhythm with one pause of 3.1 s at night. Pacemaker to be discussed."


@pytest.fixture
def paper() -> Iterator[ReportPaper]:
    center = ReportPaper()
    center.start()
    yield center
    center.stop()


def opened(paper: ReportPaper, open_page: Any, login: str, path: str, size: tuple[int, int] = LARGE) -> Page:
    screen: Screen = open_page(paper.url, path, size)
    screen.outages = True  # what is refused is a 401 or 409 on the console, and no defect of the page
    paper.sign_in(screen.page, login)
    return screen.page


def field(page: Page) -> Locator:
    return page.locator("textarea[name=impression]")


def proves(paper: ReportPaper, page: Page, login: str, button: str, password: str = PASSWORD) -> None:
    proof = page.get_by_role("form", name="signature")
    proof.get_by_label("Password").fill(password)
    proof.get_by_label("Time code").fill(paper.totp(login))
    proof.get_by_role("button", name=button, exact=True).click()


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))
def test_a_daily_report_is_read_written_signed_and_added_to(
    paper: ReportPaper, open_page: Any, size: tuple[int, int]
) -> None:
    page = opened(paper, open_page, "physician", "/reports", size)
    line = page.get_by_role("region", name="reports").locator("tbody tr")
    expect(line).to_contain_text("AF burden 12 %")
    expect(line).to_contain_text("draft")
    line.get_by_role("link").click()
    expect(page.get_by_role("region", name="conclusion")).to_contain_text("Pause of 3.1 s at 03:12")
    expect(page.locator(".standing").first).to_contain_text("PRELIMINARY")
    expect(page.get_by_role("link", name="68").first).to_have_attribute("href", "/patient/s000017?at=0")
    page.keyboard.press("e")
    expect(field(page)).to_be_focused()
    page.keyboard.type(WORDS)
    expect(page.locator(".kept-words")).to_contain_text("on record")
    page.get_by_role("button", name="Sign …").click()
    proves(paper, page, "physician", "Sign", "not the password")
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    proves(paper, page, "physician", "Sign")
    signatures = page.get_by_role("region", name="signatures")
    expect(signatures).to_contain_text("I reviewed this report and sign it. Physician")
    expect(signatures).to_contain_text("by password and time code")
    # It does not change any more, neither on the page nor behind it.
    expect(field(page)).to_have_count(0)
    told = page.evaluate(CHANGE)
    assert told == [409, "state", "report 1 is signed and its impression does not change: add an addendum"]
    paper.work()
    expect(page.get_by_role("link", name="PDF as signed")).to_be_visible()
    expect(page.get_by_role("region", name="delivery")).to_contain_text("Heart practice")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("region", name="delivery")).to_contain_text("acknowledged by Physician")
    page.keyboard.press("a")
    page.locator("textarea[name=addendum]").fill("Two hours of late samples: no change.")
    page.get_by_role("button", name="Sign the addendum …").click()
    proves(paper, page, "physician", "Sign")
    addenda = page.get_by_role("region", name="addenda")
    expect(addenda).to_contain_text("Two hours of late samples: no change.")
    expect(addenda).to_contain_text("I add this to the signed report. Physician")
    expect(page.locator(".standing").first).to_contain_text("SIGNED, WITH ADDENDUM")
    report = paper.signed.books.reports.report(1)
    assert (report.impression.text, len(report.addenda)) == (WORDS, 1)


CHANGE = """async () => {
    const me = await (await fetch("/api/me")).json();
    const answer = await fetch("/api/desk/report.edit", {
        method: "POST",
        headers: { "content-type": "application/json", "x-einthoven-csrf": me.csrf },
        body: JSON.stringify({ report: 1, text: "other", base: 9 }),
    });
    const told = await answer.json();
    return [answer.status, told.reason, told.error];
}"""


def test_a_delegate_prepares_a_physician_signs_and_another_co_signs(
    paper: ReportPaper, open_page: Any
) -> None:
    office = opened(paper, open_page, "office", "/reports/1")
    expect(office.get_by_role("region", name="conclusion")).to_be_visible()
    expect(field(office)).to_have_count(0)
    page = opened(paper, open_page, "physician", "/reports")
    delegates = page.get_by_role("region", name="delegates")
    delegates.get_by_label("Somebody of the office").select_option(label="Office")
    delegates.get_by_role("button", name="Delegate").click()
    expect(delegates).to_contain_text("Office by Physician")
    field(office).fill(WORDS)
    office.get_by_role("button", name="Ready for signature").click()
    expect(office.get_by_role("region", name="state")).to_contain_text("made ready by Office")
    expect(office.get_by_role("region", name="signatures")).to_contain_text(
        "a physician of the patient's practice"
    )
    expect(office.get_by_role("button", name="Sign …")).to_have_count(0)
    page.goto(f"{paper.url}/reports/1")
    expect(field(page)).to_have_value(WORDS)
    page.get_by_role("button", name="Sign …").click()
    page.get_by_label("Second signature").select_option(label="of Second")
    proves(paper, page, "physician", "Sign")
    expect(page.get_by_role("region", name="signatures")).to_contain_text("Awaits the signature of Second")
    second = opened(paper, open_page, "second", "/reports/1")
    second.get_by_role("button", name="Co-sign …").click()
    proves(paper, second, "second", "Co-sign")
    signatures = second.get_by_role("region", name="signatures")
    expect(signatures.locator("li")).to_have_count(2)
    expect(signatures).to_contain_text("signed by another physician, and co-sign it. Second")
    paper.work()
    assert paper.signed.books.reports.report(1).state is State.SIGNED
    assert [one.name for one in paper.signed.paper.maker.set[-1].signatures] == ["Physician", "Second"]


def test_a_figure_leads_to_its_samples(paper: ReportPaper, open_page: Any) -> None:
    screen: Screen = open_page(paper.url, "/reports/1")
    paper.sign_in(screen.page, "physician")
    screen.page.get_by_role("link", name="298").click()
    expect(screen.page).to_have_url(f"{paper.url}/patient/s000017?at=0")
    screen.page.goto(f"{paper.url}/patient/s000017?at=2500")
    expect(screen.page.get_by_role("link", name="reports")).to_have_attribute(
        "href", "/reports?stream=s000017"
    )

    def shown() -> bool:
        told = screen.debug()["page"]["map"]
        start, step = told["start"], told["samples_per_px"]
        return not told["following"] and start < 2500 < start + 1920 * step

    until("the samples of the address", shown)


def test_what_is_typed_is_not_lost_and_two_do_not_write_over_each_other(
    paper: ReportPaper, open_page: Any
) -> None:
    page = opened(paper, open_page, "physician", "/reports/1")
    other = opened(paper, open_page, "technician", "/reports/1")
    field(other).fill("Theirs.")
    field(other).blur()
    expect(other.locator(".kept-words")).to_contain_text("on record")
    page.route("**/api/desk/report.edit", lambda route: route.abort())
    field(page).fill("Mine.")
    expect(page.locator(".unkept")).to_contain_text("Not on record")
    page.unroute("**/api/desk/report.edit")
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(field(page)).to_have_value("Mine.")
    expect(page.locator(".kept-words, .unkept").first).to_contain_text("brought back")
    field(page).blur()
    expect(page.locator(".kept-words")).to_contain_text("on record")
    field(other).fill("Theirs again.")
    field(other).blur()
    expect(other.locator(".unkept")).to_contain_text("changed meanwhile")
    expect(other.locator(".unkept")).to_contain_text("Physician wrote")
    other.get_by_role("button", name="Put mine in its place").click()
    expect(other.locator(".kept-words")).to_contain_text("on record")
    other.get_by_role("button", name="Who wrote what").click()
    expect(other.get_by_role("region", name="who wrote what").locator("li")).to_have_count(3)


def test_a_draft_whose_figures_changed_says_so_and_leads_to_the_newer_one(
    paper: ReportPaper, open_page: Any
) -> None:
    page = opened(paper, open_page, "physician", "/reports/1")
    field(page).fill(WORDS)
    field(page).blur()
    expect(page.locator(".kept-words")).to_contain_text("on record")
    maker, desk = paper.signed.paper.maker, paper.signed.paper.desk

    def changed() -> None:
        maker.edition[17] = 2
        desk.world.facts.told = []
        later = paper.center.clock.wall() + 3600 * 10**9
        paper.signed.paper.worn.told = list(paper.signed.paper.desk.services)
        paper.signed.paper.work(later)
        paper.signed.paper.work(later + 120 * 10**9)

    paper.do(changed)
    expect(page.get_by_role("alert")).to_contain_text("Withdrawn: its figures changed before it was signed.")
    page.get_by_role("link", name="Open report 2").click()
    expect(field(page)).to_have_value(WORDS)
    expect(page.get_by_role("region", name="conclusion")).to_contain_text("Pause of 3.2 s")


@pytest.mark.parametrize("path", ["/reports", "/reports/1"])
def test_nobody_is_kept_out(paper: ReportPaper, open_page: Any, path: str) -> None:
    page = opened(paper, open_page, "physician", path)
    expect(page.locator("main.inbox, main.sheet-of")).to_be_visible()
    if path != "/reports":
        expect(page.get_by_role("region", name="conclusion")).to_be_visible()
        page.get_by_role("button", name="Sign …").click()
    assert barriers(page) == []


def test_the_supervisor_finds_what_waits_too_long_and_what_could_not_be_made(
    paper: ReportPaper, open_page: Any
) -> None:
    made, desk = paper.signed.paper, paper.signed.room.desk

    def yesterday() -> None:
        now = paper.center.clock.wall()
        made.worn.told = [Service(18, now - 2 * DAY)]
        made.open(desk)
        made.work(now - 26 * HOUR)
        made.maker.broken = "the segment s000018 fails its checksum"
        made.open(desk)
        made.work(now)

    paper.do(yesterday)
    screen: Screen = open_page(paper.url, "/supervisor")
    paper.sign_in(screen.page, "supervisor")
    page = screen.page
    part = page.locator("section.part", has_text="Reports overdue")
    expect(part.locator("h2")).to_contain_text("Reports overdue 1")
    expect(part).to_contain_text("the segment s000018 fails its checksum")
    part.get_by_role("link", name="Patient, 18").click()
    expect(page.get_by_role("region", name="state")).to_contain_text("draft")
    page.goto(f"{paper.url}/reports?stream=s000017")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Reports of Patient, 17")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.goto(f"{paper.url}/reports")
    page.keyboard.press("2")
    expect(page.locator("tr.overdue")).to_have_count(1)
    expect(page.get_by_role("region", name="not made")).to_contain_text("fails its checksum")
    # Of this center nobody asks for hours worn: it keeps no samples, and says so.
    screen.complaints[:] = [one for one in screen.complaints if "/api/desk/compliance" not in one]


def test_an_empty_inbox_and_a_report_that_is_not_there_say_so(paper: ReportPaper, open_page: Any) -> None:
    screen: Screen = open_page(paper.url, "/reports")
    paper.sign_in(screen.page, "technician")
    page = screen.page
    page.keyboard.press("3")
    expect(page.locator(".none")).to_contain_text("Nothing was signed in the last seven days.")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="conclusion")).to_be_visible()
    expect(page.get_by_role("region", name="signatures")).to_contain_text(
        "a physician of the patient's practice"
    )
    page.goto(f"{paper.url}/reports/99")
    expect(page.get_by_role("status")).to_contain_text("there is no report 99")
    (asked,) = screen.complaints
    assert "404" in asked
    screen.complaints.clear()
