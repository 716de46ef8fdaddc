from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.base.errors import RecordError
from einthoven.base.instants import from_iso
from einthoven.interop.wfdb import FORMATS, Header, Segment, SignalSpec, parse_header, write_header

MITDB_LIKE = """100 2 360 650000
100.dat 212 200 11 1024 995 -22131 0 MLII
100.dat 212 200 11 1024 1011 20052 0 V5
# 69 M 1085 1629 x1
"""


def test_a_plain_header_reads_as_written_there() -> None:
    header = parse_header(MITDB_LIKE, "100.hea")
    assert (header.name, header.rate_hz, header.samples, header.start) == ("100", 360.0, 650000, None)
    assert header.comments == ("69 M 1085 1629 x1",)
    assert header.signals[1] == SignalSpec(
        file="100.dat",
        fmt=212,
        gain=200.0,
        baseline=1024,
        resolution=11,
        adc_zero=1024,
        initial=1011,
        checksum=20052,
        name="V5",
    )


SIGNAL_LINES = [
    ("a.mat 16+24 7247/mV 16 0 -171 -27403 0 II", {"fmt": 16, "offset": 24, "gain": 7247.0, "name": "II"}),
    ("a.mat 16+24 1.052e+04/mV 16 0 9127 -301 0 V", {"gain": 10520.0}),
    ("a.dat 212 200(1024) 11 0 -167 -13451 0 MLII", {"baseline": 1024, "adc_zero": 0}),
    ("a.dat 212 200 11 1024", {"baseline": 1024, "adc_zero": 1024, "initial": None, "name": ""}),
    ("a.dat 212 0 12 0 -29 -3562 0 noise1", {"gain": 200.0, "calibrated": False, "name": "noise1"}),
    ("a.dat 16", {"gain": 200.0, "calibrated": False, "units": "mV", "resolution": 16}),
    ("a.dat 212 100/uV 0", {"units": "uV", "resolution": 12}),
    ("a.dat 16x1:0 200 16 0 0 0 0 lead with blanks", {"name": "lead with blanks"}),
    ("a.dat 212 400.0(0)/mV 12 0 138 51044 0 ECG", {"gain": 400.0, "baseline": 0, "checksum": 51044}),
]


@pytest.mark.parametrize(("line", "want"), SIGNAL_LINES)
def test_signal_lines(line: str, want: dict[str, object]) -> None:
    signal = parse_header(f"a 1 250 10\n{line}\n", "a.hea").signals[0]
    assert {name: getattr(signal, name) for name in want} == want


RECORD_LINES = [
    ("a 1", 250.0, None, None),
    ("a 1 300 9000 05:05:15 1/05/2000 ", 300.0, 9000, "2000-05-01T05:05:15Z"),
    ("a 1 250/360 225000", 250.0, 225000, None),
    ("a 1 250/360(10) 225000", 250.0, 225000, None),
    ("a 1 128.5 0", 128.5, None, None),
    ("a 1 250 10 23:59:59.123 31/12/1999", 250.0, 10, "1999-12-31T23:59:59.123Z"),
    ("a 1 250 10 5:07 31/12/1999", 250.0, 10, "1999-12-31T00:05:07Z"),
    ("a 1 250 10 12:00:00", 250.0, 10, None),
]


@pytest.mark.parametrize(("line", "rate", "samples", "start"), RECORD_LINES)
def test_record_lines(line: str, rate: float, samples: int | None, start: str | None) -> None:
    header = parse_header(f"# before\r\n{line}\r\na.dat 16\r\n", "a.hea")
    assert (header.rate_hz, header.samples) == (rate, samples)
    assert header.start == (None if start is None else from_iso(start))


def test_a_multi_segment_header() -> None:
    text = "m/3 2 250 3000 10:00:00 01/02/2026\nm_1 1000\n~ 500\nm_2 1500\n# two leads\n"
    header = parse_header(text, "m.hea")
    assert header.segments == (Segment("m_1", 1000), Segment("~", 500), Segment("m_2", 1500))
    assert header.signals_stated == 2
    assert header.signals == ()


