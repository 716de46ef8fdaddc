"""The whole telephone path on virtual time: enrolled without a transmitter, called, judged, reported."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.scenarios.telephone_center import ON_CALL, TECHNICIAN, TelephoneCenter

from einthoven.answering import call_deeds
from einthoven.answering.call import State
from einthoven.base.errors import RefusedError
from einthoven.base.instants import DAY, MILLISECOND, MINUTE
from einthoven.reports.life_states import Kind
from einthoven.sim.caller import Caller, Stage
from einthoven.sim.caller_script import CallerScript, Playback
from einthoven.sim.hearts.script import Rhythm

NUMBER = "+15555550171"
IN_VT = Rhythm(rate_bpm=76), Rhythm(at_s=10, kind="vt", rate_bpm=184), Rhythm(at_s=22, rate_bpm=88)
IN_VF = Rhythm(rate_bpm=76), Rhythm(at_s=8, kind="vf", rate_bpm=300)
WELL = (Rhythm(rate_bpm=72),)


def ringwell(**change: Any) -> CallerScript:
    told = {"id": "C-1", "patient": "Doe, Jane", "telephone": NUMBER, "heart": "", "seed": 3}
    strips = (Playback(after_s=8, seconds=30, calibration=change.pop("calibration", True)),)
    return CallerScript(**{"strips": strips, **told, **change})


@pytest.fixture
def center() -> TelephoneCenter:
    return TelephoneCenter()


def refused(reason: str) -> Any:
    return pytest.raises(RefusedError, check=lambda error: error.reason == reason)


def one_case_each(center: TelephoneCenter) -> dict[str, Any]:
    """Cases by their title."""
    return {one.title: one for one in center.books.triage.cases.cases.values()}


def all_judged(center: TelephoneCenter) -> bool:
    cases = center.books.triage.cases.cases.values()
    return bool(cases) and all(one.closing for one in cases)


def texts(told: dict[str, Any]) -> str:
    return " | ".join(line["text"] for line in told["conclusion"])


def section(told: dict[str, Any], name: str) -> dict[str, str]:
    (found,) = [one for one in told["sections"] if one["name"] == name]
    return {one["label"]: one["text"] for one in found["shown"]}


def strip_report(center: TelephoneCenter, kind: Kind = Kind.STRIP) -> int:
    (number,) = [one.number for one in center.books.reports.reports.values() if one.about.kind is kind]
    return number


def test_a_strip_from_the_ring_to_the_reports(center: TelephoneCenter) -> None:
    told = center.enrolled(numbers=[NUMBER])
    assert center.kept.stream(1).transmitter == "telephone/1"  # type: ignore[union-attr]
    caller = center.caller(ringwell(), *IN_VT)

    caller.dial()
    center.run(0.2)
    assert center.entity(1)["alarm"]["priority"] == "medium"
    assert [(one["patient"], one["how"]) for one in center.entity(1)["guesses"]] == [("Doe, Jane", "number")]
    rang = center.call(1).rang_at
    waited = center.until(lambda: center.call(1).escalated == 1, 30)
    assert 19 <= waited <= 21
    (notice,) = center.books.notices.notices.values()
    assert (notice.what, notice.to) == ("telephone", ON_CALL)
    center.run(5)
    assert (caller.stage, center.call(1).state) == (Stage.RINGING, State.RINGING)

    center.does("telephone.take", call=1)
    assert caller.has_answer
    assert center.entity(1)["alarm"] is None
    center.until(lambda: center.call(1).strips != (), 40)
    first = center.calls.strip(1, 1, 0)["total"]
    center.run(3)
    assert center.calls.strip(1, 1, 0)["total"] - first > 500, "it grows as it comes"
    center.does("telephone.tie", call=1, stream="s000001")
    assert center.call(1).tied == "number"
    felt = rang - rang % MILLISECOND
    asked = {"symptom": "racing", "severity": 3, "symptom_ms": felt // MILLISECOND, "memory": "post-symptom"}
    center.does("telephone.ask", call=1, **asked, medication="metoprolol 50 mg", text="It raced.")

    center.until(lambda: center.call(1).strips != () and center.call(1).strips[0].placed, 60)
    (strip,) = center.call(1).strips
    assert (strip.stream, strip.found[0]["tier"]) == (1, "emergent")
    stored = center.core.store.reader.stored(1)
    assert [tuple(one) for one in stored] == [(strip.start, strip.stop)]
    center.until(lambda: caller.stage is Stage.OVER, 30)
    with refused("unjudged"):
        center.does("telephone.close", call=1, outcome="strip taken")
    center.until(lambda: all_judged(center), 900)
    center.does("telephone.close", call=1, outcome="strip taken", note="Dr. Weber was told.")
    assert_told(center)
    assert_reported(center)
    assert_trail(center)
    assert told["code"] not in str(center.books.notices.notices)


def assert_told(center: TelephoneCenter) -> None:
    """Cases by the center's criteria, judged by a person, told to the physician of the order."""
    cases = one_case_each(center)
    assert cases.keys() == {"Nonsustained VT", "Racing"}
    worst = cases["Nonsustained VT"]
    assert {met.criterion for fact in worst.findings for met in fact.met} >= {"vt.emergent.beats"}
    assert (str(worst.tier), worst.given.by) == ("emergent", TECHNICIAN)
    assert cases["Racing"].findings[-1].symptom.symptom == "racing"
    told = center.books.notify.calls.notifications[worst.notification]
    (call,) = [center.books.notify.calls.calls[number] for number in told.calls]
    assert (call.person, str(call.outcome)) == ("Dr. Weber", "reached")
    assert call.callee.number == "+1 555 555 0102"
    whats = [one.what for one in center.books.notices.notices.values()]
    assert whats[0] == "telephone"
    assert {"opened", "reached"} <= set(whats)


