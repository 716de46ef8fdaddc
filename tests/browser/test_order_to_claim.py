"""In the demo: an order is typed, covered, signed, enrolled, lives on the wall, ends, and becomes a claim."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.test_demo import PATIENCE_MS, Demo, demo

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.alone]
__all__ = ["demo"]


def become(page: Page, demo: Demo, role: str, path: str) -> None:
    """Sign out where somebody is signed in, and come in by one click."""
    page.goto(f"{demo.url}{path}")
    account = page.locator(".account-host button")
    entry = page.get_by_role("button", name=role)
    expect(account.first.or_(entry.first)).to_be_visible(timeout=PATIENCE_MS)
    if not entry.is_visible():
        account.first.click()
        page.get_by_role("button", name="Sign out").click()
    entry.click(timeout=PATIENCE_MS)


def outcome(page: Page) -> Locator:
    return page.get_by_role("region", name="determination").locator(".outcome")


def typed_and_signed(page: Page, demo: Demo) -> str:
    """By a physician; the path of the order."""
    become(page, demo, "physician", "/orders/new")
    expect(outcome(page)).to_contain_text("No payer given", timeout=PATIENCE_MS)
    page.get_by_role("button", name="Fill in an example").click()
    expect(outcome(page)).to_contain_text("Incomplete", timeout=PATIENCE_MS)
    page.get_by_role("button", name="Save", exact=True).click()
    deciding = page.get_by_role("region", name="decide")
    deciding.get_by_role("button", name="Sign …").click(timeout=PATIENCE_MS)
    page.get_by_role("form", name="signature").get_by_role("button", name="Sign", exact=True).click()
    expect(outcome(page)).to_contain_text("Covered", timeout=PATIENCE_MS)
    expect(deciding).to_contain_text("Ready to enroll", timeout=PATIENCE_MS)
    return page.url.removeprefix(demo.url)


def enrolled(page: Page, demo: Demo, order: str) -> str:
    """With a kit of the shelf; the path of the service."""
    become(page, demo, "enrollment", order)
    deciding = page.get_by_role("region", name="decide")
    deciding.get_by_role("button", name="Enroll …").click(timeout=PATIENCE_MS)
    form = page.get_by_role("form", name="enroll")
    expect(form.get_by_label("Free transmitter")).not_to_have_value("", timeout=PATIENCE_MS)
    form.get_by_role("button", name="Enroll", exact=True).click()
    link = deciding.get_by_role("link", name="The service")
    return str(link.get_attribute("href", timeout=PATIENCE_MS))


def test_an_order_becomes_a_claim(demo: Demo, open_page: Any) -> None:
    screen = open_page(demo.url)
    screen.outages = True  # what is asked before signing in is a 401 on the console
    page: Page = screen.page
    order = typed_and_signed(page, demo)
    service = enrolled(page, demo, order)
    page.goto(f"{demo.url}{service}")
    facts = page.get_by_role("main")
    expect(facts).to_contain_text("in service", timeout=PATIENCE_MS)
    page.get_by_role("button", name="End …", exact=True).click()
    page.keyboard.type("the patient asked for it")
    page.get_by_role("button", name="End it").click()
    expect(facts).to_contain_text("ended", timeout=PATIENCE_MS)
    become(page, demo, "billing", "/claims")
    line = page.locator("tbody tr").filter(has_text="93229")
    expect(line).to_be_visible(timeout=PATIENCE_MS)
    line.get_by_role("link").first.click()
    # So short a service is no telemetry, whatever was ordered: it is held, and says why.
    stopped = page.get_by_text("billed as what was measured")
    expect(stopped.first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("main")).to_contain_text("over more than 24 h")
    expect(page.get_by_role("button", name="Release")).to_be_disabled()
