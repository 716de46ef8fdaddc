"""Service periods: who wears what, and what the center refuses."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from tests.e2e.processes import Serving, done, einthoven, here
from tests.e2e.records import heart, written


def words(center: Serving, out: Path, **changed: object) -> list[str]:
    given = {"patient": "Doe, Jane", "transmitter": "T-1", "rate": 250, "leads": "II,V1"} | changed
    options = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    return ["enroll", "--center", center.url, *options, "--out", str(out)]


def test_the_key_file_is_for_its_owner_alone(center: Serving, tmp_path: Path) -> None:
    out = tmp_path / "t.key"
    told = done(
        *words(
            center,
            out,
            patient="Müller, Zoë",
            transmitter="T-alone",
            birth_date="1950-02-28",
            sex="female",
            address="1 Example Lane",
            telephone="+1 555 555 0100",
            physician="Sample, Pat",
            npi="1234567893",
            physician_telephone="+1 555 555 0199",
        )
    )
    assert told["patient"] == "Müller, Zoë"
    assert told["ended"] is None
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    key = json.loads(out.read_text())
    assert (key["transmitter"], key["stream"], key["rate_hz"]) == ("T-alone", told["stream"], 250)
    assert key["leads"] == ["II", "V1"]
    assert key["link"].startswith("wss://127.0.0.1:")
    assert len(bytes.fromhex(key["private_key"])) == 32
    assert list(tmp_path.iterdir()) == [out]
    state = center.streams()[told["stream"]]
    assert (state["patient"], state["transmitter"], state["period"]) == ("Müller, Zoë", "T-alone", "open")
    assert (state["link"], state["newest_ms"]) == ("never", None)


def test_a_transmitter_enrolled_again_starts_a_new_stream_and_ends_the_old(
    center: Serving, tmp_path: Path
) -> None:
    out = tmp_path / "again.key"
    given = {"patient": "Again, Anna", "transmitter": "T-again"}
    first = done(*words(center, out, **given))
    old = json.loads(out.read_text())
    record = written(tmp_path, "rec", heart(5, 1))
    send = ("transmit", record, "--center", center.url, "--speed", 100, "--key")
    done(*send, out)
    second = done(*words(center, out, **given))
    assert second["ended"] == first["stream"]
    assert second["stream"] != first["stream"]
    states = center.streams()
    assert states[first["stream"]]["period"] == "ended"
    assert states[second["stream"]]["period"] == "open"
    new = json.loads(out.read_text())
    assert new["private_key"] != old["private_key"]
    # The same record on the new stream; the old key opens nothing any more.
    assert done(*send, out) == {"stream": second["stream"], "samples": 1250}
    kept = tmp_path / "old.key"
    kept.write_text(json.dumps(old))
    refused = einthoven(*send, kept)
    assert (refused.code, refused.out) == (2, "")
    assert "ended" in refused.line
    for stream in (first["stream"], second["stream"]):
        assert done("export", stream, "--data", center.data, "-o", tmp_path / "out")["samples"] == 1250


def test_another_patient_gets_a_worn_transmitter_only_when_told_so(center: Serving, tmp_path: Path) -> None:
    first = done(*words(center, tmp_path / "one.key", patient="First, Fay", transmitter="T-worn"))
    other = words(center, tmp_path / "two.key", patient="Second, Sam", transmitter="T-worn")
    refused = einthoven(*other)
    assert (refused.code, refused.out) == (2, "")
    assert first["stream"] in refused.line
    assert not (tmp_path / "two.key").exists()
    assert center.streams()[first["stream"]]["period"] == "open"
    told = done(*other, "--end-previous")
    assert told["ended"] == first["stream"]
    assert center.streams()[first["stream"]]["period"] == "ended"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"patient": ""}, "name"),
        ({"patient": "x" * 2000}, "name"),
        ({"transmitter": "T 1\n"}, "transmitter"),
        ({"rate": 99}, "rate"),
        ({"rate": 1001}, "rate"),
        ({"rate": "nan"}, "rate"),
        ({"rate": "fast"}, "rate"),
        ({"leads": ""}, "lead"),
        ({"leads": "II,II"}, "lead"),
        ({"leads": ",".join(f"L{n}" for n in range(13))}, "lead"),
        ({"birth_date": "28.2.1950"}, "birth_date"),
        ({"sex": "yes"}, "sex"),
        ({"physician": "Sample, Pat", "npi": "1234567890"}, "npi"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_in_one_line(
    center: Serving, tmp_path: Path, changed: dict[str, object], named: str
) -> None:
    before = center.streams()
    ran = here(*words(center, tmp_path / "no.key", **({"transmitter": "T-no"} | changed)))
    assert (ran.code, ran.out) == (2, "")
    assert named in ran.line.lower()
    assert list(tmp_path.iterdir()) == []
    assert center.streams().keys() == before.keys()
