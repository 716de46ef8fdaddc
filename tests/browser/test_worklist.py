"""The worklist over a paper desk: from the alarm to the verdict without a mouse, calls, emergencies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser import duty
from tests.browser.paper_center import RATE, STREAM, PaperCenter
from tests.browser.paper_desk import PaperDesk
from tests.e2e.processes import until

from einthoven.base.ids import stream_name
from einthoven.testing.web import FakeFinding

pytestmark = pytest.mark.browser
ID = stream_name(STREAM)
ONSET = 20 * RATE
VT = FakeFinding(start=ONSET, end=ONSET + 12 * RATE, strip=(ONSET - 750, ONSET + 2500), state="closed")
MET = {
    "criterion": "vt.sustained",
    "tier": "emergent",
    "value": 182,
    "limit": 100,
    "unit": "/min",
    "words": "Ventricular tachycardia, rate",
}
FINDING = {
    "key": "1",
    "kind": VT.kind,
    "title": VT.words,
    "start": VT.start,
    "stop": VT.end,
    "state": "closed",
}
LEE, KIM = {"name": "Lee, A.", "role": "cardiologist on call"}, {"id": 4, "name": "Kim, J."}
PATIENT = {
    "address": "12 Elm Street\nSpringfield, MA 01101",
    "place": "at home, second floor",
    "local_number": "+1 413 555 0911",
    "contacts": [{"name": "Doe, John", "role": "husband", "number": "+1 413 555 0107"}],
    "physician": LEE | {"practice": "Elm Cardiology", "number": "+1 413 555 0199"},
    "tell": ["Sit or lie down. Unlock the door.", "Stay on the line."],
}
RUNGS = [
    LEE
    | {"contact": "lee", "number": "+1 413 555 0199", "due_ms": 0, "why": "first of the practice's ladder"},
    {"contact": "desk", "name": "Elm Cardiology", "role": "answering service", "number": "+1 413 555 0100"}
    | {"due_ms": 4e12, "why": "where nobody of the practice answers"},
]
STEPS = [
    {"id": "call-patient", "title": "Call the patient", "detail": "Awake? Alone? Door open?"},
    {"id": "call-local", "title": "Call the local number", "detail": "Address first, then what was seen."},
]


@pytest.fixture
def desk() -> Iterator[PaperDesk]:
    paper = PaperCenter()
    desk = PaperDesk(paper)
    desk.answers[f"patient/{ID}"] = desk.answers[f"emergency/{ID}"] = PATIENT
    paper.start()
    paper.say(VT)
    yield desk
    paper.stop()


def now(desk: PaperDesk) -> float:
    """Center time, ms."""
    return desk.paper.center.clock.wall() / 1e6


def a_case(desk: PaperDesk, number: int = 12, **change: Any) -> dict[str, Any]:
    return duty.case(number, STREAM, now(desk), **({"findings": [FINDING], "met": [MET]} | change))


def held(desk: PaperDesk, number: int = 12, who: dict[str, Any] = duty.RUIZ, **change: Any) -> dict[str, Any]:
    return a_case(desk, number, state="held", held_by=who, held_ms=now(desk) - 5000, **change)


def opened(desk: PaperDesk, open_page: Any, *cases: dict[str, Any], **options: Any) -> Any:
    put = {"me": duty.me(), f"patient:{ID}": duty.patient(STREAM)}
    for one in cases:
        desk.answers[f"case/{one['id']}"] = {"similar": [], "verdicts": [], "reasons": []}
    desk.say(put | {f"case:{one['id']}": one for one in cases})
    screen = open_page(desk.paper.url, "/worklist", **options)
    screen.page.locator(".centre").wait_for()
    return screen


def body_of(desk: PaperDesk, name: str) -> Any:
    """The body of the last command of that name."""
    until(f"{name} is asked for", lambda: any(asked == name for asked, _ in desk.acts))
    return [body for asked, body in desk.acts if asked == name][-1]


def settles(desk: PaperDesk) -> None:
    """Acts change the case as a real desk's do."""

    def done(act: str, body: Any) -> None:
        if act not in {"case.take", "case.verdict", "case.release", "case.undo"}:
            return
        key = f"case:{body['case']}"
        one = desk.put[key]
        mine = {"state": "held", "held_by": duty.RUIZ, "held_ms": now(desk), "verdict": None}
        given = {
            "verdict": body.get("verdict"),
            "by": "Ruiz, T.",
            "at_ms": now(desk),
            "note": body.get("note", ""),
        }
        change = {
            "case.take": mine,
            "case.undo": mine,
            "case.release": {"state": "open", "held_by": None, "held_ms": None},
            "case.verdict": {"state": "decided", "verdict": given},
        }[act]
        desk.tell({key: one | change})

    desk.done = done


