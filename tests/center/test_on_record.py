"""What is told of findings that do not hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from einthoven.center.found import Key, LiveFinding, Reason, Withdrawal
from einthoven.center.on_record import as_told
from einthoven.ecg.findings import Finding
from einthoven.ecg.kinds import (
    ATRIAL_FIBRILLATION,
    BY_CODE,
    NSVT,
    SINUS_RHYTHM,
    SUPRAVENTRICULAR_RUN,
    VENTRICULAR_COUPLET,
    VENTRICULAR_FIBRILLATION,
    VENTRICULAR_TACHYCARDIA,
)
from einthoven.ecg.settle import settled

RATE = 250
LATE = Withdrawal(Reason.LATE, gave_way=True)


def found(kind: int, start_s: float, end_s: float | None, told_s: float, run: int = 0) -> LiveFinding:
    """A finding that is told at once when it ends; an open one when told."""
    start, end, told = (None if at is None else round(at * RATE) for at in (start_s, end_s, told_s))
    assert start is not None
    assert told is not None
    finding = Finding(BY_CODE[kind], start, end, told, None if end is None else max(told, end), start, ())
    return LiveFinding(Key(run, kind, start), finding, False, RATE)


def gave_way(one: LiveFinding) -> LiveFinding:
    return replace(one, taken_back=LATE)


FIBRILLATION = found(ATRIAL_FIBRILLATION, 100, None, told_s=180)


def state_of(one: LiveFinding, *others: LiveFinding) -> str | None:
    """How a finding is told beside others; None where it is not."""
    return next((told.state for told in as_told([*others, one]) if told.key == one.key), None)


def test_what_was_told_before_it_was_overruled_is_withdrawn_with_the_reason() -> None:
    run = found(SUPRAVENTRICULAR_RUN, 110, 112, told_s=114)
    fibrillation, told = as_told([FIBRILLATION, run])
    assert fibrillation == FIBRILLATION
    assert (told.state, told.end) == ("withdrawn", 112 * RATE)
    assert told.withdrawal == Withdrawal(Reason.OVERRULED, 180 * RATE, by="Atrial fibrillation")
    assert told.withdrawal.words == "overruled by Atrial fibrillation"


def test_what_was_overruled_when_it_was_told_nobody_saw() -> None:
    assert state_of(found(SUPRAVENTRICULAR_RUN, 190, 192, told_s=194), FIBRILLATION) is None
    straddling = found(SUPRAVENTRICULAR_RUN, 99, 102, told_s=194)
    assert state_of(straddling, FIBRILLATION) is None


def test_what_held_while_it_was_open_was_seen() -> None:
    sinus = found(SINUS_RHYTHM, 95, 190, told_s=185)
    told = as_told([FIBRILLATION, sinus])[1]
    assert (told.state, told.withdrawal and told.withdrawal.sample) == ("withdrawn", 190 * RATE)


def test_what_is_open_and_overruled_ends_when_that_is_known() -> None:
    told = as_told([FIBRILLATION, found(SINUS_RHYTHM, 120, None, told_s=130)])[1]
    assert (told.state, told.end) == ("withdrawn", 180 * RATE)


def test_what_the_ventricles_do_is_not_overruled_by_the_atria() -> None:
    assert state_of(found(NSVT, 110, 115, told_s=114), FIBRILLATION) == "closed"
    fibrillation = found(VENTRICULAR_FIBRILLATION, 108, 130, told_s=116)
    assert state_of(found(NSVT, 110, 115, told_s=114), fibrillation) == "withdrawn"


def test_an_overruling_finding_that_does_not_hold_overrules_nothing() -> None:
    run = found(SUPRAVENTRICULAR_RUN, 110, 112, told_s=114)
    withdrawn = replace(FIBRILLATION, finding=replace(FIBRILLATION.finding, withdrawn=True))
    for other in (withdrawn, gave_way(FIBRILLATION)):
        assert state_of(run, other) == "closed"


VT = gave_way(found(VENTRICULAR_TACHYCARDIA, 50, 58, told_s=53, run=9))


@pytest.mark.parametrize(
    ("other", "state"),
    [
        (found(VENTRICULAR_TACHYCARDIA, 51, 58, told_s=53), None),
        (found(NSVT, 49, 52, told_s=53), None),
        (found(VENTRICULAR_TACHYCARDIA, 59, 64, told_s=60), None),
        (found(VENTRICULAR_TACHYCARDIA, 61, 64, told_s=62), "withdrawn"),
        (found(VENTRICULAR_COUPLET, 50, 51, told_s=53), "withdrawn"),
        (gave_way(found(VENTRICULAR_TACHYCARDIA, 50.5, 58, told_s=52)), None),
        (gave_way(found(VENTRICULAR_TACHYCARDIA, 50.5, 58, told_s=54)), "withdrawn"),
    ],
)
def test_what_gave_way_is_told_once_and_only_where_nothing_like_it_stands(
    other: LiveFinding, state: str | None
) -> None:
    assert state_of(VT, other) == state


def test_what_holds_is_what_settles() -> None:
    every = [
        FIBRILLATION,
        VT,
        found(SUPRAVENTRICULAR_RUN, 110, 112, told_s=114),
        found(SUPRAVENTRICULAR_RUN, 200, 212, told_s=214),
        found(NSVT, 110, 115, told_s=114),
        found(SINUS_RHYTHM, 40, 101, told_s=60),
    ]
    holds = [one.finding for one in as_told(every) if one.state != "withdrawn"]
    assert holds == settled([one.finding for one in every if one is not VT])
