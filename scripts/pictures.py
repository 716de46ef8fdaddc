"""The pictures of the README and of docs, taken anew from the demo: wall, case, call, order, telephone.

    .venv/bin/python scripts/pictures.py [RECORDS]
    .venv/bin/python scripts/pictures.py --order      that of the order alone
    .venv/bin/python scripts/pictures.py --telephone  that of a patient who telephones alone

Needs the pages built and a Chromium on the PATH; takes about three minutes.
"""

from __future__ import annotations

import io
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

IMAGES = Path(__file__).parent.parent / "docs" / "images"
SIZE = {"width": 1600, "height": 900}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 180_000
"""Until something happens to a patient: a minute where the machine is not busy."""
FULL_S = 45
"""Before anybody comes in: by then every sweep is full, and the rates are known."""


def main() -> None:
    """Play a visitor, and take a picture of what they see."""
    alone = sys.argv[1] if sys.argv[1:] in (["--order"], ["--telephone"]) else ""
    records = ["--records", sys.argv[1]] if len(sys.argv) > 1 and not alone else []
    expect.set_options(timeout=PATIENCE_MS)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        command = [sys.executable, "-m", "einthoven", "demo", "--data", f"{folder}/data", *records]
        demo = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            found = next(filter(None, map(shutil.which, BROWSERS)))
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
            url = address(demo)
            if not alone:
                wall = browser.new_context(viewport=SIZE).new_page()  # type: ignore[arg-type]
                visit(wall, url)
            if alone in ("", "--order"):
                order(browser.new_context(viewport=SIZE).new_page(), url)  # type: ignore[arg-type]
            if alone in ("", "--telephone"):
                telephone(browser.new_context(viewport=SIZE).new_page(), url)  # type: ignore[arg-type]
            browser.close()
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)


def address(demo: subprocess.Popen[str]) -> str:
    """Where the demo is, once it is there."""
    assert demo.stdout is not None
    said = ""
    while "Ctrl-C stops it" not in said:
        line = demo.stdout.readline()
        if not line:
            raise SystemExit(f"the demo did not begin:\n{said}")
        said += line
    return said.split("The wall:")[1].split()[0]


def visit(wall: Page, url: str) -> None:
    """Technician: take what is offered, wait for an alarm, work the case, call."""
    wall.wait_for_timeout(FULL_S * 1000)
    wall.goto(url)
    wall.get_by_role("button", name="technician").click()
    guide = wall.locator(".demo-guide")
    expect(guide).to_contain_text("offered to you")
    wall.keyboard.press("y")
    expect(wall.locator(".watcher.mine").nth(1)).to_be_visible()
    expect(guide).to_contain_text("acknowledges the alarm")
    patient = guide.locator("b").inner_text().split(":")[0]
    wall.wait_for_timeout(4000)
    taken(wall, "wall")

    wall.keyboard.press("w")
    row = wall.locator(".case", has_text=patient).first
    expect(row).to_be_visible()
    row.click()
    wall.keyboard.press("Enter")
    expect(guide).to_contain_text("judge it")
    wall.wait_for_timeout(8000)
    taken(wall, "case")

    wall.keyboard.press("5")
    wall.locator(".rung.first").get_by_role("button", name="Call").click()
    expect(wall.locator(".answer")).to_contain_text("I read back")
    wall.get_by_role("radio", name="reached somebody").check()
    wall.wait_for_timeout(6000)
    taken(wall, "call")


def order(page: Page, url: str) -> None:
    """Enrollment: an order filled in but for two answers, with its coverage beside it."""
    page.goto(f"{url}/orders/new")
    page.get_by_role("button", name="enrollment").click()
    page.get_by_role("button", name="Fill in an example").click()
    for question in ("useful", "low_risk"):
        page.locator(f"[data-at='statements.{question}']").get_by_role("radio", name="not said").check()
    expect(page.locator(".determination .outcome")).to_contain_text("Incomplete")
    expect(page.locator(".clauses .is-open b").first).to_have_text("4")
    page.locator("#h-why").evaluate("one => one.scrollIntoView({ block: 'start' })")
    page.locator("body").click(position={"x": 5, "y": 400})
    taken(page, "order")


def telephone(page: Page, url: str) -> None:
    """Technician: a patient telephones, is asked who they are, and sends a strip, which grows."""
    page.goto(f"{url}/worklist")
    page.get_by_role("button", name="technician").click()
    page.get_by_role("button", name="let a patient telephone").click()
    expect(page.locator(".call-line.loud")).to_be_visible()
    page.keyboard.press("T")
    expect(page.locator(".answer")).to_contain_text(re.compile(r"born \d{4}-"))
    born = re.search(r"born (\d{4}-\d\d-\d\d)", page.locator(".answer").inner_text())
    assert born is not None
    page.keyboard.press("/")
    page.keyboard.type(born[1])
    expect(page.locator("#who-found li")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".tied")).to_be_visible()
    expect(page.locator(".answer")).to_contain_text("I take")
    page.keyboard.press("f")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="5 min ago", exact=True).click()
    page.keyboard.press("s")
    expect(page.locator(".strip-facts")).to_contain_text(re.compile(r"^\s*(19|2\d) s so far"))
    taken(page, "telephone")


def taken(page: Page, name: str) -> None:
    """One picture."""
    whole = Image.open(io.BytesIO(page.screenshot()))
    whole.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)
    print(f"{IMAGES / name}.png")  # noqa: T201


if __name__ == "__main__":
    main()
