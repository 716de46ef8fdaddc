"""Which policy of a payer is held at a date: said while the payer is typed (R35)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from einthoven.billing.policy import Policies, Policy
from einthoven.enrollment.order import Order

NOT_HELD = "the answer will be “policy not held”"


def payer_json(policies: Policies, order: Order, on: date) -> dict[str, Any]:
    """What is held of the payer of an order at a date of service.

    Returns:
        JSON-ready: ``held`` (``yes``, ``part``, ``no``; ``open`` while payer or state are not said),
        ``words`` (one line for beside the field), ``payers``: those of whom any policy is known.
    """
    held, words = _told(policies, order, on)
    return {"held": held, "words": words, "payers": list(policies.payers())}


def _told(policies: Policies, order: Order, on: date) -> tuple[str, str]:
    payer, test = order.payer, str(order.test or "telemetry")
    name = payer.id.lower()
    if not name:
        return "open", f"Policies are known of {_listed(policies.payers())}."
    if name not in policies.payers():
        return "no", f"No policy held of this payer: {NOT_HELD}. Known: {_listed(policies.payers())}."
    if payer.state:
        chosen = policies.pick(name, payer.contractor.lower(), payer.state, test, on)
        if chosen is None:
            return "no", f"No policy of {name} for {payer.state} on {on} is known: {NOT_HELD}."
        return _one(chosen, on)
    by = payer.contractor.lower()
    binding = [
        one
        for one in policies
        if one.payer == name and one.on(on) and one.of(test) and (not by or one.contractor in ("", by))
    ]
    if not binding:
        return "no", f"No policy of {name} on {on} is known: {NOT_HELD}."
    return "open", f"On {on}: {'; '.join(_short(one) for one in binding)}. The state decides which."


def _one(policy: Policy, on: date) -> tuple[str, str]:
    who = f", {policy.contractor_name}" if policy.contractor_name else ""
    if not policy.held:
        return "no", f"{policy.id}{who} binds on {on} and its text is not held: {NOT_HELD}."
    until = "" if policy.last is None else f", until {policy.last}"
    part = ", held in part" if policy.partial else ""
    told = f"Policy held: {policy.id} version {policy.version}{who}, from {policy.first}{until}{part}."
    return "part" if policy.partial else "yes", told


def _short(policy: Policy) -> str:
    where = ", ".join(policy.states) or "everywhere else"
    held = "held in part" if policy.partial else "held" if policy.held else "not held"
    return f"{policy.id} ({where}): {held}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "nobody"
