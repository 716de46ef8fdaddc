"""The reviewer's desk: a shape relabelled and taken back, a caliper on a beat, a strip in the cart."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import barriers
from tests.browser.conftest import Open
from tests.browser.past import BEAT_EVERY, STREAM, Past, beats
from tests.browser.screens import SMALL
from tests.e2e.processes import Serving, until

from einthoven.base.instants import MINUTE as MINUTE_NS
from einthoven.ecg.beats import VENTRICULAR

pytestmark = pytest.mark.browser
DAYS = 0.25
PAGE = f"/patient/s{STREAM:06d}"
EVERY = 40
"""One beat in so many is ventricular, of a shape of its own."""


def ectopic(stream: int, start: int, stop: int) -> np.ndarray:
    rows = beats(stream, start, stop)
    odd = (rows["sample"] // BEAT_EVERY) % EVERY == 7
    rows["code"][odd], rows["template"] = VENTRICULAR, np.where(odd, 2, 1)
    return rows


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A center that held six hours of one patient before it was started."""
    serving = Serving(tmp_path_factory.mktemp("review"))
    Past(DAYS, time.time_ns() - 5 * MINUTE_NS, ectopic).write(serving.data)
    yield serving.start()
    serving.stop()


def chip(page: Page, letter: str) -> int:
    """Beats of a class, as its chip counts them."""
    count = page.locator(f".chip.class-{letter} .count")
    expect(count).to_have_text(re.compile(r"\d"))
    return int(count.inner_text().replace(",", ""))


def opened(open_page: Open, center: Serving, size: tuple[int, int] = (1920, 1080)) -> Page:
    """The desk, with the templates of everything there is."""
    page = open_page(center.url, PAGE, size).page
    expect(page.locator("canvas.moment")).to_be_visible()
    page.keyboard.press("f")
    whole = page.get_by_role("button", name="whole period")
    whole.click()
    # What stood there of a shorter stretch goes with the same drawing.
    expect(whole).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("option", name=re.compile("ventricular"))).to_be_visible()
    return page


def test_all_of_a_shape_are_relabelled_and_taken_back(open_page: Open, center: Serving) -> None:
    page = opened(open_page, center)
    normal, odd = chip(page, "n"), chip(page, "v")
    assert odd > 100
    gallery = page.get_by_role("listbox")
    gallery.focus()
    page.keyboard.press("ArrowRight")  # the first template, which is the ventricular one
    expect(page.get_by_role("option", selected=True)).to_have_accessible_name(re.compile("ventricular"))
    page.keyboard.press("s")
    expect(page.locator(".chip.class-v .count")).to_have_text("0")
    assert (chip(page, "n"), chip(page, "s")) == (normal, odd)
    expect(page.get_by_role("option", name=re.compile("^supraventricular"))).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.locator(".chip.class-v .count")).to_have_text(f"{odd:,}")
    assert chip(page, "s") == 0
    page.keyboard.press("4")
    change = page.locator(".changes li").first
    expect(change).to_contain_text(f"{odd:,} ventricular → supraventricular")
    expect(change).to_contain_text("taken back by console")
    change.get_by_role("button", name="in force again").click()
    expect(change).not_to_contain_text("taken back")
    change.get_by_role("button", name="take back").click()
    expect(change).to_contain_text("taken back")


def test_a_template_is_dropped_on_a_class(open_page: Open, center: Serving) -> None:
    page = opened(open_page, center)
    odd = chip(page, "v")
    shape = page.get_by_role("option", name=re.compile("ventricular"))
    shape.drag_to(page.locator(".chip.class-f"))
    expect(page.locator(".chip.class-f .count")).to_have_text(f"{odd:,}")
    page.keyboard.press("Control+z")
    expect(page.locator(".chip.class-v .count")).to_have_text(f"{odd:,}")


def test_one_beat_is_chosen_and_relabelled_by_keys(open_page: Open, center: Serving) -> None:
    page = opened(open_page, center)
    normal = chip(page, "n")
    page.locator("canvas.moment").focus()
    page.keyboard.press("j")
    page.keyboard.press("v")
    page.keyboard.press("1")
    expect(page.get_by_role("status")).to_contain_text("first: V")
    page.keyboard.press("N")  # the beat that one jumped to is chosen
    expect(page.locator(".chip.class-n .count")).to_have_text(f"{normal + 1:,}")

    def labelled() -> list[str]:
        found = page.evaluate("einthoven.debug().then(told => told.page.map.beats)")
        return [one["code"] for one in found if one.get("labelled")]

    assert until("the beat on the map, told as a person's", labelled) == ["N"]
    page.keyboard.press("Control+z")
    expect(page.locator(".chip.class-n .count")).to_have_text(f"{normal:,}")


def test_a_caliper_by_keys_reads_a_known_interval(open_page: Open, center: Serving) -> None:
    page = opened(open_page, center, SMALL)
    page.locator("canvas.moment").focus()
    page.keyboard.press("c")
    said = page.get_by_role("status")
    expect(said).to_contain_text("1 RR")
    # The waves here are asked for once the caliper is out.
    for _ in range(40):
        page.keyboard.press("1")
        if "RR:" in said.inner_text():
            break
        page.wait_for_timeout(250)
    expect(said).to_have_text("RR: 800 ms, 75 /min")
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text(re.compile(r"80\d ms"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="caliper")).to_have_attribute("aria-pressed", "false")


def test_a_strip_goes_into_the_cart_and_stays_there(open_page: Open, center: Serving) -> None:
    page = opened(open_page, center)
    page.locator("canvas.moment").focus()
    page.keyboard.press("s")
    expect(page.get_by_role("status")).to_contain_text("in the cart")
    page.keyboard.press("4")
    caption = page.get_by_label("caption of the strip")
    caption.fill("single ventricular beat")
    caption.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("caption is on record")
    page.reload()
    page.keyboard.press("4")
    expect(page.get_by_label("caption of the strip")).to_have_value("single ventricular beat")
    page.get_by_role("button", name="take out").click()
    expect(page.locator(".cart li")).to_have_count(0)


def test_figures_of_the_stretch_and_no_barriers(open_page: Open, center: Serving) -> None:
    page = opened(open_page, center)
    assert barriers(page) == []
    for key, seen in (("2", ".poincare rect"), ("3", ".bars rect.v"), ("4", ".review h2")):
        page.keyboard.press(key)
        expect(page.locator(seen).first).to_be_attached()
        assert barriers(page) == []
