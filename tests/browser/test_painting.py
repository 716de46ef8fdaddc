"""The wall paints what was sent: the very samples, at their places, in their colours; holes stay holes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from tests.browser.screens import HOLE, Screen, expected
from tests.e2e.processes import Serving, until
from tests.e2e.wearing import Wearing

from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Script
from einthoven.sim.sources import HeartSource

pytestmark = pytest.mark.browser
TILE, GREEN, BLUE = (0x11, 0x16, 0x1D), (0x7E, 0xE0, 0xA1), (0x8F, 0xB8, 0xFF)


def heart(rate: float, seed: int, leads: tuple[str, ...] = ("II", "V1")) -> HeartSource:
    return HeartSource(Heart(Script(), layout_of(leads, rate), seed), seed)


def only(screen: Screen, name: str) -> None:
    """Let the wall show one patient, as large as it can."""
    screen.page.locator(".tiles").wait_for()
    screen.page.keyboard.press("/")
    screen.page.get_by_label("filter patients").fill(name)
    until("one tile", lambda: screen.page.locator(".tile").count() == 1)


def check_columns(tile: dict[str, Any], source: HeartSource) -> None:
    """What is in the buffer is what was sent; what was stroked is where it belongs."""
    for lane, lead in enumerate(tile["leads"]):
        count, first, spc = len(lead["low"]), lead["start"], lead["samples_per_column"]
        samples = source.samples(0, int((first + count + 1) * spc) + 2)[:, lead["lead"]]
        low, high = expected(samples, spc, first, count)
        assert (lead["low"], lead["high"]) == (low, high)
        assert None not in lead["y_low"]
        # A sweep has one middle, so the differences tell all: up is positive, gain and scale as declared.
        middle = tile["rect"]["y"] + tile["rect"]["height"] * (lane + 0.5) / len(tile["leads"])
        scale = tile["px_per_mv"] / lead["gain"]
        offset = np.array(lead["y_low"]) + scale * np.array(low)
        assert np.unique(np.round(offset, 1)).size <= 3
        assert abs(offset[-1] - middle - scale * lead["centre"]) < 0.1
        spread = np.array(lead["y_low"]) - np.array(lead["y_high"])
        assert np.allclose(spread, scale * (np.array(high) - np.array(low)), atol=0.05)
        columns = (np.arange(first, first + count) + lead["mode"] / 2) * spc / tile["rate_hz"]
        x = tile["rect"]["x"] + (columns * tile["px_per_second"]) % tile["rect"]["width"]
        assert np.allclose(lead["x"], x, atol=0.01)


@pytest.mark.parametrize(
    ("rate", "mode"), [(125.0, 0), (500.0, 1)], ids=["every sample", "smallest and largest"]
)
def test_the_buffer_the_strokes_and_the_pixels_are_the_samples(
    center: Serving, wearing: Wearing, open_page: Any, rate: float, mode: int
) -> None:
    enrolled = center.enroll(rate, "II,V1", patient=f"Painted, {rate:g}")
    source = heart(rate, int(rate))
    worn = wearing.wear(enrolled.key, source)
    screen = open_page(center.url)
    only(screen, f"Painted, {rate:g}")
    screen.painted(enrolled.stream, 4)
    tile = screen.tile(enrolled.stream, pixels=True)
    assert tile is not None
    assert [lead["mode"] for lead in tile["leads"]] == [mode, mode]
    assert tile["px_per_second"] == pytest.approx(25 * 96 / 25.4)
    assert tile["px_per_mv"] == pytest.approx(10 * 96 / 25.4)
    check_columns(tile, source)
    for lane in range(2):
        check_pixels(tile, lane)
    worn.do(lambda transmitter: transmitter.stop())


def reach(tile: dict[str, Any], lane: int) -> dict[int, tuple[float, float]]:
    """For each pixel column of the wave box that the newest sweep crosses, the heights of the trace in it."""
    lead, rect = tile["leads"][lane], tile["rect"]
    points = [
        (x, y)
        for x, low, high in zip(lead["x"], lead["y_low"], lead["y_high"], strict=True)
        if x is not None
        for y in {low, high}
    ]
    heights: dict[int, list[float]] = {}
    for (x0, y0), (x1, y1) in pairwise(points):
        if x1 < x0 or x1 - x0 > 3 * tile["px_per_second"] / 50:
            continue
        for x in np.linspace(x0, x1, 9):
            share = (x - x0) / (x1 - x0) if x1 > x0 else 0
            heights.setdefault(int(x - rect["x"]), []).append(y0 + share * (y1 - y0))
    return {x: (min(ys), max(ys)) for x, ys in heights.items()}


def check_pixels(tile: dict[str, Any], lane: int) -> None:
    """Lit pixels read back from the canvas are within two pixels of the trace, in every column it crosses."""
    rect, lead = tile["rect"], tile["leads"][lane]
    top = rect["y"] + rect["height"] * lane / 2
    bottom = top + rect["height"] / 2
    wanted = reach(tile, lane)
    assert len(wanted) > 200
    off = []
    for x, (low, high) in wanted.items():
        near_pen = min(abs(x - (lead["x"][at] - rect["x"])) for at in (0, -1)) < 6
        around = [wanted[at] for at in (x - 1, x, x + 1) if at in wanted]
        highest, lowest = min(one[0] for one in around), max(one[1] for one in around)
        if near_pen or len(around) < 3 or highest < top + 3 or lowest > bottom - 3:
            continue
        seen = lead["pixels"][x]
        # A stroke has a width, so steep ones reach into their neighbours' columns; no farther than that.
        slack = 2 + 0.2 * (high - low)
        covers = seen is not None and seen[0] <= low + slack and seen[1] >= high - slack
        if not covers or seen[0] < highest - 2.5 or seen[1] > lowest + 2.5:
            off.append((x, low, high, seen))
    assert len(off) <= 0.01 * len(wanted), off


def test_a_screenshot_shows_the_traces_in_their_colours(
    center: Serving, wearing: Wearing, open_page: Any
) -> None:
    enrolled = center.enroll(250, "II,V1", patient="Shown, Sue")
    worn = wearing.wear(enrolled.key, heart(250.0, 9), frame_s=0.25)
    screen = open_page(center.url)
    only(screen, "Shown")
    screen.painted(enrolled.stream, 4)
    before, image, after = screen.tile(enrolled.stream), screen.image(), screen.tile(enrolled.stream)
    assert before is not None
    assert after is not None
    box = screen.page.locator("canvas.waves").bounding_box()
    for lane, colour in enumerate((GREEN, BLUE)):
        still = reach(after, lane)
        hits = total = 0
        for x, (low, high) in reach(before, lane).items():
            if still.get(x) != (low, high) or high - low > 3:
                continue
            column = round(box["x"]) + before["rect"]["x"] + x
            row = round(box["y"] + (low + high) / 2)
            near = image[row - 2 : row + 3, column]
            total += 1
            hits += of_colour(near, colour)
        assert total > 100
        assert hits > 0.98 * total
    worn.do(lambda transmitter: transmitter.stop())


def of_colour(pixels: np.ndarray, colour: tuple[int, int, int]) -> bool:
    """Whether one of the pixels is the background with enough of the colour on it."""
    paint = np.array(colour) - np.array(TILE)
    seen = pixels - np.array(TILE)
    share = seen @ paint / (paint @ paint)
    rest = np.abs(seen - share[:, None] * paint).max(axis=1)
    return bool(((share > 0.35) & (rest < 25)).any())


def test_a_hole_is_hatched_and_never_bridged_until_late_samples_fill_it(
    center: Serving, wearing: Wearing, open_page: Any
) -> None:
    enrolled = center.enroll(250, "II,V1", patient="Holed, Hal")
    source = heart(250.0, 3)
    hand = wearing.by_hand(enrolled.key, source, 12)
    past = hand.withhold(6, 7.5)
    screen = open_page(center.url)
    only(screen, "Holed")
    screen.painted(enrolled.stream, 8)
    # A hole that comes while somebody looks, beside the one that was there.
    now = hand.now_s()
    present = hand.withhold(now + 0.5, now + 1.3)
    tile = screen.painted(enrolled.stream, 8, lambda tile: tile["painted_sample"] > present[1] + 150)
    seen = screen.tile(enrolled.stream, pixels=True)
    assert seen is not None
    for lane, lead in enumerate(seen["leads"]):
        for start, stop in (past, present):
            check_hole(seen, lane, start, stop)
        values = {lead["start"] + at: value for at, value in enumerate(lead["low"])}
        holes = {at for at, value in values.items() if value == HOLE}
        spc = lead["samples_per_column"]
        wanted = {c for a, b in (past, present) for c in range(int(np.ceil(a / spc)), int(b // spc))}
        assert wanted <= holes
        assert all(
            min(abs(at * spc - edge) for edge in (*past, *present)) <= 2 * spc for at in holes - wanted
        )
    repaints = tile["repaints"]
    for span in (past, present):
        hand.release(span)
    filled = screen.painted(
        enrolled.stream, 8, lambda tile: not any(HOLE in lead["low"] for lead in tile["leads"])
    )
    assert filled["repaints"] > repaints
    check_columns(filled, source)
    assert screen.element(enrolled.stream).get_attribute("class").split()[1] == "live"


def check_hole(tile: dict[str, Any], lane: int, start: int, stop: int) -> None:
    """Between the edges of a hole nothing as bright as a trace is lit."""
    rect, lead = tile["rect"], tile["leads"][lane]
    px = [sample / tile["rate_hz"] * tile["px_per_second"] for sample in (start, stop)]
    inside = [x % rect["width"] for x in np.arange(px[0] + 3, px[1] - 3)]
    assert len(inside) > 50
    assert all(lead["pixels"][int(x)] is None for x in inside)
    # Just outside of it the trace is there.
    for edge in (px[0] - 4, px[1] + 4):
        assert lead["pixels"][int(edge % rect["width"])] is not None
