"""What a signature under an order is bound to, and what of an order changed between two versions (R29)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from einthoven.enrollment.order import Order
from einthoven.enrollment.order_read import to_json

CHANGED_MAX: Final = 40
"""Paths of one change that are told; more is told as a number."""
OFFICE: Final = (
    "patient.telephone",
    "patient.postal",
    "patient.contacts",
    "patient.record_number",
    "orderer.telephone",
    "orderer.fax",
    "orderer.practice",
    "payer",
    "documents",
    "placer",
)
"""What an office adds beside what was ordered: a signature on paper or by message goes on holding."""


def signed_bytes(order: Order) -> bytes:
    """Exactly what is signed: the order without its signature as JSON, keys sorted, no blanks, UTF-8."""
    told = to_json(replace(order, signature=None))
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(order: Order) -> str:
    """SHA-256 of ``signed_bytes``, 64 hexadecimal digits."""
    return hashlib.sha256(signed_bytes(order)).hexdigest()


def changed(before: Order, after: Order) -> list[str]:
    """Paths in which two orders differ, two steps deep at most: ``days``, ``patient.telephone``."""
    one, other = to_json(before), to_json(after)
    found: list[str] = []
    for key in sorted({*one, *other} - {"signature"}):
        old, new = one.get(key), other.get(key)
        if old == new:
            continue
        if isinstance(old, Mapping) or isinstance(new, Mapping):
            found += [f"{key}.{name}" for name in _differing(_fields(old), _fields(new))]
        else:
            found.append(key)
    return found


def _fields(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]


def of_office(path: str) -> bool:
    """Whether a path is one that an office adds beside what was ordered."""
    return any(path == one or path.startswith(f"{one}.") for one in OFFICE)


def merged(before: Order, said: Mapping[str, Any]) -> dict[str, Any]:
    """An order as JSON with what a later message says of it: what the message leaves out stays.

    Lists and a signature that it gives take the place of those that there were; documents are added.
    """
    whole = {key: one for key, one in said.items() if key not in ("documents", "signature")}
    made = _merged(to_json(before), whole)
    if "signature" in said:
        made["signature"] = said["signature"]
    known = list(made.get("documents", []))
    held = {one["sha256"] for one in known}
    known += [one for one in said.get("documents", []) if one.get("sha256") not in held]
    return made | ({"documents": known} if known else {})


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(old)
    for key, one in new.items():
        held = made.get(key)
        made[key] = _merged(held, one) if isinstance(held, Mapping) and isinstance(one, Mapping) else one
    return made
