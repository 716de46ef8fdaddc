"""Modifiers for a denial that is expected (Medicare): which fits, which contradict, what the notice must be.

That they exist is read in a source [S: articles of the 2026 family name GA, GX, GY, GZ]; what each means is
from memory, high confidence [M!] (CMS-R-131; Medicare Claims Processing Manual, chapters 1 and 30):

- ``GA``: a denial as not reasonable and necessary is expected, and the notice that is required then was given
  and signed before the service: the patient may be billed.
- ``GZ``: the same denial is expected, and no such notice was given: the patient may not be billed.
- ``GY``: the law excludes the service, or it is no benefit of Medicare; no notice is required.
- ``GX``: a notice was given all the same where none is required, of what the law excludes: it goes with
  ``GY`` or alone, never with ``GA`` or ``GZ``, and never for a denial as not necessary.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from einthoven.billing.claim import Abn
from einthoven.billing.claim_check import Check, Context, Found, Rule, Weight, met, not_applicable, not_met
from einthoven.billing.claim_rules_service import abroad

DENIAL: Final = frozenset({"GA", "GX", "GY", "GZ"})
SURE: Final = "M!"
_APART: Final = (("GA", "GZ"), ("GA", "GX"), ("GX", "GZ"), ("GA", "GY"), ("GY", "GZ"))


def marked(context: Context) -> set[str]:
    """Those that stand on a claim."""
    return {one for line in context.claim.lines for one in line.modifiers} & DENIAL


def _modified(context: Context) -> Found:
    has = marked(context)
    if not has:
        return met("none")
    if context.claim.payer.filing not in ("MB", ""):
        words = "modifiers of Medicare; what this payer makes of them is not known here"
        return not_applicable(f"-{' -'.join(sorted(has))}: {words}")
    wrong = list(_wrong(context, has))
    if wrong:
        return not_met("; ".join(wrong), "Put the modifiers and what is known of the notice in accord.")
    return met(f"-{' -'.join(sorted(has))} fits what is known of the notice")


def _wrong(context: Context, has: set[str]) -> Iterator[str]:
    claim = context.claim
    yield from (f"-{one} and -{other} exclude one another" for one, other in _APART if {one, other} <= has)
    if "GA" in has:
        yield from _required(context)
    if "GZ" in has and claim.abn is Abn.ON_FILE:
        yield "-GZ says that no notice (ABN) was given, and one is on file"
    if "GX" in has and claim.abn is not Abn.VOLUNTARY:
        yield "-GX says that a voluntary notice was given, and none is on record"
    excluded = abroad(context)
    if has & {"GX", "GY"} and not excluded:
        which = " and ".join(f"-{one}" for one in sorted(has & {"GX", "GY"}))
        yield f"{which}: of what the law excludes, and nothing on record says that it does"
    if has & {"GA", "GZ"} and excluded:
        yield f"{excluded[0]}: the law excludes it, which is -GY, not a denial as not necessary"


def _required(context: Context) -> Iterator[str]:
    """The notice that -GA says is on file: signed, and before the service."""
    claim, record = context.claim, context.record
    if claim.abn is not Abn.ON_FILE:
        yield "-GA says that a notice (ABN) is on file, and none is on record"
    elif not claim.abn_day:
        yield "-GA says that a notice (ABN) is on file, and nobody says when the patient signed it"
    elif record is not None and claim.abn_day > record.first_day:
        yield f"the notice (ABN) was signed on {claim.abn_day}, after the service began on {record.first_day}"


def proposed_modifiers(context: Context, checks: tuple[Check, ...]) -> tuple[tuple[str, str], ...]:
    """Modifiers for an expected denial, each with why and how sure that is; never put on silently."""
    if context.claim.payer.filing not in ("MB", "") or context.claim.void:
        return ()  # modifiers of Medicare
    told, abn = context.determination or {}, context.claim.abn
    made: list[tuple[str, str]] = []
    excluded = abroad(context)
    if excluded:
        made.append(("GY", f"{'; '.join(excluded)}: the law excludes it [{SURE}]"))
        if abn is Abn.VOLUNTARY:
            made.append(("GX", f"and a voluntary notice was given, which goes with -GY [{SURE}]"))
    elif told.get("outcome") == "not covered" and not any(one.stops for one in checks):
        why = str(told.get("summary", "")) or "not covered by the payer's policy"
        denial = f"{why}: a denial as not necessary is expected, and"
        if abn is Abn.ON_FILE and not list(_required(context)):
            made.append(("GA", f"{denial} the notice (ABN) was signed before the service [{SURE}]"))
        elif abn is Abn.ON_FILE:
            made.append(("GZ", f"{denial} the notice (ABN) bears no day before the service [{SURE}]"))
        elif abn is Abn.VOLUNTARY:
            words = "a voluntary notice does not count there: -GX is of what the law excludes"
            made.append(("GZ", f"{denial} {words} [{SURE}]"))
        else:
            made.append(("GZ", f"{denial} no notice (ABN) is on file [{SURE}]"))
    has = {one for line in context.claim.lines for one in line.modifiers}
    return tuple(one for one in made if one[0] not in has)


def _noticed(context: Context) -> Found:
    """What is known of the notice has its day."""
    claim = context.claim
    if claim.abn not in (Abn.ON_FILE, Abn.VOLUNTARY):
        return not_applicable("no notice (ABN) is on record")
    if not claim.abn_day:
        return not_met("nobody says when the patient signed the notice (ABN)", "Write its day on the claim.")
    if claim.abn_day > context.today:
        return not_met(f"the notice (ABN) is dated {claim.abn_day}, in the future", "Correct its day.")
    return met(f"the notice (ABN) was signed on {claim.abn_day}")


RULES: Final[tuple[Rule, ...]] = (
    Rule("modifiers", "modifiers for expected denials fit", "CMS-R-131; C.2", SURE, Weight.REASON, _modified),
    Rule("notice", "the notice (ABN) has its day", "CMS-R-131", SURE, Weight.REASON, _noticed),
)
