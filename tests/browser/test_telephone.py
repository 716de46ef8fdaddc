"""Calls of patients at the screen: told on every page, taken by a key, the strip as it grows, the end."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import duty
from tests.browser.axe import barriers
from tests.browser.call_paper import DOE, ROE, CallPaper, heart, quality
from tests.browser.screens import LARGE, NAMES, SMALL, Screen, boxes
from tests.e2e.processes import until

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))


@pytest.fixture(scope="module")
def paper() -> Iterator[CallPaper]:
    """One center; each test has a call of its own, and ends it."""
    center = CallPaper().start()
    yield center
    center.stop()


@pytest.fixture(autouse=True)
def quiet(paper: CallPaper) -> Iterator[None]:
    """No call of a test stands over the pages of the next."""
    yield
    for key in [key for key in paper.desk.put if re.match("telephone:|case:|emergency:", key)]:
        paper.desk.say(drop=[key])
    paper.desk.refusal = paper.answer = None
    paper.voice, paper.closed = "open", []
    paper.desk.acts.clear()
    paper.strips.clear()
    paper.facts.clear()


def opened(paper: CallPaper, open_page: Any, path: str, size: tuple[int, int] = LARGE, **more: Any) -> Page:
    """A page of somebody who answers, with the line of calls over it."""
    screen: Screen = open_page(paper.url, path, size, **more)
    expect(line(screen.page)).to_be_visible()
    return screen.page


def line(page: Page) -> Any:
    return page.get_by_role("region", name="patients who call")


def told(page: Page) -> Any:
    return page.evaluate("() => window.einthoven.debug()")["page"]


def comes(paper: CallPaper, number: int, **change: Any) -> dict[str, Any]:
    """A strip of a taken call begins; how the desk tells it."""
    strip = {"number": 1, "opened_ms": paper.now, "closed_ms": None, "samples": 0, "cases": []}
    paper.grow(number, 1, [])
    paper.say(number, strips=[strip], **change)
    return strip


def taken(paper: CallPaper, number: int, **change: Any) -> None:
    """A call that the technician of the page has."""
    mine = {"state": "taken", "taken_by": duty.RUIZ, "taken_ms": paper.now, "alarm": None, "due_ms": None}
    paper.say(number, **{**mine, **change})


# ---- the line over every page ------------------------------------------------------------------------------


@SIZES
@pytest.mark.parametrize("path", ["/", "/worklist", "/patient/s000017", "/telephone", "/codes"])
def test_a_call_stands_over_every_page_and_moves_nothing(
    paper: CallPaper, open_page: Any, path: str, size: tuple[int, int]
) -> None:
    page = opened(paper, open_page, path, size)
    expect(line(page)).to_contain_text("no call waits")
    before = boxes(page, "#app", ".call-line")
    paper.say(1)
    expect(line(page)).to_contain_text("A patient calls")
    expect(line(page)).to_contain_text("+1 215 555 0142")
    expect(line(page)).to_contain_text("probably Roe, Richard (by number)")
    assert boxes(page, "#app", ".call-line") == before
    spoken = page.locator(".call-line-host .spoken")
    expect(spoken).to_have_text(re.compile("A patient calls, .1 215 555 0142, probably Roe, Richard"))
    assert barriers(page) == []


def test_calls_stand_in_the_order_of_their_waiting_and_those_missed_last(
    paper: CallPaper, open_page: Any
) -> None:
    page = opened(paper, open_page, "/worklist")
    paper.say(3, state="missed", caller="+12155550199", guesses=[], ended_ms=paper.now - 180_000)
    expect(line(page)).to_contain_text("Call a patient back")
    paper.say(4, state="waiting", caller="", guesses=[], rang_ms=paper.now - 4_000)
    expect(line(page).locator(".caller")).to_have_text("number withheld")
    paper.say(5, rang_ms=paper.now - 9_000)
    expect(line(page).locator(".caller")).to_have_text("+1 215 555 0142")
    expect(line(page).locator(".others")).to_contain_text("2 more")
    paper.say(5, escalated=2, alarm={"priority": "high", "since_ms": paper.now})
    expect(line(page)).to_contain_text("escalated twice")
    expect(line(page)).to_have_class(re.compile("high"))


@pytest.mark.parametrize("path", ["/worklist", "/telephone"])
def test_it_sounds_until_somebody_has_it(paper: CallPaper, open_page: Any, path: str) -> None:
    page = opened(paper, open_page, path)
    page.mouse.click(2, 200)
    paper.say(6)

    def heard() -> bool:
        return any(one["level"] > 0.01 for one in page.evaluate("() => window.einthoven.listen(4000)"))

    until("the call is heard", lambda: heard() or None)
    taken(paper, 6, taken_by=duty.SATO)
    expect(line(page)).to_contain_text("no call waits")
    until("silence", lambda: None if heard() else True)


def test_who_answers_no_calls_is_told_of_none(paper: CallPaper, open_page: Any) -> None:
    mine = paper.desk.put["me"]
    paper.desk.put["me"] = mine | {"permissions": ["read.ecg", "read.wall", "read.case"]}
    try:
        paper.say(7)
        page = open_page(paper.url, "/worklist").page
        expect(page.locator(".watch-bar")).to_be_visible()
        until("the page is told", lambda: told(page) or None)
        expect(line(page)).to_have_count(0)
    finally:
        paper.desk.say({"me": mine})


def test_one_key_takes_the_call_and_opens_it(paper: CallPaper, open_page: Any) -> None:
    page = opened(paper, open_page, "/worklist")
    paper.say(8)
    expect(line(page)).to_contain_text("A patient calls")
    page.keyboard.press("T")
    expect(page).to_have_url(re.compile("/telephone/8$"))
    assert paper.asked("telephone.take") == [{"call": 8}]
    expect(page.locator(".telephone-top")).to_contain_text("with Ruiz, T.")


def test_from_a_wall_that_displays_watches_it_opens_in_a_window_of_its_own(
    paper: CallPaper, open_page: Any
) -> None:
    mine = paper.desk.put["me"]
    paper.desk.put["me"] = mine | {"watches": {"held": 2, "limit": 40, "warn": 32}}
    try:
        page = opened(paper, open_page, "/")
        paper.say(9)
        expect(line(page)).to_contain_text("A patient calls")
        with page.context.expect_page() as popup:
            page.keyboard.press("T")
        expect(popup.value).to_have_url(re.compile("/telephone/9$"))
        assert page.url.endswith("/")
    finally:
        paper.desk.say({"me": mine})


def test_what_the_desk_refuses_is_said_in_the_line(paper: CallPaper, open_page: Any) -> None:
    screen: Screen = open_page(paper.url, "/telephone")
    screen.outages = True
    page = screen.page
    paper.say(10)
    expect(line(page)).to_contain_text("A patient calls")
    paper.desk.refusal = {"error": "you are not signed in at a station", "reason": "not_on_duty"}
    line(page).get_by_role("button", name="take").first.click()
    expect(line(page)).to_contain_text("you are not signed in at a station")
    assert page.url.endswith("/telephone")


# ---- the page of calls -------------------------------------------------------------------------------------


@SIZES
def test_calls_are_found_by_what_is_to_be_done_and_patients_by_words(
    paper: CallPaper, open_page: Any, size: tuple[int, int]
) -> None:
    page = opened(paper, open_page, "/telephone", size)
    expect(page.get_by_text("No call is open")).to_be_visible()
    assert barriers(page) == []
    paper.say(11)
    paper.say(12, state="taken", taken_by=duty.SATO, taken_ms=paper.now, alarm=None)
    paper.say(13, state="ended", taken_by=duty.RUIZ, alarm=None, stream=ROE, patient="Roe, Richard")
    rows = page.locator(".call-row")
    expect(rows).to_have_count(3)
    expect(page.locator(".all-calls h2")).to_contain_text(
        ["Nobody has them", "Being spoken with", "Ended, to be closed"]
    )
    expect(rows.first).to_have_attribute("aria-current", "true")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    known = page.get_by_role("region", name="patients of the service").locator("tbody tr")
    expect(known).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.type("215 555 0177")
    expect(known).to_have_count(1)
    expect(known).to_contain_text("Doe, Jane")
    expect(known).to_contain_text("100227")
    page.keyboard.press("Escape")
    expect(known).to_have_count(2)
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/telephone/12$"))


def test_a_recording_is_handed_in_and_opens(paper: CallPaper, open_page: Any) -> None:
    page = opened(paper, open_page, "/telephone")
    sound = {"name": "night call.wav", "mimeType": "audio/wav", "buffer": b"RIFF" + bytes(5000)}
    page.locator("input[type=file]").set_input_files(sound)
    expect(page).to_have_url(re.compile(r"/telephone/9\d$"))
    assert paper.handed[-1] == "night call.wav"
    expect(page.locator(".telephone-top h1")).to_have_text("a recording")


def test_a_recording_that_is_none_or_came_before_is_said_so(paper: CallPaper, open_page: Any) -> None:
    screen: Screen = open_page(paper.url, "/telephone")
    screen.outages = True
    page = screen.page
    chosen = page.locator("input[type=file]")
    chosen.set_input_files({"name": "song.mp3", "mimeType": "audio/mpeg", "buffer": b"x"})
    expect(page.locator(".handed")).to_contain_text("song.mp3: is neither WAV nor FLAC")
    paper.answer = (400, {"error": "a.wav: at byte 0: no RIFF header"})
    chosen.set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": b"x"})
    expect(page.locator(".handed")).to_contain_text("at byte 0: no RIFF header. Nothing was taken.")
    paper.answer = (409, {"error": "it came before", "reason": "again", "call": 4})
    chosen.set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": b"x"})
    expect(page.locator(".handed")).to_contain_text("came before as call 4")
    paper.answer = None
    page.get_by_role("button", name="take it once more").click()
    expect(page).to_have_url(re.compile(r"/telephone/9\d$"))


# ---- one call ----------------------------------------------------------------------------------------------


@SIZES
def test_a_call_is_answered_from_its_ring_to_its_end_by_keys(
    paper: CallPaper, open_page: Any, size: tuple[int, int]
) -> None:
    paper.say(20)
    page = opened(paper, open_page, "/telephone/20", size)
    expect(page.locator(".say-side")).to_contain_text("Take the call")
    assert barriers(page) == []
    page.keyboard.press("t")
    expect(page.locator(".say-side")).to_contain_text("Read aloud")
    expect(page.locator(".who-calls")).to_contain_text("What is your name, and your date of birth?")
    expect(page.locator(".guess")).to_contain_text("born 1951-03-09")
    strip = comes(paper, 20)
    expect(page.locator(".over-paper")).to_contain_text("A strip is coming. Tone at 1903 Hz.")
    page.keyboard.press("1")
    expect(page.locator(".tied h2")).to_have_text("Roe, Richard")
    assert paper.asked("telephone.tie") == [{"call": 20, "stream": ROE}]
    paper.grow(20, 1, [*heart(8)])
    until("the strip grows", lambda: told(page)["samples"] == 2000 or None)
    said = page.locator(".say-side .lines .at")
    first = said.inner_text()
    page.keyboard.press("n")
    expect(said).not_to_have_text(first)
    page.keyboard.press("f")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="moderate").click()
    page.keyboard.press("s")
    until("it is on record", lambda: paper.asked("telephone.ask") or None)
    asked = paper.asked("telephone.ask")[-1]
    assert (asked["symptom"], asked["severity"], asked["symptom_ms"]) == ("palpitations", 2, None)
    paper.grow(20, 1, [*heart(30)], open=False, quality=quality(30), analysed=True)
    paper.say(
        20,
        strips=[strip | {"closed_ms": paper.now, "stream": ROE, "start": 500, "stop": 8000, "cases": [77]}],
    )
    paper.desk.say({"case:77": duty.case(77, 101, paper.now, title="Palpitations")})
    expect(page.locator(".strip-after")).to_contain_text("Nothing that meets a criterion")
    expect(page.locator(".strip-after")).to_contain_text("does not tell how long something went on")
    expect(page.locator(".case-link")).to_contain_text("Case 77: Palpitations")
    assert barriers(page) == []
    page.keyboard.press("H")
    expect(page.get_by_role("alertdialog", name="hang up")).to_be_visible()
    assert paper.asked("telephone.hang") == []
    page.keyboard.press("H")
    expect(page.locator(".call-state")).to_have_text("ended, not closed")
    page.keyboard.press("x")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="close the call").click()
    expect(page.locator(".say-side")).to_contain_text("Closed")
    assert paper.asked("telephone.close") == [{"call": 20, "outcome": "strip taken", "note": ""}]


@SIZES
def test_the_main_parts_of_a_call_need_no_scrolling(
    paper: CallPaper, open_page: Any, size: tuple[int, int]
) -> None:
    taken(paper, 21)
    strip = comes(paper, 21)
    page = opened(paper, open_page, "/telephone/21", size)
    paper.grow(21, 1, [*heart(20)])
    until("the strip grows", lambda: told(page)["samples"] == 5000 or None)

    def over() -> Any:
        return page.evaluate(
            "() => ['.who-calls', '.strip-side', '.say-side'].filter(one => { const box = "
            "document.querySelector(one); return box.scrollHeight > box.clientHeight + 1 "
            "|| box.scrollWidth > box.clientWidth + 1; })"
        )

    assert over() == []
    paper_box = boxes(page, ".paper-box")
    paper.grow(21, 1, [*heart(20)], open=False, quality=quality(20, notes=["noisy"]), analysed=True)
    paper.say(21, strips=[strip | {"closed_ms": paper.now}])
    expect(page.locator(".strip-after")).to_contain_text("Found by the machine")
    assert boxes(page, ".paper-box") == paper_box
    assert over() == []
    taken(paper, 21, state="ended", ended_ms=paper.now)
    expect(page.locator(".ending-call")).to_be_visible()
    assert over() == []


def test_the_paper_is_true_to_scale_and_says_gaps(paper: CallPaper, open_page: Any) -> None:
    taken(paper, 22)
    comes(paper, 22)
    values: list[int | None] = [*heart(10)]
    values[500:600] = [None] * 100
    paper.grow(22, 1, values)
    page = opened(paper, open_page, "/telephone/22")
    until("the strip is here", lambda: told(page)["samples"] == 2500 or None)
    shown = told(page)
    assert shown["unit"] == "uV"
    assert shown["rows"]["pxPerSample"] * 250 == pytest.approx(25 * 96 / 25.4)
    assert shown["px_per_unit"] * 1000 == pytest.approx(10 * 96 / 25.4)
    expect(page.locator(".strip-facts")).to_contain_text("not received 0.4 s")
    page.keyboard.press("d")
    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".measured")).to_have_text("800 ms, 75 /min, 0.00 mV")


def test_without_a_known_size_there_are_no_millivolts(paper: CallPaper, open_page: Any) -> None:
    taken(paper, 23)
    comes(paper, 23)
    values: list[int | None] = [100 * value for value in heart(10)]
    paper.grow(23, 1, values, unit="mHz", speed=None)
    page = opened(paper, open_page, "/telephone/23")
    expect(page.locator(".strip-facts")).to_contain_text("size not known: no millivolts")
    # While it comes that is no fault of it yet.
    expect(page.locator(".strip-facts")).to_contain_text("speed, and what is up: not known yet")
    paper.grow(23, 1, values, open=False, quality=quality(10, polarity=None, speed=None))
    expect(page.locator(".strip-facts")).to_contain_text("up or down not known")
    expect(page.locator(".strip-facts")).to_contain_text("speed not known: no rates")
    page.keyboard.press("d")
    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".measured")).to_have_text("800 ms, 75 /min")


def test_another_patient_is_found_by_words_and_tied_by_enter(paper: CallPaper, open_page: Any) -> None:
    taken(paper, 24, caller="", guesses=[])
    page = opened(paper, open_page, "/telephone/24")
    expect(page.locator(".who-calls")).to_contain_text("The number is withheld")
    until("the patients are told", lambda: told(page)["told"] or None)
    page.keyboard.press("/")
    page.keyboard.type("1948")
    expect(page.locator("#who-found li")).to_have_count(1)
    expect(page.locator("#who-found li")).to_contain_text("Doe, Jane")
    page.keyboard.press("Enter")
    expect(page.locator(".tied h2")).to_have_text("Doe, Jane")
    assert paper.asked("telephone.tie") == [{"call": 24, "stream": DOE}]


def test_strips_that_lie_in_the_wrong_ecg_are_moved_with_their_reason(
    paper: CallPaper, open_page: Any
) -> None:
    strip = {"number": 1, "opened_ms": paper.now, "closed_ms": paper.now, "samples": 2500}
    placed = strip | {"stream": ROE, "start": 5, "stop": 2505, "cases": []}
    paper.grow(27, 1, [*heart(10)], open=False, quality=quality(10), analysed=True)
    whose = {"stream": ROE, "patient": "Roe, Richard", "tied": "number"}
    taken(paper, 27, state="ended", ended_ms=paper.now, strips=[placed], **whose)
    page = opened(paper, open_page, "/telephone/27")
    page.get_by_role("button", name="not this patient").click()
    until("the patients are told", lambda: told(page)["told"] or None)
    page.keyboard.type("doe")
    expect(page.locator("#who-found li")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".telephone-said .problem")).to_contain_text("say why")
    page.keyboard.type("gave another name")
    page.keyboard.press("Enter")
    until("they are moved", lambda: paper.asked("telephone.move") or None)
    assert paper.asked("telephone.move") == [{"call": 27, "stream": DOE, "why": "gave another name"}]


def test_a_strip_of_the_wrong_person_is_struck_with_its_reason(paper: CallPaper, open_page: Any) -> None:
    taken(paper, 25, state="ended", ended_ms=paper.now, stream=ROE, patient="Roe, Richard", tied="asked")
    strip = comes(paper, 25)
    paper.grow(25, 1, [*heart(10)], open=False, quality=quality(10), analysed=False, why="the tone is flat")
    paper.say(25, strips=[strip | {"closed_ms": paper.now}])
    page = opened(paper, open_page, "/telephone/25")
    expect(page.locator(".strip-after")).to_contain_text("Not analysed: the tone is flat.")
    page.get_by_role("button", name="does not count").click()
    page.keyboard.press("Escape")
    expect(page.locator(".strip-asks")).to_have_count(0)
    page.get_by_role("button", name="does not count").click()
    page.keyboard.type("a test call")
    page.keyboard.press("Enter")
    expect(page.locator(".strip-after")).to_contain_text("Does not count: a test call")
    assert paper.asked("telephone.strike") == [{"call": 25, "strip": 1, "why": "a test call"}]


def test_the_emergency_wants_a_patient_and_opens_their_procedure(paper: CallPaper, open_page: Any) -> None:
    taken(paper, 26)
    paper.desk.answers |= {f"patient/{ROE}": {}, f"emergency/{ROE}": {}}
    page = opened(paper, open_page, "/telephone/26")
    expect(page.locator(".guess")).to_be_visible()
    page.keyboard.press("E")
    expect(page.locator(".telephone-said")).to_contain_text("tie the call to a patient first")
    page.keyboard.press("1")
    expect(page.locator(".tied")).to_be_visible()
    page.keyboard.press("E")
    expect(page.locator(".emergency-panel")).to_be_visible()
    page.keyboard.press("Enter")
    until("it began", lambda: paper.asked("emergency.begin") or None)
    assert paper.asked("emergency.begin") == [{"stream": ROE}]


def test_a_call_that_is_not_there_is_said_so(paper: CallPaper, open_page: Any) -> None:
    screen: Screen = open_page(paper.url, "/telephone/999")
    screen.outages = True
    page = screen.page
    expect(page.get_by_text("There is no call 999 here")).to_be_visible()
    screen.complaints.clear()
    assert barriers(page) == []
    page.goto(f"{paper.url}/telephone")


# ---- the voice ---------------------------------------------------------------------------------------------


def test_without_a_microphone_the_patient_is_heard_and_the_page_says_so(
    paper: CallPaper, open_page: Any
) -> None:
    paper.say(30)
    page = opened(paper, open_page, "/telephone/30")
    page.keyboard.press("t")
    expect(page.locator(".voice")).to_contain_text("the patient does not hear you")
    assert bytes(paper.spoken) == b""


def test_the_line_is_with_somebody_else(paper: CallPaper, open_page: Any) -> None:
    paper.voice = 4404
    paper.say(31)
    page = opened(paper, open_page, "/telephone/31")
    page.keyboard.press("t")
    expect(page.locator(".voice")).to_contain_text("somebody else has the call, or its line is down")


@pytest.fixture
def speaking(browser: Browser) -> Iterator[Browser]:
    """Chromium with a microphone that hears beeps, and a person who allows it."""
    found = next(filter(None, map(shutil.which, NAMES)))
    flags = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    chromium = browser.browser_type.launch(executable_path=found, args=flags)
    yield chromium
    chromium.close()


def test_the_microphone_speaks_and_is_off_by_itself_while_a_strip_comes(
    paper: CallPaper, speaking: Browser
) -> None:
    paper.say(32)
    page = speaking.new_page(timezone_id="UTC")
    complaints: list[str] = []
    page.on("console", lambda one: one.type in ("error", "warning") and complaints.append(one.text))
    page.goto(f"{paper.url}/telephone/32")
    expect(page.locator(".say-side")).to_contain_text("Take the call")
    page.keyboard.press("t")
    expect(page.locator(".voice")).to_contain_text("You speak with the patient.")
    until("the voice comes in messages of 20 ms", lambda: len(paper.spoken) >= 3200 or None)
    strip = comes(paper, 32)
    expect(page.locator(".voice")).to_contain_text("your microphone is off by itself")
    # What was on its way when it was switched off has come by then.
    paper.grow(32, 1, [*heart(1)])
    until("the strip begins", lambda: told(page)["samples"] == 250 or None)
    before = len(paper.spoken)
    paper.grow(32, 1, [*heart(4)])
    until("the strip grows meanwhile", lambda: told(page)["samples"] == 1000 or None)
    assert len(paper.spoken) == before
    paper.grow(32, 1, [*heart(4)], open=False, quality=quality(4), analysed=True)
    paper.say(32, strips=[strip | {"closed_ms": paper.now}])
    expect(page.locator(".voice")).to_contain_text("You speak with the patient.")
    until("the voice comes again", lambda: len(paper.spoken) > before or None)
    page.keyboard.press("m")
    expect(page.locator(".voice")).to_contain_text("Your microphone is off.")
    assert complaints == []
