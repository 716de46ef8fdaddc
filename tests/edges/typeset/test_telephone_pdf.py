"""A strip by telephone on paper: whose it is on every page, no impression asked, no size invented."""

from __future__ import annotations

from tests.edges.typeset.papers import picture, texts
from tests.reports.telephoned import ASKED, call, quality, strip, telephoned, tracing

from einthoven.edges.typeset.pdf import typeset
from einthoven.edges.typeset.strip_svg import strip_svg
from einthoven.reports.standing import Signature, Standing
from einthoven.reports.telephone_period import Heard, period_report
from einthoven.reports.telephone_strip import strip_report

REPORT = strip_report(telephoned(), ASKED)
ISSUED = Standing("issued", issued=("issued by Roe, Pat, technician, CCT, 2026-11-23 17:40:12 EST",))


def test_every_page_names_the_patient_and_the_dates_of_service() -> None:
    for report in (REPORT, period_report([Heard(call(strip()), "Roe, Pat")], [telephoned()], 20.0, ASKED)):
        pages = texts(typeset(report, ISSUED))
        for text in pages:
            assert "Doe, Jane" in text
            assert "20 Nov 2026 – 19 Dec 2026 (America/New_York)" in text
            assert "TECHNICAL REPORT, ISSUED" in text


def test_it_asks_for_no_impression_and_says_who_issued_it() -> None:
    issued, draft = ("\n".join(texts(typeset(REPORT, one))) for one in (ISSUED, Standing()))
    assert "Issued by Roe, Pat, technician, CCT, 2026-11-23 17:40:12 EST" in issued
    assert "PRELIMINARY – not issued yet" in draft
    assert "Not issued yet: nobody has looked at it." in draft
    for text in (issued, draft):
        assert "impression" not in text
        assert "This is not real-time telemetry." in text


def test_a_physician_who_reviewed_it_stands_on_it() -> None:
    signed = Standing(
        "signed",
        "Sinus rhythm.",
        (Signature("Reyes, Ana", "physician", "24 Nov 2026 14:02 EST", "reviewed and signed"),),
        issued=ISSUED.issued,
    )
    text = "\n".join(texts(typeset(REPORT, signed)))
    assert "Physician’s impression" in text
    assert "Reyes, Ana" in text
    assert "Issued by Roe, Pat" in text


def test_what_has_no_millivolts_has_no_pulse_of_one() -> None:
    unsized = call(strip(told=quality(millivolts=False)))
    trace = tracing(start=None, gain=0.0, beats=None)
    report = strip_report(telephoned(unsized, trace=trace), ASKED)
    pulse = "H1.4V"
    assert pulse in strip_svg(REPORT.strips[0]).svg
    assert pulse not in strip_svg(report.strips[0]).svg
    assert "SIZE NOT KNOWN" in "\n".join(texts(typeset(report)))


def test_it_survives_a_fax() -> None:
    """In one bit a pixel the trace is there still, as black as before."""
    page = picture(typeset(REPORT, ISSUED), 1, 100).mean(axis=2)
    dark = page < 128
    assert 0.002 < dark.mean() < 0.2
