"""The demo as a visitor finds it: one click, patients taken over, an alarm, a case, a call, all on record."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from tests.browser.screens import Screen
from tests.e2e.processes import PATIENCE_S, begin, end_leftovers, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SMALL = (1000, 700)
ATTEMPTS = 5
"""Cases that the visitor may come too late for: where the machine stalls for five seconds their watch is
lost, as it should be, and a simulated technician works the case."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("demo")
    process = begin("demo", "--patients", 4, "--data", folder / "data")
    assert process.stdout is not None
    said = ""
    while "Ctrl-C stops it" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    yield said.split("The wall:")[1].split()[0]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_S)
    end_leftovers()


def take_patients(wall: Page) -> None:
    """Take what is offered, and ask where nothing is, until at least two patients are the visitor's."""
    guide = wall.locator(".demo-guide")

    def mine() -> bool:
        if wall.locator(".watcher.mine").count() >= 2:
            return True
        if "offered to you" in guide.inner_text():
            wall.keyboard.press("y")
        elif guide.get_by_role("button", name="ask for patients").is_visible():
            # An offer that comes just now takes the button's place.
            with contextlib.suppress(PlaywrightTimeout):
                guide.get_by_role("button", name="ask for patients").click(timeout=3000)
        wall.wait_for_timeout(1500)
        return False

    until("two patients are the visitor's", mine, PATIENCE_S)


def alarm(wall: Page) -> str:
    """Whose alarm the guide tells of; patients that were lost meanwhile are taken again."""
    told = wall.locator(".demo-guide", has_text="acknowledges the alarm")

    def came() -> bool:
        if told.is_visible():
            return True
        take_patients(wall)
        return False

    until("something happens to one of them", came, 3 * PATIENCE_S)
    return told.locator("b").inner_text().split(":")[0]


def case_taken(wall: Page, worklist: Page) -> bool:
    """Take the case that the wall tells of; False where a simulated technician was first."""
    guide = worklist.locator(".demo-guide")
    row = worklist.locator(".case", has_text=alarm(wall)).first
    try:
        row.click()
    except PlaywrightTimeout:
        return False  # somebody else worked it to its end before it could be chosen
    if "takes the case" not in guide.inner_text():
        return False
    worklist.keyboard.press("Enter")
    expect(guide).not_to_contain_text("takes the case")
    return "judge it" in guide.inner_text()


def test_a_visitor_takes_patients_over_works_an_alarm_and_reaches_the_physician(
    demo: str, open_page: Any
) -> None:
    screen: Screen = open_page(demo, size=SMALL)
    # What is refused because a simulated technician was first is no defect of the page.
    screen.outages = True
    wall = screen.page
    wall.get_by_role("button", name="technician").click()
    expect(wall.locator(".demo-guide")).to_be_visible()
    take_patients(wall)
    with wall.expect_popup() as opened:
        wall.keyboard.press("W")
    worklist = opened.value
    worklist.set_viewport_size({"width": SMALL[0], "height": SMALL[1]})
    expect(worklist.locator(".demo-guide")).to_be_visible()
    assert any(case_taken(wall, worklist) for _ in range(ATTEMPTS))

    worklist.keyboard.press("5")
    panel = worklist.locator(".call-panel")
    expect(panel.locator(".rung.first")).to_contain_text("555 01")
    panel.get_by_role("button", name="Call").first.click()
    answer = panel.locator(".answer")
    expect(answer).to_contain_text("simulated")
    expect(answer).to_contain_text("I read back", timeout=60_000)
    # Nothing of it is filled in for anybody.
    panel.get_by_role("radio", name="reached somebody").check()
    expect(panel.locator("#call-person")).to_have_value("")
    panel.locator("#call-person").fill("Dr. Phil Physician")
    panel.locator("#call-role").fill("physician")
    panel.locator("#call-readback").check()
    panel.locator("#call-said").fill("finding, time and patient")
    panel.locator("#call-action").fill("calls the patient")
    panel.get_by_role("button", name="End the call").click()
    expect(answer).to_be_hidden()
    expect(panel.locator(".calls")).to_contain_text("reached")
