"""What of a report's kept content leaves: figures with codes and units, findings, strips; none invented."""

from __future__ import annotations

import json

import numpy as np
from fhir.resources.R4B import get_fhir_model_class
from tests.interop.kept import kept
from tests.interop.messages import NOON, report
from tests.reports.telephoned import ASKED, call, quality, strip, telephoned, tracing

from einthoven.base.instants import HOUR, SECOND
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.interop import codes, fhir
from einthoven.interop.codes import Coding
from einthoven.interop.reported import UNITS, content_of
from einthoven.reports.report import content as canonical_of
from einthoven.reports.telephone_strip import strip_report

START = NOON - 24 * HOUR


def test_each_figure_leaves_once_with_its_samples_its_unit_and_its_code() -> None:
    told = {one.name: one for one in content_of(kept(START)).values}
    assert set(told) == {
        "rate-mean",
        "rate-least-8-beats",
        "ventricular-beats",
        "vlf",
        "found-atrial-fibrillation",
        "conclusion",
    }
    mean = told["rate-mean"]
    assert (mean.value, mean.unit, mean.words) == (71.5, "/min", "Heart rate: Mean rate")
    assert [one.code for one in mean.codes] == ["8867-4", "rate-mean"]
    assert mean.samples == (0, 21_600_000)
    assert (told["ventricular-beats"].value, told["ventricular-beats"].unit) == (1204, "{beats}")
    assert told["ventricular-beats"].codes == (
        Coding(codes.LOCAL, "ventricular-beats", "Ventricular ectopy: Beats"),
    )
    assert (told["vlf"].value, told["vlf"].unit) == (1500.2, "ms2")


def test_an_extreme_has_its_time_and_what_is_of_the_whole_day_has_none() -> None:
    told = {one.name: one for one in content_of(kept(START)).values}
    assert (told["rate-mean"].at, told["rate-mean"].until) == (None, None)
    lowest = told["rate-least-8-beats"]
    assert (lowest.at, lowest.until) == (START + 2 * HOUR, START + 2 * HOUR + 2_900 * SECOND // 250)


def test_findings_have_the_codes_of_their_kind_and_say_how_many_and_how_fast() -> None:
    told = {one.name: one for one in content_of(kept(START)).values}["found-atrial-fibrillation"]
    assert told.value == "Episodes 3, Fastest 148 /min"
    assert [one.code for one in told.codes] == ["164889003", "664832", "atrial-fibrillation"]
    assert told.samples == (5_000, 9_000)


def test_strips_are_sample_for_sample_what_was_printed() -> None:
    (strip,) = content_of(kept(START)).strips
    assert strip.samples[:, 0].tolist() == [*range(-5, 5), INVALID_SAMPLE]
    assert strip.samples.dtype == np.int16
    assert (strip.start, strip.first, strip.layout.names) == (START + 20 * SECOND, 5_000, ("II",))


def test_what_the_analysis_says_in_words_is_no_conclusion_of_a_physician() -> None:
    told = {one.name: one for one in content_of(kept(START)).values}["conclusion"]
    assert told.value == "Atrial fibrillation, 3 episodes.\nNo pause."
    assert told.words == "Findings in words, by the analysis"
    assert {one.system for one in told.codes} == {codes.LOCAL}


def test_a_content_of_another_format_gives_nothing_and_no_error() -> None:
    for raw in (b"{}", b"[]", json.dumps({"format": "einthoven-report-9"}).encode()):
        assert content_of(raw).values == ()


def test_all_of_it_is_valid_fhir() -> None:
    content = content_of(kept(START))
    told = report(values=content.values, strips=content.strips)
    for made in [fhir.measurement(told, one) for one in content.values] + [
        fhir.strip(told, one) for one in content.strips
    ]:
        get_fhir_model_class("Observation").model_validate(made)


def test_units_have_no_sign_that_ucum_does_not_know() -> None:
    assert all(unit.isascii() for unit in UNITS.values())


def test_a_strip_by_telephone_leaves_under_its_own_name_and_is_no_holter_study() -> None:
    told = content_of(canonical_of(strip_report(telephoned(), ASKED)))
    assert [len(one.samples) for one in told.strips] == [1750, 1750, 1750]
    assert told.strips[0].layout.names == ("II",)
    values = {one.name: one for one in told.values}
    assert (values["rate-mean"].value, values["rate-mean"].unit) == (75, "/min")
    assert "not real-time telemetry" in str(values["conclusion"].value)
    assert [one.code for kind in ("strip", "period") for one in codes.report(kind)] == ["strip", "period"]
    assert "18754-2" not in json.dumps(fhir.concept(codes.report("strip")))


def test_a_strip_of_unknown_size_leaves_without_samples() -> None:
    unsized = call(strip(told=quality(millivolts=False)))
    report = strip_report(telephoned(unsized, trace=tracing(start=None, gain=0.0, beats=None)), ASKED)
    told = content_of(canonical_of(report))
    assert told.strips == ()
    assert {one.name for one in told.values} == {"conclusion"}
