"""A center as a process: started, stopped, killed, started again on the same folder."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import httpx
import pytest
from tests.e2e.processes import PATIENCE_S, Serving, begin, done, einthoven, until
from tests.e2e.records import heart, written
from tests.interop.judge import quiet, wfdb

from einthoven.enrollment.periods import by_telephone

END = {"stopped": signal.SIGTERM, "interrupted": signal.SIGINT, "killed": signal.SIGKILL}


def newest_stored_ms(center: Serving, stream: str, samples: int) -> int:
    """When the last of the samples, all of which are stored, was taken: by the date of the record itself."""
    page = center.get(f"/api/streams/{stream}").json()
    assert page["stored"] == [[0, samples]]
    return int(page["origin_ms"]) + (samples - 1) * 1000 // 250


@quiet
@pytest.mark.parametrize("how", END)
def test_a_center_that_ends_keeps_everything(own_center: Serving, tmp_path: Path, how: str) -> None:
    center = own_center
    _, samples = record = heart(90, 1)
    path = written(tmp_path, "rec", record)
    enrolled = center.enroll(250, "II,V1", patient="Kept, Kim")
    send = ("transmit", path, "--center", center.url, "--key", enrolled.key, "--speed", 100)
    done(*send)
    # What is shown follows what is acknowledged: by the analysis, and by the second in which others looked.
    newest_ms = newest_stored_ms(center, enrolled.stream, len(samples))
    until("all to be shown", lambda: center.streams()[enrolled.stream]["newest_ms"] == newest_ms)
    before = center.streams()
    center.send(END[how])
    assert center.wait() == (-signal.SIGKILL if how == "killed" else 0)
    assert einthoven("verify", center.data).code == 0
    port = center.port
    center.start()
    assert center.port == port
    after = center.streams()[enrolled.stream]
    kept = ("patient", "transmitter", "rate_hz", "newest_ms", "period", "battery")
    assert {name: after[name] for name in kept} == {name: before[enrolled.stream][name] for name in kept}
    assert [lead["name"] for lead in after["leads"]] == ["II", "V1"]
    # What is there is not sent again; a key made before opens the same stream.
    assert done(*send) == {"stream": enrolled.stream, "samples": len(samples)}
    done("export", enrolled.stream, "--data", center.data, "-o", tmp_path)
    read = wfdb.rdrecord(str(tmp_path / enrolled.stream), physical=False)
    assert (read.d_signal == samples).all()
    found = center.get(f"/api/streams/{enrolled.stream}/beats?start=0&stop={len(samples)}").json()
    assert len(found["samples"]) > 60


@quiet
def test_what_a_dead_center_left_unacknowledged_is_sent_to_the_next(
    own_center: Serving, tmp_path: Path
) -> None:
    center = own_center
    _, samples = record = heart(120, 2)
    path = written(tmp_path, "rec", record)
    enrolled = center.enroll(250, "II,V1")
    send = ["transmit", path, "--center", center.url, "--key", enrolled.key]
    sending = begin(*send, "--speed", 10, "--patience", 2)
    until("the first samples", lambda: center.streams()[enrolled.stream]["newest_ms"])
    center.kill()
    _, err = sending.communicate(timeout=PATIENCE_S)
    assert sending.returncode == 1
    assert re.fullmatch(r"einthoven: \d+ of 30000 samples not acknowledged: nothing came for 2 s\n", err)
    center.start()
    kept = done("export", enrolled.stream, "--data", center.data, "-o", tmp_path / "kept")["samples"]
    assert 0 < kept < 30_000
    assert done(*send, "--speed", 100) == {"stream": enrolled.stream, "samples": 30_000}
    done("export", enrolled.stream, "--data", center.data, "-o", tmp_path)
    read = wfdb.rdrecord(str(tmp_path / enrolled.stream), physical=False)
    assert (read.d_signal == samples).all()


def test_a_transmission_is_interrupted_without_a_word(center: Serving, tmp_path: Path) -> None:
    path = written(tmp_path, "rec", heart(120, 3))
    enrolled = center.enroll(250, "II,V1")
    sending = begin("transmit", path, "--center", center.url, "--key", enrolled.key)
    until("the first samples", lambda: center.streams()[enrolled.stream]["newest_ms"])
    sending.send_signal(signal.SIGINT)
    out, err = sending.communicate(timeout=PATIENCE_S)
    assert (sending.returncode, out, err.strip()) == (130, "", "")


def test_a_center_says_when_it_is_fit(center: Serving) -> None:
    assert center.get("/healthz").status_code == 200
    assert center.get("/readyz").status_code == 200
    assert "einthoven_" in center.get("/metrics").text
    assert center.get("/.well-known/einthoven").json()["name"] == "einthoven"


def test_two_centers_do_not_share_a_folder(center: Serving) -> None:
    ran = einthoven("serve", "--data", center.data, "--port", 0)
    assert (ran.code, ran.out) == (2, "")
    said = ran.err.splitlines()[-1]
    assert said == f"einthoven: {center.data}: another process writes to this data folder"
    assert center.get("/readyz").status_code == 200


def test_two_centers_do_not_share_a_port_and_nothing_is_made(center: Serving, tmp_path: Path) -> None:
    ran = einthoven("serve", "--data", tmp_path / "other", "--port", center.port)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith(f"einthoven: cannot listen on 127.0.0.1 port {center.port}: ")
    link = center.get("/.well-known/einthoven").json()["link"].split(":")[2].split("/")[0]
    for port in (link, "65536"):
        words = ("--port", 0 if port == link else 65535, *(("--link-port", link) if port == link else ()))
        ran = einthoven("serve", "--data", tmp_path / port, *words)
        assert (ran.code, ran.out) == (2, "")
        assert "Traceback" not in ran.err
        assert f"transmitters on 127.0.0.1 port {port}: " in ran.err.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_the_pages_answer_this_machine_only(center: Serving) -> None:
    for host in ("example.com", "10.0.0.1:80"):
        answer = httpx.get(f"{center.url}/api/streams", headers={"host": host}, trust_env=False)
        assert answer.status_code == 403
    foreign = {"origin": "http://evil.example"}
    answer = httpx.post(f"{center.url}/api/enroll", json={}, headers=foreign, trust_env=False)
    assert answer.status_code == 403


def test_the_demo_replays_records_and_stops_cleanly(tmp_path: Path) -> None:
    written(tmp_path / "ecg", "100", heart(20, 4))
    demo = begin("demo", "--patients", 2, "--records", tmp_path / "ecg", "--data", tmp_path / "data")
    assert demo.stdout is not None
    said = ""
    while "Ctrl-C stops it" not in said:
        line = demo.stdout.readline()
        assert line, said
        said += line
    assert said.startswith(f"einthoven demo: replays records of {tmp_path / 'ecg'}\n")
    assert "2 patients on this machine: a record, a simulated heart\n" in said
    url = said.split("The wall:")[1].split()[0]

    visitor = httpx.Client(base_url=url, trust_env=False)
    assert visitor.get("/api/streams").status_code == 401
    assert visitor.post("/api/sign-in/demo", json={"role": "physician"}).status_code == 200

    def both_live() -> bool:
        states = visitor.get("/api/streams").json()
        worn = [state for state in states if not by_telephone(state["transmitter"])]
        return len(worn) == 2 and all(state["newest_ms"] for state in worn)

    until("both patients' samples", both_live)
    visitor.close()
    demo.send_signal(signal.SIGINT)
    out, err = demo.communicate(timeout=PATIENCE_S)
    assert demo.returncode == 0
    assert all("loading the analysis" in line for line in err.splitlines()), err
    assert out.endswith("einthoven: stopping\n")
    assert einthoven("verify", tmp_path / "data").code == 0
