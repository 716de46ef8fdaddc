"""The packet of a redetermination: what was denied, and what the record says to it, clause by clause (R40).

A letter and the facts beside it, in one archive with the record on request (R36), under its signed list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from einthoven.base.errors import RefusedError
from einthoven.billing import adjustments
from einthoven.billing.claim import Claim, dollars
from einthoven.billing.claim_check import Check
from einthoven.billing.claim_states import Answered, Kept
from einthoven.billing.remittance import DEADLINE_SURE, deadline
from einthoven.center.dossier_blocks import Block, Section, State

WIDTHS_TAKEN: Final = (1.0, 4.0, 1.2)
WIDTHS_ANSWERED: Final = (2.2, 1.2, 5.0, 1.6)
WIDTHS_CLAUSES: Final = (1.0, 4.0, 1.2, 4.0)
ENCLOSED: Final = (
    ("letter.pdf", "this letter"),
    ("claim/claim.json", "the claim, each check with its reason, and what was measured"),
    ("claim/determination.json", "the policy clause by clause, with each fact and where it stands"),
    ("claim/answer.json", "the payer's answer"),
    ("claim/claim.837", "the claim as it was handed in"),
    ("dossier.pdf", "the whole record of the service, with bookmarks; its data beside it, and the ECG"),
    ("manifest.json", "each file with its SHA-256, signed by the center (manifest.sig)"),
)


def denied(kept: Kept) -> tuple[Claim, Answered]:
    """The claim and the answer that denied it.

    Raises:
        RefusedError: it was not denied, wholly or in part.
    """
    answer = kept.denied
    if answer is None or kept.claim is None:
        raise RefusedError("state", f"claim {kept.number} is {kept.state}: there is nothing to ask again")
    return kept.claim, answer


def letter(kept: Kept, own: tuple[Mapping[str, str], Mapping[str, str]]) -> Section:
    """The letter as blocks.

    Args:
        own: the site's own words of adjustment reasons and of remarks.
    """
    claim, answer = denied(kept)
    blocks = (
        Block("facts", rows=tuple(_about(kept, claim, answer))),
        Block("head", "What was taken off"),
        Block("table", rows=(("Reason", "In words", "Amount"), *_taken(answer, own)), widths=WIDTHS_TAKEN),
        Block("head", "What the record says to it"),
        Block(
            "table",
            rows=(("Asked", "Found", "In the record", "Source"), *_said(kept, answer)),
            widths=WIDTHS_ANSWERED,
        ),
        *_clauses(kept),
        Block("head", "Enclosed"),
        Block("facts", rows=ENCLOSED),
        Block("text", "Signature: ____________________________    Name, date: ____________________________"),
    )
    return Section(
        "redetermination", "Request for redetermination", "42 CFR 405.940", State.COMPLETE, (), blocks
    )


def _about(kept: Kept, claim: Claim, answer: Answered) -> Iterator[tuple[str, str]]:
    line = claim.lines[0] if claim.lines else None
    yield "To", f"{claim.payer.name}, {claim.payer.number}"
    yield "From", f"{claim.billing.name}, NPI {claim.billing.npi}"
    yield (
        "Patient",
        f"{claim.patient.name.words}, born {claim.patient.birth_date}, number {claim.patient.member}",
    )
    if line is not None:
        code = "-".join((line.code, *line.modifiers))
        yield "Service", f"{code}, date of service {line.day}, {dollars(claim.cents)}"
    yield "Claim", f"{kept.id}, the payer's number {answer.answer.payer_number or 'not told'}"
    yield "Decision", f"{answer.outcome} by the notice of {answer.day or 'no date'}"
    told = deadline(answer.day)
    if told:
        yield (
            "To be asked by",
            f"{told}: 120 days from receipt, presumed 5 days after the notice "
            f"(42 CFR 405.942 [{DEADLINE_SURE}])",
        )
    yield "Diagnoses", ", ".join(claim.diagnoses)
    yield "Ordered by", f"{claim.ordering.name.words}, NPI {claim.ordering.npi}"


def _taken(
    answer: Answered, own: tuple[Mapping[str, str], Mapping[str, str]]
) -> Iterator[tuple[str, str, str]]:
    for one in answer.answer.all_adjustments():
        yield f"{one.group}-{one.code}", adjustments.carc(one.code, own[0]), dollars(one.cents)
    for code in answer.answer.all_remarks():
        yield code, adjustments.rarc(code, own[1]), ""


def _said(kept: Kept, answer: Answered) -> Iterator[tuple[str, str, str, str]]:
    """The checks that answer the reasons; all of them where none is known to."""
    wanted = set(adjustments.answering(answer.answer))
    found = [one for one in kept.checks if one.rule in wanted] or list(kept.checks)
    for one in found:
        yield one.title, str(one.outcome), one.words, _source(one)


def _source(one: Check) -> str:
    return f"{one.source} [{one.sure}]"


def _clauses(kept: Kept) -> Iterator[Block]:
    told = kept.proof.get("determination")
    if not isinstance(told, Mapping):
        yield Block("warn", "no policy was asked about this service")
        return
    policy = told.get("policy")
    name = f"{policy['id']}, {policy['title']}" if isinstance(policy, Mapping) else "no policy held"
    yield Block("head", "The policy, clause by clause")
    yield Block(
        "text", f"{name}, on {told.get('date', '')}: {told.get('outcome', '')}. {told.get('summary', '')}"
    )
    rows = [_clause(one) for one in told.get("clauses", ()) if one.get("outcome") != "not applicable"]
    if rows:
        head = ("Clause", "Asks", "Found", "Where it stands")
        yield Block("table", rows=(head, *rows), widths=WIDTHS_CLAUSES)


def _clause(one: Mapping[str, Any]) -> tuple[str, str, str, str]:
    facts = [
        " ".join(
            filter(
                None,
                (
                    str(fact.get("words") or fact.get("label") or fact.get("name", "")),
                    f"({fact['where']})" if fact.get("where") else "",
                ),
            )
        )
        for fact in one.get("facts", ())
    ]
    return (
        str(one.get("id", "")),
        str(one.get("text", "")),
        str(one.get("outcome", "")),
        "; ".join(facts)[:600],
    )