BAD = [
    ("", "no record line"),
    ("# only a comment", "no record line"),
    ("a", "number of signals is missing"),
    ("a x", "line 1: number of signals 'x'"),
    ("a -1", "number of signals -1"),
    ("a 99999", "number of signals 99999"),
    ("a 2 250 10\na.dat 16", "1 signal lines where the record line says 2"),
    ("a/2 1 250 10\nb 10", "1 segment lines where the record line says 2"),
    ("a/2 1 250 10\nb 10\nc 10", "20 samples where the record line says 10"),
    ("a/1 1 250 10\nb", "segment's name and length"),
    ("a/ 1 250 10", "number of segments is missing"),
    ("a b/c 1", "number of signals 'b/c'"),
    ("-@ 1 250", "record name"),
    ("a 1 0 10\na.dat 16", "sampling rate '0' must be above 0"),
    ("a 1 nan 10\na.dat 16", "sampling rate 'nan' is not a number"),
    ("a 1 -250 10\na.dat 16", "sampling rate '-250'"),
    ("a 1 250 1e3\na.dat 16", "number of samples '1e3'"),
    ("a 1 250 10 25:00:00\na.dat 16", "base time '25:00:00'"),
    ("a 1 250 10 noon\na.dat 16", "base time 'noon'"),
    ("a 1 250 10 10:00:00 31/02/2026\na.dat 16", "base date '31/02/2026'"),
    ("a 1 250 10\na.dat", "line 2: want a signal's file and format"),
    ("a 1 250 10\n../../etc/passwd 16", "signal file '../../etc/passwd'"),
    ("a 1 250 10\n~ 16", "signal file '~'"),
    ("a 1 250 10\n- 16", "signal file '-'"),
    ("a 1 250 10\na.dat 99", "format 99 is not one of"),
    ("a 1 250 10\na.dat 16x4", "4 samples per frame: only 1"),
    ("a 1 250 10\na.dat 16:5", "skew of 5 samples"),
    ("a 1 250 10\na.dat sixteen", "format 'sixteen' is malformed"),
    ("a 1 250 10\na.dat 16 -200", "gain '-200' must not be negative"),
    ("a 1 250 10\na.dat 16 200(x)", "gain '200(x)' is malformed"),
    ("a 1 250 10\na.dat 16 200(99999999999)", "baseline 99999999999 is out of range"),
    ("a 1 250 10\na.dat 16 200 900", "resolution of 900 bits"),
    ("a 1 250 10\na.dat 16 200 x", "ADC resolution 'x'"),
]


@pytest.mark.parametrize(("text", "want"), BAD)
def test_bad_headers_are_named_in_one_line(text: str, want: str) -> None:
    with pytest.raises(RecordError) as caught:
        parse_header(text, "a.hea")
    assert want in str(caught.value)
    assert str(caught.value).startswith("a.hea")
    assert "\n" not in str(caught.value)


def test_latin1_comments_do_not_stop_the_reading() -> None:
    assert parse_header("# Jäger\na 0 250 10\n".encode("latin-1"), "a.hea").comments == ("Jäger",)


names = st.text("abcXYZ019_-.", min_size=1, max_size=12)
words = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=8)
signals = st.builds(
    SignalSpec,
    file=names.filter(lambda text: text not in {".", "..", "-"}),
    fmt=st.sampled_from(sorted(FORMATS)),
    offset=st.integers(0, 10**6),
    gain=st.floats(1e-3, 1e8),
    baseline=st.integers(-(2**31) + 1, 2**31 - 1),
    units=words,
    resolution=st.integers(1, 32),
    adc_zero=st.integers(-(2**31), 2**31),
    initial=st.integers(-(2**31), 2**31),
    checksum=st.integers(-(2**15), 2**15 - 1),
    name=st.lists(words, max_size=3).map(" ".join),
)


@settings(max_examples=150, deadline=None)
@given(
    names,
    st.floats(0.01, 1e5),
    st.integers(1, 10**12),
    st.none() | st.integers(0, 86_399_999_999_999),
    st.none() | st.dates(date(1, 1, 1)),
    st.lists(signals, max_size=6),
    st.lists(words, max_size=3),
)
def test_what_is_written_is_read_back(
    name: str,
    rate: float,
    samples: int,
    time: int | None,
    day: date | None,
    specs: list[SignalSpec],
    comments: list[str],
) -> None:
    header = Header(
        name,
        rate,
        samples,
        day if time is not None else None,
        time,
        tuple(specs),
        signals_stated=len(specs),
        comments=tuple(comments),
    )
    assert parse_header(write_header(header), "x.hea") == header


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    message = ""
    try:
        parse_header(text, "x.hea")
    except RecordError as error:
        message = str(error)
    assert "\n" not in message


def test_a_header_field_cannot_smuggle_a_line_in() -> None:
    with pytest.raises(RecordError, match="line break"):
        write_header(Header("a", 250.0, 10, comments=("one\ntwo",)))
