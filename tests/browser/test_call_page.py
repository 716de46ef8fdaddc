"""Pages of calls where not all is as it should be: files, a center that is gone, people to be told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from tests.browser import duty
from tests.browser.axe import barriers
from tests.browser.call_paper import DOE, ROE, CallPaper, call, heart, quality
from tests.browser.screens import LARGE, SMALL, Screen, boxes
from tests.e2e.processes import until

pytestmark = pytest.mark.browser
PATIENCE_MS = 60_000
SIZES = pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))
DROP = """([name, kind, size]) => {
    const held = new DataTransfer();
    held.items.add(new File([new Uint8Array(size)], name, { type: kind }));
    const at = document.querySelector("main");
    for (const what of ["dragenter", "dragover"])
        at.dispatchEvent(new DragEvent(what, { dataTransfer: held, bubbles: true, cancelable: true }));
    window.held = held;
}"""
LET_GO = """() => document.querySelector("main").dispatchEvent(
    new DragEvent("drop", { dataTransfer: window.held, bubbles: true, cancelable: true }))"""


@pytest.fixture
def paper() -> Iterator[CallPaper]:
    center = CallPaper().start()
    yield center
    center.stop()


def opened(paper: CallPaper, open_page: Any, path: str, size: tuple[int, int] = LARGE) -> Page:
    screen: Screen = open_page(paper.url, path, size)
    screen.outages = True
    expect(line(screen.page)).to_be_visible(timeout=PATIENCE_MS)
    return screen.page


def line(page: Page) -> Locator:
    return page.get_by_role("region", name="patients who call")


def told(page: Page) -> Any:
    return page.evaluate("() => window.einthoven.debug()")["page"]


def mine(paper: CallPaper, number: int, **change: Any) -> None:
    """A call that the technician of the page has."""
    had = {"state": "taken", "taken_by": duty.RUIZ, "taken_ms": paper.now, "alarm": None, "due_ms": None}
    paper.say(number, **{**had, **change})


def a_strip(paper: CallPaper, **change: Any) -> dict[str, Any]:
    """One that is complete, and lies in Roe's ECG."""
    whole = {"number": 1, "opened_ms": paper.now, "closed_ms": paper.now, "samples": 2500, "cases": []}
    return whole | {"stream": ROE, "start": 5, "stop": 2505} | change


# ---- a recording that is dropped ---------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "kind"), [("night.wav", "audio/wav"), ("night.flac", "audio/flac")])
def test_a_recording_is_dropped_its_way_is_shown_and_it_opens(
    paper: CallPaper, open_page: Any, name: str, kind: str
) -> None:
    page = opened(paper, open_page, "/telephone")
    held: list[Route] = []
    page.route("**/api/telephone/files?**", lambda route: held.append(route))  # noqa: PLW0108 - bound by hand
    page.evaluate(DROP, [name, kind, 5000])
    expect(page.locator(".drop-here")).to_contain_text("Let go: the recording")
    page.evaluate(LET_GO)
    expect(page.locator(".drop-here")).to_have_count(0)
    handed = page.locator(".handed")
    expect(handed).to_have_role("status")
    expect(handed).to_contain_text(re.compile(rf"{name} is sent: \d+ %"))
    assert barriers(page) == []
    [sent] = held
    sent.continue_()
    expect(page).to_have_url(re.compile(r"/telephone/9\d$"), timeout=PATIENCE_MS)
    assert paper.handed == [name]
    expect(page.locator(".telephone-top h1")).to_have_text("a recording")


def test_what_is_dropped_and_no_recording_is_said_and_nothing_is_sent(
    paper: CallPaper, open_page: Any
) -> None:
    page = opened(paper, open_page, "/telephone")
    for name, size, words in (("notes.pdf", 9, "is neither WAV nor FLAC"), ("empty.wav", 0, "is empty")):
        page.evaluate(DROP, [name, "", size])
        page.evaluate(LET_GO)
        expect(page.locator(".handed")).to_contain_text(f"{name}: {words}. Nothing was taken.")
    assert paper.handed == []
    # Away with it by Escape; a second one leaves the page.
    page.keyboard.press("Escape")
    expect(page.locator(".handed")).to_have_text("")
    assert page.url.endswith("/telephone")


