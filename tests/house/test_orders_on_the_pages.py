"""The pages ask what the code knows: words of orders and the questions of their form are the same in both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from einthoven.enrollment import order
from einthoven.enrollment.statements import QUESTIONS

PAGES = Path(__file__).resolve().parents[2] / "frontend" / "src" / "orders" / "vocabulary.json"


def vocabulary() -> dict[str, Any]:
    """What the form of an order chooses from, by its key in the JSON of an order."""
    return {
        "test": list(order.Test),
        "indication": list(order.Indication),
        "setting": list(order.Setting),
        "prior": list(order.Prior),
        "symptom": list(order.SYMPTOMS),
        "severity": list(order.SEVERITIES),
        "territory": list(order.TERRITORIES),
        "questions": [
            {"key": key, "text": one.text, "group": one.group, "why": one.why}
            for key, one in QUESTIONS.items()
        ],
    }


def test_the_pages_know_the_words_of_orders_and_no_others() -> None:
    wanted = json.dumps(vocabulary(), indent=2) + "\n"
    assert PAGES.read_text("utf-8") == wanted, f"write this into {PAGES.name}:\n{wanted}"