def told(desk: PaperDesk, *calls: dict[str, Any]) -> dict[str, Any]:
    """A notification of case 12 that somebody must be told of."""
    whole = {
        "id": 5,
        "case": 12,
        "stream": ID,
        "patient": "Patient, 17",
        "tier": "emergent",
        "state": "calling",
    }
    times = {"opened_ms": now(desk), "due_ms": now(desk) + 600_000}
    return {"notification:5": whole | times | {"next": RUNGS, "calls": list(calls)}}


def a_call(desk: PaperDesk) -> dict[str, Any]:
    call = {"id": 8, "contact": "lee", "name": "Lee, A.", "number": "+1 413 555 0199", "by": "Ruiz, T."}
    times = {"started_ms": now(desk) - 3000, "ended_ms": None, "outcome": None}
    return call | times | {"person": "", "person_role": "", "readback": False, "said": "", "action": ""}


def test_from_the_alarm_to_the_verdict_by_keys_alone(desk: PaperDesk, open_page: Any) -> None:
    settles(desk)
    screen = opened(desk, open_page, a_case(desk), a_case(desk, 13, tier="urgent", priority="medium"))
    page = screen.page
    expect(page.locator(".met")).to_contain_text("Ventricular tachycardia, rate")
    page.keyboard.press("Enter")
    expect(page.locator(".holder")).to_contain_text("You have it")
    page.keyboard.press("S")
    page.keyboard.press("2")
    asked = body_of(desk, "case.verdict")
    assert (asked["case"], asked["verdict"], asked["note"], asked["relabels"]) == (12, "artefact", "", [])
    [(start, stop)] = asked["strips"]
    assert start <= ONSET < stop
    expect(page.locator(".undo")).to_contain_text("Artefact: Patient, 17")
    page.keyboard.press("u")
    assert body_of(desk, "case.undo") == {"case": 12}


def test_the_most_urgent_is_first_and_its_onset_on_the_paper(desk: PaperDesk, open_page: Any) -> None:
    cases = [
        a_case(desk, 21, tier="daily", priority="low"),
        a_case(desk, 22, tier="urgent", priority="medium", opened_ms=now(desk) - 90_000),
        a_case(desk, 23, tier="urgent", priority="medium", escalated=True),
        a_case(desk, 24),
    ]
    screen = opened(desk, open_page, *cases)

    def sharp() -> dict[str, Any] | None:
        shown: dict[str, Any] = screen.debug()["page"]
        return shown if shown["strip"]["sharp"] else None

    shown = until("the strip is sharp", sharp)
    assert shown["listed"] == [24, 23, 22, 21]
    strip = shown["strip"]
    assert strip["start"] < ONSET < strip["start"] + strip["width"] * strip["samples_per_px"]
    screen.page.keyboard.press("j")
    screen.page.keyboard.press("ArrowDown")
    until("the third", lambda: screen.debug()["page"]["selected"] == 22)


def test_a_case_of_somebody_else_is_read_not_judged(desk: PaperDesk, open_page: Any) -> None:
    screen = opened(desk, open_page, held(desk, who=KIM))
    expect(screen.page.locator(".holder")).to_contain_text("Kim, J. has it since")
    screen.page.keyboard.press("Enter")
    screen.page.keyboard.press("1")
    expect(screen.page.locator(".side .verdict .problem")).to_contain_text("Kim, J. has it")
    assert desk.acts == []


