"""What cannot be taken is refused: exit 2, one line that names what and where, nothing written."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.e2e.processes import Serving, einthoven, here
from tests.e2e.records import heart, noise, written

from einthoven.base.instants import DAY, to_iso

NOBODY = "http://127.0.0.1:1"
LONG = "a" * 70
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def send(**changed: str) -> list[str]:
    given = {"record": "{rec}", "center": "{center}", "key": "{key}", "speed": "100"} | changed
    record = given.pop("record")
    return ["transmit", record, *(word for name, value in given.items() for word in (f"--{name}", value))]


def join(out: str, center: str = "{center}") -> list[str]:
    words = ["--patient", "Out, Otto", "--transmitter", "T-out", "--rate", "250", "--leads", "II"]
    return ["enroll", "--center", center, *words, "--out", out]


def take(stream: str = "{stream}", data: str = "{data}", out: str = "{new}", *more: str) -> list[str]:
    return ["export", stream, "--data", data, "-o", out, *more]


CASES: dict[str, tuple[list[str], str]] = {
    "no such command": (["observe"], "observe"),
    "no such option": (["serve", "--date", "x"], "--date"),
    "an option is missing": (["serve"], "--data"),
    "transmit: no record": (send(record="{new}"), "{new}.hea"),
    "transmit: no edf": (send(record="{new}.edf"), "{new}.edf"),
    "transmit: an edf that is none": (send(record="{text}.edf"), "{text}.edf"),
    "transmit: a header that is none": (send(record="{text}"), "{text}.hea"),
    "transmit: a record cut short": (send(record="{cut}"), "{cut}.dat"),
    "transmit: a rate not enrolled": (send(record="{other}"), "333 Hz"),
    "transmit: leads not enrolled": (send(record="{one}"), "1 leads"),
    "transmit: no key": (send(key="{new}"), "{new}"),
    "transmit: a key file that is a folder": (send(key="{folder}"), "{folder}"),
    "transmit: a key file that is none": (send(key="{text}.key"), "{text}.key"),
    "transmit: a key file without its key": (send(key="{keyless}"), "private_key"),
    "transmit: a key file with half a key": (send(key="{half}"), "private_key"),
    "transmit: a key with another's secret": (send(key="{forged}"), "identity: not proven"),
    "transmit: a key of another center": (send(key="{foreign}"), "not the center"),
    "transmit: nobody there": (send(center=NOBODY), NOBODY),
    "transmit: no address": (send(center="center.example"), "center.example"),
    "transmit: something else there": (send(center="{center}/healthz"), "{center}/healthz"),
    "transmit: speed 0": (send(speed="0"), "--speed"),
    "transmit: speed nan": (send(speed="nan"), "--speed"),
    "transmit: speed inf": (send(speed="inf"), "--speed"),
    "transmit: patience nan": (send(patience="nan"), "--patience"),
    "transmit: a time that is none": (send(start="yesterday"), "yesterday"),
    "transmit: an address without a port": (send(center="http://host:abc"), "http://host:abc"),
    "transmit: a port beyond all": (send(center="http://127.0.0.1:99999"), "http://127.0.0.1:99999"),
    "transmit: a host that can be none": (send(center=f"http://{LONG}.example"), LONG),
    "transmit: half an address": (send(center="http://[::1"), "http://[::1"),
    "transmit: a link without a port": (send(center="wss://host:abc/link"), "wss://host:abc/link"),
    "transmit: a link without TLS": (send(center="ws://127.0.0.1:1/link"), "wss://"),
    "transmit: before 1970": (send(record="{fresh}", start="1969-12-31T23:59:59Z"), "1970"),
    "transmit: before 1970, live": (send(record="{fresh}", start="1900-01-01", speed="1"), "1970"),
    "transmit: tomorrow": (send(record="{fresh}", start="{tomorrow}"), "lies in the past"),
    "enroll: no folder for the key": (join("{new}/t.key"), "{new}"),
    "enroll: over another's key": (join("{key}"), "{key}"),
    "enroll: over something else": (join("{text}.key"), "{text}.key"),
    "enroll: over a folder": (join("{folder}"), "{folder}"),
    "enroll: nobody there": (join("{new}", NOBODY), NOBODY),
    "enroll: no address": (join("{new}", "center.example"), "center.example"),
    "enroll: an address without a port": (join("{new}", "http://host:abc"), "http://host:abc"),
    "enroll: a host that can be none": (join("{new}", f"http://{LONG}.example"), LONG),
    "enroll: something else there": (join("{new}", "{center}/healthz"), "{center}/healthz"),
    "enroll: a name that is too long": (join("{folder}/" + "k" * 255), "k" * 255),
    "enroll: an NPI of nobody": ([*join("{new}"), "--npi", "123"], "--npi needs --physician"),
    "enroll: a physician's telephone alone": (
        [*join("{new}"), "--physician-telephone", "555-0100"],
        "--physician-telephone needs --physician",
    ),
    "export: no such stream": (take("s000999"), "s000999"),
    "export: no stream's name": (take("17"), "17"),
    "export: nothing stored": (take("{silent}"), "{silent}"),
    "export: no folder": (take(data="{new}"), "{new}"),
    "export: no data folder": (take(data="{folder}"), "{folder}"),
    "export: into a file": (take("{stream}", "{data}", "{text}.key"), "{text}.key"),
    "export: a time that is none": (take("{stream}", "{data}", "{new}", "--from", "noon"), "noon"),
    "export: a format that is none": (take("{stream}", "{data}", "{new}", "--format", "gif"), "gif"),
    "analyze: no record": (["analyze", "{new}", "-o", "{folder}"], "{new}.hea"),
    "analyze: two of one name": (["analyze", "{rec}", "{rec}", "-o", "{new}"], "rec"),
    "analyze: an annotator that is a path": (["analyze", "{rec}", "-o", "{new}", "-a", "../x"], "../x"),
    "analyze: into a file": (["analyze", "{rec}", "-o", "{text}.key"], "{text}.key"),
    "verify: nothing": (["verify", "{new}"], "{new}"),
    "verify: a file": (["verify", "{text}.key"], "{text}.key"),
    "verify: no data folder": (["verify", "{folder}"], "{folder}"),
    "serve: into a file": (["serve", "--port", "0", "--data", "{text}.key"], "{text}.key"),
    "serve: under a file": (["serve", "--port", "0", "--data", "{text}.key/data"], "{text}.key"),
    "serve: no port": (["serve", "--data", "{new}", "--port", "99999"], "--port"),
    "serve: a segment too short": (["serve", "--data", "{new}", "--segment-s", "1"], "--segment-s"),
    "serve: settings that are none": (["serve", "--data", "{unset}"], "einthoven.toml"),
    "demo: no records": (["demo", "--records", "{folder}"], "{folder}"),
    "demo: no folder of records": (["demo", "--records", "{new}"], "{new}"),
    "demo: nobody": (["demo", "--patients", "0"], "--patients"),
    "night: no such file": (["night", "{new}"], "{new}"),
    "conform: no key": (["conform", "{center}", "--key", "{new}"], "{new}"),
    "conform: nobody there": (["conform", NOBODY, "--key", "{key}"], NOBODY),
    "conform: an address without a port": (["conform", "http://host:abc", "--key", "{key}"], "host:abc"),
    "conform: a link without a port": (["conform", "wss://host:abc/link", "--key", "{key}"], "host:abc"),
    "conform: nowhere to listen": (["conform", "here", "--key", "{new}", "--listen"], "here"),
    "conform: a port beyond all": (["conform", "127.0.0.1:99999", "--key", "{new}", "--listen"], ":99999"),
    "conform: a port that is none": (["conform", "127.0.0.1:²", "--key", "{new}", "--listen"], ":²"),
    "conform: a host that can be none": (["conform", f"{LONG}:9", "--key", "{new}", "--listen"], LONG),
}


@pytest.fixture(scope="module")
def scene(center: Serving, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Names of the files that the cases speak of."""
    folder = tmp_path_factory.mktemp("scene")
    enrolled, silent = center.enroll(250, "II,V1"), center.enroll(250, "II")
    rec = written(folder, "rec", heart(10, 1))
    assert einthoven("transmit", rec, "--center", center.url, "--key", enrolled.key, "--speed", 100).told == {
        "stream": enrolled.stream,
        "samples": 2500,
    }
    cut = written(folder, "cut", heart(10, 2))
    data = cut.with_suffix(".dat")
    data.write_bytes(data.read_bytes()[:-100])
    for ending in (".hea", ".edf", ".key"):
        (folder / f"text{ending}").write_text("this is only text\n")
    for name in ("folder", "unset"):
        (folder / name).mkdir()
    (folder / "unset" / "einthoven.toml").write_text("comit_ms = 20\n")
    key = json.loads(enrolled.key.read_text())
    keyless = {name: value for name, value in key.items() if name != "private_key"}
    changed: dict[str, dict[str, object]] = {
        "keyless": keyless,
        "half": key | {"private_key": key["private_key"][:32]},
        "forged": key | {"private_key": "00" * 32},
        "foreign": key | {"certificate": CERTIFICATE},
    }
    for name, values in changed.items():
        (folder / name).write_text(json.dumps(values))
    one, samples = heart(10, 3)
    return {
        "center": center.url,
        "data": str(center.data),
        "stream": enrolled.stream,
        "silent": silent.stream,
        "key": str(enrolled.key),
        "rec": str(rec),
        "fresh": str(written(folder, "fresh", heart(10, 5))),
        "tomorrow": to_iso(time.time_ns() + DAY),
        "cut": str(cut),
        "other": str(written(folder, "other", noise(10, 4))),
        "one": str(written(folder, "one", (type(one)(250.0, one.leads[:1]), samples[:, :1].copy()))),
        **{name: str(folder / name) for name in (*changed, "text", "folder", "unset", "new")},
    }


