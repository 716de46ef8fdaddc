"""Orders at the screen: typed from nothing to covered, completed, signed; nothing that is typed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.axe import barriers
from tests.browser.order_paper import PDF, OrderPaper
from tests.browser.screens import LARGE, SMALL, Screen
from tests.center.house import PASSWORD
from tests.enrollment.test_order_read import FULL

from einthoven.base.instants import to_iso
from einthoven.enrollment.order_read import Fault
from einthoven.enrollment.order_states import State

pytestmark = pytest.mark.browser
NO = {
    "other_suffices",
    "same_day_other",
    "high_risk_vt_vf",
    "recent_infarction",
    "stopping_anticoagulation",
    "screening",
    "daily_strips",
    "inpatient_strips",
    "nothing_found_only",
    "longer",
}
"""Questions that a patient of L34997's first indication has a no to."""


@pytest.fixture
def paper() -> Iterator[OrderPaper]:
    center = OrderPaper()
    center.start()
    yield center
    center.stop()


def opened(paper: OrderPaper, open_page: Any, login: str, path: str, size: tuple[int, int] = LARGE) -> Screen:
    screen: Screen = open_page(paper.url, path, size)
    screen.outages = True  # what is refused is a 401 or 409 on the console, and no defect of the page
    paper.sign_in(screen.page, login)
    return screen


def field(page: Page, path: str) -> Locator:
    return page.locator(f"[name='{path}']")


def chosen(page: Page, path: str, words: str) -> None:
    page.locator(f"[data-at='{path}']").get_by_role("radio", name=words, exact=True).check()


def outcome(page: Page) -> Locator:
    return page.get_by_role("region", name="determination").locator(".outcome")


def typed(page: Page, **fields: str) -> None:
    for path, text in fields.items():
        field(page, path.replace("__", ".")).fill(text)


def answer_all(page: Page) -> None:
    """By one letter each; the next question follows by itself."""
    questions = page.locator("fieldset.question")
    questions.first.locator("input").first.focus()
    for at in range(questions.count()):
        one = questions.nth(at)
        key = one.get_attribute("data-key")
        expect(one.locator("input:focus")).to_have_count(1)
        page.keyboard.press("n" if key in NO else "y")
        expect(one.locator("label.on")).to_have_text("no" if key in NO else "yes")
    for at in range(page.locator(".reason input").count()):
        page.locator(".reason input").nth(at).fill("as the visit note says")


def fill_in(page: Page) -> None:
    """An order of the first indication, whole but for its signature."""
    typed(page, patient__name="Carter, Ruth", patient__birth_date="1951-04-12")
    chosen(page, "patient.sex", "female")
    typed(page, patient__telephone="+1 215 555 0142", patient__postal__street="12 Elm Street")
    typed(page, patient__postal__city="Philadelphia", patient__postal__zip="19103")
    field(page, "patient.postal.state").select_option("PA")
    page.get_by_role("button", name="+ somebody").click()
    expect(field(page, "patient.contacts[0].name")).to_be_focused()
    page.keyboard.type("Carter, Paul")
    field(page, "patient.contacts[0].telephone").fill("+1 215 555 0143")
    typed(page, orderer__name="Weber, Anna", orderer__npi="1234567893", orderer__telephone="+1 215 555 0100")
    chosen(page, "orderer.kind", "physician")
    chosen(page, "indication", "symptoms too seldom for an ECG of 24 hours")
    field(page, "diagnosis").fill("r55")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="+ syncope", exact=True).click()
    field(page, "symptoms[0].how_often").fill("once a month")
    chosen(page, "symptoms[0].severity", "severe")
    field(page, "symptoms[0].since").fill("2022-10")
    field(page, "stands").fill("visit note 2023-02-27")
    answer_all(page)
    chosen(page, "setting", "at home")
    chosen(page, "criteria", "the center's default")
    typed(page, start="2023-03-02", dated="2023-02-27")


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))
def test_an_order_goes_from_empty_to_covered_and_ready(
    paper: OrderPaper, open_page: Any, size: tuple[int, int]
) -> None:
    page = opened(paper, open_page, "enrollment", "/orders", size).page
    expect(page.locator(".none")).to_contain_text("Nothing is held")
    page.keyboard.press("n")
    expect(outcome(page)).to_have_text("– No payer given")
    assert barriers(page) == []
    # Who pays, and where: for today no policy of theirs is held, and no older one is taken.
    field(page, "payer.id").fill("medicare")
    field(page, "payer.state").select_option("PA")
    expect(outcome(page)).to_have_text("? Policy not held")
    field(page, "start").fill("2023-03-02")
    expect(outcome(page)).to_have_text("◐ Incomplete")
    assert barriers(page) == []
    field(page, "orderer.npi").fill("1234567890")
    expect(page.locator("[data-at='orderer.npi'] .fault")).to_contain_text("the check digit does not fit")
    # What is missing leads to its field.
    to_do = page.get_by_role("region", name="what is to be done")
    to_do.get_by_role("button", name="At least one diagnosis (ICD-10-CM).").click()
    expect(field(page, "diagnosis")).to_be_focused()
    fill_in(page)
    expect(to_do.locator("li")).to_have_count(1)
    expect(to_do).to_contain_text("The signature of who orders.")
    # Every answer stands where the first one does.
    expect(field(page, "statements.low_risk.where")).to_have_value("visit note 2023-02-27")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(f"{paper.url}/orders/1")
    deciding = page.get_by_role("region", name="decide")
    expect(deciding).to_contain_text("Held: something is missing")
    assert (paper.order().state, paper.order().version) == (State.HELD, 1)
    deciding.get_by_role("button", name="Signed on paper …").click()
    form = page.get_by_role("form", name="signed on paper")
    expect(form.get_by_label("Printed name")).to_have_value("Weber, Anna")
    form.get_by_label("The paper").set_input_files(PDF)
    expect(form).to_contain_text("on file")
    form.get_by_label("yes").check()
    assert barriers(page) == []
    form.get_by_role("button", name="Record the signature").click()
    expect(deciding).to_contain_text("Ready to enroll")
    expect(outcome(page)).to_have_text("✓ Covered")
    expect(to_do).to_contain_text("Nothing that the center needs.")
    assert barriers(page) == []
    record = paper.order()
    assert (record.state, record.order.patient.name) == (State.READY, "Carter, Ruth")
    assert record.order.signature is not None
    assert record.order.signature.document in paper.shelf.held
    link = page.locator(".signature").get_by_role("link", name="the paper")
    told = page.evaluate("path => fetch(path).then(one => one.text())", link.get_attribute("href"))
    assert told == PDF["buffer"].decode()


