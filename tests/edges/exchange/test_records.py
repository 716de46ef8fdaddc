"""Records of other systems, read; wfdb and edfio are the judges."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import edfio
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from tests.interop.judge import quiet, wfdb

from einthoven.base.errors import RecordError
from einthoven.base.instants import from_iso, to_iso
from einthoven.base.layout import INVALID_SAMPLE
from einthoven.edges.exchange import wfdb_files
from einthoven.edges.exchange.edf_header import edf_length
from einthoven.edges.exchange.records import read_record
from einthoven.interop import wfdb as wfdb_format

RNG = np.random.default_rng(7)
SIGNAL = np.cumsum(RNG.integers(-9, 10, (4001, 2)), axis=0).astype(np.int64).clip(-500, 500)


@quiet
@pytest.mark.parametrize("fmt", ["16", "24", "32", "80", "212", "508", "516", "524"])
@pytest.mark.parametrize("rows", [4000, 3999, 3998, 1])
def test_what_wfdb_writes_is_read(tmp_path: Path, fmt: str, rows: int) -> None:
    limit = 127 if fmt in {"80", "508"} else 511
    data = SIGNAL[:rows].clip(-limit, limit)
    wfdb.wrsamp(
        "rec",
        fs=250,
        units=["mV", "mV"],
        sig_name=["II", "V1"],
        d_signal=data,
        fmt=[fmt, fmt],
        adc_gain=[200, 100.5],
        baseline=[0, 12],
        base_time=time(10, 11, 12),
        base_date=date(2026, 3, 4),
        comments=["made by wfdb"],
        write_dir=str(tmp_path),
    )
    record = read_record(str(tmp_path / "rec"))
    assert np.array_equal(record.samples, data)
    assert record.samples.dtype == np.int16
    assert record.layout.names == ("II", "V1")
    assert [(lead.gain, lead.baseline) for lead in record.layout.leads] == [(200.0, 0), (100.5, 12)]
    assert record.start == from_iso("2026-03-04T10:11:12Z")
    assert record.comments == ("made by wfdb",)
    assert np.array_equal(read_record(str(tmp_path / "rec.hea")).samples, data)


def test_signals_in_files_of_their_own_with_a_byte_offset(tmp_path: Path) -> None:
    for name, column in (("a", 0), ("b", 1)):
        (tmp_path / f"{name}.dat").write_bytes(b"HEADER" + SIGNAL[:, column].astype("<i2").tobytes())
    (tmp_path / "r.hea").write_text("r 2 250\na.dat 16+6 200 16 0 0 0 0 A\nb.dat 16+6 200 16 0 0 0 0 B\n")
    assert np.array_equal(read_record(str(tmp_path / "r")).samples, SIGNAL)


@pytest.mark.parametrize(
    ("fmt", "invalid"),
    [(16, -32768), (61, -32768), (160, -32768), (80, -128), (212, -2048), (310, -512), (311, -512)],
)
def test_a_record_read_in_pieces_is_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fmt: int, invalid: int
) -> None:
    size = wfdb_format.byte_length(fmt, 3 * 1001)
    (tmp_path / "r.dat").write_bytes(b"12345" + RNG.integers(0, 256, size).astype(np.uint8).tobytes())
    signals = "".join(f"r.dat {fmt}+5 200 16 0 0 0 0 {name}\n" for name in "ABC")
    (tmp_path / "r.hea").write_text(f"r 3 250 1001\n{signals}")
    raw = (tmp_path / "r.dat").read_bytes()[5:]
    want = wfdb_format.decode(fmt, raw, 3 * 1001, "r").reshape(1001, 3)
    monkeypatch.setattr(wfdb_files, "_PIECE", 12)
    got = read_record(str(tmp_path / "r")).samples
    assert np.array_equal(got, np.where(want == invalid, INVALID_SAMPLE, want))


@pytest.mark.parametrize("fmt", [24, 524])
def test_a_value_too_large_is_named_by_its_place_in_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fmt: int
) -> None:
    values = np.zeros(100, np.int32)
    values[57] = 40000
    if fmt == 24:
        (tmp_path / "r.dat").write_bytes(values.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
    else:
        soundfile.write(tmp_path / "r.dat", values << 8, 250, format="FLAC", subtype="PCM_24")
    (tmp_path / "r.hea").write_text(f"r 1 250 100\nr.dat {fmt} 200 24 0 0 0 0 A\n")
    monkeypatch.setattr(wfdb_files, "_PIECE", 12)
    with pytest.raises(RecordError, match="signal A: sample 57 is 40000"):
        read_record(str(tmp_path / "r"))


def test_format_8_adds_up_differences(tmp_path: Path) -> None:
    steps = np.diff(SIGNAL, axis=0, prepend=[[100, -7]])
    steps[0] = 0
    (tmp_path / "r.dat").write_bytes(steps.astype(np.int8).tobytes())
    (tmp_path / "r.hea").write_text("r 2 250 4001\nr.dat 8 200 12 0 100 0 0 A\nr.dat 8 200 12 0 -7 0 0 B\n")
    assert np.array_equal(read_record(str(tmp_path / "r")).samples, np.cumsum(steps, 0) + np.array([100, -7]))


def test_segments_are_joined_and_holes_are_marked(tmp_path: Path) -> None:
    for name, part in (("m_1", SIGNAL[:1000]), ("m_2", SIGNAL[1000:2500])):
        soundfile.write(tmp_path / f"{name}.dat", part.astype(np.int16), 250, format="FLAC", subtype="PCM_16")
        lines = [f"{name}.dat 516 200(3)/mV 12 0 0 0 0 {lead}" for lead in ("II", "V1")]
        (tmp_path / f"{name}.hea").write_text(f"{name} 2 250 {len(part)}\n" + "\n".join(lines))
    (tmp_path / "m.hea").write_text("m/3 2 250 2600\nm_1 1000\n~ 100\nm_2 1500\n")
    record = read_record(str(tmp_path / "m"))
    assert np.array_equal(record.samples[:1000], SIGNAL[:1000])
    assert (record.samples[1000:1100] == INVALID_SAMPLE).all()
    assert np.array_equal(record.samples[1100:], SIGNAL[1000:2500])
    assert record.layout.leads[0].baseline == 3


def test_segments_of_a_variable_layout_find_their_columns(tmp_path: Path) -> None:
    line = "{file} {fmt} 200(0)/mV 12 0 0 0 0 {lead}\n"
    leads = ("II", "V1", "V5")
    files = {
        "m": "m/5 3 250 35\nm_0 0\n~ 5\nm_1 10\n~ 10\nm_2 10\n",
        "m_0": "m_0 3 250 0\n" + "".join(line.format(file="~", fmt=0, lead=lead) for lead in leads),
        "m_1": "m_1 2 250 10\n" + "".join(line.format(file="m_1.dat", fmt=16, lead=leads[n]) for n in (2, 0)),
        "m_2": "m_2 2 250 10\n"
        + line.format(file="m_2.dat", fmt=16, lead="V1")
        + line.format(file="~", fmt=0, lead="V5"),
    }
    for name, text in files.items():
        (tmp_path / f"{name}.hea").write_text(text)
    part = SIGNAL[:10].astype("<i2")
    (tmp_path / "m_1.dat").write_bytes(part.tobytes())
    (tmp_path / "m_2.dat").write_bytes(part[:, 0].tobytes())
    want = np.full((35, 3), INVALID_SAMPLE)
    want[5:15, [2, 0]] = part
    want[25:35, 1] = part[:, 0]
    record = read_record(str(tmp_path / "m"))
    assert record.layout.names == leads
    assert np.array_equal(record.samples, want)


@pytest.mark.parametrize(
    ("fmt", "data"), [(16, b"\x00\x80"), (212, b"\x00\x08"), (24, b"\x00\x00\x80"), (80, b"\x00")]
)
def test_a_formats_invalid_value_becomes_the_invalid_sample(tmp_path: Path, fmt: int, data: bytes) -> None:
    (tmp_path / "r.dat").write_bytes(data)
    (tmp_path / "r.hea").write_text(f"r 1 250 1\nr.dat {fmt}\n")
    assert read_record(str(tmp_path / "r")).samples.tolist() == [[INVALID_SAMPLE]]


HEADER = "r 1 250 {n}\nr.dat {fmt} {gain} 12 0 0 0 0 II\n"
BAD = [
    ("not there", None, None, "r.hea: No such file"),
    ("no signal file", HEADER.format(n=10, fmt=16, gain=200), None, "r.dat: No such file"),
    (
        "cut short",
        HEADER.format(n=10, fmt=16, gain=200),
        b"\0" * 19,
        "19 bytes of samples where 20 are needed",
    ),
    (
        "cut short 212",
        HEADER.format(n=3, fmt=212, gain=200),
        b"\0" * 4,
        "4 bytes of samples where 5 are needed",
    ),
    ("zero length", HEADER.format(n=0, fmt=16, gain=200), b"", "no samples"),
    ("offset past the end", HEADER.format(n=1, fmt="16+24", gain=200), b"\0" * 20, "0 bytes of samples"),
    (
        "beyond 16 bits",
        HEADER.format(n=1, fmt=24, gain=200),
        b"\0\0\x01",
        "sample 0 is 65536, outside the 16",
    ),
    (
        "32 bits",
        HEADER.format(n=1, fmt=32, gain=200),
        b"\x00\x80\xff\xff",
        "sample 0 is -32768, outside the 16",
    ),
    ("not FLAC", HEADER.format(n=1, fmt=516, gain=200), b"fLaCjunk", "r.dat"),
    ("not even FLAC", HEADER.format(n=1, fmt=516, gain=200), b"", "r.dat"),
    ("huge", HEADER.format(n=10**15, fmt=16, gain=200), b"\0\0", "r.dat"),
    ("gain malformed", HEADER.format(n=1, fmt=16, gain="abc"), b"\0\0", "gain 'abc' is malformed"),
    ("gain not a number", HEADER.format(n=1, fmt=16, gain="nan"), b"\0\0", "gain 'nan' is malformed"),
    ("gain absurd", HEADER.format(n=1, fmt=16, gain="1e300"), b"\0\0", "lead II: gain 1e+300"),
    ("too slow", "r 1 50 1\nr.dat 16\n", b"\0\0", "sampling rate 50 Hz is outside 100–1000"),
    ("no signals", "r 0 250 1\n", None, "no signals"),
    ("no voltage", HEADER.format(n=1, fmt=16, gain="1/mmHg"), b"\0\0", "no signal is a voltage"),
    ("segment of segments", "r/1 1 250 1\nr 1\n", None, "a segment has segments of its own"),
    ("segment missing", "r/1 1 250 1\ns 1\n", None, "s.hea: No such file"),
    ("only a hole", "r/1 1 250 5\n~ 5\n", None, "no segment has signals"),
]


@pytest.mark.parametrize(("header", "data", "want"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_record_is_named_in_one_line(
    tmp_path: Path, header: str | None, data: bytes | None, want: str
) -> None:
    if header is not None:
        (tmp_path / "r.hea").write_text(header)
    if data is not None:
        (tmp_path / "r.dat").write_bytes(data)
    with pytest.raises(RecordError) as caught:
        read_record(str(tmp_path / "r"))
    assert want in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_odd_but_readable_headers_leave_a_note(tmp_path: Path) -> None:
    (tmp_path / "r.dat").write_bytes(np.arange(8, dtype="<i2").tobytes())
    (tmp_path / "r.hea").write_text(
        "r 4 250 2\nr.dat 16 0 12 0 0 0 0 ECG\nr.dat 16 200 12 0 0 0 0 ECG\n"
        "r.dat 16 12.5/mmHg 12 0 0 0 0 ABP\nr.dat 16 4/uV 12 0 0 0 0\n"
    )
    record = read_record(str(tmp_path / "r"))
    assert record.layout.names == ("ECG", "ECG 2", "lead 4")
    assert [lead.gain for lead in record.layout.leads] == [200.0, 200.0, 4000.0]
    assert record.samples.tolist() == [[0, 1, 3], [4, 5, 7]]
    assert record.notes == (
        "signal 'ABP' left out: its unit 'mmHg' is no voltage",
        "lead ECG: the header states no gain; 200 units per mV assumed",
        "lead 'ECG' is called 'ECG 2' here",
    )


def edf_signal(
    label: str,
    data: np.ndarray,
    rate: float = 250,
    unit: str = "uV",
    low: float = -3276.8,
    high: float = 3276.7,
) -> edfio.EdfSignal:
    return edfio.EdfSignal.from_digital(
        data.astype(np.int16),
        rate,
        label=label,
        physical_dimension=unit,
        physical_range=(low, high),
        digital_range=(-32768, 32767),
    )


def test_edf_keeps_values_and_gains(tmp_path: Path) -> None:
    data = RNG.integers(-30000, 30000, (2500, 2))
    other = RNG.integers(-100, 100, 1000)
    edf = edfio.Edf(
        [
            edf_signal("ECG II", data[:, 0]),
            edf_signal("Resp", other, 100),
            edf_signal("EKG V1", data[:, 1], unit="mV", low=-5.0, high=5.0),
            edf_signal("ECG slow", other, 100),
        ],
        starttime=time(1, 2, 3, 250000),
        annotations=[],
        recording=edfio.Recording(startdate=date(2026, 5, 6)),
    )
    edf.write(tmp_path / "x.edf")
    record = read_record(str(tmp_path / "x.edf"))
    assert np.array_equal(record.samples, data)
    assert record.layout.names == ("II", "V1")
    assert record.layout.rate_hz == 250.0
    assert [lead.gain for lead in record.layout.leads] == pytest.approx([10_000.0, 6553.5])
    assert record.start is not None
    assert to_iso(record.start) == "2026-05-06T01:02:03.250Z"
    assert record.notes == ("signal 'Resp' left out: not ECG", "signal 'ECG slow' left out: 100 Hz")
    lead = record.layout.leads[0]
    physical = (record.samples[:, 0].astype(float) - lead.baseline) / lead.gain
    assert np.allclose(physical, edf.signals[0].data / 1000, atol=0.51 / lead.gain)


BAD_EDF = [
    ("empty", b""),
    ("text", b"this is not EDF" * 40),
    ("header only", b"0       " + b" " * 248),
]


@pytest.mark.parametrize("data", [row[1] for row in BAD_EDF], ids=[row[0] for row in BAD_EDF])
def test_a_bad_edf_is_named_in_one_line(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.edf").write_bytes(data)
    with pytest.raises(RecordError, match=r"x\.edf: ") as caught:
        read_record(str(tmp_path / "x.edf"))
    assert "\n" not in str(caught.value)


def ten_records(path: Path) -> bytes:
    """An EDF file of one lead, 250 Hz, in ten data records of a second."""
    edfio.Edf([edf_signal("ECG II", SIGNAL[:2500, 0])], data_record_duration=1.0).write(path)
    return path.read_bytes()


@pytest.mark.parametrize(("lost", "there"), [(1, 9), (500, 9), (501, 8), (4999, 0), (5000, 0)])
def test_an_edf_cut_short_is_refused_with_what_is_there(tmp_path: Path, lost: int, there: int) -> None:
    path = tmp_path / "x.edf"
    path.write_bytes(ten_records(path)[:-lost])
    words = f"x.edf: {there} whole data records where the header says 10: the file is cut short"
    with pytest.raises(RecordError, match=words):
        read_record(str(path))


@pytest.mark.filterwarnings("error")
def test_an_edf_still_being_recorded_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "x.edf"
    whole = ten_records(path)
    path.write_bytes(whole[:236] + b"-1      " + whole[244:-700])
    record = read_record(str(path))
    assert np.array_equal(record.samples[:, 0], SIGNAL[:2000, 0])
    assert record.notes == ("the header does not say how many data records there are: 8 are read",)


@pytest.mark.filterwarnings("error")
def test_an_edf_longer_than_its_header_says_is_read_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "x.edf"
    whole = ten_records(path)
    path.write_bytes(whole[:236] + b"9       " + whole[244:])
    record = read_record(str(path))
    assert np.array_equal(record.samples[:, 0], SIGNAL[:2500, 0])
    assert record.notes == ("10 data records where the header says 9: all of them are read",)


NO_HEADER = [
    ("version", 0, b"1", "it does not begin as one"),
    ("bytes", 184, b"        ", "bytes in the header ''"),
    ("other bytes", 184, b"768     ", "768 bytes are not that of 1 signals"),
    ("records", 236, b"        ", "number of data records ''"),
    ("records below", 236, b"-2      ", "number of data records '-2'"),
    ("seconds", 244, b"1,0     ", "seconds of a data record '1,0'"),
    ("infinite", 244, b"inf     ", "seconds of a data record 'inf'"),
    ("signals", 252, b"    ", "number of signals ''"),
    ("no signals", 252, b"0   ", "number of signals '0'"),
    ("samples", 256 + 216, b"x       ", "samples in a data record of signal 0 'x'"),
    (
        "range",
        256 + 104,
        b"        ",
        "signal 'ECG II': the physical or digital range is not made of numbers",
    ),
]


@pytest.mark.parametrize(
    ("at", "field", "words"), [row[1:] for row in NO_HEADER], ids=[r[0] for r in NO_HEADER]
)
def test_a_header_that_is_none_is_called_so(tmp_path: Path, at: int, field: bytes, words: str) -> None:
    path = tmp_path / "x.edf"
    whole = ten_records(path)
    path.write_bytes(whole[:at] + field + whole[at + len(field) :])
    with pytest.raises(RecordError) as caught:
        read_record(str(path))
    assert str(caught.value) == f"{path}: its header is no EDF header: {words}"


def test_an_edf_that_ends_in_its_header_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "x.edf"
    path.write_bytes(ten_records(path)[:400])
    with pytest.raises(RecordError, match=r"x\.edf: the file is cut short within its header"):
        read_record(str(path))


@given(head=st.binary(max_size=300), signals=st.integers(0, 3), tail=st.binary(max_size=600))
def test_any_bytes_are_an_edf_header_or_refused(
    tmp_path_factory: pytest.TempPathFactory, head: bytes, signals: int, tail: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.edf"
    for start in (head, b"0       " + head, made_head(signals) + head):
        path.write_bytes(start + tail)
        told = said(path)
        assert "\n" not in told
        assert told == "" or told.startswith(f"{path}: ")


def said(path: Path) -> str:
    """Why a header is refused, or nothing where what it promises is there."""
    try:
        length = edf_length(path)
    except RecordError as error:
        return str(error)
    return "" if -1 <= length.promised <= length.there else "more promised\n"


def made_head(signals: int) -> bytes:
    """The first part of a header whose records last a second and are not counted."""
    size = str(256 * (signals + 1)).encode()
    return (
        b"0       "
        + b" " * 176
        + size.ljust(52)
        + b"-1".ljust(8)
        + b"1".ljust(8)
        + str(signals).encode().ljust(4)
    )


def test_an_edf_with_flipped_bytes_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.edf"
    edfio.Edf([edf_signal("ECG II", SIGNAL[:2500, 0])]).write(path)
    whole = path.read_bytes()
    for at in range(0, 512, 3):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x15]) + whole[at + 1 :])
        message = ""
        try:
            read_record(str(path))
        except RecordError as error:
            message = str(error)
        assert "\n" not in message


def test_an_edf_without_ecg_says_what_it_holds(tmp_path: Path) -> None:
    edfio.Edf([edf_signal("EEG Fpz", SIGNAL[:2500, 0])]).write(tmp_path / "x.edf")
    with pytest.raises(RecordError, match="no ECG among the signals: signal 'EEG Fpz'"):
        read_record(str(tmp_path / "x.edf"))


def test_data_records_that_overlap_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.edf"
    edfio.Edf(
        [edf_signal("ECG II", SIGNAL[:2500, 0])], annotations=[edfio.EdfAnnotation(0, None, "a")]
    ).write(path)
    data = path.read_bytes()
    assert b"+5\x14\x14" in data
    path.write_bytes(data.replace(b"+5\x14\x14", b"+8\x14\x14", 1).replace(b"EDF+C", b"EDF+D", 1))
    with pytest.raises(RecordError, match=r"x\.edf: data record 6 begins before record 5 ends"):
        read_record(str(path))
    path.write_bytes(data.replace(b"+5\x14\x14", b"?5\x14\x14", 1))
    with pytest.raises(RecordError, match=r"x\.edf: data record 5 does not say when it begins"):
        read_record(str(path))