def tree(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_in_one_line(scene: dict[str, str], center: Serving, case: str) -> None:
    words, named = CASES[case]
    folder = Path(scene["new"]).parent
    dates = Path(f"{scene['key']}.dated").read_bytes()
    before, streams = tree(folder), center.streams().keys()
    ran = here(*(word.format(**scene) for word in words))
    assert (ran.code, ran.out) == (2, ""), ran.err
    assert ran.line.startswith("einthoven: ")
    assert named.format(**scene) in ran.line
    assert tree(folder) == before
    assert Path(f"{scene['key']}.dated").read_bytes() == dates
    assert center.streams().keys() == streams


@pytest.mark.parametrize(
    "case", ["no such option", "transmit: a rate not enrolled", "verify: no data folder"]
)
def test_a_process_says_no_more(scene: dict[str, str], case: str) -> None:
    words, _ = CASES[case]
    filled = [word.format(**scene) for word in words]
    assert einthoven(*filled) == here(*filled)


@pytest.fixture
def dated(scene: dict[str, str]) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        memory = Path(f"{scene['key']}.dated")
        memory.write_text(text)
        return memory

    return write


def test_a_damaged_memory_of_dates_is_named(scene: dict[str, str], dated: Callable[[str], Path]) -> None:
    whole = Path(f"{scene['key']}.dated").read_text()
    memory = dated("{")
    ran = here(*(word.format(**scene) for word in send()))
    memory.write_text(whole)
    assert (ran.code, ran.out) == (2, "")
    assert memory.name in ran.line