def test_the_office_completes_what_is_held_and_the_physician_signs(paper: OrderPaper, open_page: Any) -> None:
    paper.receives(without=("signature", "diagnoses"), orderer={**FULL["orderer"], "name": "Dr. Physician"})
    office = opened(paper, open_page, "office", "/orders").page
    line = office.get_by_role("region", name="orders").locator("tbody tr")
    expect(line).to_contain_text("At least one diagnosis (ICD-10-CM).")
    expect(line).to_contain_text("and 1 more")
    line.get_by_role("link").click()
    expect(office.locator(".signature")).to_contain_text("a physician of the order's practice signs")
    expect(office.get_by_role("button", name="Refuse …")).to_have_count(0)
    office.keyboard.press("m")
    expect(field(office, "diagnosis")).to_be_focused()
    office.keyboard.type("r55")
    office.keyboard.press("Enter")
    office.keyboard.press("Control+s")
    expect(office.get_by_role("region", name="on record or not")).to_contain_text("On record as it stands.")
    page = opened(paper, open_page, "physician", "/orders/1").page
    page.get_by_role("region", name="decide").get_by_role("button", name="Sign …").click()
    proof = page.get_by_role("form", name="signature")
    expect(proof).to_contain_text("I order this service for this patient")
    proof.get_by_label("Password").fill("not the password")
    proof.get_by_label("Time code").fill(paper.totp("physician"))
    proof.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    proof.get_by_label("Password").fill(PASSWORD)
    proof.get_by_label("Time code").fill(paper.totp("physician"))
    proof.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("region", name="decide")).to_contain_text("Ready to enroll")
    expect(page.locator(".signature")).to_contain_text("signed here by password and time code")
    assert paper.order().state is State.READY
    # Who changes it afterwards voids the signature, and is told.
    page.goto(f"{paper.url}/orders/1")
    field(page, "days").fill("14")
    page.keyboard.press("Control+s")
    expect(page.locator(".signature")).to_contain_text("no longer holds")
    assert paper.order().state is State.HELD


def test_in_a_demo_a_newcomer_comes_from_nothing_to_covered_by_a_few_clicks(open_page: Any) -> None:
    paper = OrderPaper(demo=True)
    paper.start()
    try:
        page: Page = open_page(paper.url, "/orders/new").page
        page.get_by_role("button", name="physician").click()
        expect(page.get_by_role("button", name="Fill in an example")).to_be_visible()
        # The browser's day is the center's: an order of a day to come would be held.
        page.clock.set_system_time(to_iso(paper.signed.room.clock.wall()))
        page.reload()
        page.get_by_role("button", name="Fill in an example").click()
        expect(outcome(page)).to_have_text("◐ Incomplete")
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_role("region", name="decide").get_by_role("button", name="Sign …").click()
        page.get_by_role("form", name="signature").get_by_role("button", name="Sign", exact=True).click()
        expect(outcome(page)).to_have_text("✓ Covered")
        expect(page.locator(".signature")).to_contain_text("signed here by a click in a demo")
        expect(page.get_by_role("region", name="decide")).to_contain_text("Ready to enroll")
        assert barriers(page) == []
    finally:
        paper.stop()