def test_a_refusal_stands_where_it_was_asked(desk: PaperDesk, open_page: Any) -> None:
    screen = opened(desk, open_page, a_case(desk))
    screen.outages = True
    desk.refusal = {"error": "40 of 40 are yours already", "reason": "full"}
    screen.page.keyboard.press("Enter")
    expect(screen.page.locator(".held .problem")).to_have_text("40 of 40 are yours already")


def test_beats_are_relabelled_by_letters(desk: PaperDesk, open_page: Any) -> None:
    screen = opened(desk, open_page, held(desk))
    page = screen.page
    strip = lambda: screen.debug()["page"]["strip"]  # noqa: E731
    until("the strip is sharp", lambda: strip()["sharp"])
    page.keyboard.press("4")
    expect(page.locator(".side .verdict .problem")).to_contain_text("No beat is relabelled")
    page.keyboard.press("R")
    chosen = until("a beat is chosen", lambda: strip()["chosen"])
    page.keyboard.press("v")
    until("the next beat is chosen", lambda: strip()["chosen"] > chosen)
    page.keyboard.press("4")
    asked = body_of(desk, "case.verdict")
    assert (asked["verdict"], asked["relabels"]) == ("relabel", [[chosen, "V"]])


def test_nothing_of_a_call_is_preselected_and_reached_needs_a_name(desk: PaperDesk, open_page: Any) -> None:
    decided = {"verdict": "true", "by": "Ruiz, T.", "at_ms": now(desk), "note": ""}
    screen = opened(desk, open_page, a_case(desk, state="notifying", verdict=decided, notification=5))
    page = screen.page
    desk.say(told(desk))
    page.keyboard.press("c")
    expect(page.locator(".call-panel a.number").first).to_have_attribute("href", "tel:+14135550199")
    page.keyboard.press("Enter")
    assert body_of(desk, "call.start") == {"notification": 5, "contact": "lee"}
    desk.say(told(desk, a_call(desk)))
    expect(page.locator(".under-way .running")).to_contain_text("0:0")
    assert page.locator(".call-panel input:checked").count() == 0
    page.keyboard.press("Enter")
    expect(page.locator(".outcomes .fault")).to_have_text("Say how the call ended.")
    page.keyboard.press("1")
    expect(page.locator("#call-person")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".who-spoke .fault")).to_have_count(3)
    assert not any(act == "call.end" for act, _ in desk.acts)
    page.locator("#call-person").fill("Lee, A.")
    page.locator("#call-role").fill("cardiologist")
    page.locator("#call-readback").check()
    page.get_by_role("button", name="no action necessary").click()
    page.get_by_role("button", name="End the call").click()
    asked = body_of(desk, "call.end")
    assert asked == {
        "call": 8,
        "outcome": "reached",
        "person": "Lee, A.",
        "person_role": "cardiologist",
        "readback": True,
        "said": "",
        "action": "No action necessary",
    }
    ended = a_call(desk) | {"ended_ms": now(desk), "outcome": "reached", "action": "No action necessary"}
    reached = told(desk, ended)["notification:5"] | {"state": "reached", "next": []}
    desk.say({"notification:5": reached})
    expect(page.locator(".under-way .given")).to_contain_text("Reached.")
    # What was written in the call is not written twice.
    expect(page.locator("#call-action")).to_have_value("No action necessary")
    page.locator("#call-action").fill("No action necessary; calls tomorrow")
    page.get_by_role("button", name="Close with this").click()
    asked = body_of(desk, "notification.close")
    assert asked == {"notification": 5, "action": "No action necessary; calls tomorrow"}


