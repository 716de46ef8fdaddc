"""The record on request by its button: made, followed, saved, and checked by the command anywhere."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser.axe import barriers
from tests.browser.past import STREAM, Past
from tests.browser.screens import SMALL, Screen
from tests.e2e.processes import Serving, done, einthoven

from einthoven.base.instants import MINUTE

pytestmark = pytest.mark.browser
PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A center that holds six hours of one patient."""
    serving = Serving(tmp_path_factory.mktemp("record"))
    Past(0.25, time.time_ns() - 5 * MINUTE).write(serving.data)
    yield serving.start()
    serving.stop()


def test_a_record_is_made_saved_and_checked_anywhere(past: Serving, open_page: Any, tmp_path: Path) -> None:
    screen: Screen = open_page(past.url, f"/patient/s{STREAM:06d}", SMALL)
    page = screen.page
    part = page.get_by_role("region", name="Record on request")
    make = part.get_by_role("button", name="make the record")
    make.focus()
    page.keyboard.press("Enter")
    save = part.get_by_role("link", name="save the record")
    # It is told how far it is; where it is quick, that it is done.
    expect(part.get_by_role("progressbar").or_(save).first).to_be_visible()
    expect(save).to_be_visible(timeout=PATIENCE_MS)
    expect(part).to_contain_text("Missing, as its first page says")
    assert barriers(page) == []
    with page.expect_download() as told:
        save.focus()
        page.keyboard.press("Enter")
    archive = tmp_path / told.value.suggested_filename
    told.value.save_as(archive)
    assert archive.name.startswith(f"record-s{STREAM:06d}-")
    key = done("peer", "key", "--data", past.data)["key"]
    assert einthoven("verify", archive, "--key", key).code == 0
    # Of another key it is not, and one that was touched is not itself any more.
    assert einthoven("verify", archive, "--key", "00" * 32).code != 0
    touched = tmp_path / "touched.zip"
    with zipfile.ZipFile(archive) as whole, zipfile.ZipFile(touched, "w") as other:
        for name in whole.namelist():
            content = whole.read(name)
            other.writestr(name, content + b"\n" if name == "audit-heads.txt" else content)
    assert einthoven("verify", touched, "--key", key).code != 0
