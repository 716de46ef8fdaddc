"""Orders for the tests of policies: a base order that L34997 covers, and changes of it."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

from einthoven.base.instants import from_iso
from einthoven.enrollment.order import Order
from einthoven.enrollment.order_read import strict

NOW = from_iso("2026-11-01T12:00:00Z")
BASE: dict[str, Any] = json.loads((Path(__file__).parent / "base_order.json").read_text())
COVERED_ON = date(2023, 3, 1)


def changed(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A copy with changes by path (``payer.state``); None takes a field away."""
    made = copy.deepcopy(base)
    for path, value in changes.items():
        at = made
        *above, last = path.split(".")
        for name in above:
            at = at.setdefault(name, {})
        if value is None:
            at.pop(last, None)
        else:
            at[last] = value
    return made


def order(**changes: Any) -> Order:
    """The base order with changes; ``__`` in a name is a point of the path."""
    return strict(changed(BASE, {name.replace("__", "."): value for name, value in changes.items()}), NOW)
