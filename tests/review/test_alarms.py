"""Alarms of cases: active, latched, acknowledged; sound paused at a station, alarms paused of a patient."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.review.ward import Ward, ended, found, withdrawn

from einthoven.base.errors import InputError, RefusedError
from einthoven.base.instants import MINUTE
from einthoven.review.alarms import (
    Shown,
    acknowledge,
    pause,
    pause_audio,
    resume,
    resume_audio,
    signals,
)
from einthoven.review.case import ALARM_TRANSITIONS, AlarmEvent, AlarmState
from einthoven.review.facts import FindingFact, FindingState, Priority, Tier

DESK, WALL = 1, 2
LEAD_OFF = found("x", kind="lead-off", tier=Tier.URGENT)

# From the standard's words: an alarm goes on until somebody acknowledges it, latched when its condition is
# over; what does not latch clears by itself; anything new makes it active again, from wherever.
SPECIFIED = {
    "active": {
        "again": "active",
        "missed": "active",
        "over": "latched",
        "passed": "cleared",
        "acknowledge": "acknowledged",
    },
    "latched": {"again": "active", "missed": "latched", "over": "latched", "acknowledge": "acknowledged"},
    "acknowledged": {"again": "active", "missed": "latched", "over": "acknowledged", "passed": "cleared"},
    "cleared": {"again": "active", "missed": "latched", "passed": "cleared"},
}


@pytest.mark.parametrize("event", list(AlarmEvent))
@pytest.mark.parametrize("state", list(AlarmState))
def test_every_transition(state: AlarmState, event: AlarmEvent):
    assert ALARM_TRANSITIONS.get((state, event)) == SPECIFIED[state].get(event)


def ward_with(*facts: FindingFact) -> Ward:
    ward = Ward()
    for fact in facts:
        ward.tell(fact)
    return ward


def shown(ward: Ward, station: int = DESK, **fields) -> list[Shown]:
    return list(signals(ward.book, station, ward.now, **fields).alarms)


def silent(ward: Ward, station: int = DESK) -> list[str]:
    return [alarm.why_silent for alarm in shown(ward, station)]


def state(ward: Ward, number: int = 1) -> str:
    return ward.case(number).alarm.state


class TestLatching:
    def test_a_short_run_goes_on_until_somebody_has_seen_it(self):
        ward = ward_with(found())
        assert state(ward) == "active"
        ward.tell(ended(found()))
        assert state(ward) == "latched"
        ward.later(300)
        assert (state(ward), signals(ward.book, DESK, ward.now).sounds) == ("latched", Priority.MEDIUM)
        ward.keep(acknowledge(ward.book, 1, 3, DESK))
        assert (state(ward), ward.case().alarm.by) == ("acknowledged", 3)
        assert signals(ward.book, DESK, ward.now).sounds is Priority.NONE

    def test_a_pause_that_is_over_when_it_is_told_is_latched_from_the_start(self):
        ward = ward_with(found(kind="pause", lasts_s=6, tier=Tier.EMERGENT))
        assert state(ward) == "latched"
        assert signals(ward.book, DESK, ward.now).sounds is Priority.HIGH

    def test_a_technical_alarm_ends_with_its_condition(self):
        ward = ward_with(LEAD_OFF)
        ward.tell(ended(LEAD_OFF, 400))
        assert (state(ward), shown(ward)) == ("cleared", [])

    def test_an_emergent_one_stays_lit_when_it_is_over_and_its_case_closed_itself(self):
        no_data = found("x", kind="no-data", tier=Tier.EMERGENT)
        ward = ward_with(no_data)
        assert ward.tell(ended(no_data, 700)) == ["case.finding", "case.closed"]
        assert [(alarm.state, alarm.flashing, alarm.sounding) for alarm in shown(ward)] == [
            ("latched", True, False)
        ]

    def test_while_one_finding_of_the_case_lasts_it_is_active(self):
        ward = ward_with(found("a"), found("b", start_s=3))
        ward.tell(ended(found("a")))
        assert state(ward) == "active"
        ward.tell(ended(found("b", start_s=3)))
        assert state(ward) == "latched"

    def test_an_interrupted_finding_is_latched(self):
        ward = ward_with(found())
        ward.tell(replace(found(), state=FindingState.INTERRUPTED))
        assert state(ward) == "latched"

    def test_what_was_withdrawn_unseen_is_shown_and_not_heard(self):
        ward = ward_with(found())
        ward.tell(withdrawn(found()))
        (alarm,) = shown(ward)
        assert (alarm.flashing, alarm.sounding, alarm.why_silent) == (True, False, "closed")
        ward.keep(acknowledge(ward.book, 1, 3, DESK))
        assert shown(ward) == []

    def test_one_of_low_priority_is_heard_once_and_stays_to_be_seen(self):
        ward = ward_with(found(tier=Tier.DAILY))
        assert signals(ward.book, DESK, ward.now).sounds is Priority.LOW
        ward.later(20)
        assert signals(ward.book, DESK, ward.now).sounds is Priority.NONE
        assert [(alarm.flashing, alarm.why_silent) for alarm in shown(ward)] == [(True, "told")]


class TestAcknowledge:
    def test_there_must_be_something(self):
        ward = ward_with(found())
        ward.keep(acknowledge(ward.book, 1, 3, DESK))
        with pytest.raises(RefusedError, match="case 1: its alarm is acknowledged"):
            acknowledge(ward.book, 1, 4, DESK)

    def test_a_further_run_after_the_last_was_over_sounds_again(self):
        ward = ward_with(found("a", lasts_s=5))
        ward.keep(acknowledge(ward.book, 1, 3, DESK))
        ward.tell(found("b", start_s=30))
        assert (state(ward), ward.case().alarm.by) == ("active", None)

    def test_more_of_what_lasts_does_not(self):
        ward = ward_with(found("a"))
        ward.keep(acknowledge(ward.book, 1, 3, DESK))
        ward.tell(found("b", start_s=30))
        assert state(ward) == "acknowledged"

    def test_something_graver_does(self):
        ward = ward_with(found("a"))
        ward.keep(acknowledge(ward.book, 1, 3, DESK))
        ward.tell(found("b", start_s=30, tier=Tier.EMERGENT))
        assert (state(ward), signals(ward.book, DESK, ward.now).sounds) == ("active", Priority.HIGH)

    def test_something_graver_that_is_over_is_latched(self):
        ward = ward_with(found("a", lasts_s=3))
        ward.keep(acknowledge(ward.book, 1, 3, DESK))
        ward.tell(found("b", "pause", start_s=30, lasts_s=7, tier=Tier.EMERGENT))
        ward.tell(found("c", start_s=30, lasts_s=7, tier=Tier.EMERGENT))
        assert (state(ward), state(ward, 2)) == ("latched", "latched")

    def test_in_a_technical_case_too_that_had_cleared(self):
        ward = ward_with(LEAD_OFF)
        ward.take()
        ward.tell(ended(LEAD_OFF, 400))
        assert state(ward) == "cleared"
        ward.tell(found("y", "no-data", Tier.EMERGENT, start_s=500, lasts_s=700))
        assert state(ward) == "latched"

    def test_what_came_back_does(self):
        ward = ward_with(found("a"), found("b", start_s=2))
        ward.tell(withdrawn(found("a")))
        ward.keep(acknowledge(ward.book, 1, 3, DESK))
        ward.tell(found("a"))
        assert state(ward) == "active"

    @pytest.mark.parametrize(("lasts", "to"), [(None, "active"), (5, "latched")])
    def test_nobody_comes_and_it_goes_on_again(self, lasts, to):
        ward = ward_with(found("a", lasts_s=lasts))
        ward.keep(acknowledge(ward.book, 1, 3, DESK))
        ward.keep(pause_audio(ward.book, DESK, 3, 60, ward.now))
        ward.later(599)
        assert state(ward) == "acknowledged"
        assert ward.later(1) == ["case.escalated"]
        assert (state(ward), ward.case().alarm.by) == (to, None)

    def test_what_somebody_acknowledged_and_the_analysis_took_back_waits_for_a_verdict(self):
        ward = ward_with(found("a"))
        ward.keep(acknowledge(ward.book, 1, 3, DESK))
        assert ward.tell(withdrawn(found("a"))) == ["case.finding"]
        assert ward.case().state == "open"

    def test_it_stays_shown_while_the_case_is_open(self):
        ward = ward_with(found("a"))
        ward.keep(acknowledge(ward.book, 1, 3, DESK))
        assert [(alarm.flashing, alarm.state) for alarm in shown(ward)] == [(False, "acknowledged")]

    def test_a_verdict_acknowledges_and_says_so(self):
        ward = ward_with(found("a"))
        ward.take()
        assert ward.judge() == ["case.verdict", "alarm.acknowledged"]
        assert ward.journal[-1].body["how"] == "verdict"

    def test_a_case_does_not_close_while_its_alarm_goes_on(self):
        ward = ward_with(found("a", lasts_s=3, tier=Tier.DAILY))
        ward.take()
        ward.judge()
        ward.tell(found("b", start_s=9, lasts_s=3))
        assert ward.case().state == "held", "graver: it is to be judged anew"
        ward.judge()
        ward.tell(found("c", start_s=20))
        with pytest.raises(RefusedError, match="its alarm goes on"):
            ward.close()


class TestAudioPause:
    def test_it_is_of_one_station_and_everything_is_seen(self):
        ward = ward_with(found())
        ward.keep(pause_audio(ward.book, DESK, 3, 60, ward.now))
        assert silent(ward, DESK) == ["audio_paused"]
        assert silent(ward, WALL) == [""]
        assert shown(ward)[0].flashing
        assert signals(ward.book, DESK, ward.now).audio_paused_until == ward.now + MINUTE

    def test_it_ends_by_itself_and_that_is_on_record(self):
        ward = ward_with(found())
        ward.keep(pause_audio(ward.book, DESK, 3, 60, ward.now))
        assert ward.later(59) == []
        assert ward.later(1) == ["alarm.audio_resumed"]
        assert (ward.journal[-1].body["cause"], silent(ward)) == ("over", [""])

    def test_even_before_the_center_wrote_that_down(self):
        ward = ward_with(found())
        ward.keep(pause_audio(ward.book, DESK, 3, 60, ward.now))
        ward.now += MINUTE
        assert silent(ward) == [""]

    @pytest.mark.parametrize("seconds", [0, -1, 121, float("nan"), float("inf")])
    def test_it_has_a_length(self, seconds):
        with pytest.raises(InputError, match=r"audio pause: .* want more than 0 and at most 120 s"):
            pause_audio(Ward().book, DESK, 3, seconds, 0)

    def test_an_alarm_that_presses_more_breaks_it(self):
        ward = ward_with(found())
        ward.keep(pause_audio(ward.book, DESK, 3, 60, ward.now))
        assert "alarm.audio_resumed" not in ward.tell(found(stream=2))
        assert ward.tell(found(stream=3, tier=Tier.EMERGENT))[-1] == "alarm.audio_resumed"
        assert ward.journal[-1].body == {"station": DESK, "by": None, "cause": "broken", "case": 3}
        assert signals(ward.book, DESK, ward.now).sounds is Priority.HIGH

    def test_a_case_that_is_raised_breaks_it_too(self):
        ward = ward_with(found())
        ward.keep(pause_audio(ward.book, DESK, 3, 60, ward.now))
        assert "alarm.audio_resumed" in ward.tell(replace(found(), tier=Tier.EMERGENT))

    def test_a_pause_in_silence_is_broken_by_any_alarm(self):
        ward = Ward()
        ward.keep(pause_audio(ward.book, DESK, 3, 60, ward.now))
        assert "alarm.audio_resumed" in ward.tell(found(tier=Tier.DAILY))

    def test_by_hand(self):
        ward = ward_with(found())
        assert resume_audio(ward.book, DESK, 3) == []
        ward.keep(pause_audio(ward.book, DESK, 3, 60, ward.now))
        ward.keep(resume_audio(ward.book, DESK, 3))
        assert silent(ward) == [""]


class TestAlarmPause:
    def test_it_is_of_one_patient_at_every_station(self):
        ward = ward_with(found(), found(stream=2))
        ward.keep(pause(ward.book, 1, 3, 60, "electrodes are changed", ward.now))
        assert silent(ward, DESK) == silent(ward, WALL) == ["alarm_paused", ""]
        assert signals(ward.book, DESK, ward.now).paused == ((1, ward.now + MINUTE),)
        assert [alarm.flashing for alarm in shown(ward)] == [False, True]

    def test_cases_are_made_all_the_same(self):
        ward = Ward()
        ward.keep(pause(ward.book, 1, 3, 60, "electrodes", ward.now))
        ward.tell(found())
        assert (len(ward.book.cases), silent(ward)) == (1, ["alarm_paused"])

    def test_a_high_alarm_breaks_it(self):
        ward = Ward()
        ward.keep(pause(ward.book, 1, 3, 60, "electrodes", ward.now))
        assert ward.tell(found(tier=Tier.EMERGENT))[-1] == "alarm.resumed"
        assert silent(ward) == [""]

    def test_a_high_alarm_is_not_paused(self):
        with pytest.raises(RefusedError, match="case 1: an alarm of high priority is not paused"):
            pause(ward_with(found(tier=Tier.EMERGENT)).book, 1, 3, 60, "loud", 0)

    def test_it_needs_a_reason_and_a_length(self):
        with pytest.raises(InputError, match="a reason is needed"):
            pause(Ward().book, 1, 3, 60, " ", 0)
        with pytest.raises(InputError, match="at most 300 s"):
            pause(Ward().book, 1, 3, 301, "electrodes", 0)

    def test_it_ends_by_itself_or_by_hand(self):
        ward = ward_with(found(), found(stream=2))
        ward.keep(pause(ward.book, 1, 3, 60, "electrodes", ward.now))
        ward.keep(pause(ward.book, 2, 3, 90, "electrodes", ward.now))
        assert ward.later(60) == ["alarm.resumed"]
        assert [deed.body["stream"] for deed in ward.journal[-1:]] == [1]
        ward.keep(resume(ward.book, 3))
        assert (ward.book.paused, resume(ward.book, 3, 2)) == ({}, [])


def test_a_station_hears_its_own_patients():
    ward = ward_with(found(), found(stream=2, tier=Tier.EMERGENT))
    assert [alarm.stream for alarm in shown(ward, streams={1})] == [1]
    assert signals(ward.book, DESK, ward.now, {1}).sounds is Priority.MEDIUM
    assert [alarm.stream for alarm in shown(ward)] == [2, 1], "the most pressing first"


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["tell", "end", "withdraw", "ack", "take", "judge", "pause", "resume", "wait"]),
        st.integers(0, 2),
    ),
    max_size=20,
)


@given(acts=ACTS)
def test_nothing_of_one_patient_silences_another(acts: list[tuple[str, int]]):
    """Two patients' alarms go on as they did, whatever is done with those of a third."""
    ward = ward_with(found(stream=8), found("p", "pause", Tier.EMERGENT, lasts_s=3, stream=9))
    before = shown(ward, streams={8, 9})
    facts = [found(str(n), start_s=n, tier=tier) for n, tier in enumerate((Tier.DAILY, *list(Tier)[:2]))]
    for act, which in acts:
        number = next((case.number for case in ward.book.of_stream(1)), None)
        try:
            _act(ward, act, facts[which], number)
        except (RefusedError, InputError):
            continue
    assert shown(ward, streams={8, 9}) == before


def _act(ward: Ward, act: str, fact: FindingFact, number: int | None) -> None:
    told = {"tell": fact, "end": ended(fact), "withdraw": withdrawn(fact)}
    if act in told:
        ward.tell(told[act])
    elif act == "pause":
        ward.keep(pause(ward.book, 1, 3, 60, "electrodes", ward.now))
    elif act == "resume":
        ward.keep(resume(ward.book, 3, 1))
    elif act == "wait":
        ward.later(7)
    elif number is not None and act == "ack":
        ward.keep(acknowledge(ward.book, number, 3, DESK))
    elif number is not None and act == "take":
        ward.take(number)
    elif number is not None and act == "judge":
        ward.judge(number=number)
