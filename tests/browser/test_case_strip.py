"""The strip of a case: other leads, calipers, and earlier episodes that look alike, each by its key (R19)."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect
from tests.browser import test_worklist
from tests.browser.paper_center import RATE
from tests.browser.paper_desk import PaperDesk
from tests.browser.test_worklist import a_case, now, opened
from tests.e2e.processes import until

pytestmark = test_worklist.pytestmark
desk = test_worklist.desk


def strip(screen: Any) -> dict[str, Any]:
    """What the page says of the strip."""
    told: dict[str, Any] = screen.debug()["page"]["strip"]
    return told


def sharp(screen: Any) -> dict[str, Any]:
    """The same once the strip stands."""
    told: dict[str, Any] = until("the strip is sharp", lambda: (one := strip(screen))["sharp"] and one)
    return told


def test_a_key_turns_from_lead_to_lead_and_back_to_all(desk: PaperDesk, open_page: Any) -> None:
    screen = opened(desk, open_page, a_case(desk))
    leads = screen.page.get_by_role("group", name="leads").get_by_role("button")
    assert sharp(screen)["lead"] is None
    expect(leads).to_have_count(3)
    for place, lead in ((1, 0), (2, 1), (0, None)):
        screen.page.keyboard.press("l")
        expect(leads.nth(place)).to_have_attribute("aria-pressed", "true")
        until("the lead is drawn", lambda lead=lead: strip(screen)["lead"] == lead)


def test_a_caliper_lies_where_it_was_drawn(desk: PaperDesk, open_page: Any) -> None:
    screen = opened(desk, open_page, a_case(desk))
    shown = sharp(screen)
    page = screen.page
    page.keyboard.press("d")
    expect(page.get_by_role("button", name="caliper")).to_have_attribute("aria-pressed", "true")
    box = page.locator(".papers .moment").bounding_box()
    assert box is not None
    y, left, right = box["y"] + box["height"] / 2, box["x"] + 100, box["x"] + 300
    page.mouse.move(left, y)
    page.mouse.down()
    page.mouse.move(right, y, steps=3)
    page.mouse.up()
    drawn = lambda: (one := strip(screen)["caliper"]) and one[0] != one[1] and one  # noqa: E731
    start, stop = until("the caliper lies there", drawn)
    assert abs(stop - start - 200 * shown["samples_per_px"]) <= 2 * shown["samples_per_px"]
    page.keyboard.press("d")
    until("it is gone", lambda: strip(screen)["caliper"] is None)


def test_a_caliper_is_laid_by_keys_and_what_it_measures_is_said(desk: PaperDesk, open_page: Any) -> None:
    screen = opened(desk, open_page, a_case(desk))
    sharp(screen)
    page = screen.page
    keys, bar = page.keyboard, page.get_by_role("group", name="caliper")
    said = page.locator(".centre > .spoken")
    keys.press("d")
    expect(bar).to_contain_text("first point")
    expect(said).to_contain_text("Arrows move the first point")
    before = strip(screen)["caliper"][0]
    keys.press("Shift+ArrowLeft")
    until("the first point moved", lambda: strip(screen)["caliper"] == [before - RATE // 25] * 2)
    keys.press("Enter")
    expect(bar).to_contain_text("second point")
    for key in ["Shift+ArrowRight"] * 5 + ["ArrowRight"] + ["Shift+ArrowUp"] * 3:
        keys.press(key)
    expect(said).to_have_text("Second point: 204 ms, 294 /min, 0.30 mV")
    keys.press("Enter")
    expect(said).to_have_text("Measured: 204 ms, 294 /min, 0.30 mV")
    expect(bar).to_contain_text("204 ms, 294 /min, 0.30 mV")
    start, stop = strip(screen)["caliper"]
    assert stop - start == round(0.204 * RATE)
    keys.press("Space")
    expect(bar).to_contain_text("first point")
    keys.press("Escape")
    expect(bar).to_have_count(0)
    expect(said).to_have_text("")
    assert strip(screen)["caliper"] is None
    assert desk.acts == []  # neither was the case taken, nor released


def test_earlier_episodes_that_look_alike_stand_under_it(desk: PaperDesk, open_page: Any) -> None:
    verdict = {"verdict": "artefact", "by": "Kim, J.", "at_ms": now(desk), "note": ""}
    earlier = [
        {"case": 9, "title": "Ventricular tachycardia, 150 /min", "start": 8 * RATE, "stop": 11 * RATE},
        {"case": 4, "title": "Ventricular tachycardia, 131 /min", "start": 3 * RATE, "stop": 6 * RATE},
    ]
    alike = [one | {"at_ms": now(desk) - 60_000, "verdict": verdict} for one in earlier]
    screen = opened(desk, open_page, a_case(desk))
    desk.answers["case/12"] = {"similar": alike, "verdicts": [], "reasons": []}
    screen.page.reload()
    chips = screen.page.locator(".similar .chip")
    expect(chips).to_have_count(2)
    sharp(screen)
    for place, rate in ((0, "150 /min"), (1, "131 /min")):
        screen.page.keyboard.press("]")
        expect(screen.page.locator(".compare-title")).to_contain_text(rate)
        expect(screen.page.locator(".compare-title")).to_contain_text("rtefact")
        expect(chips.nth(place)).to_have_attribute("aria-pressed", "true")
    screen.page.keyboard.press("[")
    expect(screen.page.locator(".compare-title")).to_contain_text("150 /min")