def test_a_center_that_is_gone_while_a_recording_is_sent_is_said(paper: CallPaper, open_page: Any) -> None:
    page = opened(paper, open_page, "/telephone")
    page.route("**/api/telephone/files?**", lambda route: route.abort())
    page.evaluate(DROP, ["night.wav", "audio/wav", 100])
    page.evaluate(LET_GO)
    expect(page.locator(".handed")).to_contain_text("the center did not answer. Nothing was taken.")


# ---- a center that is gone ---------------------------------------------------------------------------------


@SIZES
def test_a_center_that_is_gone_in_a_call_is_said_and_what_was_typed_stays(
    paper: CallPaper, open_page: Any, size: tuple[int, int]
) -> None:
    mine(paper, 40, stream=ROE, patient="Roe, Richard", tied="asked")
    strip = a_strip(paper, closed_ms=None, samples=0, start=None, stop=None)
    paper.grow(40, 1, [*heart(8)])
    paper.say(40, strips=[strip])
    page = opened(paper, open_page, "/telephone/40", size)
    until("the strip is here", lambda: told(page)["samples"] == 2000 or None)
    page.locator("input[name=text]").fill("it raced on the stairs")
    before = boxes(page, ".paper-box", ".say-side")
    paper.desk.silent = True
    page.route("**/api/**", lambda route: route.abort())
    cut = page.locator(".telephone-top .cut")
    expect(cut).to_contain_text("No word from the desk", timeout=PATIENCE_MS)
    expect(cut).to_contain_text("what is shown is old")
    expect(cut).to_have_role("alert")
    expect(line(page)).to_contain_text("the desk is not heard, calls are not shown")
    expect(page.locator(".over-paper")).to_contain_text("The strip cannot be shown")
    page.locator("input[name=text]").press("Enter")
    expect(page.locator(".telephone-said .problem")).to_contain_text("did not answer", timeout=PATIENCE_MS)
    expect(page.locator("input[name=text]")).to_have_value("it raced on the stairs")
    # Nothing of the page has moved.
    assert boxes(page, ".paper-box", ".say-side") == before
    paper.desk.silent = False
    page.unroute("**/api/**")
    expect(cut).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.locator(".over-paper")).to_have_count(0)
    page.keyboard.press("s")
    until("it is on record", lambda: paper.asked("telephone.ask") or None)
    assert paper.asked("telephone.ask")[-1]["text"] == "it raced on the stairs"


def test_a_list_that_cannot_be_had_says_so_and_calls_are_shown_all_the_same(
    paper: CallPaper, open_page: Any
) -> None:
    screen: Screen = open_page(paper.url, "/codes")
    screen.outages = True
    page = screen.page
    page.route("**/api/desk/telephone", lambda route: route.abort())
    page.goto(f"{paper.url}/telephone")
    paper.say(41)
    expect(page.locator(".call-row")).to_have_count(1, timeout=PATIENCE_MS)
    expect(page.locator(".all-calls .problem")).to_contain_text("Closed calls and patients cannot be shown")
    expect(page.get_by_role("region", name="patients of the service")).to_contain_text("Not here yet.")
    assert barriers(page) == []
    page.unroute("**/api/desk/telephone")
    expect(page.locator(".all-calls .problem")).to_have_count(0, timeout=PATIENCE_MS)


# ---- who is to be told -------------------------------------------------------------------------------------

FOLLOW = [
    {"item": 1, "kind": "call", "words": "call 3", "tell": "Adams, RN (Heart practice)", "how": "", "by": ""},
    {
        "item": 2,
        "kind": "report",
        "words": "report 8, edition 1: sent",
        "tell": "fax 215",
        "how": "a new edition",
        "by": "Ruiz",
    },
]


@SIZES
def test_who_was_told_of_a_strip_that_does_not_count_is_told_better(
    paper: CallPaper, open_page: Any, size: tuple[int, int]
) -> None:
    strip = a_strip(paper, struck="a test call", follow=FOLLOW)
    paper.grow(42, 1, [*heart(10)], open=False, quality=quality(10), analysed=True)
    mine(paper, 42, state="ended", ended_ms=paper.now, stream=ROE, patient="Roe, Richard", strips=[strip])
    page = opened(paper, open_page, "/telephone/42", size)
    expect(page.locator(".say-side .now")).to_contain_text("Tell those who were told")
    people = page.get_by_role("group", name="who was told of it")
    expect(people.locator("li")).to_have_count(2)
    expect(people.locator("li").nth(1)).to_contain_text("✓ a new edition")
    assert barriers(page) == []
    people.get_by_role("textbox", name="how they know better now: call 3").fill("called, read back")
    page.keyboard.press("Enter")
    until("it is on record", lambda: paper.asked("telephone.followed") or None)
    wanted = {"call": 42, "strip": 1, "item": 1, "how": "called, read back"}
    assert paper.asked("telephone.followed") == [wanted]


