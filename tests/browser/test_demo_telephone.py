"""In the demo a patient telephones: a visitor takes the call by keys, a strip comes as a tone. A recording is
handed in. All of it is the real center: lines, ear, disk, ECG, cases."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import soundfile
from playwright.sync_api import Page, expect
from tests.browser.test_demo import PATIENCE_MS, Demo, demo
from tests.e2e.processes import PATIENCE_S, until
from tests.telephone.calls import call, heart, line

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.alone]
__all__ = ["demo"]


def visitor(demo: Demo, open_page: Any, path: str) -> Page:
    """A technician, by one click."""
    screen = open_page(demo.url, path)
    screen.outages = True  # what is asked before signing in, and what is refused
    page: Page = screen.page
    page.get_by_role("button", name="technician").click(timeout=PATIENCE_MS)
    expect(page.get_by_role("region", name="patients who call")).to_be_visible(timeout=PATIENCE_MS)
    return page


def told(page: Page) -> Any:
    return page.evaluate("() => window.einthoven.debug()")["page"]


def takes_a_call(page: Page) -> None:
    """One rings by itself, or because the visitor lets it; whoever is offered first is taken."""
    loud = page.locator(".call-line.loud")
    wish = page.get_by_role("button", name="let a patient telephone")
    expect(wish.or_(loud).first).to_be_visible(timeout=PATIENCE_MS)
    if not loud.is_visible():
        wish.click(timeout=PATIENCE_MS)
    expect(loud).to_be_visible(timeout=PATIENCE_MS)
    page.keyboard.press("T")
    expect(page).to_have_url(re.compile(r"/telephone/\d+$"), timeout=PATIENCE_MS)
    expect(page.locator(".say-side")).to_contain_text("Read aloud", timeout=PATIENCE_MS)


def asks_who_it_is(page: Page) -> None:
    """Name and date of birth are asked; who says them is looked for and tied."""
    says = page.locator(".answer")
    expect(says).to_contain_text(re.compile(r"born \d{4}-"), timeout=PATIENCE_MS)
    born = re.search(r"born (\d{4}-\d\d-\d\d)", says.inner_text())
    assert born is not None
    until("the patients are told", lambda: told(page)["told"] or None)
    page.keyboard.press("/")
    page.keyboard.type(born[1])
    expect(page.locator("#who-found li")).to_have_count(1, timeout=PATIENCE_MS)
    page.keyboard.press("Enter")
    expect(page.locator(".tied")).to_contain_text(born[1], timeout=PATIENCE_MS)


def judges(page: Page) -> None:
    """The case of the call: taken and judged, unless somebody simulated has it already."""
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile("/worklist"), timeout=PATIENCE_MS)
    expect(page.locator(".case").first.or_(page.get_by_text("No case is open"))).to_be_visible(
        timeout=PATIENCE_MS
    )
    page.keyboard.press("Enter")
    page.wait_for_timeout(1000)
    page.keyboard.press("1")
    page.wait_for_timeout(1000)


def closed(page: Page, address: str) -> bool:
    """One more attempt; what is still to be done is said in words, and done."""
    page.goto(address)
    expect(page.locator(".say-side")).to_be_visible(timeout=PATIENCE_MS)
    ending = page.locator(".ending-call")
    done = page.locator(".say-side .now", has_text="Closed")
    expect(ending.or_(done).first).to_be_visible(timeout=PATIENCE_MS)
    if done.is_visible():
        return True
    page.get_by_role("button", name="strip taken").click()
    page.get_by_role("button", name="close the call").click()
    refusal = page.locator(".telephone-said .problem")
    expect(refusal.or_(done).first).to_be_visible(timeout=PATIENCE_MS)
    if done.is_visible():
        return True
    # Not because of the outcome: its case waits for a verdict, or the strip for its place.
    expect(refusal).not_to_contain_text("how it ended")
    if page.locator(".case-link").count() > 0:
        judges(page)
    else:
        page.wait_for_timeout(1000)
    return False


def test_a_visitor_takes_a_call_and_a_strip_comes_as_a_tone(demo: Demo, open_page: Any) -> None:
    page = visitor(demo, open_page, "/worklist")
    takes_a_call(page)
    asks_who_it_is(page)
    address = page.url
    page.keyboard.press("f")
    page.keyboard.press("Enter")
    page.keyboard.press("s")
    expect(page.locator(".asked h2")).to_contain_text("on record", timeout=PATIENCE_MS)
    # The patient is told by that to play; the strip grows before the visitor's eyes, in millivolts.
    until("a strip grows", lambda: (told(page).get("samples") or 0) > 5 * 250 or None, 4 * PATIENCE_S)
    assert told(page)["open"]
    before = told(page)["samples"]
    until("and goes on", lambda: told(page)["samples"] > before or None)
    expect(page.locator(".strip-facts")).to_contain_text("size known", timeout=PATIENCE_MS)
    expect(page.locator(".strip-after")).to_contain_text("In the patient's ECG", timeout=4 * PATIENCE_MS)
    page.keyboard.press("H")
    page.keyboard.press("H")
    expect(page.locator(".call-state")).to_contain_text("ended", timeout=PATIENCE_MS)
    until("the call is closed", lambda: closed(page, address) or None, 4 * PATIENCE_S)


def test_a_recording_of_a_call_is_handed_in_read_and_struck(
    demo: Demo, open_page: Any, tmp_path: Path
) -> None:
    page = visitor(demo, open_page, "/telephone")
    (tmp_path / "letter.wav").write_bytes(b"%PDF-1.7 no sound at all")
    chosen = page.locator("input[type=file]")
    chosen.set_input_files(tmp_path / "letter.wav")
    expect(page.locator(".handed .problem")).to_contain_text("letter.wav", timeout=PATIENCE_MS)
    expect(page.locator(".handed .problem")).to_contain_text("Nothing was taken.")
    soundfile.write(tmp_path / "night.wav", line(call(heart(20))), 8000, subtype="ULAW")
    chosen.set_input_files(tmp_path / "night.wav")
    expect(page).to_have_url(re.compile(r"/telephone/\d+$"), timeout=PATIENCE_MS)
    expect(page.locator(".telephone-top h1")).to_have_text("a recording")
    until("its strip is read", lambda: (told(page).get("samples") or 0) >= 19 * 250 or None)
    expect(page.locator(".strip-facts")).to_contain_text("size known", timeout=PATIENCE_MS)
    expect(page.locator(".strip-after")).to_contain_text("Kept with the call", timeout=PATIENCE_MS)
    page.get_by_role("button", name="does not count").click()
    page.keyboard.type("a test of the machine")
    page.keyboard.press("Enter")
    expect(page.locator(".strip-after")).to_contain_text("Does not count: a test of the machine")
    page.get_by_role("button", name="test call").click()
    page.locator(".ending-call input").fill("handed in to try it")
    page.get_by_role("button", name="close the call").click()
    expect(page.locator(".say-side")).to_contain_text("Closed", timeout=PATIENCE_MS)
    # The same bytes are known again.
    page.goto(f"{demo.url}/telephone")
    chosen.set_input_files(tmp_path / "night.wav")
    expect(page.locator(".handed")).to_contain_text("came before as call", timeout=PATIENCE_MS)
