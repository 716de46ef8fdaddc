"""C-STORE against dcmtk's ``storescp``, a real process on a free port."""

from __future__ import annotations

import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.waveforms.numpy_handler import multiplex_array
from tests.edges.exchange.archives import archive, free_port
from tests.interop.dicom_cases import noise, recording, told

from einthoven.base.errors import InputError, RefusedError
from einthoven.base.spans import Span
from einthoven.bootstrap.clock import RealClock
from einthoven.edges.exchange.dicom_store import Archive, Sent, parse_archive, store, title
from einthoven.edges.exchange.dicom_store import _objects as looked_at
from einthoven.edges.exchange.dicom_store import _unwarned as unwarned
from einthoven.edges.intake.certificate import make_certificate
from einthoven.interop.dicom import ambulatory, encapsulated_pdf, encode, strip, study_of

MADE = told(recording(noise(20_000), (0, 9000), (9100, 20_000)))


unclosed = pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
"""pynetdicom leaves it to the garbage collector to close a socket that did not connect."""


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    objects = {
        "1": ambulatory(MADE, Span(0, 10_000)),
        "2": ambulatory(MADE, Span(10_000, 20_000), 2),
        "strip": strip(MADE, Span(500, 3000)),
        "report": encapsulated_pdf(study_of(MADE), b"%PDF-1.7 odd", "Daily report", MADE.start or 0),
    }
    paths = []
    for name, data in objects.items():
        paths.append(tmp_path / f"{name}.dcm")
        paths[-1].write_bytes(encode(data))
    return paths


def kept(folder: Path) -> dict[str, Path]:
    return {str(dcmread(path).SOPInstanceUID): path for path in folder.iterdir()}


@pytest.mark.parametrize("options", [("+B",), ("+xe",), ("+xi",)], ids=["as sent", "explicit", "implicit"])
def test_what_is_sent_is_read_back_equal(files: list[Path], tmp_path: Path, options: tuple[str, ...]) -> None:
    steps: list[tuple[int, int]] = []
    with archive(tmp_path / "kept", *options) as where:
        sent = store(files, where, told=lambda done, of: steps.append((done, of)))
        assert sent == [Sent(path, "stored") for path in files]
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    there = kept(tmp_path / "kept")
    for path in files:
        ours, back = dcmread(path), dcmread(there[str(dcmread(path).SOPInstanceUID)])
        if "WaveformSequence" in ours:
            assert (raw(back) == raw(ours)).all()
            del ours.WaveformSequence[0].WaveformData
            del back.WaveformSequence[0].WaveformData
        assert ours.to_json_dict() == back.to_json_dict()


def raw(data: object) -> np.ndarray:
    return np.asarray(multiplex_array(data, 0, as_raw=True))  # type: ignore[arg-type]


def test_an_archive_that_refuses_is_told_in_its_words(files: list[Path], tmp_path: Path) -> None:
    told_ = ""
    with archive(tmp_path / "kept", "--refuse") as where:
        for _ in range(20):
            with pytest.raises(RefusedError) as refused:
                store(files, where)
            told_ = str(refused.value)
            # storescp may close while our request is half read, and its answer is lost on the way.
            if "closed the connection" not in told_:
                break
    assert "rejected the association: No reason given (rejected permanent)" in told_
    assert list((tmp_path / "kept").iterdir()) == []


@unclosed
def test_nobody_listens(files: list[Path]) -> None:
    with pytest.raises(RefusedError, match=r"A@127\.0\.0\.1:\d+ cannot be reached: Connection refused"):
        store(files, Archive("A", "127.0.0.1", free_port()))


def test_there_is_no_such_host(files: list[Path]) -> None:
    with pytest.raises(InputError, match="there is no such host"):
        store(files, Archive("A", "no-such-host.invalid", 104))


def test_somebody_else_listens(files: list[Path]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(RefusedError, match="kept silent"):
        store(files, Archive("A", "127.0.0.1", silent.getsockname()[1]), timeout_s=0.5)


def test_an_answer_that_does_not_come_is_not_known(files: list[Path], tmp_path: Path) -> None:
    with archive(tmp_path / "kept", "--abort-after") as where:
        sent = store(files, where)
    assert [one.outcome for one in sent] == ["unknown", "refused", "refused", "refused"]
    assert "no answer" in sent[0].why
    assert "not sent" in sent[1].why


def archive_of_pynetdicom(statuses: list[int], classes: list[str]) -> Iterator[Archive]:
    from pynetdicom import AE, evt

    entity = AE(ae_title="FAKE")
    for sop_class in classes:
        entity.add_supported_context(sop_class)
    answers = iter(statuses)
    server = entity.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, lambda _event: next(answers))]
    )
    try:
        yield Archive("FAKE", "127.0.0.1", server.server_address[1])
    finally:
        server.shutdown()


def test_warnings_failures_and_kinds_not_taken_are_told_apart(files: list[Path]) -> None:
    from pynetdicom.sop_class import AmbulatoryECGWaveformStorage, GeneralECGWaveformStorage

    classes = [AmbulatoryECGWaveformStorage, GeneralECGWaveformStorage]
    for where in archive_of_pynetdicom([0xB000, 0xA700, 0x0000], classes):
        sent = store(files, where)
    assert [(one.outcome, one.why) for one in sent] == [
        ("warning", "Coercion of Data Elements (0xB000)"),
        ("refused", "Refused: Out of Resources (0xA700)"),
        ("stored", ""),
        ("refused", "the archive takes no Encapsulated PDF Storage"),
    ]


