"""Beside an order at the screen: what the center has on record, the rules before the click, the payer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.browser.axe import barriers
from tests.browser.order_paper import OrderPaper
from tests.browser.screens import LARGE, SMALL
from tests.browser.test_orders import field, opened, outcome
from tests.enrollment.test_order_read import FULL

pytestmark = pytest.mark.browser


@pytest.fixture
def paper() -> Iterator[OrderPaper]:
    center = OrderPaper()
    center.served("2023-02-10", "2023-02-20")
    center.start()
    yield center
    center.stop()


@pytest.mark.parametrize("size", [LARGE, SMALL])
def test_a_service_on_record_here_is_seen_in_its_clause_and_in_the_rules_before_the_click(
    paper: OrderPaper, open_page: Any, size: tuple[int, int]
) -> None:
    paper.receives(statements={**FULL["statements"], "new_symptoms": {"answer": True, "words": "fainted"}})
    paper.stocks("T-1")
    page = opened(paper, open_page, "enrollment", "/orders/1", size).page
    page.locator("input[name='on']").fill("2023-03-02")
    expect(outcome(page)).to_have_text("✕ Not covered")
    clause = page.locator(".clauses .is-against li.clause").filter(has_text="Not more than one service")
    expect(clause).to_contain_text("days since earlier: 20")
    expect(clause).to_contain_text("telemetry 2023-02-10 to 2023-02-20")
    expect(clause).to_contain_text("register of this center, s000001")
    rules = page.get_by_role("region", name="rules of enrollment")
    expect(rules).to_contain_text("Real-time telemetry 2023-02-10 to 2023-02-20")
    expect(rules).to_contain_text("No rule stands in the way")
    assert barriers(page) == []
    # What is typed counts: without new symptoms the rule of twelve months refuses and says what changes it.
    page.locator("fieldset.question[data-key='new_symptoms']").get_by_role(
        "radio", name="no", exact=True
    ).check()
    expect(rules).to_contain_text("Refused: The last service (telemetry here, s000001) ended on 2023-02-20")
    expect(rules).to_contain_text("From 2024-02-20 on, or where the physician states new")
    expect(rules).to_contain_text("Or a supervisor allows it")
    rules.get_by_role("button", name="From 2024-02-20 on").click()
    expect(page.locator("fieldset.question[data-key='new_symptoms'] input:focus")).to_have_count(1)


def test_the_panel_of_enrollment_says_what_refuses_before_the_click(
    paper: OrderPaper, open_page: Any
) -> None:
    paper.receives()
    paper.stocks("T-1")
    page = opened(paper, open_page, "enrollment", "/orders/1").page
    page.get_by_role("region", name="decide").get_by_role("button", name="Enroll …").click()
    panel = page.get_by_role("form", name="enroll")
    expect(panel).to_contain_text("Refused: The last service (telemetry here, s000001)")
    expect(panel).to_contain_text("Or a supervisor allows it")
    assert barriers(page) == []
    panel.get_by_role("button", name="Enroll", exact=True).click()
    expect(panel.get_by_role("alert")).to_contain_text("the last service (telemetry here, s000001) ended")


def test_the_payer_says_which_policy_is_held_while_it_is_typed(paper: OrderPaper, open_page: Any) -> None:
    page = opened(paper, open_page, "enrollment", "/orders/new").page
    hint = page.locator("#o-payer-held")
    expect(hint).to_contain_text("Policies are known of")
    field(page, "payer.id").fill("acme")
    expect(hint).to_contain_text("✕ No policy held of this payer: the answer will be “policy not held”.")
    field(page, "payer.id").fill("medicare")
    expect(hint).to_contain_text("The state decides which.")
    field(page, "payer.state").select_option("PA")
    field(page, "start").fill("2023-03-02")
    expect(hint).to_contain_text("✓ Policy held: L34997 version R4, Novitas Solutions")
    expect(hint).to_contain_text("until 2023-06-10")
    assert barriers(page) == []


def test_an_office_is_told_of_its_own_practice_until_the_order_is_on_record(
    paper: OrderPaper, open_page: Any
) -> None:
    page = opened(paper, open_page, "office", "/orders/new").page
    field(page, "patient.name").fill(FULL["patient"]["name"])
    field(page, "patient.birth_date").fill(FULL["patient"]["birth_date"])
    rules = page.get_by_role("region", name="rules of enrollment")
    expect(rules).to_contain_text("only those of your own practice are looked up")
    expect(rules).to_contain_text("No earlier service of this patient is on record here")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(rules).to_contain_text("Real-time telemetry 2023-02-10 to 2023-02-20")
