"""Settings: which source wins, and how a mistake is told."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from einthoven.base.errors import InputError
from einthoven.base.thresholds import shipped
from einthoven.bootstrap.limits import thresholds_of
from einthoven.bootstrap.serve import Center
from einthoven.settings import SETTINGS_FILE, Settings, annotated, load


def test_options_win_over_environment_over_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / SETTINGS_FILE).write_text("web_port = 1\nlink_port = 1\ncommit_ms = 1\n")
    monkeypatch.setenv("EINTHOVEN_LINK_PORT", "2")
    monkeypatch.setenv("EINTHOVEN_COMMIT_MS", "2")
    settings = load(tmp_path, commit_ms=3, segment_s=None)
    assert (settings.web_port, settings.link_port, settings.commit_ms, settings.segment_s) == (1, 2, 3, 3600)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("web_prt = 1", "web_prt"),
        ("web_port = 70000", "web_port"),
        ('web_host = "everywhere"', "web_host"),
        ("web_port = ", SETTINGS_FILE),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / SETTINGS_FILE).write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        load(tmp_path)
    assert SETTINGS_FILE in str(caught.value)


@pytest.mark.parametrize(
    "text", ["webhook_secret = 7777", "smtp_pasword = '7777'", "oidc_client_secret = [7777]"]
)
def test_a_mistake_about_a_secret_does_not_repeat_it(tmp_path: Path, text: str) -> None:
    (tmp_path / SETTINGS_FILE).write_text(text)
    with pytest.raises(InputError, match=text.split()[0]) as caught:
        load(tmp_path)
    assert "7777" not in str(caught.value)
    assert "7777" not in repr(
        Settings(oidc_client_secret="7777", webhook_secret="7777", smtp_password="7777")
    )


def test_a_site_table_of_thresholds_lies_in_the_data_folder(tmp_path: Path) -> None:
    assert thresholds_of(None) is shipped()
    (tmp_path / SETTINGS_FILE).write_text('thresholds = "ward3.toml"')
    (tmp_path / "ward3.toml").write_text("[pause.urgent]\ninterval_ms = 3500")
    assert thresholds_of(tmp_path / load(tmp_path).thresholds)["pause.urgent.interval_ms"] == 3500
    Center(tmp_path, load(tmp_path))


def test_a_center_does_not_start_with_a_table_that_is_refused(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_text('thresholds = "ward3.toml"')
    with pytest.raises(InputError, match=r"ward3\.toml: No such file"):
        Center(tmp_path, load(tmp_path))
    (tmp_path / "ward3.toml").write_text("[pause.emergent]\ninterval_ms = 9000")
    with pytest.raises(
        InputError, match=r"ward3\.toml:2: pause\.emergent\.interval_ms: 9000 ms: may only be"
    ):
        Center(tmp_path, load(tmp_path))


def test_the_printed_defaults_are_the_defaults() -> None:
    assert Settings(**tomllib.loads(annotated())) == Settings()