def assert_reported(center: TelephoneCenter) -> None:
    """A report of the strip at once and of the period at its end, technical only."""
    center.run(61)
    assert center.work().count("strip s000001 1.1") == 1
    report = center.report(strip_report(center))
    assert "29.9" in texts(report) or "30" in texts(report)
    assert "recorded after the symptom (post-symptom)" in texts(report)
    assert "not real-time telemetry" in texts(report)
    told = section(report, "told")
    assert (told["Symptom"], told["Medication"]) == ("racing, severe", "metoprolol 50 mg")
    assert section(report, "call")["Known"] == "by the number that called"
    assert section(report, "tracing")["Size"] == "by the calibration pulses that came with it"
    assert any(note.startswith("Technical report") for note in report["notes"])
    assert not re.search("tachycardia|VT|fibrillation|sinus", str(report), re.IGNORECASE), "it interprets"
    beats = int(section(report, "tracing")["Beats counted"])
    rows = center.core.ward.rows(1, 0, 10**7)
    assert beats > 40
    assert len(rows) >= beats
    values = [one for row in report["strips"] for one in row["traces"][0]["values"]]
    (strip,) = center.call(1).strips
    lies = center.core.store.reader.read(1, strip.start, strip.stop).samples[:, 0].tolist()
    assert values == lies
    number = strip_report(center)
    center.does("report.release", report=number)
    assert center.work() == ["strip s000001 1.1"]
    assert len(center.books.reports.report(number).pdfs) == 1

    center.later(15 * DAY)
    center.minute()
    center.core.intake.period_ended(center.kept.stream(1))  # type: ignore[arg-type]
    center.later(2 * MINUTE)
    assert center.work() == ["period s000001"]
    period = center.report(strip_report(center, Kind.PERIOD))
    shown = {one["label"]: one["text"] for one in period["headline"]}
    assert (shown["Calls"], shown["Missed"], shown["Strips"]) == ("1", "0", "1")
    assert shown["Taken within 20 s"] == "0.0"
    assert "not real-time telemetry" in str(period)
    assert "post-symptom" in str(period)


def assert_trail(center: TelephoneCenter) -> None:
    """Who did what to the call, in the audit, by name, in order."""
    person = f"staff {TECHNICIAN}"
    assert center.trail("telephone 1") == [
        ("center", "telephone.rang"),
        ("center", "telephone.escalated"),
        (person, "telephone.taken"),
        ("center", "telephone.opened"),
        (person, "telephone.tied"),
        (person, "telephone.asked"),
        ("center", "telephone.strip"),
        ("center", "telephone.placed"),
        ("center", "telephone.hung"),
        (person, "telephone.closed"),
    ]


def patient_calls(center: TelephoneCenter, caller: Caller) -> None:
    """A call is taken, tied, its strip comes whole, the patient hangs up."""
    caller.dial()
    center.run(2)
    center.does("telephone.take", call=1)
    center.does("telephone.tie", call=1, stream="s000001")
    center.does("telephone.ask", call=1, symptom="dizzy", memory="post-symptom")
    center.until(lambda: caller.stage is Stage.OVER, 90)
    center.until(lambda: center.call(1).strips[0].closed_at is not None, 10)


