"""Cases worked beside the wall: every held tile goes on being painted, and nothing is left by accident."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser import duty
from tests.browser.paper_center import STREAM, PaperCenter
from tests.browser.paper_desk import PaperDesk
from tests.browser.test_worklist import FINDING, MET, PATIENT, VT
from tests.e2e.processes import until

from einthoven.base.ids import stream_name

pytestmark = pytest.mark.browser
STREAMS = [STREAM + place for place in range(6)]
ID = stream_name(STREAM)


@pytest.fixture
def desk() -> Iterator[PaperDesk]:
    paper = PaperCenter()
    for stream in STREAMS[2:]:
        paper.center.reader.layouts[stream] = paper.center.reader.layouts[STREAM]
    desk = PaperDesk(paper)
    desk.watch_all(STREAMS)
    for stream in STREAMS:
        for what in ("patient", "emergency"):
            desk.answers[f"{what}/{stream_name(stream)}"] = PATIENT
    for number in (12, 13):
        desk.answers[f"case/{number}"] = {"similar": [], "verdicts": [], "reasons": []}
    paper.start()
    paper.admit(STREAMS[2:])
    paper.worn[:] = STREAMS
    paper.say(VT)
    yield desk
    paper.stop()


def a_case(desk: PaperDesk, number: int = 12, stream: int = STREAM, **change: Any) -> dict[str, Any]:
    now = desk.paper.center.clock.wall() / 1e6
    return duty.case(number, stream, now, **({"findings": [FINDING], "met": [MET]} | change))


def wall(desk: PaperDesk, open_page: Any, *cases: dict[str, Any], **options: Any) -> Any:
    """The wall of a technician who holds six patients, with what is the matter lit."""
    desk.say({f"case:{one['id']}": one for one in cases})
    screen = open_page(desk.paper.url, "/", **options)
    expect(screen.page.locator(".watcher.mine")).to_have_count(len(STREAMS))
    expect(screen.page.locator(".edge.flashing")).to_have_count(len(cases))
    return screen


def tile(screen: Any, place: int = 0) -> Any:
    return screen.page.locator(f'.tile[data-id="{stream_name(STREAMS[place])}"]')


def body_of(desk: PaperDesk, name: str) -> Any:
    """The body of the last command of that name."""
    until(f"{name} is asked for", lambda: any(asked == name for asked, _ in desk.acts))
    return [body for asked, body in desk.acts if asked == name][-1]


def all_proven(desk: PaperDesk) -> None:
    """Reports that come from now on prove every patient."""
    seen = len(desk.reports)
    until("all are proven", lambda: any(len(one.proven()) == len(STREAMS) for one in desk.reports[seen:]))


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800)])
def test_a_case_is_worked_beside_the_wall_by_keys_and_every_tile_is_proven(
    desk: PaperDesk, open_page: Any, size: tuple[int, int]
) -> None:
    screen = wall(desk, open_page, a_case(desk), size=size)
    page = screen.page
    tile(screen).click()
    page.keyboard.press("Enter")
    expect(page.locator(".panel.work .of-case")).to_contain_text(f"Patient, {STREAM}")
    all_proven(desk)
    page.keyboard.press("Enter")
    assert body_of(desk, "case.take") == {"case": 12}
    held = a_case(desk, state="held", held_by=duty.RUIZ, held_ms=1.7e12)
    desk.say({"case:12": held})
    expect(page.locator(".holder")).to_contain_text("You have it")
    page.keyboard.press("1")
    assert body_of(desk, "case.verdict")["verdict"] == "true"
    # The digit was a verdict, and changed nothing of how many tiles there are.
    expect(page.locator(".tile")).to_have_count(len(STREAMS))
    all_proven(desk)
    page.keyboard.press("w")
    expect(page.locator(".panel.work")).to_have_count(0)
    expect(tile(screen)).to_be_focused()
    all_proven(desk)


def test_keys_go_where_the_last_touch_was(desk: PaperDesk, open_page: Any) -> None:
    screen = wall(desk, open_page, a_case(desk), a_case(desk, 13, STREAMS[1]))
    page = screen.page
    page.keyboard.press("w")
    expect(page.locator(".panel.work.touched .case")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    # The case on the paper marks its tile.
    expect(tile(screen, 1)).to_have_attribute("aria-current", "true")
    tile(screen, 4).click()
    expect(page.locator(".panel.work:not(.touched)")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(tile(screen, 3)).to_have_attribute("aria-current", "true")
    expect(page.locator('.case[data-id="13"]')).to_have_attribute("aria-current", "true")


def test_without_an_alarm_enter_shows_the_patient_and_o_says_that_there_is_none(
    desk: PaperDesk, open_page: Any
) -> None:
    screen = wall(desk, open_page, a_case(desk))
    page = screen.page
    tile(screen, 2).click()
    page.keyboard.press("o")
    expect(page.locator(".watch-bar .said")).to_contain_text("no open case")
    page.keyboard.press("Enter")
    expect(page.locator(".panel .patient-view")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_have_count(0)
    tile(screen).click()
    page.keyboard.press("v")
    expect(page.locator(".panel .patient-view")).to_be_visible()


@pytest.mark.parametrize("path", ["/", f"/patient/{ID}"])
def test_one_key_shows_where_the_patient_is_and_a_second_begins_the_emergency(
    desk: PaperDesk, open_page: Any, path: str
) -> None:
    screen = open_page(desk.paper.url, path)
    page = screen.page
    if path == "/":
        expect(page.locator(".watcher.mine")).to_have_count(len(STREAMS))
        tile(screen).click()
    else:
        expect(page.locator(".who h1")).to_contain_text("Patient")
    page.keyboard.press("E")
    expect(page.locator(".emergency-panel .address")).to_contain_text("12 Elm Street")
    assert not any(act == "emergency.begin" for act, _ in desk.acts)
    page.keyboard.press("Enter")
    assert body_of(desk, "emergency.begin") == {"stream": ID}
    page.keyboard.press("Escape")
    expect(page.locator(".emergency-panel")).to_have_count(0)


def test_leaving_the_wall_is_asked_about_while_watches_are_held(desk: PaperDesk, open_page: Any) -> None:
    screen = wall(desk, open_page, a_case(desk))
    page = screen.page
    tile(screen).click()
    page.keyboard.press("Shift+Enter")
    asked = page.get_by_role("alertdialog")
    expect(asked).to_contain_text(f"You hold {len(STREAMS)} watches")
    all_proven(desk)
    page.keyboard.press("Escape")
    expect(asked).to_have_count(0)
    page.keyboard.press("Shift+Enter")
    asked.get_by_role("button", name="beside the wall").click()
    expect(page.locator(".panel .patient-view")).to_be_visible()
    page.locator(".panel a.open-page").click()
    asked.get_by_role("button", name="lose all").click()
    page.wait_for_url(f"**/patient/{ID}")


def test_without_watches_nothing_is_asked(desk: PaperDesk, open_page: Any) -> None:
    desk.say(drop=[f"watch:{number}" for number in range(1, len(STREAMS) + 1)])
    screen = open_page(desk.paper.url)
    expect(screen.page.locator(".watcher.nobody, .watcher.unknown")).to_have_count(len(STREAMS))
    tile(screen).click()
    screen.page.keyboard.press("Shift+Enter")
    screen.page.wait_for_url(f"**/patient/{ID}")


def test_the_worklist_has_the_watch_bar_and_its_keys(desk: PaperDesk, open_page: Any) -> None:
    offered = {"by": None, "from": duty.SATO, "offered_to": duty.RUIZ, "state": "offered"}
    desk.say({"case:12": a_case(desk), "watch:3": desk.put["watch:3"] | offered})
    screen = open_page(desk.paper.url, "/worklist")
    page = screen.page
    expect(page.locator(".watch-bar .offers")).to_contain_text("from Sato")
    page.keyboard.press("y")
    assert body_of(desk, "watch.accept") == {"watches": [3]}
    page.keyboard.press("h")
    form = page.locator(".hand-over")
    expect(form).to_be_visible()
    # While patients are handed over no digit is a verdict.
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    expect(form).to_have_count(0)
    assert not any(act == "case.verdict" for act, _ in desk.acts)
    page.keyboard.press("q")
    assert body_of(desk, "alarm.pause_audio") == {"seconds": 120}
