"""A desk to which orders come: people of two practices, papers on file, a payer's policy on paper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.center.test_desk_criteria import DEMANDED, Office
from tests.enrollment.test_order_read import FULL

from einthoven.base.errors import EinthovenError
from einthoven.center.desk_door import Who
from einthoven.center.sign_in_ports import Confirmed
from einthoven.enrollment.order_states import OrderRecord

UNSIGNED = {key: one for key, one in FULL.items() if key not in ("signature", "statements")}
UNSIGNED["orderer"] = {**FULL["orderer"], "name": "Dr. Fib"}
"""Lacks its signature alone."""
PAPER = "a" * 64


class OrderOffice(Office):
    """Practice 1 and its people, practice 2 with a physician, an enrollment office, a biller, an auditor."""

    def __init__(self) -> None:
        super().__init__()
        self.colleague = self.sit("Dr. Second", "physician", 1)
        self.enrollment = self.sit("Poe, Max", "enrollment")
        self.biller = self.sit("Bill, Bo", "billing")
        self.auditor = self.sit("Roe, Pat", "auditor")
        self.on_file = {PAPER}
        self.house.books.on_file = lambda digest: digest in self.on_file

    def receives(self, order: object = None, who: Who | None = None, **fields: Any) -> int:
        """Enter an order; its number."""
        self.must(who or self.office, "order.receive", order=UNSIGNED if order is None else order, **fields)
        return int(self.told["order"])

    def edits(self, fields: object, who: Who | None = None, number: int = 1, **more: Any) -> Any:
        version = self.order(number).version
        return self.ask(who or self.office, "order.edit", order=number, base=version, fields=fields, **more)

    def order(self, number: int = 1) -> OrderRecord:
        return self.house.books.orders.order(number)

    def shown(self, who: Who | None = None, number: int = 1) -> dict[str, Any]:
        """The page of an order."""
        return dict(self.house.room.ask(who or self.office, "order", {"id": str(number)}))

    def listed(self, who: Who | None = None, **params: str) -> dict[str, Any]:
        return dict(self.house.room.ask(who or self.office, "orders", params))

    def must(self, who: Who, act: str, **fields: Any) -> None:
        """Do it, or fail."""
        error = self.ask(who, act, **fields)
        if error is not None:
            raise error

    def signs(self, who: Who | None = None, number: int = 1, **change: Any) -> EinthovenError | None:
        """Sign what the page shows, having proved who one is."""
        signer = who or self.physician
        content = self.order(number).content
        proof = replace(Confirmed(signer.staff, b"session", content, DEMANDED, self.now), **change)
        return self.ask(replace(signer, confirmed=proof), "order.sign", order=number, content=content)
