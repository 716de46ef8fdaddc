"""A report on paper: every page says whose it is, strips are true to scale, and it survives a fax."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from tests.edges.typeset.papers import attachment, opened, picture, texts
from tests.reports.studies import ASKED, LAYOUT, RATE, beats, found, report_of, study

from einthoven.base.errors import StoreError
from einthoven.edges.typeset.pdf import NO_NAME, fonts_of, typeset
from einthoven.edges.typeset.strip_svg import strip_svg
from einthoven.reports.report import Person, Report, Strip, Trace, content, digest
from einthoven.reports.standing import Addendum, Signature, Standing

STUDY = study(
    beats("N" * 400 + "V" * 6 + "N" * 400 + "VV" + "N" * 400),
    1000,
    [
        found("sinus-rhythm", 0, 1000),
        found("nonsustained-ventricular-tachycardia", 320, 324, beats=6.0, rate_bpm=150.0),
        found("atrial-fibrillation", 500, 800, rate_bpm=90.0),
        found("pause", 900, 903, rr_ms=3000.0),
    ],
    gaps=[(950, 980, "power")],
)


def report(person: Person | None = None) -> Report:
    return report_of(STUDY, ASKED if person is None else dataclasses.replace(ASKED, person=person))


REPORT = report()
PDF = typeset(REPORT)
SIGNED = Standing(
    "addendum",
    "Paroxysmal atrial fibrillation. Anticoagulation advised.",
    (Signature("Reyes, Ana", "physician", "24 Nov 2026 14:02 EST", "reviewed and signed"),),
    (Addendum("Dose changed.", Signature("Reyes, Ana", "physician", "25 Nov 2026 09:00 EST", "addendum")),),
)


def test_every_page_says_whose_it_is_of_when_which_of_how_many_and_where_it_stands() -> None:
    pages = texts(PDF)
    assert len(pages) >= 3
    for number, text in enumerate(pages, 1):
        assert "Doe, Jane" in text
        assert "born 2 Mar 1951" in text
        assert "Dates of service: 20 Nov 2026 08:00 – 20 Nov 2026 08:16 (America/New_York)" in text
        assert f"Page {number} of {len(pages)}" in text
        assert "PRELIMINARY – not signed by a physician" in text
        assert "Analysis test-1" in text
        assert digest(content(REPORT))[:16] in text


def test_the_conclusion_is_on_the_first_page_and_everything_that_is_shown_is_printed() -> None:
    pages = texts(PDF)
    whole = " ".join(pages)
    for line in REPORT.conclusion:
        assert line.text.split(",")[0] in pages[0]
    for section in REPORT.sections:
        assert section.title in whole
        for table in section.tables:
            for row in table.rows:
                assert all(cell.split("\u202f")[0] in whole for cell in row.cells)
    for strip in REPORT.strips:
        assert strip.caption in whole
        assert strip.when in whole


def test_a_signed_report_shows_name_time_and_meaning_and_its_addendum() -> None:
    pages = texts(typeset(REPORT, SIGNED))
    assert "Paroxysmal atrial fibrillation. Anticoagulation advised." in pages[0]
    assert "Reyes, Ana, physician · reviewed and signed · 24 Nov 2026 14:02 EST" in pages[0]
    assert "Addendum. Dose changed." in pages[0]
    assert all("SIGNED, WITH ADDENDUM" in page for page in pages)
    assert not any("PRELIMINARY" in page for page in pages)


def test_the_same_content_gives_the_same_bytes() -> None:
    assert typeset(report()) == PDF
    assert typeset(REPORT, SIGNED) == typeset(REPORT, SIGNED)
    assert typeset(REPORT, SIGNED) != PDF


def test_the_content_is_attached_as_it_was_signed() -> None:
    assert attachment(PDF, "report.json") == content(REPORT)


def test_it_claims_pdf_a_3a_and_ua_1_and_is_tagged_with_words_for_every_picture() -> None:
    with opened(PDF) as document:
        with document.open_metadata() as told:
            assert (told["pdfaid:part"], told["pdfaid:conformance"], told["pdfuaid:part"]) == ("3", "A", "1")
        assert bool(document.Root.MarkInfo.Marked)
        assert str(document.Root.Lang) == "en"
        figures = [one for one in elements(document.Root.StructTreeRoot) if str(one.get("/S")) == "/Figure"]
        assert len(figures) == len(REPORT.strips) + len(REPORT.charts)
        assert all(len(str(one.Alt)) > 20 for one in figures)
        kinds = {str(one.get("/S")) for one in elements(document.Root.StructTreeRoot)}
        assert {"/H1", "/H2", "/Table", "/TH", "/TD"} <= kinds


def elements(node: pikepdf.Object) -> list[pikepdf.Object]:
    """Every element of a structure tree."""
    children = node.get("/K", [])
    below = list(children) if isinstance(children, pikepdf.Array) else [children]  # type: ignore[call-overload]
    found_ = []
    for one in below:
        if isinstance(one, pikepdf.Dictionary) and "/S" in one:
            found_ += [one, *elements(one)]
    return found_


def strip_page(pdf: bytes) -> int:
    return next(k for k, text in enumerate(texts(pdf)) if "Calibration pulse 1 mV" in text)


@pytest.mark.parametrize("paper", ["a4", "us-letter"])
def test_a_strip_is_true_to_scale(paper: str) -> None:
    """At 254 dpi a millimetre is ten pixels: big squares are fifty apart, both ways."""
    pdf = typeset(REPORT, paper="a4" if paper == "a4" else "us-letter")
    page = picture(pdf, strip_page(pdf), 254.0)
    red, blue = page[..., 0].astype(int), page[..., 2].astype(int)
    major = (red - blue > 40) & (red < 240)
    columns = np.flatnonzero(major.mean(axis=0) > 0.25 * major.mean(axis=0).max())
    lefts = columns[np.concatenate([[True], np.diff(columns) > 5])]
    assert np.median(np.diff(lefts)) == pytest.approx(50, abs=0.6)
    assert (lefts[-1] - lefts[0]) / (len(lefts) - 1) == pytest.approx(50, abs=0.15)
    width, height = (210, 297) if paper == "a4" else (215.9, 279.4)
    assert page.shape[:2] == (pytest.approx(10 * height, abs=2), pytest.approx(10 * width, abs=2))


def one_strip(values: list[int | None], gain: float = 200.0) -> Strip:
    stop = len(values)
    return Strip(0, stop, 0, "08:00:00", "x", "y", RATE, (Trace("II", gain, 0, tuple(values)),), ((5, "V"),))


def test_a_trace_that_is_too_tall_is_drawn_smaller_and_says_so() -> None:
    assert strip_svg(one_strip([0, 200] * 100)).mm_per_mv == 10.0
    assert strip_svg(one_strip([-1200, 1200] * 100)).mm_per_mv == 2.5
    tall = strip_svg(one_strip([-30_000, 30_000] * 100))
    assert (tall.mm_per_mv, tall.height_mm) == (2.5, pytest.approx(49.0))


def test_what_was_not_measured_is_hatched_and_never_a_line() -> None:
    values: list[int | None] = [0] * 250 + [None] * 1000 + [0] * 250
    svg = strip_svg(one_strip(values)).svg
    assert "not measured" in svg
    assert strip_svg(one_strip([None] * 1000)).svg.count("not measured") == 1
    assert "not measured" not in strip_svg(one_strip([0] * 1000)).svg


def test_it_can_be_faxed() -> None:
    """At 200 dpi in one bit the trace is whole, from the calibration pulse to the end of the strip."""
    page = picture(PDF, strip_page(PDF), 200.0)
    black = page.min(axis=2) < 128
    assert 0.01 < black.mean() < 0.15
    left, right = (round(mm / 25.4 * 200) for mm in (15 + 5.5, 15 + 5 + 7 * 25 - 1))
    rows = np.flatnonzero(black[:, left:right].any(axis=1))
    assert len(rows)
    columns = black[:, left:right].any(axis=0)
    assert columns.mean() > 0.995


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("王小明", "王小明"),
        ("김철수", "김철수"),
        ("Nguyễn Thị Ánh", "Nguyễn Thị Ánh"),
        ("Γεώργιος Παπαδόπουλος", "Γεώργιος Παπαδόπουλος"),
        ("Достоевская, Анна", "Достоевская, Анна"),
        ("สมชาย", None),
        ("राम", None),
        ("محمد علي", None),
        ("דוד כהן", None),
        ("გიორგი", "[U+10D2]"),
        ("", NO_NAME),
    ],
)
def test_a_name_in_any_script_has_no_glyph_missing(name: str, printed: str | None) -> None:
    """Where letters are joined or turned round the text layer is not compared letter by letter."""
    pdf = typeset(report(Person(name)))
    if printed is not None:
        assert all(printed in text for text in texts(pdf))
    with opened(pdf) as document:
        fonts = {
            str(one.get("/BaseFont", "")) for one in document.objects if isinstance(one, pikepdf.Dictionary)
        }
    assert any("Inter" in font for font in fonts)


@pytest.mark.parametrize("letters", [80, 200])
def test_a_long_name_is_on_every_page_whole(letters: int) -> None:
    name = ("Wolfeschlegelsteinhausenbergerdorff " * 8)[:letters].strip()
    pages = texts(typeset(report(Person(name, "1951-03-02"))))
    for text in pages:
        assert name.replace(" ", "") in text.replace(" ", "")
        assert "Page" in text


@pytest.mark.parametrize(
    "one",
    [
        study(beats(""), 600),
        study(beats(""), 600, gaps=[(0, 600, "not yet received")]),
        study(beats("N"), 60),
        study(beats("N" * 20), 16),
        study(beats("N" * 1500), 1200, gaps=[(590, 620, "power")]),
    ],
    ids=["all noise", "empty day", "one beat", "seconds", "gap"],
)
def test_next_to_nothing_is_an_honest_page(one: object) -> None:
    made = report_of(one)  # type: ignore[arg-type]
    pages = texts(typeset(made))
    assert made.conclusion[0].text[:40] in pages[0]
    assert all("nan" not in text.lower().split() for text in pages)


def test_markup_in_a_name_is_only_text() -> None:
    name = 'Doe *bold* #panic() <x> "quoted" $1$ [y]'
    assert name in texts(typeset(report(Person(name))))[0]


def test_leads_and_rates_of_the_recording_are_stated() -> None:
    assert f"{len(LAYOUT.leads)} leads (II, V1), 250 Hz" in texts(PDF)[0]
    assert io.BytesIO(PDF).read(5) == b"%PDF-"


def test_without_all_its_fonts_nothing_is_set(tmp_path: Path) -> None:
    """A build that broke off leaves folders without fonts: a report would be pages without a letter."""
    (tmp_path / "expo-google-fonts-inter").mkdir()
    with pytest.raises(StoreError, match="not there: Inter, Noto Sans S Chinese"):
        fonts_of(tmp_path)
    with pytest.raises(StoreError, match="not there: Inter"):
        fonts_of(tmp_path / "none")


def test_a_report_of_the_wrong_patient_says_so_on_every_page_and_keeps_what_was_signed() -> None:
    notice = "WRONG PATIENT. The ECG in this report is not that of Doe, Jane. Do not use it for Doe, Jane."
    pages = texts(typeset(REPORT, dataclasses.replace(SIGNED, state="wrong patient", notice=notice)))
    for text in pages:
        assert notice in " ".join(text.split())
        assert "WRONG PATIENT – do not use for this person" in text
        assert "Dates of service" in text
    assert "Anticoagulation advised." in " ".join(pages)
