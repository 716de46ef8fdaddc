"""An archive with a signed list: any change is found, anybody opens it, a forgery signed anew fails (R37)."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from einthoven.base.errors import InputError, NotFoundError
from einthoven.edges.exchange.bundle import (
    MANIFEST,
    SIGNATURE,
    Bundle,
    Checked,
    check,
    is_archive,
    key_id,
    public_of,
)
from einthoven.interop import zip_store
from einthoven.interop.zip_store import Entry, directory, entries_of, local_header

SEED, OTHER = b"\x01" * 32, b"\x02" * 32
FILES = {"dossier.pdf": b"%PDF-1.7 ...", "ecg/s000001.hea": b"s000001 2 250\n", "audit.jsonl": b""}


def made(files: dict[str, bytes] = FILES, seed: bytes = SEED) -> bytes:
    out = io.BytesIO()
    bundle = Bundle(out)
    for name, content in files.items():
        bundle.add(name, content)
    bundle.close({"period": "s000001"}, seed)
    return out.getvalue()


def checked(content: bytes, folder: Path, seed: bytes = SEED) -> Checked:
    path = folder / "one.zip"
    path.write_bytes(content)
    return check(path, public_of(seed), lambda name: name.endswith(".hea"))


def test_what_was_signed_is_whole_and_the_same_again_byte_for_byte(tmp_path: Path) -> None:
    told = checked(made(), tmp_path)
    assert told.ok
    assert told.faults == ()
    assert told.signer == public_of(SEED).hex()
    assert told.kept["ecg/s000001.hea"] == FILES["ecg/s000001.hea"]
    assert told.files == len(FILES) + 2
    assert made() == made()
    assert told.manifest is not None
    assert told.manifest["key"]["id"] == key_id(public_of(SEED))


def test_a_reader_that_we_did_not_write_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "one.zip"
    path.write_bytes(made())
    assert is_archive(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in FILES} == FILES
        assert archive.namelist()[-2:] == [MANIFEST, SIGNATURE]


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_any_change_of_one_byte_is_found(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(made())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    assert not checked(bytes(content), tmp_path).ok


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_whatever_is_cut_off_put_in_or_hung_on_is_found(tmp_path: Path, data: st.DataObject) -> None:
    content = made()
    place = data.draw(st.integers(0, len(content)))
    if place < len(content) and data.draw(st.booleans()):
        stop = data.draw(st.integers(place + 1, len(content)))
        changed = content[:place] + content[stop:]
    else:
        changed = content[:place] + data.draw(st.binary(min_size=1, max_size=9)) + content[place:]
    if changed != content:
        assert not checked(changed, tmp_path).ok


def test_a_forgery_signed_anew_with_another_key_fails_and_says_whose_key_it_names(tmp_path: Path) -> None:
    forged = made({**FILES, "dossier.pdf": b"%PDF-1.7 something else"}, OTHER)
    told = checked(forged, tmp_path)
    assert not told.ok
    assert told.faults == ("manifest.sig: is not the signature of the key that was given",)
    assert told.signer == public_of(OTHER).hex()
    assert checked(forged, tmp_path, OTHER).ok


def bare(files: list[tuple[str, bytes]]) -> bytes:
    """An archive of any files, as a forger would put it together in the same form."""
    import zlib

    made_, entries = b"", []
    for name, content in files:
        one = Entry(name, zlib.crc32(content), len(content), len(made_))
        made_ += local_header(one) + content
        entries.append(one)
    return made_ + directory(entries, len(made_))


def listed(content: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(one, archive.read(one)) for one in archive.namelist()]


def test_a_file_too_many_one_too_few_and_one_twice_are_named(tmp_path: Path) -> None:
    files = listed(made())
    told = checked(bare([*files, ("more.txt", b"")]), tmp_path)
    assert told.faults == ("more.txt: is not on the list",)
    told = checked(bare(files[1:]), tmp_path)
    assert told.faults == ("dossier.pdf: is on the list and not in the archive",)
    told = checked(bare([files[0], *files]), tmp_path)
    assert "dossier.pdf: is in the archive twice" in told.faults
    told = checked(bare([one for one in files if one[0] != SIGNATURE]), tmp_path)
    assert f"{SIGNATURE}: is missing" in told.faults
    assert not told.signed


def test_an_archive_of_others_and_one_that_says_more_than_it_has_are_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.bin", bytes(10_000_000))
    assert "not as such an archive begins a file" in checked(out.getvalue(), tmp_path).faults[0]
    long = local_header(Entry("a", 0, 1 << 40))
    assert "says 1099511627776 bytes, more than the archive has" in checked(long, tmp_path).faults[0]
    assert checked(b"", tmp_path).faults
    with pytest.raises(NotFoundError, match="no such file"):
        check(tmp_path / "none.zip", public_of(SEED), lambda _: False)


@pytest.mark.parametrize(
    "name", ["../x", "/etc/x", "a/../b", "a//b", ".x", "a\\b", "a/", "ä", "", "a/./b", "C:/x"]
)
def test_names_that_leave_the_folder_are_none(name: str) -> None:
    with pytest.raises(InputError, match="no name of a file"):
        Bundle(io.BytesIO()).add(name, b"")


def test_an_archive_beyond_four_gigabytes_is_read_by_others_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zip_store, "LARGE", 4)
    content = made()
    path = tmp_path / "large.zip"
    path.write_bytes(content)
    with path.open("rb") as file:
        names = []
        for one in entries_of(file, len(content)):
            names.append(one.name)
            file.seek(one.size, 1)
    assert names == [*FILES, MANIFEST, SIGNATURE]
    assert zip_store.END64 in content