def test_closed_calls_of_which_somebody_is_to_be_told_and_older_ones_are_found(
    paper: CallPaper, open_page: Any
) -> None:
    def closed(number: int) -> dict[str, Any]:
        return call(number, paper.now, state="closed", alarm=None, outcome="no strip", note="dialled wrong")

    paper.closed, paper.older = [closed(9)], {7: ([closed(6), closed(5)], 5), 5: ([closed(4)], None)}
    paper.more = {"to_follow": [3], "more": 7}
    page = opened(paper, open_page, "/telephone")
    expect(page.locator(".all-calls .problem")).to_contain_text("somebody is still to be told")
    expect(page.get_by_role("link", name="call 3")).to_have_attribute("href", "/telephone/3")
    rows = page.locator(".call-row")
    expect(rows).to_have_count(1)
    page.keyboard.press("o")
    expect(rows).to_have_count(3)
    expect(page.locator(".all-calls h2").last).to_contain_text("Closed before")
    page.get_by_role("button", name="calls closed before").click()
    expect(rows).to_have_count(4)
    expect(page.get_by_role("button", name="calls closed before")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/telephone/5$"))


def test_a_closed_call_is_put_right_by_a_supervisor_alone(paper: CallPaper, open_page: Any) -> None:
    strip = a_strip(paper)
    paper.grow(43, 1, [*heart(10)], open=False, quality=quality(10), analysed=True)
    whose = {"stream": ROE, "patient": "Roe, Richard", "tied": "asked", "outcome": "strip taken"}
    paper.closed = [
        call(43, paper.now, state="closed", alarm=None, closed_ms=paper.now, strips=[strip], **whose)
    ]
    page = opened(paper, open_page, "/telephone/43")
    expect(page.locator(".strip-after")).to_contain_text("Found by the machine", timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name="does not count")).to_have_count(0)
    me = paper.desk.put["me"]
    leads = me | {"staff": me["staff"] | {"roles": ["supervisor"]}}
    paper.desk.say({"me": leads})
    page.get_by_role("button", name="another person's").click()
    page.locator(".strip-asks select").select_option(DOE)
    page.locator(".strip-asks input[name=why]").fill("gave another name when asked again")
    page.keyboard.press("Enter")
    until("it is moved", lambda: paper.asked("telephone.move") or None)
    why = "gave another name when asked again"
    assert paper.asked("telephone.move") == [{"call": 43, "strip": 1, "stream": DOE, "why": why}]


# ---- by keys alone, and by ear -----------------------------------------------------------------------------


def focused(page: Page) -> str:
    """What the keyboard is on, as a screen reader names it: its text, or its label."""
    name: str = page.evaluate(
        "() => { const one = document.activeElement; return (one.getAttribute('aria-label')"
        " ?? one.closest('label')?.textContent ?? one.textContent ?? '').trim().replace(/\\s+/g, ' '); }"
    )
    return name


def test_tab_goes_from_the_line_to_the_patient_the_strip_and_what_is_said(
    paper: CallPaper, open_page: Any
) -> None:
    mine(paper, 44)
    paper.say(45, caller="+12155550177", guesses=[])
    page = opened(paper, open_page, "/telephone/44")
    expect(page.locator(".guess")).to_be_visible()
    expect(page.locator(".say-side .lines .at")).to_be_visible()
    order = []
    for _ in range(60):
        page.keyboard.press("Tab")
        order.append(focused(page))
    stops = ("take", "hang up", "emergency", "Roe, Richard", "electrocardiogram", "palpitations")
    places = [next(i for i, name in enumerate(order) if stop in name) for stop in stops]
    assert places == sorted(places), order
    assert "" not in order[: places[-1]], order


