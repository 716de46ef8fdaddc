"""The commands about people, on a folder and on a center that serves; a center beyond loopback."""

from __future__ import annotations

import io
import json
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyotp
import pytest
from tests.e2e.processes import Serving, begin, einthoven, here

PASSWORD = "correct horse battery"


def administrator(data: Path, login: str = "jane") -> str:
    """Make one; the secret of the time codes."""
    command = [sys.executable, "-m", "einthoven", "administrator", "--data", str(data)]
    words = ["--name", "Doe, Jane", "--login", login, "--password-stdin"]
    done = subprocess.run(
        [*command, *words], input=f"{PASSWORD}\n", capture_output=True, text=True, check=True
    )
    assert "█" in done.stdout
    found = re.search(r"or type (\w{32})", done.stdout)
    assert found is not None
    assert PASSWORD not in done.stdout
    return found[1]


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    serving = Serving(tmp_path_factory.mktemp("a-folder-" + "x" * 90)).start()
    yield serving
    serving.stop()


def test_the_first_administrator_switches_sign_in_on_in_a_center_that_serves(serving: Serving) -> None:
    assert serving.get("/api/streams").status_code == 200
    secret = administrator(serving.data)
    assert serving.get("/api/streams").status_code == 401
    with httpx.Client(base_url=serving.url, trust_env=False) as client:
        typed = {"login": "jane", "password": PASSWORD, "code": pyotp.TOTP(secret).now()}
        answer = client.post("/api/sign-in", json=typed)
        assert answer.json()["me"]["staff"]["roles"] == ["administrator"]
        told = json.loads(
            einthoven(
                "staff",
                "add",
                "--data",
                serving.data,
                "--name",
                "Prom",
                "--login",
                "prom",
                "--role",
                "service",
            ).out
        )
        listed = client.get("/api/staff").json()["staff"]
        assert [one["login"] for one in listed] == ["jane", "prom"]
    bearer = {"authorization": f"Bearer {told['token']}"}
    scraped = httpx.get(f"{serving.url}/metrics", headers=bearer, trust_env=False)
    assert "einthoven_patients" in scraped.text
    assert (serving.data / "console.sock").stat().st_mode & 0o777 == 0o600


def test_enrolling_takes_a_token_where_one_must_sign_in(serving: Serving, tmp_path: Path) -> None:
    add = ["staff", "add", "--data", serving.data, "--name", "Front desk", "--login", "desk"]
    told = json.loads(einthoven(*add, "--role", "service", "--role", "enrollment").out)
    words = ["--patient", "Doe, Jane", "--transmitter", "T-1", "--rate", 250, "--leads", "II"]
    enroll = ["enroll", "--center", serving.url, *words, "--out", tmp_path / "t.key"]
    assert "the center refused: sign in first" in einthoven(*enroll).line
    assert not (tmp_path / "t.key").exists()
    assert einthoven(*enroll, "--token", told["token"]).told["stream"] == "s000001"


def test_people_are_kept_over_a_restart_and_with_them_their_sessions(serving: Serving) -> None:
    reset = json.loads(einthoven("staff", "reset", "--data", serving.data, "--login", "prom").out)
    bearer = {"authorization": f"Bearer {reset['token']}"}
    serving.kill()
    told = einthoven("staff", "list", "--data", serving.data)
    assert [one["login"] for one in json.loads(told.out)["people"]] == ["jane", "prom", "desk"]
    serving.start()
    assert httpx.get(f"{serving.url}/metrics", headers=bearer, trust_env=False).status_code == 200
    assert serving.get("/metrics").status_code == 401
    assert einthoven("verify", serving.data).code == 0


