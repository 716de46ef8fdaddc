"""The patient page: days of a stream as a map, every moment of it the very samples that are stored."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from tests.browser.past import BEAT_EVERY, LAYOUT, MINUTE, RATE, STREAM, Past
from tests.browser.screens import SMALL, Screen
from tests.browser.test_painting import BLUE, GREEN, TILE
from tests.e2e.processes import Serving, until

from einthoven.base.instants import MINUTE as MINUTE_NS

pytestmark = pytest.mark.browser
DAYS = 1
PAGE = f"/patient/s{STREAM:06d}"
AXIS = BEATS_LINE = 20
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Past, Serving]]:
    """A center that has held a day of one patient before it was started."""
    serving = Serving(tmp_path_factory.mktemp("past"))
    written = Past(DAYS, time.time_ns() - 5 * MINUTE_NS)
    written.write(serving.data)
    yield written, serving.start()
    serving.stop()


def look(screen: Screen, fits: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
    """What the map shows, once it is sharp."""

    def seen() -> dict[str, Any] | None:
        before = screen.debug()["page"]["map"]
        if not (before["sharp"] and before["end"] > 0 and fits(before)):
            return None
        screen.page.evaluate(TWO_FRAMES)
        told: dict[str, Any] = screen.debug()["page"]["map"]
        return told if told["sharp"] and told["start"] == before["start"] else None

    return until("a sharp picture", seen)


def go_to(screen: Screen, sample: int) -> dict[str, Any]:
    """Type a time counted from the first sample; the map centres there."""
    seconds, rest = divmod(sample, RATE)
    assert rest == 0
    field = screen.page.get_by_label("go to time")
    field.fill(f"+{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}")
    field.press("Enter")
    field.press("Escape")

    def there(told: dict[str, Any]) -> bool:
        middle = told["start"] + told["samples_per_px"] * width(screen) / 2
        return bool(abs(middle - sample) < 2 * told["samples_per_px"] + 1)

    return look(screen, there)


def width(screen: Screen) -> int:
    return int(screen.page.evaluate("document.querySelector('canvas.moment').clientWidth"))


def moment(screen: Screen) -> np.ndarray:
    """The canvas of the moment as it is on the screen."""
    png = screen.page.locator("canvas.moment").screenshot()
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(np.int16)


def trace_rows(
    band: np.ndarray, colour: tuple[int, int, int], enough: float = 0.35
) -> list[tuple[int, int] | None]:
    """First and last row of each column that has enough of a colour."""
    paint = np.array(colour) - np.array(TILE)
    seen = band - np.array(TILE)
    share = seen @ paint / (paint @ paint)
    rest = np.abs(seen - share[..., None] * paint).max(axis=2)
    lit = (share > enough) & (rest < 40)
    return [
        (int(rows[0]), int(rows[-1])) if len(rows := np.flatnonzero(column)) else None for column in lit.T
    ]


def check_moment(screen: Screen, told: dict[str, Any], past: Past, label: tuple[int, int] = (0, 0)) -> None:
    """In every pixel column of every lead the trace spans what the stored samples span there.

    Args:
        label: columns where a word is written over it.
    """
    image = moment(screen)
    lanes, spp = told["lanes"], told["samples_per_px"]
    height = (image.shape[0] - AXIS - BEATS_LINE) / len(lanes)
    stop = int(told["start"] + spp * image.shape[1]) + 2
    stored = past.between(int(told["start"]) - 1, stop)
    position = np.arange(int(told["start"]) - 1, stop)
    for lane, colour in zip(range(len(lanes)), (GREEN, BLUE), strict=True):
        top = round(BEATS_LINE + lane * height)
        seen = trace_rows(image[top : top + round(height)], colour)
        y = lanes[lane]["middle"] - (stored[:, lane] - lanes[lane]["centre"]) * lanes[lane]["pxPerUnit"] - top
        x = (position - told["start"]) / spp
        fine = np.arange(0, image.shape[1] + 4, 0.1)
        line = np.interp(fine, x, y)
        off = checked = 0
        for at in range(45, image.shape[1] - 2):
            own, near = (line[at * 10 : at * 10 + 10], line[at * 10 - 10 : at * 10 + 20])
            if spp > 1:  # columns of several samples are drawn as (smallest, largest), up to a column away
                own, near = y[(x >= at) & (x < at + 1)], y[(x >= at - 2) & (x < at + 3)]
            if label[0] <= at < label[1] or near.min() < 3 or near.max() > height - 3:
                continue
            checked += 1
            rows, slack = seen[at], 2 + (0.25 if spp <= 1 else 0.6) * np.ptp(own)
            covers = rows is not None and rows[0] <= own.min() + slack and rows[1] >= own.max() - slack
            off += not covers or rows[0] < near.min() - 3 or rows[1] > near.max() + 3
        assert checked > 0.7 * image.shape[1]
        assert off <= 0.01 * checked, (lane, off, checked)


def test_every_moment_is_drawn_from_what_is_stored(past: tuple[Past, Serving], open_page: Any) -> None:
    written, center = past
    screen = open_page(center.url, PAGE)
    first = look(screen)
    assert first["end"] == written.samples
    assert first["samples_per_px"] == pytest.approx(RATE / (25 * 96 / 25.4))
    assert (first["holes"], first["marks"]) == (1, 1)
    for sample in (3 * MINUTE, written.samples // 7 // RATE * RATE, written.samples - MINUTE):
        told = go_to(screen, sample)
        assert not told["following"]
        check_moment(screen, told, written)
        stop = told["start"] + told["samples_per_px"] * width(screen)
        wanted = np.arange(-(-told["start"] // BEAT_EVERY) * BEAT_EVERY, stop, BEAT_EVERY)
        beats = until("the beats", lambda: screen.debug()["page"]["map"]["beats"])
        assert [beat["sample"] for beat in beats] == wanted.tolist()
        assert {beat["code"] for beat in beats} == {"N"}


def test_marks_and_holes_are_listed_reached_and_drawn(past: tuple[Past, Serving], open_page: Any) -> None:
    written, center = past
    screen = open_page(center.url, PAGE)
    look(screen)
    listed = screen.page.locator(".facts-list")
    mark = listed.get_by_role("button", name=re.compile("palpitations"))
    expect(mark).to_contain_text("severity moderate, climbing stairs")
    mark.click()
    told = look(screen, lambda told: not told["following"])
    middle = told["start"] + told["samples_per_px"] * width(screen) / 2
    assert abs(middle - written.mark) < 2 * told["samples_per_px"]
    at = width(screen) // 2
    check_moment(screen, told, written, (at - 3, at + 100))
    hole = listed.get_by_role("button", name=re.compile("2 min"))
    expect(hole).to_contain_text("not received")
    hole.click()
    told = look(
        screen, lambda told: told["start"] != told["end"] and told["start"] < written.hole[0] < told["end"]
    )
    edge = round((written.hole[0] - told["start"]) / told["samples_per_px"])
    assert abs(edge - width(screen) / 2) < 3
    image = moment(screen)
    height = (image.shape[0] - AXIS - BEATS_LINE) // 2
    for lane, colour in enumerate((GREEN, BLUE)):
        band = image[BEATS_LINE + lane * height :][:height]
        assert all(trace_rows(band, colour)[edge - 60 : edge - 3])
        # The hatch is a faint blue itself.
        assert not any(trace_rows(band, colour, 0.55)[edge + 3 : -2])
    hatched = image[BEATS_LINE + 8 : -AXIS - 8, edge + 10 : edge + 200].reshape(-1, 3)
    bare = (np.abs(hatched - np.array(TILE)).max(axis=1) < 12).mean()
    assert 0.3 < bare < 0.95


def test_the_map_goes_from_everything_to_two_seconds_and_is_quick(
    past: tuple[Past, Serving], open_page: Any, record_property: Callable[[str, object], None]
) -> None:
    written, center = past
    screen = open_page(center.url, PAGE)
    go_to(screen, written.samples // 5 // RATE * RATE)
    box = screen.page.locator("canvas.moment").bounding_box()
    screen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def stepped(count: int) -> bool:
        return bool(screen.debug()["page"]["map"]["step_ms"]["count"] > count)

    def wheel(down: int, enough: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        for _ in range(80):
            before = screen.debug()["page"]["map"]
            if enough(before):
                break
            screen.page.mouse.wheel(0, down)
            count = before["step_ms"]["count"]
            until("a step", partial(stepped, count))
        return look(screen, enough)

    across = width(screen)
    out = wheel(300, lambda told: told["samples_per_px"] * across > written.samples)
    # Nothing but background where nothing is stored; the rate and both leads where there is.
    image = moment(screen)
    start, stop = (
        -out["start"] / out["samples_per_px"],
        (written.samples - out["start"]) / out["samples_per_px"],
    )
    spread = np.abs(image[BEATS_LINE + 2 : -AXIS - 2] - np.array(TILE)).max(axis=2) > 40
    assert spread[:, int(start) + 50 : int(stop) - 5].any(axis=0).mean() > 0.95
    minute = wheel(-300, lambda told: told["samples_per_px"] * across < 90 * RATE)
    check_moment(screen, minute, written)
    close = wheel(-300, lambda told: told["samples_per_px"] * across <= 2.01 * RATE)
    check_moment(screen, close, written)
    for key, moved in (("ArrowRight", 0.25), ("PageUp", -1), ("ArrowLeft", -0.25), ("PageDown", 1)):
        was = screen.debug()["page"]["map"]["start"]
        screen.page.keyboard.press(key)
        now = look(screen, lambda told, was=was: told["start"] != was)  # type: ignore[misc]
        assert now["start"] - was == pytest.approx(moved * across * now["samples_per_px"], rel=0.01)
    check_moment(screen, look(screen), written)
    steps = screen.debug()["page"]["map"]["step_ms"]
    record_property("step_ms", steps)
    assert steps["count"] > 20
    assert steps["p50"] < 500


def test_the_sheet_for_the_printer_is_the_samples_in_millimetres(
    past: tuple[Past, Serving], open_page: Any
) -> None:
    written, center = past
    screen = open_page(center.url, PAGE, SMALL)
    screen.page.add_init_script("window.print = () => { window.printed = true; };")
    screen.page.reload()
    look(screen)
    told = go_to(screen, 5 * MINUTE)
    screen.page.keyboard.press("Shift+P")
    until("the print dialog", lambda: screen.page.evaluate("window.printed === true"))
    screen.page.emulate_media(media="print")
    expect(screen.page.locator("#app")).to_be_hidden()
    expect(screen.page.locator("#paper header")).to_contain_text("Past, Pat")
    expect(screen.page.locator("#paper header")).to_contain_text("25 mm/s · 10 mm/mV")
    strips = screen.page.locator("#paper svg.strip")
    assert strips.count() == 3
    assert strips.first.get_attribute("width") == "262mm"
    start = max(0, round(told["start"]))
    for strip in range(3):
        first = start + strip * 10 * RATE
        for lane, lead in enumerate(LAYOUT.leads):
            path = strips.nth(strip).locator("path.ecg").nth(lane).get_attribute("d")
            points = np.array(re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path), float)
            assert np.allclose(points[:, 0], np.arange(len(points)) / RATE * 25, atol=0.006)
            assert len(points) in {10 * RATE, 10 * RATE + 1}
            samples = written.between(first, first + len(points))[:, lane]
            value = -points[:, 1] / 10 * lead.gain
            assert np.unique(np.round(value - samples)).size == 1
    assert len(screen.page.pdf(prefer_css_page_size=True)) > 20_000
    screen.page.emulate_media(media="screen")


def test_light_for_paper_dark_for_the_night(past: tuple[Past, Serving], open_page: Any) -> None:
    _, center = past
    screen = open_page(center.url, PAGE)
    look(screen)
    root = screen.page.locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    assert np.median(moment(screen)) < 60
    screen.page.keyboard.press("t")
    expect(root).to_have_attribute("data-theme", "light")
    until("a light picture", lambda: bool(np.median(moment(screen)) > 200))
    screen.page.reload()
    look(screen)
    expect(root).to_have_attribute("data-theme", "light")


def test_a_stream_that_is_not_there_is_said(past: tuple[Past, Serving], open_page: Any) -> None:
    _, center = past
    screen = open_page(center.url, "/patient/s000404")
    screen.outages = True  # the browser itself complains of the 404
    expect(screen.page.get_by_role("heading", name="s000404 cannot be shown")).to_be_visible()
    screen.complaints[:] = [text for text in screen.complaints if "404" not in text]