def test_a_call_is_told_to_the_ear_once_and_again_where_it_escalates(
    paper: CallPaper, open_page: Any
) -> None:
    page = opened(paper, open_page, "/worklist")
    spoken = page.locator(".call-line-host .spoken")
    expect(spoken).to_have_attribute("aria-live", "assertive")
    expect(spoken).to_have_attribute("aria-atomic", "true")
    expect(spoken).to_have_text("")
    paper.say(46)
    words = "A patient calls, +1 215 555 0142, probably Roe, Richard (by number). Shift T takes the first."
    expect(spoken).to_have_text(words)
    # The seconds that run are seen, and not read out anew.
    since = line(page).locator(".since")
    expect(since).to_have_attribute("aria-hidden", "true")
    shown = since.inner_text()
    expect(since).not_to_have_text(shown, timeout=PATIENCE_MS)
    expect(spoken).to_have_text(words)
    paper.say(46, escalated=1)
    expect(spoken).to_contain_text("escalated")
    expect(line(page).get_by_role("button", name="take").first).to_be_visible()
    mine(paper, 46, taken_by=duty.SATO)
    expect(spoken).to_have_text("")
    expect(page.locator("body")).not_to_have_attribute("aria-busy", "true")
    paper.say(47, state="unfinished", ended_ms=paper.now - 60_000)
    expect(line(page)).to_contain_text("A call is to be finished")


# ---- room, voice, and nobody there -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "room"), [((1280, 800), 560), ((1000, 700), 480)], ids=["1280x800", "1000x700"]
)
def test_bars_over_the_worklist_leave_the_list_its_room(
    paper: CallPaper, open_page: Any, size: tuple[int, int], room: int
) -> None:
    for number in range(60, 72):
        paper.desk.put[f"case:{number}"] = duty.case(number, 17, paper.now, title="Palpitations")
    paper.desk.answers |= {"case/60": {}, "patient/s000017": {}}
    page = opened(paper, open_page, "/worklist", size)
    paper.say(48, escalated=2, alarm={"priority": "high", "since_ms": paper.now})
    expect(line(page)).to_contain_text("A patient calls")
    expect(page.locator("button.case")).to_have_count(12)

    def seen() -> float:
        [(_, top, _, bottom)] = boxes(page, ".cases")
        return min(bottom, size[1]) - top

    assert seen() >= room
    # It stays where the page beside it scrolls.
    page.evaluate("() => document.querySelector('.worklist').scrollTo(0, 10000)")
    assert seen() >= room
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_line_that_was_refused_is_joined_again_by_its_key(paper: CallPaper, open_page: Any) -> None:
    paper.voice = 4404
    mine(paper, 49)
    page = opened(paper, open_page, "/telephone/49")
    voice = page.locator(".voice")
    expect(voice.locator("p")).to_have_role("status")
    expect(voice).to_contain_text("somebody else has the call, or its line is down")
    expect(voice.get_by_role("button", name="join the line")).to_be_visible()
    expect(voice.get_by_role("button", name="microphone off")).to_have_count(0)
    paper.voice = "open"
    page.keyboard.press("l")
    # There is no microphone here: the patient is heard, and that they hear nobody is said.
    expect(voice).to_contain_text("the patient does not hear you", timeout=PATIENCE_MS)
    expect(voice.get_by_role("button", name="try the microphone again")).to_be_visible()
    mine(paper, 49, state="ended", ended_ms=paper.now)
    expect(voice).to_have_count(0)


def test_that_nobody_is_there_and_was_there_is_said_and_a_supervisor_says_why(
    paper: CallPaper, open_page: Any
) -> None:
    lapse = {
        "lapse": 4,
        "cause": "nobody who answers is signed in at a station",
        "since_ms": paper.now - 900_000,
        "until_ms": paper.now - 600_000,
        "explained_by": "",
        "explained_ms": None,
        "note": "",
    }
    gone = {"nobody_since_ms": paper.now - 60_000, "cause": "Ruiz, T.: papers expired", "lapses": [lapse]}
    paper.more = {"attended": gone}
    page = opened(paper, open_page, "/telephone")
    alert = page.locator(".all-calls").get_by_role("alert")
    expect(alert).to_contain_text("Nobody is there to answer since")
    expect(alert).to_contain_text("Ruiz, T.: papers expired")
    lapses = page.locator(".lapses li")
    expect(lapses).to_contain_text("for 5 min")
    expect(lapses).to_contain_text("a supervisor says why")
    me = paper.desk.put["me"]
    paper.desk.say({"me": me | {"staff": me["staff"] | {"roles": ["supervisor"]}}})
    page.get_by_role("textbox", name="why nobody was there").fill("a fire drill")
    assert barriers(page) == []
    page.keyboard.press("Enter")
    until("it is on record", lambda: paper.asked("telephone.explain") or None)
    assert paper.asked("telephone.explain") == [{"lapse": 4, "note": "a fire drill"}]
