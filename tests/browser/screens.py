"""Chromium, pages that are watched for what they must not do, and what was painted on them."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from tests.e2e.processes import until

import einthoven.edges.web

I16 = NDArray[np.int16]
HOLE = -32768
NAMES = ("chromium", "chromium-browser", "google-chrome")
LARGE, SMALL = (1920, 1080), (1280, 800)

LATE_MS = int(os.environ.get("EINTHOVEN_LATE_MS", "0"))
"""With this, all that comes to a page comes late: whatever leans on a fast machine fails on every machine."""
LATE = """late => {
    const Socket = window.WebSocket, ask = window.fetch;
    const after = hear => function (event) { setTimeout(() => hear.call(this, event), late); };
    window.WebSocket = class extends Socket {
        addEventListener(type, hear, options) {
            super.addEventListener(type, type === "message" ? after(hear) : hear, options);
        }
        get onmessage() { return super.onmessage; }
        set onmessage(hear) { super.onmessage = hear && after(hear); }
    };
    window.fetch = async (...asked) => {
        const answer = await ask(...asked);
        await new Promise(done => setTimeout(done, late));
        return answer;
    };
}"""


def launch(playwright: Playwright) -> Browser:
    """The system's Chromium, and pages to show."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail("no Chromium on the PATH: run `make browser`")
    if not (Path(einthoven.edges.web.__file__).parent / "static" / "index.html").is_file():
        pytest.fail("the pages are not built: run `make frontend`")
    # Root has no sandbox to put it in; the pages are our own.
    return playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])


def boxes(page: Page, *parts: str) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom on the screen of the first of each selector, all of one moment.

    Asked for one after the other, they would be of different layouts while lists and pictures still come in.
    """
    found: list[list[float]] = page.evaluate(
        """parts => parts.map(part => {
            const box = document.querySelector(part).getBoundingClientRect();
            return [box.left, box.top, box.right, box.bottom];
        })""",
        parts,
    )
    return [(left, top, right, bottom) for left, top, right, bottom in found]


@dataclass(slots=True)
class Screen:
    """A page with a memory: what it asked of whom, what it complained of.

    Attributes:
        outages: True where the center was away on purpose, so that failed requests are no defect.
    """

    context: BrowserContext
    page: Page
    url: str
    outages: bool = False
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Begin to remember."""
        self.page.on("console", lambda one: self._said(one.type, f"{one.text} {one.location.get('url', '')}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.context.on("request", lambda request: self._asked(request.url))
        self.page.on("websocket", lambda socket: self._asked(socket.url))

    def _said(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    def _asked(self, url: str) -> None:
        asked = urlsplit(url)
        if asked.scheme not in {"data", "blob"} and asked.netloc != urlsplit(self.url).netloc:
            self.foreign.append(url)

    def check(self) -> None:
        """It was quiet and kept to its origin."""
        assert self.foreign == []
        network = re.compile(
            r"status of 4(00|01|05|09|29)|WebSocket|ERR_|net::"
            r"|Failed to fetch|NetworkError|the center answered"
        )
        told = [text for text in self.complaints if not (self.outages and network.search(text))]
        assert told == [], told

    def debug(self, pixels: bool = False) -> dict[str, Any]:
        """What the page says of its own picture."""
        told: dict[str, Any] = self.page.evaluate("o => window.einthoven.debug(o)", {"pixels": pixels})
        return told

    def tile(self, stream: str, pixels: bool = False) -> dict[str, Any] | None:
        """What it says of one tile."""
        tiles = [tile for tile in self.debug(pixels)["tiles"] if tile["id"] == stream]
        return tiles[0] if tiles else None

    def painted(
        self, stream: str, seconds: float, fits: Callable[[dict[str, Any]], bool] = lambda _tile: True
    ) -> dict[str, Any]:
        """Wait until so many seconds of a stream are on the screen, live."""

        def seen() -> dict[str, Any] | None:
            tile = self.tile(stream)
            if tile is None or tile["stale"] or not tile["leads"]:
                return None
            enough = all(
                len(lead["low"]) * lead["samples_per_column"] >= seconds * tile["rate_hz"]
                for lead in tile["leads"]
            )
            return tile if enough and fits(tile) else None

        return until(f"{seconds:g} s of {stream} on the screen", seen)

    def element(self, stream: str) -> Any:
        """The tile's markup."""
        return self.page.locator(f'.tile[data-id="{stream}"]')

    def image(self) -> NDArray[np.int16]:
        """A screenshot, int16[height, width, 3]."""
        png = Image.open(io.BytesIO(self.page.screenshot()))
        return np.asarray(png.convert("RGB")).astype(np.int16)


def expected(samples: I16, spc: float, first: int, count: int) -> tuple[list[int], list[int]]:
    """Smallest and largest of the samples of each column, by the words of docs/live.md."""
    edges = np.ceil(np.arange(first, first + count + 1) * spc - 1e-9).astype(int)
    pieces = [samples[a:b] for a, b in pairwise(edges)]
    return [int(piece.min()) for piece in pieces], [int(piece.max()) for piece in pieces]