def test_what_is_typed_is_never_lost(paper: OrderPaper, open_page: Any) -> None:
    page = opened(paper, open_page, "enrollment", "/orders/new").page
    field(page, "patient.name").fill("Carter, Ruth")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(field(page, "patient.name")).to_have_value("Carter, Ruth")
    expect(page.get_by_role("region", name="on record or not")).to_contain_text("was brought back")
    # The center is away: the page says so, keeps what is typed, and tries again.
    page.route("**/api/desk/order.receive", lambda route: route.abort())
    page.route("**/api/desk/check/order", lambda route: route.abort())
    field(page, "patient.telephone").fill("+1 215 555 0142")
    expect(page.get_by_role("alert").first).to_contain_text("It is tried again.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("region", name="on record or not")).to_contain_text(
        "What you typed is still here"
    )
    expect(field(page, "patient.telephone")).to_have_value("+1 215 555 0142")
    page.unroute("**/api/desk/order.receive")
    page.unroute("**/api/desk/check/order")
    # Taken out, and brought back.
    page.get_by_role("button", name="+ palpitations").click()
    page.get_by_role("button", name="take out palpitations").click()
    page.get_by_role("button", name="Undo").click()
    expect(field(page, "symptoms[0].how_often")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(f"{paper.url}/orders/1")
    assert paper.order().order.symptoms[0].what == "palpitations"
    # An NPI that cannot be one is held as it was typed.
    field(page, "orderer.npi").fill("1234567890")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("region", name="on record or not")).to_contain_text("On record as it stands.")
    page.reload()
    expect(field(page, "orderer.npi")).to_have_value("1234567890")
    expect(page.locator("[data-at='orderer.npi'] .fault")).to_be_visible()


def test_two_who_write_at_once_keep_both(paper: OrderPaper, open_page: Any) -> None:
    paper.receives(without=("signature",))
    one = opened(paper, open_page, "enrollment", "/orders/1").page
    other = opened(paper, open_page, "office", "/orders/1").page
    field(other, "days").fill("14")
    typed(other, patient__record_number="MR-2")
    other.keyboard.press("Control+s")
    expect(other.get_by_role("region", name="on record or not")).to_contain_text("On record as it stands.")
    field(one, "days").fill("7")
    typed(one, patient__telephone="+1 215 555 0199")
    one.keyboard.press("Control+s")
    both = one.get_by_role("alert", name="changed meanwhile")
    expect(both.locator("tbody tr")).to_have_count(1)
    expect(both).to_contain_text("days")
    assert barriers(one) == []
    both.get_by_text("14", exact=True).click()
    both.get_by_role("button", name="Go on with this").click()
    expect(field(one, "days")).to_have_value("14")
    expect(field(one, "patient.record_number")).to_have_value("MR-2")
    one.keyboard.press("Control+s")
    expect(one.get_by_role("region", name="on record or not")).to_contain_text("On record as it stands.")
    order = paper.order().order
    assert (order.days, order.patient.record_number, order.patient.telephone) == (
        14,
        "MR-2",
        "+1 215 555 0199",
    )


def test_the_center_decides_and_others_read(paper: OrderPaper, open_page: Any) -> None:
    for name in ("Able, Ann", "Baker, Bob", "Cole, Cy"):
        paper.receives(patient={**FULL["patient"], "name": name})
    page = opened(paper, open_page, "enrollment", "/orders").page
    page.keyboard.press("2")
    rows = page.get_by_role("region", name="orders").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("Able, Ann")
    page.keyboard.press("o")
    expect(rows.first).to_contain_text("Cole, Cy")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Baker, Bob")
    deciding = page.get_by_role("region", name="decide")
    deciding.get_by_role("button", name="Return …").click()
    page.keyboard.type("The ECG of March is missing.")
    page.get_by_role("button", name="Return", exact=True).click()
    expect(deciding).to_contain_text("The ECG of March is missing.")
    expect(deciding).to_contain_text("Held")
    page.keyboard.press("i")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Given back: The ECG of March is missing.")
    page.goto(f"{paper.url}/orders/1")
    deciding.get_by_role("button", name="Refuse …").click()
    page.keyboard.type("The patient lives abroad.")
    page.get_by_role("button", name="Refuse", exact=True).click()
    expect(deciding).to_contain_text("Refused: The patient lives abroad.")
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    # Whoever reads only has no buttons, and fields that do not change.
    reader = opened(paper, open_page, "billing", "/orders").page
    expect(reader.get_by_role("link", name="New order")).to_have_count(0)
    reader.goto(f"{paper.url}/orders/3")
    expect(field(reader, "patient.name")).to_have_value("Cole, Cy")
    expect(field(reader, "patient.name")).to_have_attribute("readonly", "")
    expect(reader.get_by_role("region", name="decide").get_by_role("button")).to_have_count(0)
    assert barriers(reader) == []


