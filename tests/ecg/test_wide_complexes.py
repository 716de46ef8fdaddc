"""Tachycardia of wide complexes where no usual beat is known: behind a gap, at the start of a record, in a
patient whose beats are paced."""

from __future__ import annotations

import numpy as np
import pytest
from tests.ecg.rhythm_cases import found, said

from einthoven.base.spans import Span
from einthoven.ecg.analyze import Analysis, analyze
from einthoven.ecg.kinds import BY_NAME
from einthoven.sim.hearts.heart import Heart, layout_of
from einthoven.sim.hearts.script import Rhythm, Script

VT = {
    "ventricular-tachycardia",
    "nonsustained-ventricular-tachycardia",
    "sustained-ventricular-tachycardia",
}
WIDE = {
    "from the first interval on": ("20*N400w160=", ["nonsustained-ventricular-tachycardia 800-8000"]),
    "for half a minute": ("90*N400w160=", ["sustained-ventricular-tachycardia 800-36000"]),
    "at 115 a minute it is left to the class": ("20*N520w160=", []),
    "narrow": ("20*N400w130=", []),
    "seven beats": ("N400 7*N400w160= N1000", []),
    "eight beats": ("N400 8*N400w160= N1000", ["nonsustained-ventricular-tachycardia 800-3600"]),
    "with P waves": ("20*N400p120w160=", []),
    "paced": ("20*P400w160=", ["paced-rhythm 400-8000"]),
    "one paced beat begins the row anew": ("N400 7*N400w160= P400w160= 7*N400w160= N1000", []),
    "uneven, as the atria fibrillate": ("12*(N360w160= N470w160=)", []),
    "of changing shape, as noise": ("20*N400w160~", []),
    "in bundle branch block that was seen at rest": (
        "20*N800w150= 20*N400w160=",
        ["supraventricular-tachycardia 16000-24000"],
    ),
    "doubtful": ("20*n400w160=", []),
    "not in bundle branch block": (
        "20*N800w100= N500w160 20*N400w160=",
        ["nonsustained-ventricular-tachycardia 16900-24500"],
    ),
    "wide fast beats are not learned as the usual ones": (
        "12*(N360w160= N470w160=) 12*N400w160=",
        ["nonsustained-ventricular-tachycardia 9488-14760"],
    ),
}


@pytest.mark.parametrize("case", WIDE)
def test_fast_even_beats_of_wide_complexes_are_told_whatever_their_class(case: str) -> None:
    text, want = WIDE[case]
    assert said(found(text)) == want


def of_high_priority(told: Analysis, start: float, stop: float) -> tuple[float, list[str]]:
    """Seconds of ``start`` to ``stop`` in which a tachycardia of the ventricles was told, and what else began
    there."""
    held, low = 0.0, []
    for finding in told.findings:
        if finding["kind"] in VT:
            held += max(0.0, min(finding["closed"], stop) - max(finding["evidence"]["told"], start))
        elif finding["opened"] >= start and finding["kind"] in BY_NAME:
            low.append(finding["kind"])
    return held, low


@pytest.mark.parametrize("gap", [1, 250, 1250])
@pytest.mark.parametrize("leads", [("II",), ("V1", "V5")])
def test_a_tachycardia_goes_on_behind_a_gap(gap: int, leads: tuple[str, ...]) -> None:
    layout = layout_of(leads, 250.0)
    script = Script(rhythms=(Rhythm(0, "sinus", 70), Rhythm(60, "vt", 160), Rhythm(120, "sinus", 70)))
    samples = Heart(script, layout, seed=1).samples(0, 130 * 250)
    start = 70 * 250 + gap
    told = analyze(samples, layout, present=[Span(0, 70 * 250), Span(start, len(samples))])
    held, others = of_high_priority(told, start / 250, 118.0)
    assert held >= 118.0 - start / 250 - 8.0
    assert not {"tachycardia", "supraventricular-tachycardia"} & set(others)


def test_a_record_may_begin_in_it() -> None:
    layout = layout_of(("II",), 250.0)
    script = Script(rhythms=(Rhythm(0, "vt", 125), Rhythm(60, "sinus", 70)))
    told = analyze(Heart(script, layout, seed=2).samples(0, 80 * 250), layout)
    assert of_high_priority(told, 0.0, 60.0)[0] >= 48.0


@pytest.mark.parametrize(("leads", "rate"), [(("V1", "V5"), 250.0), (("V5",), 500.0)])
def test_it_is_told_in_a_patient_of_whom_only_paced_beats_are_known(
    leads: tuple[str, ...], rate: float
) -> None:
    layout = layout_of(leads, rate)
    script = Script(rhythms=(Rhythm(0, "paced", 70), Rhythm(40, "vt", 160), Rhythm(70, "paced", 70)))
    told = analyze(Heart(script, layout, seed=1).samples(0, int(90 * rate)), layout)
    held, others = of_high_priority(told, 40.0, 70.0)
    assert held >= 20.0
    assert "supraventricular-tachycardia" not in others


@pytest.mark.parametrize("rate", [100, 118])
def test_a_patient_paced_fast_has_no_tachycardia_of_the_ventricles(rate: float) -> None:
    layout = layout_of(("II", "V1"), 250.0)
    script = Script(rhythms=(Rhythm(0, "paced", 70), Rhythm(30, "paced", rate)))
    samples = Heart(script, layout, seed=3).samples(0, 90 * 250)
    told = analyze(samples, layout, present=[Span(0, 50 * 250), Span(52 * 250, len(samples))])
    assert not {finding["kind"] for finding in told.findings} & VT
    assert np.isin(told.beats["code"], (5, 9)).sum() == 0
