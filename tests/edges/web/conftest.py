from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.edges.web.small_center import SmallCenter


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A built front end in small."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>wall</title>")
    (folder / "assets" / "main-0a1b2c.js").write_text("export {};")
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "secret.key").write_text("not a page")
    return folder


@pytest.fixture
def center(static: Path) -> Iterator[SmallCenter]:
    center = SmallCenter(static)
    yield center
    center.deps.reads.close()
