"""A notification, its plan and what is done about it: for tests of the ladder."""

from __future__ import annotations

from tests.escalation.book_of import Journal

from einthoven.base.instants import from_iso
from einthoven.escalation.calls import CallBook, Callee, end, open_notification, start
from einthoven.escalation.ladder import Due, Plan, dues
from einthoven.escalation.plans import plan_of

NOON = from_iso("2026-11-20T17:00:00Z")
"""Friday noon in New York."""


def person(key: str, *numbers: tuple[str, str], **hours: object) -> dict:
    listed = [{"kind": kind, "number": number} | hours for kind, number in numbers]
    return {"key": key, "name": f"Dr {key.title()}", "role": "physician", "numbers": listed}


FIELDS = {
    "zone": "America/New_York",
    "persons": [
        person("fib", ("office", "5550101"), ("mobile", "5550102")),
        person("flutter", ("mobile", "5550201")),
    ],
    "ladders": {
        "emergent": {
            "rungs": [{"who": "fib", "tries": 2, "retry_s": 60}, {"who": "flutter"}],
            "again_s": 90,
            "call_most_s": 300,
        },
        "urgent": {"rungs": [{"who": "fib", "wait_s": 300}, {"who": "flutter", "wait_s": 300}]},
    },
}
PLAN = plan_of(FIELDS, 1)


class Desk:
    """A notification and what is done about it."""

    def __init__(self, tier: str = "emergent", at: int = NOON) -> None:
        self.book = CallBook()
        self.journal = Journal(self.book)
        self.now = at
        self.do(open_notification(self.book, 7, 1, None, tier, "pause of 6.4 s"))

    def do(self, drafts: list) -> None:
        self.journal.do(drafts, "staff 3", self.now)

    def due(self, plan: Plan = PLAN, restarted: int | None = None) -> list[Due]:
        return dues(self.book, 1, plan, self.now, restarted)

    def next_call(self, plan: Plan = PLAN) -> Due:
        (due,) = [due for due in self.due(plan) if due.kind == "call"]
        return due

    def call(self, outcome: str, plan: Plan = PLAN, lasting: int = 0) -> Due:
        """Calls whom the ladder names, at the moment it is due."""
        due = self.next_call(plan)
        assert due.callee is not None
        self.now = max(self.now, due.due_at)
        self.do(start(self.book, 1, due.callee))
        self.now += lasting
        self.do(end(self.book, self.book.next_call - 1, {"outcome": outcome}))
        return due


PLAN_CALLEE = Callee("fib", "Dr Fib", "physician", "5550101", "office")
OFFICE_HOURS = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "17:00"}
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"]
HOURLY = {
    "zone": "America/New_York",
    "persons": [
        {
            "key": "fib",
            "name": "Dr Fib",
            "role": "physician",
            "numbers": [
                {"kind": "office", "number": "5550101", "hours": [OFFICE_HOURS]},
                {
                    "kind": "mobile",
                    "number": "5550102",
                    "hours": [OFFICE_HOURS | {"from": "17:00", "to": "08:00"}],
                },
            ],
        },
        person("flutter", ("mobile", "5550201")),
    ],
    "cover": [
        {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "08:00", "person": "fib"},
        {"days": ["sat", "sun", "holiday"], "from": "08:00", "to": "08:00", "person": "flutter"},
    ],
    "holidays": ["2026-11-26"],
    "ladders": {tier: {"rungs": [{"who": "cover"}]} for tier in ("emergent", "urgent", "daily")},
}
