"""The watch at a station: marks, offers, hand-over, alarms that flash and sound, and the dead man."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser import duty
from tests.browser.paper_center import STREAM, PaperCenter
from tests.browser.paper_desk import PaperDesk
from tests.e2e.processes import until

from einthoven.base.ids import stream_name

pytestmark = pytest.mark.browser
STREAMS = [STREAM + place for place in range(9)]
SUPERVISOR = duty.me(staff=duty.ODE | {"roles": ["supervisor"], "practice": None})


@pytest.fixture
def desk() -> Iterator[PaperDesk]:
    paper = PaperCenter()
    for stream in STREAMS[2:]:
        paper.center.reader.layouts[stream] = paper.center.reader.layouts[STREAM]
    desk = PaperDesk(paper)
    paper.start()
    paper.admit(STREAMS[2:])
    paper.worn[:] = STREAMS
    yield desk
    paper.stop()


def now(desk: PaperDesk) -> float:
    """Center time, ms."""
    return desk.paper.center.clock.wall() / 1e6


def shift(desk: PaperDesk, open_page: Any, path: str = "/", **options: Any) -> Any:
    desk.say(duty.put_for(STREAMS, now(desk)))
    screen = open_page(desk.paper.url, path, **options)
    screen.page.locator(".watch-bar .watching", has_text="Ruiz").wait_for()
    return screen


def tile(screen: Any, place: int) -> Any:
    return screen.page.locator(f'.tile[data-id="{stream_name(STREAMS[place])}"]')


def act(desk: PaperDesk, name: str) -> Any:
    """The body of the one command of that name."""
    until(f"{name} is asked for", lambda: any(asked == name for asked, _ in desk.acts))
    bodies = [body for asked, body in desk.acts if asked == name]
    assert len(bodies) == 1
    return bodies[0]


# ---- who watches -------------------------------------------------------------------------------------------


def test_a_tile_says_whose_it_is_and_nobodys_never_looks_normal(desk: PaperDesk, open_page: Any) -> None:
    screen = shift(desk, open_page)
    expect(tile(screen, 0).locator(".watcher.mine")).to_be_visible()
    expect(tile(screen, duty.HIS).locator(".watcher.other")).to_contain_text("Sato, M.")
    expect(tile(screen, duty.OFFERED).locator(".watcher")).to_contain_text("offered to you")
    expect(tile(screen, duty.NOBODYS).locator(".watcher.nobody")).to_contain_text("nobody's for")
    expect(tile(screen, duty.NOBODYS)).to_have_class(re.compile("unwatched"))
    expect(tile(screen, duty.NOBODYS)).to_have_attribute("aria-label", re.compile("nobody's for"))


def test_the_bar_counts_mine_and_my_limit_and_tells_of_the_shift(desk: PaperDesk, open_page: Any) -> None:
    screen = shift(desk, open_page)
    bar = screen.page.locator(".watch-bar")
    expect(bar.locator(".held.many")).to_contain_text("33 of 40 many")
    # Rounded down: 99.9987 is not 99.999.
    expect(bar.locator(".continuity.broken")).to_contain_text("99.998 %")
    desk.say({"me": duty.me(watches={"held": 40, "limit": 40, "warn": 32})})
    expect(bar.locator(".held.full")).to_contain_text("40 of 40 full")


def test_an_offer_is_accepted_with_one_key(desk: PaperDesk, open_page: Any) -> None:
    screen = shift(desk, open_page)
    expect(screen.page.locator(".offers")).to_contain_text(
        f"accept Patient, {STREAMS[duty.OFFERED]} from Sato"
    )
    screen.page.keyboard.press("y")
    assert act(desk, "watch.accept") == {"watches": [duty.OFFER]}


def test_what_the_desk_refuses_is_told_in_its_words(desk: PaperDesk, open_page: Any) -> None:
    desk.refusal = {"error": "40 patients are held already", "reason": "limit"}
    screen = shift(desk, open_page)
    screen.outages = True
    screen.page.keyboard.press("y")
    expect(screen.page.locator(".watch-bar .said")).to_contain_text("40 patients are held already")
    screen.complaints[:] = [text for text in screen.complaints if "409" not in text]


def test_a_shift_is_handed_over_by_keyboard_beside_the_living_wall(desk: PaperDesk, open_page: Any) -> None:
    screen = shift(desk, open_page, size=(1280, 800))
    screen.page.keyboard.press("h")
    form = screen.page.locator(".hand-over")
    expect(form).to_be_visible()
    # To whom is never chosen for anybody.
    expect(form.locator(".send button")).to_be_disabled()
    form.get_by_role("button", name=re.compile("whole shift")).click()
    form.get_by_label("Sato, M.").check()
    free = [place for place in range(9) if place not in {duty.NOBODYS, duty.HIS, duty.OFFERED}]
    expect(form.locator(".send")).to_contain_text(f"offer {len(free)} patients to Sato, M.")
    screen.page.keyboard.press("Enter")
    assert act(desk, "watch.offer") == {"watches": "all", "to": 4}
    reports = len(desk.reports)
    until("the wall is proven beside it", lambda: len(desk.reports) > reports + 4)
    assert desk.reasons(STREAM, 2) == [None] * 2


def test_a_shift_is_handed_to_another_center_and_taken_back(desk: PaperDesk, open_page: Any) -> None:
    desk.put["peer:1"] = duty.center(1, "Denver", lent=1, watching=1)
    desk.put["peer:2"] = duty.center(2, "Oslo", alive=False, silent_since_ms=1.7e12)
    there = {"id": -1, "name": "Lee, Robin at Denver"}
    screen = shift(desk, open_page, size=(1280, 800))
    away = duty.watch(duty.HIS + 1, STREAMS[duty.HIS], now(desk), by=there, station=-1)
    desk.say({f"watch:{duty.HIS + 1}": away})
    screen.page.keyboard.press("h")
    form = screen.page.locator(".hand-over")
    expect(form).to_be_visible()
    expect(form.get_by_label("Oslo")).to_be_disabled()
    expect(form.locator("fieldset").last).to_contain_text("does not answer")
    form.get_by_role("button", name=re.compile("whole shift")).click()
    form.get_by_label("Denver").check()
    expect(form.locator(".send")).to_contain_text("to Denver")
    screen.page.keyboard.press("Enter")
    assert act(desk, "watch.offer") == {"watches": "all", "to": {"center": 1}}
    theirs = form.get_by_role("listitem").filter(has_text="Lee, Robin")
    theirs.get_by_role("button", name="take back").click()
    until("it is taken back", lambda: [name for name, _ in desk.acts].count("watch.offer") == 2)
    assert desk.acts[-1] == ("watch.offer", {"watches": [duty.HIS + 1], "to": 3})


def test_one_patient_is_handed_over_by_its_tile(desk: PaperDesk, open_page: Any) -> None:
    screen = shift(desk, open_page)
    tile(screen, 1).click()
    screen.page.keyboard.press("h")
    form = screen.page.locator(".hand-over")
    form.get_by_label("all", exact=False).last.check()
    form.locator(".send button").click()
    assert act(desk, "watch.offer") == {"watches": [2], "to": "all"}


def test_patients_of_mine_that_are_covered_are_told_of(desk: PaperDesk, open_page: Any) -> None:
    screen = shift(desk, open_page, size=(1280, 800))
    told = screen.page.locator(".unshown")
    until("all are in view", lambda: desk.reports and desk.reports[-1].sights and told.count() == 0)
    screen.page.keyboard.press("?")
    expect(told).to_contain_text("of mine not in view")
    box, sheet = told.bounding_box(), screen.page.locator(".sheet").bounding_box()
    assert box is not None
    assert sheet is not None
    assert box["y"] + box["height"] <= sheet["y"], "the sheet does not lie over the bar"
    screen.page.keyboard.press("Escape")
    expect(told).to_have_count(0)


# ---- alarms ------------------------------------------------------------------------------------------------


def flashes(screen: Any, selector: str, seconds: float) -> list[float]:
    """Times at which an edge changed what it shows, s."""
    told = screen.page.evaluate(
        """([selector, ms]) => new Promise(done => {
            const edge = document.querySelector(selector), began = performance.now(), seen = [];
            const look = () => {
                const t = performance.now() - began, colour = getComputedStyle(edge).backgroundColor;
                if (seen.length === 0 || seen[seen.length - 1][1] !== colour) seen.push([t / 1000, colour]);
                if (t < ms) requestAnimationFrame(look); else done(seen);
            };
            look();
        })""",
        [selector, seconds * 1000],
    )
    return [at for at, _ in told]


COLOUR = "edge => getComputedStyle(edge).backgroundColor"
RUN = """
([selector, name]) => {
    const edge = document.querySelector(selector);
    const one = document.getAnimations().find(each => each.animationName === name);
    const { duration, iterations } = one.effect.getComputedTiming(), { playState, playbackRate } = one;
    const shown = [];
    one.pause();
    for (let step = 0; step < 100; step++) {
        one.currentTime = duration * step / 100;
        shown.push(getComputedStyle(edge).backgroundColor);
    }
    one.play();
    const changes = shown.filter((colour, step) => colour !== shown.at(step - 1)).length;
    return { changes, seconds: duration / 1000 / playbackRate, playState, endless: iterations === Infinity };
}
"""
"""What an edge shows over one turn of its flashing, stepped through: no look comes too late."""


@pytest.mark.parametrize(
    ("place", "name", "least", "most"),
    [(duty.ALARMED, "lit-high", 1.4, 2.8), (duty.MEDIUM, "lit-medium", 0.4, 0.8)],
)
def test_an_edge_flashes_at_the_rate_of_its_priority(
    desk: PaperDesk, open_page: Any, place: int, name: str, least: float, most: float
) -> None:
    screen = shift(desk, open_page)
    edge = f'.tile[data-id="{stream_name(STREAMS[place])}"] .edge'
    expect(screen.page.locator(f"{edge}.flashing")).to_be_visible()
    turn = screen.page.evaluate(RUN, [edge, name])
    assert (turn["playState"], turn["endless"]) == ("running", True)
    # On and off by turns: two changes a period.
    assert turn["changes"] == 2
    assert least <= 1 / turn["seconds"] <= most


def test_an_edge_is_seen_to_flash(desk: PaperDesk, open_page: Any) -> None:
    screen = shift(desk, open_page)
    edge = f'.tile[data-id="{stream_name(STREAMS[duty.ALARMED])}"] .edge'
    expect(screen.page.locator(f"{edge}.high.flashing")).to_be_visible()
    seen = set()
    until("both colours", lambda: seen.add(screen.page.eval_on_selector(edge, COLOUR)) or len(seen) == 2)


def test_with_reduced_motion_it_stands_and_the_sign_and_words_say_it(desk: PaperDesk, open_page: Any) -> None:
    screen = shift(desk, open_page, reduced_motion="reduce")
    edge = f'.tile[data-id="{stream_name(STREAMS[duty.ALARMED])}"] .edge'
    expect(screen.page.locator(f"{edge}.high.flashing")).to_be_visible()
    assert len(flashes(screen, edge, 2)) == 1, "one colour, all the time"
    expect(tile(screen, duty.ALARMED).locator(".alarm .sign")).to_have_text("!!!")


def test_acknowledged_it_stands_still_and_is_silent_about_this_patient_alone(
    desk: PaperDesk, open_page: Any
) -> None:
    screen = shift(desk, open_page)
    screen.page.keyboard.press("a")
    assert act(desk, "alarm.acknowledge") == {"case": 12}
    done = duty.case(12, STREAMS[duty.ALARMED], now(desk))
    done["alarm"] |= {"state": "acknowledged", "acknowledged_by": "Ruiz, T."}
    desk.say({"case:12": done})
    expect(tile(screen, duty.ALARMED).locator(".edge.high:not(.flashing)")).to_be_visible()
    expect(tile(screen, duty.MEDIUM).locator(".edge.medium.flashing")).to_be_visible()


def pulses(heard: list[dict[str, Any]], loud: float = 0.03) -> list[tuple[float, float, list[float]]]:
    """(start, stop, peaks at its loudest) of each pulse heard, by the audio clock."""
    found: list[list[dict[str, Any]]] = []
    for before, after in pairwise(heard):
        if after["level"] > loud:
            if before["level"] <= loud or not found:
                found.append([])
            found[-1].append(after)
    whole = [one for one in found if one[-1]["at"] - one[0]["at"] > 0.05]
    return [
        (one[0]["at"], one[-1]["at"], max(one, key=lambda moment: moment["level"])["peaks"]) for one in whole
    ]


def heard_without_a_hole(screen: Any, ms: int) -> list[dict[str, Any]]:
    """What is heard in so many milliseconds; again where a busy machine looked away for too long."""
    for _ in range(5):
        heard: list[dict[str, Any]] = screen.page.evaluate("ms => window.einthoven.listen(ms)", ms)
        if max(after["at"] - before["at"] for before, after in pairwise(heard)) < 0.02:
            break
    return heard


def test_what_is_heard_is_the_burst_of_high_priority(desk: PaperDesk, open_page: Any) -> None:
    screen = shift(desk, open_page)
    screen.page.keyboard.press("Shift")
    expect(screen.page.locator(".sound", has_text="sound on")).to_be_visible()
    heard = pulses(heard_without_a_hole(screen, 22000))
    gaps = [after[0] - before[1] for before, after in pairwise(heard)]
    bursts = [place + 1 for place, gap in enumerate(gaps) if gap > 2.5]
    assert len(bursts) >= 2, "two whole silences are heard in 22 s"
    first, second = bursts[0], bursts[1]
    assert second - first == 10
    waits = gaps[first : second - 1]
    assert waits[4] > 0.35
    assert max(waits[:4]) == waits[2]
    for start, stop, peaks in heard[first:second]:
        assert 0.05 < stop - start < 0.25
        assert len([hz for hz in peaks if 300 <= hz <= 4000]) >= 3


def test_sound_is_paused_for_a_time_that_is_shown_and_sights_go_on(desk: PaperDesk, open_page: Any) -> None:
    screen = shift(desk, open_page)
    screen.page.keyboard.press("Shift")
    screen.page.keyboard.press("q")
    assert act(desk, "alarm.pause_audio") == {"seconds": 120}
    desk.say({"me": duty.me(audio={"paused_until_ms": now(desk) + 119_000})})
    expect(screen.page.locator(".sound.paused")).to_have_text(re.compile(r"audio paused\s+1:[0-5]\d"))
    assert pulses(screen.page.evaluate("() => window.einthoven.listen(3000)"))[1:] == []
    expect(tile(screen, duty.ALARMED).locator(".edge.flashing")).to_be_visible()
    screen.page.keyboard.press("q")
    until("the pause is ended", lambda: desk.acts[-1] == ("alarm.pause_audio", {"seconds": 0}))


def test_alarms_of_one_patient_are_paused_for_a_reason(desk: PaperDesk, open_page: Any) -> None:
    screen = shift(desk, open_page)
    tile(screen, duty.MEDIUM).click()
    screen.page.keyboard.press("z")
    screen.page.locator(".pause li", has_text="electrodes").get_by_role("button", name="2 min").click()
    stream = stream_name(STREAMS[duty.MEDIUM])
    assert act(desk, "alarm.pause") == {
        "stream": stream,
        "seconds": 120,
        "why": "electrodes are being changed",
    }
    paused = duty.patient(STREAMS[duty.MEDIUM], alarm_paused_until_ms=now(desk) + 120_000)
    desk.say({f"patient:{stream}": paused})
    expect(screen.page.locator(".alarm-paused")).to_contain_text(f"Patient, {STREAMS[duty.MEDIUM]}")
    expect(tile(screen, duty.MEDIUM).locator(".edge.medium:not(.flashing)")).to_be_visible()


HELD_BACK = """window.AudioContext = class extends AudioContext {
    constructor(...asked) { super(...asked); this.suspend(); }
}"""
"""Whether Chromium holds sound back depends on what it has played before: here it does, until asked."""


def test_a_station_that_cannot_be_heard_says_so_until_somebody_touches_it(
    desk: PaperDesk, open_page: Any
) -> None:
    screen = shift(desk, open_page, before=HELD_BACK)
    expect(screen.page.locator(".loud-banner", has_text="cannot be heard")).to_be_visible()
    screen.page.get_by_role("button", name="turn sound on").first.click()
    expect(screen.page.locator(".loud-banner")).to_have_count(0)


def test_without_the_center_the_station_alarms_by_itself(desk: PaperDesk, open_page: Any) -> None:
    screen = shift(desk, open_page)
    screen.page.keyboard.press("Shift")
    for number in (12, 13, 14):
        desk.say(drop=[f"case:{number}"])
    expect(screen.page.locator(".edge.flashing")).to_have_count(0)
    until("silence", lambda: pulses(screen.page.evaluate("() => window.einthoven.listen(1500)")) == [])
    desk.silent = True
    expect(screen.page.locator(".loud-banner.dead")).to_contain_text("No word from the center")
    # A whole burst of ten and what is left of another, wherever in it the listening begins.
    assert len(pulses(heard_without_a_hole(screen, 12_000))) >= 8
    expect(tile(screen, 0).locator(".watcher.unknown")).to_contain_text("watch not known")
    desk.silent = False
    expect(screen.page.locator(".loud-banner.dead")).to_have_count(0)


def test_a_fault_of_the_desk_and_decisions_not_on_record_are_told_over_everything(
    desk: PaperDesk, open_page: Any
) -> None:
    screen = shift(desk, open_page)
    banner = screen.page.locator(".loud-banner.trouble")
    expect(banner).to_have_count(0)
    center = duty.put_for(STREAMS, now(desk))["center"]
    desk.say({"center": center | {"unsaved_since_ms": now(desk) - 9000, "unsaved": 3}})
    expect(banner).to_contain_text("Decisions are not on record")
    expect(banner).to_contain_text("3 decisions wait")
    desk.say({"center": center | {"defect": {"what": "calls", "since_ms": now(desk)}}})
    expect(banner).to_contain_text("A fault in the center's desk (calls)")
    down = {"line": "sip", "since_ms": now(desk) - 9000, "why": "not registered: 403 Forbidden"}
    desk.say({"center": center | {"lines": [down]}})
    expect(banner).to_contain_text("Patients cannot telephone: line sip is down")
    expect(banner).to_contain_text("not registered: 403 Forbidden")
    desk.say({"center": center})
    expect(banner).to_have_count(0)


# ---- the supervisor ----------------------------------------------------------------------------------------


def test_patients_without_a_watch_are_loud_where_the_center_is_answered_for(
    desk: PaperDesk, open_page: Any
) -> None:
    screen = shift(desk, open_page)
    expect(screen.page.locator(".nobodys:not(.loud)")).to_be_visible()
    desk.say({"me": SUPERVISOR})
    expect(screen.page.locator(".nobodys.loud")).to_contain_text("unwatched")


def test_the_supervisor_sees_who_is_where_and_closes_an_incident(desk: PaperDesk, open_page: Any) -> None:
    desk.continuity = {
        "pct": 99.9987,
        "exceptions": [
            {
                "stream": stream_name(STREAM),
                "patient": f"Patient, {STREAM}",
                "start_ms": now(desk) - 600_000,
                "end_ms": now(desk) - 588_000,
                "cause": "page hidden",
                "closed_by": None,
            }
        ],
    }
    screen = shift(desk, open_page, "/supervisor")
    page = screen.page
    expect(page.get_by_role("row", name=re.compile("Sato, M.*11 of 40"))).to_be_visible()
    expect(page.locator(".part", has_text="Unwatched")).to_contain_text(f"Patient, {STREAMS[duty.NOBODYS]}")
    late = page.get_by_role("row", name=re.compile("verdict to call started.*7 85.7 %"))
    expect(late.locator(".late")).to_contain_text("2 min")
    left = page.locator(".time-left tr")
    expect(left.nth(0)).to_contain_text("case 14")
    expect(left.nth(0)).to_contain_text(re.compile(r"call started to reached.*over", re.DOTALL))
    expect(left.nth(1)).to_contain_text(re.compile(r"displayed to held.*left", re.DOTALL))
    page.get_by_role("button", name="last hour").click()
    expect(page.locator(".part", has_text="From criterion")).to_contain_text("No leg has ended in this time")
    expect(page.get_by_role("row", name=re.compile("12 s.*page hidden.*not closed"))).to_be_visible()
    page.get_by_role("button", name=re.compile("watch lost")).click()
    page.get_by_label("Note").fill("lid closed while cleaning")
    page.keyboard.press("Enter")
    assert act(desk, "incident.close") == {
        "incident": 5,
        "cause": "page hidden",
        "note": "lid closed while cleaning",
    }


# ---- the page goes -----------------------------------------------------------------------------------------


def test_a_page_that_is_left_says_so_as_it_goes(desk: PaperDesk, open_page: Any) -> None:
    screen = shift(desk, open_page)
    assert desk.left == 0
    screen.page.on("dialog", lambda dialog: dialog.accept())  # the browser's own question
    screen.page.goto("data:text/html,")
    until("the desk has heard that the page goes", lambda: desk.left == 1)


def test_a_name_that_was_put_right_is_marked_on_the_wall_beside_who_watches(
    desk: PaperDesk, open_page: Any
) -> None:
    screen = shift(desk, open_page)
    expect(tile(screen, 0).locator(".corrected")).to_have_count(0)
    corrected = {"at_ms": now(desk), "correction": 1, "since_ms": None}
    put = {f"patient:{stream_name(STREAMS[0])}": duty.patient(STREAMS[0], corrected=corrected)}
    desk.say(put)
    expect(tile(screen, 0).locator(".corrected")).to_have_text("name corrected")
    expect(tile(screen, 0).locator(".watcher.mine")).to_be_visible()
    expect(tile(screen, 0)).to_have_attribute("aria-label", re.compile("name corrected"))