REFUSED = [
    (["staff", "list", "--data", "{tmp}/nothing"], "is no data folder (it has no facts.sqlite)"),
    (["staff", "reset", "--data", "{data}", "--login", "nobody"], "login: nobody here is called 'nobody'"),
    (
        ["staff", "add", "--data", "{data}", "--name", "X Y", "--login", "x", "--role", "king"],
        "'king' is no role",
    ),
    (
        ["staff", "add", "--data", "{data}", "--name", "X Y", "--login", "jane", "--role", "technician"],
        "somebody else's",
    ),
    (["staff", "leave", "--data", "{data}", "--login", "jane", "--why", "went to sea"], "administrator"),
    (["administrator", "--data", "{data}", "--name", "X Y", "--login", "jane"], "somebody else's"),
    (["staff", "fly", "--data", "{data}"], "No such command 'fly'"),
]


@pytest.mark.parametrize(("words", "line"), REFUSED)
def test_what_the_commands_refuse_is_one_line(tmp_path: Path, words: list[str], line: str) -> None:
    data = tmp_path / "data"
    assert here("administrator", "--data", data, "--name", "Doe, Jane", "--login", "jane").code == 0
    ran = here(*(word.format(data=data, tmp=tmp_path) for word in words))
    assert ran.code == 2
    assert line in ran.line


def test_a_pipe_that_brings_no_password_makes_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    words = ["--name", "Doe, Jane", "--login", "jane", "--password-stdin"]
    ran = here("administrator", "--data", tmp_path / "data", *words)
    assert (ran.code, ran.out) == (2, "")
    assert "standard input: no password came" in ran.line


def test_an_administrator_can_be_made_before_the_first_start(tmp_path: Path) -> None:
    ran = here("administrator", "--data", tmp_path / "data", "--name", "Doe, Jane", "--login", "jane")
    assert "password:" in ran.out
    serving = Serving(tmp_path).start()
    try:
        assert serving.get("/api/me").json()["sign_in"] == "needed"
    finally:
        serving.stop()


def test_the_demo_is_not_played_where_people_work(tmp_path: Path) -> None:
    administrator(tmp_path)
    ran = einthoven("demo", "--patients", 1, "--data", tmp_path)
    assert ran.code == 2
    assert ran.err.splitlines()[-1].startswith("einthoven: demo: Doe, Jane works on this data folder")


# ---- beyond loopback --------------------------------------------------------------------------------------


def settings(data: Path, **values: object) -> None:
    data.mkdir(exist_ok=True)
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    (data / "einthoven.toml").write_text("\n".join(lines))


def test_beyond_loopback_it_does_not_start_without_an_administrator(tmp_path: Path) -> None:
    settings(tmp_path / "data", web_host="0.0.0.0", web_name="localhost")
    ran = einthoven("serve", "--data", tmp_path / "data", "--port", 0)
    assert ran.code == 2
    assert "there is no administrator yet: einthoven administrator --data" in ran.err.splitlines()[-1]


def test_beyond_loopback_it_serves_with_tls_to_who_signs_in(tmp_path: Path) -> None:
    data = tmp_path / "data"
    secret = administrator(data)
    settings(data, web_host="0.0.0.0", web_name="localhost")
    process = begin("serve", "--data", data, "--port", 0)
    assert process.stdout is not None
    said = process.stdout.readline()
    assert "the wall is at https://localhost:" in said
    url = said.split("the wall is at ")[1].split(",")[0]
    trusting = ssl.create_default_context(cafile=str(data / "keys" / "web-certificate.pem"))
    with httpx.Client(base_url=url, verify=trusting, trust_env=False) as client:
        assert client.get("/api/streams").status_code == 401
        typed = {"login": "jane", "password": PASSWORD, "code": pyotp.TOTP(secret).now()}
        answer = client.post("/api/sign-in", json=typed)
        assert answer.headers["set-cookie"].startswith("__Host-einthoven=")
        assert "max-age" in answer.headers["strict-transport-security"]
        assert client.get("/api/staff").status_code == 200
        strange = client.get("/api/me", headers={"host": "evil.example"})
        assert (strange.status_code, "is not a name of this center" in strange.text) == (403, True)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
