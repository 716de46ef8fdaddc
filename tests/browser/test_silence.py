"""Nothing freezes unseen: a silent transmitter, a dead center, a hidden tab, and how each comes back."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from tests.browser.screens import Screen
from tests.browser.test_painting import check_columns, heart
from tests.e2e.processes import Enrolled, Serving, until
from tests.e2e.records import written
from tests.e2e.wearing import Wearing

pytestmark = pytest.mark.browser
SECOND_MS = 1000


@pytest.fixture
def transmitting(center: Serving, tmp_path: Path) -> Iterator[tuple[Enrolled, subprocess.Popen[str]]]:
    """``einthoven transmit`` at real time, as a process that can be stopped and killed."""
    enrolled = center.enroll(250, "II,V1", patient="Silent, Sam")
    source = heart(250.0, 5)
    path = written(tmp_path, "rec", (source.layout, source.samples(0, 120 * 250)))
    words = ["transmit", str(path), "--center", center.url, "--key", str(enrolled.key)]
    process = subprocess.Popen([sys.executable, "-m", "einthoven", *words], text=True)
    yield enrolled, process
    process.kill()
    process.wait()


def test_a_tile_whose_samples_stop_is_greyed_and_says_for_how_long(
    center: Serving, transmitting: tuple[Enrolled, subprocess.Popen[str]], open_page: Any
) -> None:
    enrolled, process = transmitting
    screen = open_page(center.url)
    tile, veil = screen.element(enrolled.stream), screen.element(enrolled.stream).locator(".veil")
    screen.painted(enrolled.stream, 2)
    expect(tile).to_have_class(re.compile(r"\blive\b"))
    expect(veil).to_be_hidden()
    expect(tile.locator(".figure")).to_have_text(re.compile(r"^\d+$"))
    expect(screen.page.locator(".counts .some")).to_have_count(0)

    process.send_signal(signal.SIGSTOP)
    expect(tile).to_have_class(re.compile(r"\bstale\b"))
    expect(veil).to_be_visible()
    expect(veil).to_have_text(re.compile(r"no samples for \d+ s\s*still connected"))
    assert silent_for(veil) >= 3
    expect(tile.locator(".figure")).to_have_text("––")
    expect(tile.locator(".unit")).to_have_text(re.compile(r"^last \d+$"))
    expect(screen.page).to_have_title("einthoven · 1 stale")
    expect(tile).to_have_attribute(
        "aria-label", re.compile(r"Silent, Sam, no samples for \d+ s, still connected")
    )
    stale = screen.tile(enrolled.stream)
    assert stale is not None
    assert stale["stale"]
    counted = silent_for(veil)
    until("the seconds to be counted", lambda: silent_for(veil) >= counted + 2)

    process.send_signal(signal.SIGCONT)
    expect(tile).to_have_class(re.compile(r"\blive\b"))
    expect(veil).to_be_hidden()
    expect(screen.page).to_have_title("einthoven")

    process.kill()
    expect(tile).to_have_class(re.compile(r"\blost\b"))
    expect(veil).to_have_text(re.compile(r"no samples for \d+ s\s*link lost \d+ s ago"))


def silent_for(veil: Locator) -> int:
    """Seconds without samples that a tile says it has been."""
    return int(re.findall(r"for (\d+) s", veil.inner_text())[0])


def test_a_killed_center_is_said_and_a_restarted_one_is_found_without_reload(
    tmp_path_factory: pytest.TempPathFactory, wearing: Wearing, open_page: Any
) -> None:
    center = Serving(tmp_path_factory.mktemp("killed")).start()
    try:
        screen = open_page(center.url)
        expect(screen.page.get_by_role("heading", name="No patients yet")).to_be_visible()
        expect(screen.page.locator("pre").first).to_contain_text(f"einthoven enroll --center {center.url}")
        enrolled = center.enroll(250, "II,V1", patient="Kept, Kim")
        source = heart(250.0, 6)
        worn = wearing.wear(enrolled.key, source, frame_s=0.5)
        screen.painted(enrolled.stream, 2)
        screen.page.evaluate("window.never_reloaded = true")
        boot = screen.debug()["boot"]
        screen.outages = True
        center.kill()
        check_cut_off(screen, enrolled.stream)
        center.start()
        back = until("the new center", lambda: _live_again(screen, enrolled.stream, boot), 60)
        assert back["connects"] >= 2
        expect(screen.page.locator(".banner")).to_have_count(0)
        expect(screen.page.locator(".tools .state")).to_have_text("live, stored")
        assert screen.page.evaluate("window.never_reloaded") is True
        screen.painted(enrolled.stream, 2)
        # What was acquired while the center was away comes too, and the picture is whole.
        whole = screen.painted(
            enrolled.stream, 4, lambda tile: all(-32768 not in lead["low"] for lead in tile["leads"])
        )
        check_columns(whole, source)
        worn.do(lambda transmitter: transmitter.stop())
    finally:
        center.stop()


def _live_again(screen: Screen, stream: str, boot: str) -> dict[str, Any] | None:
    told = screen.debug()
    tiles = {tile["id"]: tile for tile in told["tiles"]}
    back = told["socket"] == "open" and told["boot"] not in {boot, None}
    return told if back and stream in tiles and not tiles[stream]["stale"] else None


def check_cut_off(screen: Screen, stream: str) -> None:
    tile = screen.element(stream)
    expect(screen.page.locator(".banners[role=alert]")).to_contain_text(
        re.compile(r"This screen has been without the center for \d+ s; pictures are not live")
    )
    expect(tile).to_have_class(re.compile(r"\b(stale|lost)\b"))
    expect(tile.locator(".veil")).to_have_text(
        re.compile(r"no samples for \d+ s\s*screen without the center")
    )
    expect(screen.page.locator(".tools .state")).to_have_text("not live")


HIDE = """value => {
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => value });
  Object.defineProperty(document, "hidden", { configurable: true, get: () => value === "hidden" });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def waves_sent(center: Serving) -> float:
    """Messages with waves sent to screens so far, as the center counts them."""
    found = re.findall(
        r'^einthoven_live_messages_total{kind="waves"} (\S+)$', center.get("/metrics").text, re.M
    )
    return float(found[0])