def test_a_call_that_ends_in_mid_sentence_takes_no_word_with_it(desk: PaperDesk, open_page: Any) -> None:
    decided = {"verdict": "true", "by": "Ruiz, T.", "at_ms": now(desk), "note": ""}
    screen = opened(desk, open_page, a_case(desk, state="notifying", verdict=decided, notification=5))
    page = screen.page
    desk.say(told(desk, a_call(desk)))
    page.keyboard.press("c")
    expect(page.locator(".under-way .running")).to_contain_text("0:0")
    page.keyboard.press("1")
    page.get_by_role("button", name="no action necessary").click()
    page.locator("#call-action").press("End")
    page.keyboard.type("; calls to")
    ended = a_call(desk) | {"ended_ms": now(desk), "outcome": "reached", "action": "No action necessary"}
    desk.say({"notification:5": told(desk, ended)["notification:5"] | {"state": "reached", "next": []}})
    expect(page.locator(".under-way .given")).to_contain_text("Reached.")
    expect(page.locator("#call-action")).to_be_focused()
    page.keyboard.type("morrow")
    expect(page.locator("#call-action")).to_have_value("No action necessary; calls tomorrow")
    page.keyboard.press("Enter")
    assert body_of(desk, "notification.close")["action"] == "No action necessary; calls tomorrow"


def test_what_is_written_of_a_call_stays_while_another_case_is_looked_at(
    desk: PaperDesk, open_page: Any
) -> None:
    decided = {"verdict": "true", "by": "Ruiz, T.", "at_ms": now(desk), "note": ""}
    screen = opened(desk, open_page, a_case(desk, state="notifying", verdict=decided, notification=5))
    page = screen.page
    other = a_case(desk, 13, state="notifying", verdict=decided, notification=6)
    desk.answers["case/13"] = desk.answers["case/12"]
    of_other = told(desk, a_call(desk) | {"id": 9})["notification:5"] | {"id": 6, "case": 13}
    desk.say(told(desk, a_call(desk)) | {"case:13": other, "notification:6": of_other})
    page.keyboard.press("c")
    page.locator("#call-said").fill("He sits down")
    for case, said in ((13, ""), (12, "He sits down")):
        page.locator(f'.case[data-id="{case}"]').click()
        page.keyboard.press("c")
        expect(page.locator("#call-said")).to_have_value(said)


def test_a_judged_case_says_when_it_closes_and_x_closes_it_now(desk: PaperDesk, open_page: Any) -> None:
    given = {"verdict": "artefact", "by": "Ruiz, T.", "at_ms": now(desk), "note": ""}
    judged = held(desk) | {"state": "decided", "verdict": given}
    judged["alarm"] = judged["alarm"] | {"state": "acknowledged"}
    screen = opened(desk, open_page, judged | {"closes_ms": now(desk) + 600_000})
    page = screen.page
    page.get_by_role("button", name="Mine").click()
    page.locator('.case[data-id="12"]').click()
    expect(page.locator(".closing")).to_contain_text("Closes by itself in")
    page.keyboard.press("x")
    assert body_of(desk, "case.close") == {"case": 12}
    desk.say({"case:12": judged | {"state": "notifying", "notification": 5, "closes_ms": None}} | told(desk))
    expect(page.locator(".closing")).to_have_text("Open until the physician is reached.")
    desk.say(drop=["case:12"])
    expect(page.locator(".closing")).to_have_count(0)


def test_a_case_without_a_verdict_is_not_closed(desk: PaperDesk, open_page: Any) -> None:
    screen = opened(desk, open_page, held(desk))
    screen.page.keyboard.press("x")
    expect(screen.page.locator(".side .verdict .problem")).to_have_text("It closes after its verdict.")
    assert desk.acts == []


def test_a_judged_case_that_its_holder_left_is_taken_by_another(desk: PaperDesk, open_page: Any) -> None:
    given = {"verdict": "true", "by": "Kim, J.", "at_ms": now(desk), "note": ""}
    screen = opened(desk, open_page, a_case(desk, state="notifying", verdict=given, notification=5))
    expect(screen.page.locator(".holder")).to_contain_text("Nobody has it")
    screen.page.keyboard.press("Enter")
    assert body_of(desk, "case.take") == {"case": 12}


