"""Every check of a claim, in the order in which they are shown."""

from __future__ import annotations

from typing import Final

from einthoven.billing import (
    claim_modifiers,
    claim_rules_dates,
    claim_rules_parties,
    claim_rules_service,
    claim_rules_signed,
)
from einthoven.billing.claim_check import Check, Context, Rule, run

RULES: Final[tuple[Rule, ...]] = (
    *claim_rules_parties.ORDER_RULES,
    *claim_rules_parties.CODE_RULES[:1],
    *claim_rules_service.RULES[:2],
    *claim_rules_dates.RULES,
    *claim_rules_parties.CODE_RULES[1:],
    *claim_modifiers.RULES,
    *claim_rules_service.RULES[2:],
    *claim_rules_signed.RULES,
    *claim_rules_parties.PARTY_RULES,
)
OF_VOID: Final = frozenset({"billing", "payer", "original", "form"})
"""What is asked of a claim that voids another: whether it says so rightly, not whether that one was right."""


def check(context: Context) -> tuple[Check, ...]:
    """Every check of a claim."""
    if context.claim.void:
        return run([rule for rule in RULES if rule.id in OF_VOID], context)
    return run(RULES, context)