def test_a_hidden_tab_asks_for_no_waves_and_is_whole_when_it_is_shown_again(
    center: Serving, wearing: Wearing, open_page: Any
) -> None:
    enrolled = center.enroll(250, "II,V1", patient="Hidden, Hugo")
    source = heart(250.0, 7)
    worn = wearing.wear(enrolled.key, source, frame_s=0.25)
    screen = open_page(center.url)
    screen.painted(enrolled.stream, 2)
    screen.page.evaluate(HIDE, "hidden")
    until("the worker to know", lambda: not screen.debug()["visible"])
    hidden, waves = screen.debug(), waves_sent(center)
    newest = max(tile["newest_sample"] for tile in hidden["tiles"] if tile["id"] == enrolled.stream)
    acquired = worn.do(lambda transmitter: transmitter.lanes.acquired)
    until(
        "three seconds to pass",
        lambda: worn.do(lambda transmitter: transmitter.lanes.acquired) > acquired + 3 * 250,
    )
    assert waves_sent(center) <= waves + 1
    still = screen.debug()
    tile = next(tile for tile in still["tiles"] if tile["id"] == enrolled.stream)
    assert still["frames"] == hidden["frames"]
    assert tile["newest_sample"] <= newest + 250
    assert still["n"] >= hidden["n"]
    assert still["socket"] == "open"
    screen.page.evaluate(HIDE, "visible")
    shown = screen.painted(enrolled.stream, 2, lambda tile: tile["newest_sample"] > newest + 3 * 250)
    check_columns(shown, source)
    assert screen.debug()["connects"] == 1
    worn.do(lambda transmitter: transmitter.stop())