def test_what_of_a_message_could_not_be_read_is_mended_or_left_as_it_is(
    paper: OrderPaper, open_page: Any
) -> None:
    sex = Fault("patient.sex", "'X' is not female, male, other or unknown", "PID-8")
    fax = Fault("orderer.fax", "'ask' is no telephone number", "ORC-14")
    patient = {**FULL["patient"], "telephone": "ask her", "birth_date": "1951-02-30"}
    paper.receives(patient=patient, faults=(sex, fax))
    page = opened(paper, open_page, "enrollment", "/orders/1").page
    wrong = page.get_by_role("region", name="what is to be done").locator("ul").first
    expect(wrong.locator("li")).to_have_count(4)
    expect(wrong).to_contain_text("as it came in PID-8")
    expect(page.locator("[data-at='patient.sex'] .fault")).to_contain_text("'X' is not female")
    # It stands as it came, in a field of a date too, until it is mended.
    expect(field(page, "patient.telephone")).to_have_value("ask her")
    expect(field(page, "patient.birth_date")).to_have_value("1951-02-30")
    typed(page, patient__telephone="+1 215 555 0101", patient__birth_date="1951-02-28")
    expect(wrong.locator("li")).to_have_count(2)
    # Seen and left, it holds the order no more.
    wrong.get_by_role("button", name="Seen, leave it").first.click()
    expect(wrong.locator("li")).to_have_count(1)
    wrong.get_by_role("button", name="Seen, leave it").click()
    expect(page.get_by_role("heading", name="Wrong")).to_have_count(0)
    record = paper.order()
    assert (record.order.patient.birth_date, record.faults) == ("1951-02-28", ())
    # What is ordered changed, so the paper must be signed again.
    expect(page.locator(".signature")).to_contain_text("no longer holds")


def test_a_ready_order_is_enrolled_and_a_rule_that_refuses_is_allowed_by_a_supervisor(
    paper: OrderPaper, open_page: Any
) -> None:
    paper.stocks("T-1", "T-2")
    paper.receives()
    paper.receives()
    page = opened(paper, open_page, "enrollment", "/orders/1").page
    deciding = page.get_by_role("region", name="decide")
    form = page.get_by_role("form", name="enroll")
    deciding.get_by_role("button", name="Enroll …").click()
    form.get_by_label("Free transmitter").select_option("T-2")
    assert barriers(page) == []
    form.get_by_role("button", name="Enroll", exact=True).click()
    expect(deciding).to_contain_text("Enrolled")
    expect(deciding.get_by_role("link", name="instructions to print")).to_be_visible()
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    assert paper.order().state is State.ENROLLED
    paper.sends(1)
    # The same patient again: the service before has not ended 30 days ago.
    page.goto(f"{paper.url}/orders/2")
    deciding.get_by_role("button", name="Enroll …").click()
    expect(form.get_by_label("Free transmitter").locator("option")).to_have_count(1)
    form.get_by_label("End the patient's service").check()
    form.get_by_role("button", name="Enroll", exact=True).click()
    expect(form.get_by_role("alert")).to_contain_text("30 days")
    expect(form).to_contain_text("A supervisor allows it on this page")
    assert paper.order(2).state is State.READY
    supervisor = opened(paper, open_page, "supervisor", "/orders/2").page
    supervisor.get_by_role("button", name="Allow …").click()
    supervisor.keyboard.type("The patient pays.")
    supervisor.get_by_role("button", name="Allow", exact=True).click()
    expect(supervisor.get_by_role("region", name="decide")).to_contain_text("The patient pays.")
    form.get_by_role("button", name="Enroll", exact=True).click()
    expect(deciding).to_contain_text("Enrolled")
    assert paper.order(2).state is State.ENROLLED


def test_an_order_that_is_not_there_and_a_list_that_cannot_be_had_say_so(
    paper: OrderPaper, open_page: Any
) -> None:
    screen = opened(paper, open_page, "enrollment", "/orders")
    page = screen.page
    page.keyboard.press("5")
    expect(page.locator(".none")).to_contain_text("There are no orders yet.")
    page.route("**/api/desk/orders?**", lambda route: route.abort())
    page.keyboard.press("2")
    expect(page.locator(".none")).to_contain_text("The list cannot be shown: the center did not answer")
    page.goto(f"{paper.url}/orders/99")
    expect(page.get_by_role("status")).to_contain_text("there is no order 99")
    screen.complaints[:] = [one for one in screen.complaints if "404" not in one]
