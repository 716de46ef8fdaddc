"""Claims at the screen: found, looked at, let out with a reason, handed in, answered, asked again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Download, Locator, Page, expect
from tests.browser.axe import barriers
from tests.browser.claim_paper import PEOPLE, ClaimPaper, acknowledged, advice
from tests.browser.screens import LARGE, SMALL, Screen
from tests.interop.test_x12_277ca import HEAD as NOTICE
from tests.interop.test_x12_277ca import TAKEN
from tests.interop.test_x12_277ca import file as notices

from einthoven.billing.claim_states import State, claim_id
from einthoven.billing.remittance import Outcome

pytestmark = pytest.mark.browser
REASON = "the fiscal year's order file is loaded next week"


@pytest.fixture(scope="module")
def paper() -> Iterator[ClaimPaper]:
    """Each test has claims of its own in it, and leaves those of others alone."""
    center = ClaimPaper()
    center.start()
    yield center
    center.stop()


def opened(
    paper: ClaimPaper,
    open_page: Any,
    path: str,
    size: tuple[int, int] = LARGE,
    login: str = "billing",
    refused: bool = False,
) -> Page:
    """Signed in; from now on nothing is said on the console, but of what a test wants refused."""
    screen: Screen = open_page(paper.url, path, size)
    screen.outages = True  # what is asked before signing in is a 401
    paper.sign_in(screen.page, login)
    expect(screen.page.locator("h1")).to_be_visible()
    # A key means nothing before what it works on is told.
    expect(screen.page.get_by_text("Asked for.", exact=True)).to_have_count(0)
    screen.complaints.clear()
    screen.outages = refused
    return screen.page


def rows(page: Page) -> Locator:
    return page.get_by_role("region", name="claims").locator("tbody tr")


def tabs(page: Page) -> Locator:
    return page.get_by_role("group", name="which claims")


def content(download: Download) -> bytes:
    return Path(str(download.path())).read_bytes()


def focused(page: Page) -> Locator:
    return page.locator(":focus")


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))
def test_a_claim_is_found_and_opened_by_keys(
    paper: ClaimPaper, open_page: Any, size: tuple[int, int]
) -> None:
    page = opened(paper, open_page, "/claims", size)
    first = rows(page).first
    expect(first).to_have_attribute("aria-current", "true")
    held = [one for one in paper.checked if one.state is State.HELD]
    expect(tabs(page).get_by_role("button", pressed=True)).to_contain_text(f"held {len(held)}")
    expect(rows(page).filter(has_text=PEOPLE[3])).to_contain_text("outside the United States")
    assert barriers(page) == []
    page.keyboard.press("/")
    page.keyboard.type("roe")
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(rows(page)).to_have_count(len(held))
    page.keyboard.press("/")
    page.keyboard.type(claim_id(paper.claim(3).number))
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text(PEOPLE[3])
    page.keyboard.press("ArrowDown")
    expect(page.locator(".heard")).to_have_text(
        f"{PEOPLE[3]}, {claim_id(paper.claim(3).number)}, held, 1 of 1"
    )
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(claim_id(paper.claim(3).number))


def test_the_list_is_that_of_a_state_and_says_so_when_it_is_empty(paper: ClaimPaper, open_page: Any) -> None:
    page = opened(paper, open_page, "/claims?tab=void")
    expect(tabs(page).get_by_role("button", pressed=True)).to_contain_text("ended")
    expect(page.get_by_text("Nothing was voided, replaced or paid back.")).to_be_visible()
    page.keyboard.press("1")
    expect(rows(page).filter(has_text=PEOPLE[2])).to_be_visible()
    assert page.url.endswith("/claims")
    page.keyboard.press("/")
    page.keyboard.type("nobody of that name")
    expect(page.get_by_text("No claim here has these words.")).to_be_visible()
    assert barriers(page) == []


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))
def test_what_stops_a_claim_is_said_with_its_proof(
    paper: ClaimPaper, open_page: Any, size: tuple[int, int]
) -> None:
    page = opened(paper, open_page, f"/claims/{paper.claim(3).number}", size)
    checks = page.get_by_role("region", name="checks")
    expect(checks).to_contain_text("1 check not met")
    expect(checks.get_by_role("listitem").first).to_contain_text("not met: it cannot go out")
    expect(page.get_by_role("button", name="Release")).to_be_disabled()
    beside = page.get_by_role("complementary", name="what to do")
    expect(beside).to_contain_text("1 check stops it")
    expect(beside).to_contain_text("By what was measured")
    beside.get_by_text("1 clause").click()
    expect(beside).to_contain_text("More than 24 hours of surveillance.")
    beside.get_by_text("segments").click()
    expect(beside.locator("pre")).to_contain_text("CLM*")
    assert barriers(page) == []


def test_a_claim_is_let_out_with_a_reason_and_taken_back_by_keys_alone(
    paper: ClaimPaper, open_page: Any
) -> None:
    kept = paper.claim(1)
    page = opened(paper, open_page, f"/claims/{kept.number}")
    release = page.get_by_role("button", name="Release 650.00")
    expect(release).to_be_disabled()
    page.keyboard.press("r")
    expect(focused(page)).to_have_accessible_name("why it goes out all the same")
    page.keyboard.type(REASON)
    expect(release).to_be_enabled()
    page.keyboard.press("Enter")
    expect(release).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".top .state")).to_have_text("released")
    expect(page.get_by_role("status")).to_contain_text("Released: it goes into the next file.")
    # Who goes on by keys is where they were: nothing is lost with the button.
    expect(page.get_by_role("region", name="release")).to_be_focused()
    assert dict(paper.claim(1).over) == {"icd10.known": REASON}
    assert barriers(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(focused(page)).to_have_text("Take it back")
    page.keyboard.press("Enter")
    expect(focused(page)).to_have_accessible_name("why")
    page.keyboard.type("to be looked at again")
    page.keyboard.press("Enter")
    expect(page.locator(".top .state")).to_have_text("held")
    assert paper.claim(1).state is State.HELD


def test_a_field_is_changed_and_what_is_typed_is_not_lost(paper: ClaimPaper, open_page: Any) -> None:
    kept = replace(paper.claim(2))
    page = opened(paper, open_page, f"/claims/{kept.number}")
    charge, keep = page.get_by_label("Charge"), page.get_by_role("button", name="Keep the changes")
    page.get_by_label("Modifiers").press_sequentially("gy, ")
    # The page is told anew every two seconds, and what stands in a field stays.
    with page.expect_response(lambda answer: f"/claim/{kept.number}" in answer.url):
        pass
    with page.expect_response(lambda answer: f"/claim/{kept.number}" in answer.url):
        pass
    expect(page.get_by_label("Modifiers")).to_have_value("gy, ")
    charge.fill("6x0")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Modifiers")).to_have_value("GY")
    expect(charge).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("region", name="what is claimed")).to_contain_text("dollars as in 650.00")
    expect(keep).to_be_disabled()
    charge.fill("649.50")
    page.keyboard.press("Tab")
    expect(charge).to_have_value("649.50")
    assert barriers(page) == []
    keep.click()
    expect(page.get_by_role("button", name="Release 649.50")).to_be_visible()
    expect(page.get_by_role("region", name="checks")).to_contain_text("not met")
    changed = paper.claim(2)
    assert changed.version > kept.version
    assert changed.claim is not None
    assert (changed.claim.cents, changed.claim.lines[0].modifiers) == (64950, ("GY",))


def sent(paper: ClaimPaper, page: Page) -> int:
    """The claims that are ready go out in one file, which is handed in; its number."""
    for stream in (4, 5):
        page.goto(f"{paper.url}/claims/{paper.claim(stream).number}")
        page.get_by_role("button", name="Release 650.00").click()
        expect(page.locator(".top .state")).to_have_text("released")
    page.get_by_role("link", name="Put it into a file").click()
    expect(rows(page)).to_have_count(2)  # another test takes its own back
    with page.expect_download() as told:
        page.get_by_role("button", name="Put 2 released claims into an 837P file").click()
    assert content(told.value).startswith(b"ISA*")
    files = page.get_by_role("region", name="files")
    files.get_by_role("button", name="It was handed in").click()
    files.get_by_role("button", name="Yes, it was handed in").click()
    expect(files).to_contain_text("handed in")
    expect(page.get_by_role("status").first).to_contain_text("handed in")
    return paper.claim(4).file


def take_in(page: Page, name: str, raw: bytes) -> None:
    page.get_by_label("a payer's answers").set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": raw}
    )


def test_from_the_file_to_the_packet_of_a_denial(paper: ClaimPaper, open_page: Any, tmp_path: Path) -> None:
    page = opened(paper, open_page, "/claims")
    file = sent(paper, page)
    take_in(page, "ack.999", acknowledged(file, 2))
    expect(page.get_by_role("status").first).to_contain_text("ack.999 is read")
    expect(page.get_by_role("region", name="files")).to_contain_text("taken by the receiver")
    paid, denied = paper.claim(4).number, paper.claim(5).number
    notice = (one.replace("E000001", claim_id(paid)) for one in TAKEN)
    head = tuple(one for one in NOTICE if "QTY" not in one)
    take_in(page, "ack.277", notices(tuple(notice), head=head).encode())
    expect(page.get_by_role("status").first).to_contain_text("ack.277 is taken")
    assert paper.claim(4).answers[-1].outcome is Outcome.TAKEN
    take_in(page, "era.835", advice((paid, "paid", ""), (denied, "denied", "50"), (977, "denied", "18")))
    expect(page.get_by_role("status").first).to_contain_text("era.835 is taken")
    stray = page.get_by_role("region", name="answers without a claim")
    expect(stray).to_contain_text(claim_id(977))
    assert barriers(page) == []
    stray.get_by_text("None of ours").click()
    expect(focused(page)).to_have_accessible_name("why it is none of ours")
    page.keyboard.type("of the system that was here before")
    page.keyboard.press("Enter")
    expect(stray).to_have_count(0)
    page.keyboard.press("6")
    expect(rows(page)).to_contain_text("paid 650.00")
    page.keyboard.press("4")
    line = rows(page).filter(has_text="Lang")
    expect(line).to_contain_text("CO-50")
    expect(line).to_contain_text("in ")  # days that are left
    page.keyboard.press("Enter")
    again = page.get_by_role("region", name="redetermination")
    again.get_by_role("button", name="make the packet").focus()
    page.keyboard.press("Enter")
    expect(again.get_by_role("progressbar")).to_be_visible()
    paper.packets.path = tmp_path / "packet.zip"
    paper.packets.path.write_bytes(b"PK the packet")
    paper.packets.made = True
    save = again.get_by_role("link", name="save the packet")
    expect(again).to_contain_text("criteria")  # what its first page says is missing
    with page.expect_download() as told:
        save.click()
    assert content(told.value) == b"PK the packet"
    assert told.value.suggested_filename.startswith(f"redetermination-{claim_id(denied)}-s000005-")
    assert paper.packets.asked == [(5, denied)]
    expect(page.get_by_role("region", name="checks")).to_contain_text("answers the denial")
    assert barriers(page) == []
    again.get_by_label("how it was handed in").fill("by registered mail today")
    page.keyboard.press("Enter")
    expect(page.locator(".top .state")).to_have_text("appealed")
    assert paper.claim(5).state is State.APPEALED


def test_a_file_that_is_none_is_refused_in_one_line(paper: ClaimPaper, open_page: Any) -> None:
    page = opened(paper, open_page, "/claims", refused=True)
    take_in(page, "holiday.jpg", b"\xff\xd8\xff\xe0 no file of answers")
    expect(page.get_by_role("alert")).to_contain_text("holiday.jpg: ")
    before = len(paper.signed.books.claims.remits)
    assert len(page.get_by_role("alert").inner_text().splitlines()) == 1
    assert len(paper.signed.books.claims.remits) == before


def test_who_only_reads_changes_nothing(paper: ClaimPaper, open_page: Any) -> None:
    page = opened(paper, open_page, f"/claims/{paper.claim(2).number}", login="auditor")
    expect(page.get_by_role("region", name="checks")).to_contain_text("not met")
    expect(page.get_by_role("button", name="Release")).to_have_count(0)
    expect(page.get_by_label("Charge")).to_have_attribute("readonly", "")