@pytest.mark.parametrize("calibration", [True, False])
def test_a_stranger_in_danger_sounds_loud_before_anybody_knows_who_it_is(
    center: TelephoneCenter, calibration: bool
) -> None:
    center.enrolled(numbers=[NUMBER])
    slow = call_deeds.set_limits(center.books.calls, {"answer": 120}, "only what a strip shows is to matter")
    center.room.desk.commit(slow, "center", center.clock.wall())
    script = ringwell(telephone="", calibration=calibration)
    caller = center.caller(script, *IN_VF, line="media")
    caller.dial()
    center.until(lambda: center.call(1).strips != (), 40)
    assert center.call(1).state is State.WAITING
    assert center.entity(1)["alarm"]["priority"] == "medium"
    center.until(lambda: center.call(1).strips[0].closed_at is not None, 60)
    call, told = center.call(1), center.entity(1)
    assert (call.escalated, call.stream, told["guesses"]) == (0, None, [])
    assert told["alarm"]["priority"] == "high"
    found = told["strips"][0]["found"][0]
    assert found["tier"] == "emergent"
    assert found["words"].endswith("assumed)") is not calibration
    assert center.books.triage.cases.cases == {}, "it is nobody's ECG yet"

    center.does("telephone.take", call=1)
    if caller.stage is not Stage.OVER:
        center.does("telephone.hang", call=1)
    for outcome in ("strip taken", "no strip", "wrong number"):
        with refused("not_tied"):
            center.does("telephone.close", call=1, outcome=outcome, note="they said nothing")
    center.does("telephone.tie", call=1, stream="s000001")
    assert center.call(1).tied == "asked"
    if not calibration:
        with refused("not_placed"):
            center.does("telephone.close", call=1, outcome="strip taken")
        center.does("telephone.played", call=1, profile="simulated", why="she read it from its back")
    center.until(lambda: center.call(1).strips[0].placed, 30)
    center.run(3)
    assert [str(one.tier) for one in center.books.triage.cases.cases.values() if one.title != "Symptom"]
    assert min(one.tier.rank for one in center.books.triage.cases.cases.values()) == 0
    with refused("unjudged"):
        center.does("telephone.close", call=1, outcome="strip taken")


def test_a_stranger_s_strip_is_let_go_by_a_decision_alone(center: TelephoneCenter) -> None:
    caller = center.caller(ringwell(telephone=""), *IN_VF, line="media")
    caller.dial()
    center.run(2)
    center.does("telephone.take", call=1)
    center.until(lambda: caller.stage is Stage.OVER, 90)
    center.run(2)
    with refused("not_tied"):
        center.does("telephone.close", call=1, outcome="no strip", note="a simulator of a school")
    center.does("telephone.strike", call=1, strip=1, why="a simulator of a school, as they said")
    center.does("telephone.close", call=1, outcome="test call", note="a simulator of a school")
    assert ("staff 3", "telephone.struck") in center.trail("telephone 1")


@pytest.mark.parametrize("how", ["said", "on record", "said before a restart"])
def test_a_strip_of_unknown_size_is_placed_once_its_recorder_is_known(
    center: TelephoneCenter, how: str
) -> None:
    center.enrolled(numbers=[NUMBER], profile="")
    patient_calls(center, center.caller(ringwell(calibration=False), *WELL))
    center.run(5)
    (strip,) = center.call(1).strips
    assert (strip.placed, strip.unfit) == (False, "its size in millivolts is not known")
    assert [one.title for one in center.books.triage.cases.cases.values()] == ["Dizzy"], "it waits for nobody"
    with pytest.raises(
        RefusedError, match="its size in millivolts is not known: say which recorder played it"
    ):
        center.does("telephone.close", call=1, outcome="strip taken")
    if how == "on record":
        center.act("period.telephone", stream="s000001", profile="tone-1900")
    else:
        center.does("telephone.played", call=1, profile="tone-1900", why="its name is on the back")
    if how == "said before a restart":
        center.disk.crash()
        center.kill()
        center.minute()
        center.seat(TECHNICIAN)
        center.run(2)
        center.does("telephone.take", call=1)
    center.until(lambda: center.call(1).strips[0].placed, 30)
    center.run(2)
    with refused("unjudged"):
        center.does("telephone.close", call=1, outcome="strip taken")
    center.until(lambda: all_judged(center) and center.entity(1)["strips"][0]["cases"] != [], 900)
    center.does("telephone.close", call=1, outcome="strip taken")
    center.run(61)
    assert "strip s000001 1.1" in center.work()
    report = center.report(strip_report(center))
    said = "Size not measured, but said by whoever took the call: its name is on the back."
    assert (said in texts(report)) is (how != "on record")
    assert len(report["strips"]) > 3
    assert abs(int(section(report, "tracing")["Mean rate"]) - 72) <= 3
    (strip,) = center.call(1).strips
    assert strip.start in [one.sample for one in center.kept.events(1, ("mark",))]
