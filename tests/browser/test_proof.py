"""What a browser says it has painted is what is on its screen: live walls are proven, every other is
found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.browser.paper_center import STREAM, PaperCenter
from tests.browser.paper_desk import PaperDesk
from tests.e2e.processes import until

from einthoven.center.displays import Reason
from einthoven.center.ports import Window

pytestmark = pytest.mark.browser
BOTH = (STREAM, STREAM + 1)


@pytest.fixture
def desk() -> Iterator[PaperDesk]:
    paper = PaperCenter()
    desk = PaperDesk(paper)
    paper.start()
    yield desk
    paper.stop()


def proven(desk: PaperDesk, reports: int = 4) -> bool:
    """Whether the last reports prove both patients."""
    return len(desk.reports) >= reports and all(
        reason is None for stream in BOTH for reason in desk.reasons(stream, reports)
    )


def wall(desk: PaperDesk, open_page: Any, **options: Any) -> Any:
    screen = open_page(desk.paper.url, **options)
    until("both patients are proven", lambda: proven(desk))
    return screen


def found(desk: PaperDesk, stream: int, reason: Reason) -> None:
    until(f"{stream} {reason}", lambda: desk.reasons(stream, 2) == [reason] * 2)


def test_a_live_wall_is_proven_with_every_report(desk: PaperDesk, open_page: Any) -> None:
    wall(desk, open_page)
    began = len(desk.reports)
    until("twenty reports", lambda: len(desk.reports) >= began + 20)
    reasons = [sight.reason for checked in desk.reports[began:] for sight in checked.of(BOTH)]
    assert set(reasons) == {None}


def test_another_number_of_tiles_and_a_panel_beside_them_are_proven_too(
    desk: PaperDesk, open_page: Any
) -> None:
    screen = wall(desk, open_page, size=(1280, 800))
    screen.page.keyboard.press("3")
    screen.page.keyboard.press("ArrowRight")
    screen.page.keyboard.press("Enter")
    screen.page.locator(".panel").wait_for()
    began = len(desk.reports)
    until("proven with the panel", lambda: len(desk.reports) >= began + 6 and proven(desk))


def test_one_changed_sample_on_the_glass_is_found(desk: PaperDesk, open_page: Any) -> None:
    wall(desk, open_page)
    truth = desk.paper.center.ward

    class Other:
        def recent(self, stream: int, start: int, stop: int) -> Window:
            window = truth.recent(stream, start, stop)
            if stream == STREAM:
                # The test heart's spike, higher by one unit.
                window.samples[window.samples[:, 0] > 1000, 0] += 1
            return window

    desk.displays._ward = Other()
    found(desk, STREAM, Reason.WRONG_PICTURE)
    assert desk.reasons(STREAM + 1, 2) == [None] * 2


def test_a_painter_that_stands_still_is_silent_and_its_page_proves_nothing(
    desk: PaperDesk, open_page: Any
) -> None:
    screen = wall(desk, open_page)
    until("the painter is there", lambda: screen.debug() and screen.page.workers)
    screen.page.workers[0].evaluate("() => { self.requestAnimationFrame = () => 0; }")
    until("the page says so", lambda: screen.page.locator(".board.still").count() == 1)
    # The page still answers, that nothing is to be seen on it.
    found(desk, STREAM, Reason.NOT_IN_VIEW)


def test_a_page_without_frames_sends_nothing(desk: PaperDesk, open_page: Any) -> None:
    screen = wall(desk, open_page)
    screen.page.evaluate("() => { window.requestAnimationFrame = () => 0; }")
    count = len(desk.reports)
    asked = desk.displays._beats
    until("eight more ticks", lambda: desk.displays._beats >= asked + 8)
    assert len(desk.reports) <= count + 1


def test_a_hidden_page_says_so_at_once(desk: PaperDesk, open_page: Any) -> None:
    screen = wall(desk, open_page)
    screen.page.evaluate(
        """() => {
            Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    until("a report without tiles", lambda: desk.reports[-1].sights == [])
    assert desk.reasons(STREAM, 1) == [Reason.NOT_IN_VIEW]


def test_a_covered_tile_is_not_in_view_and_the_other_is(desk: PaperDesk, open_page: Any) -> None:
    screen = wall(desk, open_page)
    screen.page.evaluate(
        """stream => {
            const box = document.querySelector(`.tile[data-id="${stream}"]`).getBoundingClientRect();
            const sheet = document.createElement('div');
            const { left, top, width, height } = box;
            sheet.style.cssText = `position:fixed;z-index:9;left:${left}px;top:${top}px;` +
              `width:${width * 0.7}px;height:${height}px;background:#123`;
            document.body.append(sheet);
        }""",
        f"s{STREAM:06d}",
    )
    found(desk, STREAM, Reason.NOT_IN_VIEW)
    assert desk.reasons(STREAM + 1, 2) == [None] * 2