def test_a_second_reading_is_given_without_the_first_in_sight(desk: PaperDesk, open_page: Any) -> None:
    given = {"verdict": "true", "by": "Kim, J.", "at_ms": now(desk), "note": "as I said"}
    closed = {"state": "closed", "verdict": given, "overread": "due", "first_reader": KIM}
    screen = opened(
        desk,
        open_page,
        a_case(desk, 13),
        a_case(desk, **closed, overread_due_ms=now(desk) + 600_000),
        size=(1280, 800),
    )
    page = screen.page
    again = page.get_by_role("button", name="to be read again")
    expect(again).to_have_count(0)
    mine = duty.me()
    desk.say({"me": mine | {"permissions": [*mine["permissions"], "case.overread"]}})
    expect(again).to_contain_text("Re-read 1")
    rows = page.locator(".filters").evaluate(
        """one => [...one.querySelectorAll('button')].map(b => [
             b.offsetTop, b.offsetHeight,
             b.getBoundingClientRect().right <= one.getBoundingClientRect().right])"""
    )
    assert len(rows) == 4
    assert rows == [[*rows[0][:2], True]] * 4, "all in one line, none of two, none beyond the column"
    again.click()
    verdict = page.get_by_role("region", name="second reading")
    expect(verdict).to_contain_text("First read by Kim, J., due in")
    expect(page.locator(".worklist")).not_to_contain_text("as I said")
    page.keyboard.press("2")
    assert body_of(desk, "case.overread") == {"case": 12, "verdict": "artefact", "note": ""}
    desk.say(drop=["case:12"])
    expect(page.locator(".cases")).to_contain_text("Nothing is to be read a second time")


def test_an_emergency_begins_with_a_second_key_only(desk: PaperDesk, open_page: Any) -> None:
    screen = opened(desk, open_page, held(desk))
    page = screen.page
    page.keyboard.press("e")
    expect(page.locator(".emergency-panel .address")).to_contain_text("12 Elm Street")
    page.keyboard.press("e")
    assert desk.acts == []
    page.keyboard.press("Enter")
    assert body_of(desk, "emergency.begin") == {"stream": ID}
    blank = {"done_ms": None, "by": "", "note": ""}
    emergency = {"id": 3, "stream": ID, "patient": "Patient, 17", "opened_ms": now(desk), "by": "Ruiz, T."}
    where = {key: PATIENT[key] for key in ("address", "place", "local_number", "contacts")}
    desk.say({"emergency:3": emergency | where | {"steps": [step | blank for step in STEPS]}})
    expect(page.locator(".steps .current")).to_contain_text("Call the patient")
    page.keyboard.press("1")
    assert body_of(desk, "emergency.step") == {"emergency": 3, "step": "call-patient", "note": ""}
    page.get_by_role("button", name="Close the emergency").click()
    expect(page.locator(".emergency-panel .problem")).to_contain_text("How did it end?")


def test_a_silent_desk_is_told_of(desk: PaperDesk, open_page: Any) -> None:
    screen = opened(desk, open_page, a_case(desk))
    desk.silent = True
    expect(screen.page.locator(".banner")).to_contain_text("No word from the desk")
    expect(screen.page.locator(".worklist")).to_have_class("worklist cut-off")


def test_no_case_is_said_in_words(desk: PaperDesk, open_page: Any) -> None:
    screen = opened(desk, open_page)
    expect(screen.page.locator(".centre")).to_contain_text("No case is open")
    expect(screen.page.locator(".centre")).to_contain_text("1 patient in service")


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800), (640, 400)])
def test_two_hundred_cases_fit_their_column(desk: PaperDesk, open_page: Any, size: tuple[int, int]) -> None:
    tiers = [("emergent", "high"), ("urgent", "medium"), ("daily", "low"), ("technical", "low")]
    cases = [a_case(desk, 100 + i, tier=tiers[i % 4][0], priority=tiers[i % 4][1]) for i in range(200)]
    screen = opened(desk, open_page, *cases, size=size)
    expect(screen.page.locator("button.case")).to_have_count(200)
    wide = screen.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
    screen.page.keyboard.press("ArrowUp")
    assert json.dumps(screen.debug()["page"]["selected"]) == "100"
