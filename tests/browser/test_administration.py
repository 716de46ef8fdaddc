"""The page of those who answer for the service, on a center of its own: people, places, the audit."""

from __future__ import annotations

import re
from base64 import b64decode
from hashlib import sha256

import pytest
from playwright.sync_api import Page, Route, expect
from tests.browser.axe import barriers
from tests.browser.conftest import Open
from tests.e2e.processes import Serving

ONE_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
pytestmark = pytest.mark.browser


def opened(open_page: Open, center: Serving, part: str) -> Page:
    screen = open_page(center.url, f"/administration#{part}")
    screen.outages = True  # the browser complains of what the center refuses
    page = screen.page
    expect(page.locator(f'.tabs a[href="#{part}"][aria-current=page]')).to_be_visible()
    return page


def send(page: Page) -> None:
    page.locator("dialog button.main").click()


def test_a_site_is_added_and_what_is_wrong_stands_at_its_field(open_page: Open, center: Serving) -> None:
    page = opened(open_page, center, "places")
    expect(page.get_by_text("No site yet")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("dialog[open] #f-name")).to_be_focused()
    page.keyboard.type("Boston")
    page.fill("#f-address", "1 Main St")
    page.select_option("#f-territory", "US")
    page.fill("#f-networks", "everywhere")
    send(page)
    networks = page.locator("#f-networks")
    expect(page.locator("dialog .wrong")).to_contain_text("'everywhere' is no network")
    expect(networks).to_be_focused()
    expect(networks).to_have_attribute("aria-invalid", "true")
    networks.fill("192.0.2.0/24")
    send(page)
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator(".site-name")).to_have_text("Boston")
    expect(page.get_by_text("192.0.2.0/24")).to_be_visible()


def test_somebody_is_added_gets_papers_and_leaves(open_page: Open, center: Serving) -> None:
    page = opened(open_page, center, "people")
    page.get_by_role("button", name="somebody new").click()
    page.fill("#f-name", "Ruiz, Tom")
    page.fill("#f-login", "ruiz")
    page.check("dialog input[value=technician]")
    send(page)
    expect(page.locator(".pressing")).to_contain_text("may not watch: no credential on file")
    page.locator("table.people .name", has_text="Ruiz").click()
    page.get_by_role("button", name="add a credential").click()
    for field, value in (("kind", "CCT"), ("number", "77"), ("issuer", "CCI")):
        page.fill(f"#f-{field}", value)
    page.fill("#f-since", "2020-01-01")
    page.fill("#f-expires", "2020-01-01")
    send(page)
    expect(page.locator("table.credentials tr.expired")).to_contain_text("1 Jan 2020")
    page.get_by_role("button", name="leaves …").click()
    expect(page.locator("dialog .warning")).to_contain_text("offered to others at once")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    page.get_by_role("button", name="leaves …").click()
    page.fill("#f-why", "moved away")
    send(page)
    expect(page.get_by_role("button", name="1 person who left")).to_be_visible()


def test_the_audit_tells_it_and_its_filters_name_what_is_wrong(open_page: Open, center: Serving) -> None:
    page = opened(open_page, center, "people")
    page.get_by_role("button", name="somebody new").click()
    page.fill("#f-name", "Park, Jin")
    page.fill("#f-login", "park")
    page.check("dialog input[value=technician]")
    send(page)
    page.locator("table.people .name", has_text="Park").click()
    page.get_by_role("button", name="leaves …").click()
    page.fill("#f-why", "moved to Ohio")
    send(page)
    expect(page.locator("dialog")).to_have_count(0)
    page.locator('.tabs a[href="#audit"]').click()
    lines = page.locator("table.audit .line")
    expect(lines.filter(has_text="Park, Jin").first).to_be_visible()
    page.select_option("select[name=kind]", "people")
    page.get_by_role("button", name="show").click()
    expect(lines.first).to_contain_text("noted as gone")
    lines.first.locator("button").click()
    expect(page.locator("table.audit .opened")).to_contain_text("moved to Ohio")
    page.fill("input[name=stream]", "nobody")
    page.keyboard.press("Enter")
    expect(page.locator(".problem, .wrong")).to_be_visible()


def test_another_question_to_the_audit_takes_the_place_of_the_one_under_way(
    open_page: Open, center: Serving
) -> None:
    page = opened(open_page, center, "audit")
    lines = page.locator("table.audit .line")
    expect(lines.first).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/desk/audit?kind=people", hold)
    page.select_option("select[name=kind]", "people")
    page.get_by_role("button", name="show").click()
    expect(page.locator("table.audit")).to_have_attribute("aria-busy", "true")
    page.fill("input[name=stream]", "nobody")
    page.keyboard.press("Enter")
    expect(page.locator(".wrong")).to_be_visible()
    [late] = held
    with page.expect_response("**/api/desk/audit?kind=people"):
        late.continue_()
    # What came before the answer to this is read when it is there.
    page.evaluate("() => fetch('/api/me').then(answer => answer.text())")
    expect(page.locator(".wrong")).to_be_visible()
    expect(page.locator("table.audit")).to_have_attribute("aria-busy", "false")