def test_an_archive_that_takes_none_of_it(files: list[Path]) -> None:
    from pynetdicom.sop_class import CTImageStorage

    for where in archive_of_pynetdicom([], [CTImageStorage]):
        with pytest.raises(RefusedError, match="takes none of these objects"):
            store(files, where)


def test_a_pdf_goes_into_the_study_of_the_others(files: list[Path], tmp_path: Path) -> None:
    report = tmp_path / "Bericht für Jane.pdf"
    report.write_bytes(b"%PDF-1.7 whole")
    with archive(tmp_path / "kept") as where:
        sent = store([report, *files[:2]], where)
        again = store([files[0], report], where)
    assert [(one.path, one.outcome) for one in sent] == [(path, "stored") for path in (report, *files[:2])]
    assert {one.outcome for one in again} == {"stored"}
    there = [dcmread(path) for path in (tmp_path / "kept").iterdir()]
    assert len(there) == 3  # sent twice, it is one object
    assert len({one.StudyInstanceUID for one in there}) == 1
    assert {(str(one.PatientName), one.PatientID) for one in there} == {("Doe^Jane", "P-1")}
    (document,) = (one for one in there if "EncapsulatedDocument" in one)
    assert document.EncapsulatedDocument[: document.EncapsulatedDocumentLength] == b"%PDF-1.7 whole"
    assert document.DocumentTitle == "Bericht für Jane"
    path = next(path for path in (tmp_path / "kept").iterdir() if "EncapsulatedDocument" in dcmread(path))
    assert findings(path) == []


def findings(path: Path) -> list[str]:
    done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("Error", "Warn"))]


def test_a_pdf_whose_study_is_not_clear(files: list[Path], tmp_path: Path) -> None:
    report, other = tmp_path / "report.pdf", tmp_path / "other.dcm"
    report.write_bytes(b"%PDF-1.7")
    other.write_bytes(encode(strip(replace(MADE, name="s000002"), Span(0, 3000))))
    nobody = Archive("A", "127.0.0.1", free_port())
    with pytest.raises(InputError, match=r"report\.pdf: .* and none is"):
        store([report], nobody)
    with pytest.raises(InputError, match="they are of 2 studies"):
        store([*files, other, report], nobody)


GOOD = encode(strip(MADE, Span(0, 300)))


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.integers(0, 2500), st.integers(0, 40), st.binary(max_size=12)), min_size=1, max_size=6
    ),
    st.integers(0, len(GOOD)),
)
def test_a_damaged_file_is_refused_by_name_or_left_to_the_archive(
    damage: list[tuple[int, int, bytes]], size: int
) -> None:
    data = bytearray(GOOD)
    for place, gone, put in damage:
        data[place : place + gone] = put
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "damaged.dcm"
        path.write_bytes(data[: size if size % 3 == 0 else len(data)])
        try:
            with unwarned():
                looked_at([path])
        except InputError as error:
            assert "damaged.dcm" in str(error)  # noqa: PT017


def test_nothing_is_sent_where_one_file_is_none(files: list[Path], tmp_path: Path) -> None:
    odd = tmp_path / "odd.dcm"
    odd.write_bytes(b"not DICOM")
    with archive(tmp_path / "kept") as where:
        for bad in (odd, tmp_path / "missing.dcm", tmp_path):
            with pytest.raises(InputError, match=bad.name):
                store([*files, bad], where)
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("ARCHIVE@pacs.example:104", Archive("ARCHIVE", "pacs.example", 104)),
        (" MY PACS@10.0.0.1:11112 ", Archive("MY PACS", "10.0.0.1", 11112)),
        ("A@[::1]:104", Archive("A", "::1", 104)),
    ],
)
def test_an_archive_by_its_name(text: str, read_as: Archive) -> None:
    assert parse_archive(text) == read_as


@pytest.mark.parametrize(
    "text", ["", "pacs:104", "@pacs:104", "A@pacs", "A@:104", "A@pacs:0", "A@pacs:65536", "A@b@c:1",
             "SEVENTEEN-LETTERS@pacs:104", "Ä@pacs:104", "A\\B@pacs:104"]
)  # fmt: skip
def test_what_names_no_archive(text: str) -> None:
    with pytest.raises(InputError):
        parse_archive(text)


def test_a_title_is_ascii() -> None:
    assert title(" X ") == "X"
    with pytest.raises(InputError):
        title("é")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(key, certificate) of 127.0.0.1."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    make_certificate(certificate, key, ["127.0.0.1"], RealClock().wall(), 2)
    return key, certificate


@unclosed
def test_by_tls(files: list[Path], tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    key, trusted = certificate
    with archive(tmp_path / "kept", "+tls", str(key), str(trusted), "-ic") as where:
        sent = store(files[:1], where, tls=ssl.create_default_context(cafile=str(trusted)))
        assert [one.outcome for one in sent] == ["stored"]
        with pytest.raises(RefusedError, match="not by TLS, or with a certificate that is not trusted"):
            store(files[:1], where, tls=ssl.create_default_context(), timeout_s=5)
    assert len(kept(tmp_path / "kept")) == 1
