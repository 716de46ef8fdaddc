"""What the rows compare is what the analysis tells: the same names, the same words."""

from __future__ import annotations

import pytest

from einthoven.base.thresholds import shipped
from einthoven.ecg.kinds import BY_NAME, CAUSE_PACED, CAUSE_UNKNOWN, CAUSES, KINDS
from einthoven.escalation.criteria import NAMES, judge
from einthoven.escalation.measures import CIRCUMSTANCES, NO_CAUSE, PACED_CAUSE, Context, Found, measures
from einthoven.escalation.rules import FINDINGS, SYMPTOMS, TECHNICAL, Row

EVIDENCE = {
    "interval_ms": {"rr_ms"},
    "rate_bpm": {"rate_bpm"},
    "lowest_rate_bpm": {"lowest_rate_bpm", "rate_bpm"},
    "highest_rate_bpm": {"highest_rate_bpm", "rate_bpm"},
    "beats": {"beats"},
    "away_uv": {"level_uv"},
}
"""Values of the evidence, one of which a measure needs; the others come of time or of the context."""


@pytest.mark.parametrize("row", FINDINGS, ids=lambda row: f"{row.name} {sorted(row.kinds)[0]}")
def test_a_row_compares_what_its_kinds_tell(row: Row) -> None:
    for kind in row.kinds:
        told = {value.name for value in BY_NAME[kind].values}
        for limit in row.limits:
            assert EVIDENCE.get(limit.measure, told) & told, (kind, limit.measure)


def test_every_measure_and_circumstance_there_is_has_words() -> None:
    known = set(measures(Found("pause", {}, 0), Context(), shipped())) | {"value"}
    for row in (*FINDINGS, *SYMPTOMS, *TECHNICAL):
        assert {limit.measure for limit in row.limits} <= known
        assert set(row.when) <= set(CIRCUMSTANCES)
    assert known | set(CIRCUMSTANCES) == set(NAMES)


def test_the_causes_of_a_pause_are_the_words_of_the_analysis() -> None:
    assert (CAUSES[CAUSE_PACED], CAUSES[CAUSE_UNKNOWN]) == (PACED_CAUSE, NO_CAUSE)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_finding_of_which_nothing_is_known_is_judged_without_a_fault(kind) -> None:
    unknown = dict.fromkeys(value.name for value in kind.values)
    for found in (Found(kind.name, unknown, 700), Found(kind.name, unknown, 2, open=True)):
        made = judge(found, shipped(), Context())
        assert made.reasons
        assert all(reason.isprintable() for reason in made.reasons)