CARD = {"name": "card.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\nRuiz, RN\n%%EOF\n"}
SCAN = {"name": "scan.png", "mimeType": "image/png", "buffer": b64decode(ONE_PIXEL)}
LETTER = {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"PK\x03\x04 a letter"}


def test_a_paper_gets_its_document_and_what_is_none_is_refused_at_its_field(
    open_page: Open, center: Serving
) -> None:
    page = opened(open_page, center, "people")
    page.get_by_role("button", name="somebody new").click()
    page.fill("#f-name", "Sato, Mei")
    page.fill("#f-login", "sato")
    page.check("dialog input[value=technician]")
    send(page)
    page.locator("table.people .name", has_text="Sato").click()
    page.get_by_role("button", name="add a credential").click()
    for field, value in (("kind", "RN"), ("number", "12"), ("issuer", "MA"), ("since", "2020-01-01")):
        page.fill(f"#f-{field}", value)
    page.fill("#f-expires", "2098-12-31")
    document = page.locator("#f-document")
    document.set_input_files(LETTER)  # type: ignore[arg-type]
    expect(page.locator("dialog .wrong")).to_have_text("letter.pdf: is no PDF, PNG or JPEG")
    expect(document).to_have_attribute("aria-invalid", "true")
    send(page)
    expect(document).to_be_focused()
    document.set_input_files(CARD)  # type: ignore[arg-type]
    expect(page.locator("dialog .sent")).to_contain_text("on file")
    document.set_input_files(SCAN)  # type: ignore[arg-type]
    expect(page.locator("dialog .sent a")).to_have_text("scan.png")
    send(page)
    expect(page.locator("dialog")).to_have_count(0)
    link = page.locator("table.credentials a", has_text="document")
    digest = sha256(SCAN["buffer"]).hexdigest()  # type: ignore[arg-type]
    expect(link).to_have_attribute("href", f"/api/documents/{digest}")
    with page.context.expect_page() as shown:
        link.click()
    image = shown.value.locator("img")
    expect(image).to_be_visible()
    assert image.evaluate("async one => (await one.decode(), one.naturalWidth)") == 1


def test_limits_are_looked_at_before_they_are_set(open_page: Open, center: Serving) -> None:
    page = opened(open_page, center, "limits")
    held = page.get_by_label("emergent: displayed to held; shipped 2 min")
    held.fill("20 min")
    expect(page.locator(".limits .wrong")).to_have_text("longer than urgent: the graver has less time")
    expect(held).to_have_attribute("aria-invalid", "true")
    button = page.get_by_role("button", name="set the limits", exact=True)
    expect(button).to_be_disabled()
    held.fill("90 s")
    changes = page.locator("table.limit-changes")
    expect(changes).to_contain_text("2 min → 90 s")
    expect(changes).to_contain_text("shorter; none ended in the last 24 hours")
    page.locator("input[name=why]").fill("agreed with the practices")
    expect(button).to_be_enabled()
    button.click()
    expect(page.locator(".done")).to_contain_text("on record")
    expect(held).to_have_value("90 s")
    page.reload()
    expect(held).to_have_value("90 s")


def test_limits_of_calls_are_set_with_a_reason_and_those_in_force_are_shown(
    open_page: Open, center: Serving
) -> None:
    page = opened(open_page, center, "limits")
    calls = page.get_by_role("region", name="Calls of patients")
    answer = calls.get_by_label("escalates first after; shipped 20 s")
    expect(answer).to_have_attribute("placeholder", "20 s")
    expect(calls).to_contain_text("shipped 5 min; 30 s to 15 min")
    button = calls.get_by_role("button", name="set the limits of calls")
    answer.fill("3 min")
    expect(calls.get_by_role("alert")).to_have_text("from 5 s to 2 min")
    expect(answer).to_have_attribute("aria-invalid", "true")
    calls.get_by_label("Why").fill("two sit at night")
    expect(button).to_be_disabled()
    answer.fill("15 s")
    expect(calls.locator("table.limit-changes")).to_contain_text("20 s → 15 s")
    assert barriers(page) == []
    button.click()
    expect(page.locator(".done")).to_contain_text("the limits of calls are on record")
    page.reload()
    expect(answer).to_have_value("15 s")
    # An emptied field has the shipped limit again.
    answer.fill("")
    expect(calls.locator("table.limit-changes")).to_contain_text("15 s → 20 s")
    calls.get_by_label("Why").fill("as shipped")
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_contain_text("the limits of calls are on record")
    expect(answer).to_have_value("")
    expect(answer).to_have_attribute("placeholder", "20 s")


def test_other_centers_say_whose_key_this_is_and_where_trust_is_set(open_page: Open, center: Serving) -> None:
    page = opened(open_page, center, "centers")
    expect(page.get_by_text("No other center is trusted")).to_be_visible()
    expect(page.get_by_text("This center's key")).to_have_text(
        re.compile(r"This center's key( [0-9a-f]{4}){16}")
    )
    expect(page.get_by_text("einthoven peer add")).to_be_visible()
