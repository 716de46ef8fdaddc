"""A 64-tile wall in a real Chromium: what it paints, and how late (sample to pixel)."""

from __future__ import annotations

import shutil
import time
from typing import Any

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Path of a Chromium on this machine."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


def look(url: str, seconds: float, tiles: int = 64) -> dict[str, Any]:
    """Open the wall for so long; its own figures at the end, milliseconds.

    Args:
        url: of the wall.
        seconds: how long; the figures cover the last minute or so that the page keeps.
        tiles: 16, 32 or 64.
    """
    path = chromium()
    if path is None:
        return {"skipped": "no Chromium on the PATH"}
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        page.keyboard.press({16: "1", 32: "2", 64: "3"}[tiles])
        time.sleep(seconds)
        told = page.evaluate("window.einthoven.debug()")
        browser.close()
    stale = [tile["id"] for tile in told["tiles"] if tile["stale"]]
    return {
        "tiles": len(told["tiles"]),
        "stale_at_the_end": len(stale),
        "frames_painted": told["frames"],
        "reloads": told["reloads"],
        "latency_ms": told["latency"],
        "errors": errors,
    }
