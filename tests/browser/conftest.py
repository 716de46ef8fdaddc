from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from tests.browser.screens import LARGE, LATE, LATE_MS, Screen, launch
from tests.e2e.processes import Serving
from tests.e2e.wearing import Wearing

Open = Callable[..., Screen]
# What is waited for comes when it comes: a busy machine is no defect of the pages.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    serving = Serving(tmp_path_factory.mktemp("center")).start()
    yield serving
    serving.stop()


@pytest.fixture(scope="module")
def wearing() -> Iterator[Wearing]:
    thread = Wearing()
    yield thread
    thread.close()


# For a module and no longer: while it lives, no other event loop may run in this thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open a page of a center; when the test is over it must have been quiet and kept to its origin."""
    screens: list[Screen] = []

    def visit(
        url: str, path: str = "/", size: tuple[int, int] = LARGE, before: str = "", **context_options: Any
    ) -> Screen:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, timezone_id="UTC", **context_options
        )
        if LATE_MS:
            context.add_init_script(f"({LATE})({LATE_MS})")
        if before:
            context.add_init_script(before)
        screen = Screen(context, context.new_page(), url)
        screens.append(screen)
        screen.watch()
        screen.page.goto(f"{url}{path}")
        return screen

    yield visit
    for screen in screens:
        screen.context.close()
    for screen in screens:
        screen.check()
