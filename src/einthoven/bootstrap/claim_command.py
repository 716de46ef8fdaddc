"""``einthoven claim``: claims of a data folder as text, their files, and files of others read (R40)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from einthoven.base.errors import InputError
from einthoven.base.instants import to_iso
from einthoven.billing import adjustments
from einthoven.billing.claim import dollars, to_json
from einthoven.billing.claim_answers import match
from einthoven.billing.claim_book import ClaimBook
from einthoven.billing.claim_check import Check, check_json
from einthoven.billing.claim_states import Kept, claim_id
from einthoven.billing.claim_status import words
from einthoven.billing.profile import SAMPLE
from einthoven.billing.profile import read as read_profile
from einthoven.billing.remittance import Answer, Remittance, outcome
from einthoven.bootstrap.service_records import open_books
from einthoven.center.claim_files import read_file
from einthoven.center.claim_page import on_tab
from einthoven.interop import x12_check
from einthoven.interop.fhir_claim import claim_resource

ANSWERS_MAX = 20 << 20
_MARKS = {"met": "+", "not met": "-", "not documented": "?", "not applicable": " "}


def book_of(data: Path, subject: str) -> ClaimBook:
    """The claims of a data folder, also while a center serves it; the look is on record first.

    Raises:
        InputError: it is no data folder.
        StoreError: it cannot be read, or the look is not on record.
    """
    from einthoven.bootstrap.staff import ask  # with all of sign-in

    ask(data, "claims", {"subject": subject})
    opened = open_books(data)
    try:
        return opened.books.claims
    finally:
        opened.close()


def list_claims(data: Path, tab: str | None) -> None:
    """One line a claim."""
    book = book_of(data, "claims")
    for kept in book.claims.values():
        if tab is None or on_tab(book, kept, tab):
            click.echo(line_of(kept))


def line_of(kept: Kept) -> str:
    """``E000001  held      Jane Doe  93229 2023-03-30  650.00  3 not met: no order``."""
    claim = kept.claim
    bad = [one for one in kept.checks if one.holds]
    first = next((one for one in bad if one.stops), bad[0] if bad else None)
    told = [kept.id, f"{kept.state:<11}"]
    if claim is not None:
        codes = " ".join("-".join((line.code, *line.modifiers)) for line in claim.lines)
        told += [
            claim.patient.name.words or "nobody named",
            f"{codes} {claim.day}".strip(),
            dollars(claim.cents),
        ]
    if kept.replaces:
        told.append(f"{kept.kind} of {claim_id(kept.replaces)}")
    if kept.paid:
        told.append(f"paid {dollars(kept.paid)}")
    if kept.due is not None:
        told.append(f"to be put right: {kept.due.why}")
    if first is not None:
        told.append(f"{len(bad)} not met: {first.title}: {first.words}")
    return "  ".join(told)


def show_claim(data: Path, number: int, *, as_json: bool, fhir: bool) -> None:
    """One claim."""
    kept = book_of(data, f"claim {number}").claim(number)
    if fhir or as_json:
        click.echo(json.dumps(_fhir(kept) if fhir else _json(kept), ensure_ascii=False, indent=1))
    else:
        for line in text_of(kept):
            click.echo(line)
    sys.stdout.flush()


def _fhir(kept: Kept) -> object:
    if kept.claim is None:
        raise InputError(f"claim {kept.number} is being made")
    prior = claim_id(kept.replaces) if kept.replaces else ""
    return claim_resource(kept.id, kept.claim, to_iso(kept.since), prior)


def _json(kept: Kept) -> object:
    return {
        "id": kept.id,
        "state": str(kept.state),
        "kind": str(kept.kind),
        "replaces": kept.replaces,
        "version": kept.version,
        "claim": None if kept.claim is None else to_json(kept.claim),
        "checks": [check_json(one) for one in kept.checks],
        "modifiers": [list(one) for one in kept.modifiers],
        "proof": kept.proof,
    }


def text_of(kept: Kept) -> Iterator[str]:
    """A claim as text: its line, then what is not met with what would mend it, then the rest."""
    yield line_of(kept)
    for modifier, why in kept.modifiers:
        yield f"  proposed: -{modifier}: {why}"
    for one in sorted(kept.checks, key=_rank):
        sign = "x" if one.stops else _MARKS[one.outcome]
        yield f"{sign} {one.title}: {one.words} [{one.source}, {one.sure}]"
        if one.fails and one.mend:
            yield f"    {one.mend}"


def _rank(one: Check) -> int:
    return 0 if one.stops else 1 if one.holds else 2 if one.fails else 3


def write_file(data: Path, number: int, out: Path) -> None:
    """An 837P file as it was made; InputError where there is none, or it cannot be written."""
    text = book_of(data, f"claims file {number}").file(number).text
    try:
        out.write_text(text, "ascii", newline="")
    except OSError as error:
        raise InputError(f"{out}: {error.strerror or error}") from error
    click.echo(str(out))


def read_answers(path: Path, data: Path | None) -> None:
    """What a payer's file says."""
    content = _bytes(path)
    try:
        parsed = read_file(content, path.name)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    book = None if data is None else book_of(data, "claims")
    for said in parsed.said:
        click.echo(f"file {said.group}: {'taken' if said.accepted else 'turned down'}")
        for control, good, why in said.sets:
            click.echo(f"  set {control}: {'taken' if good else f'turned down: {why}'}")
    for remittance, _ in parsed.remits:
        for line in told_of(remittance, book):
            click.echo(line)


def told_of(found: Remittance, book: ClaimBook | None) -> Iterator[str]:
    """A remittance as text."""
    trace = f" {found.number}" if found.number else ""
    payer, day = found.payer or "nobody named", found.day or "no date"
    money = f": {dollars(found.cents)}" if found.kind != "277CA" else ""
    yield f"{found.kind}{trace} of {payer}, {day}{money}"
    for fault in found.faults:
        yield f"  fault: {fault}"
    for answer in found.answers:
        money = (
            dollars(answer.charged) if answer.form else f"{dollars(answer.paid)} of {dollars(answer.charged)}"
        )
        yield f"  {answer.number or answer.batch}  {outcome(answer)}  {money}"
        yield from _reasons(answer)
        if book is not None:
            kept, why = match(book, answer)
            yield f"    to {kept.id}" if kept is not None else f"    to no claim: {why}"


def _reasons(answer: Answer) -> Iterator[str]:
    for one in answer.all_adjustments():
        yield f"    {one.group}-{one.code} {adjustments.carc(one.code)}: {dollars(one.cents)}"
    for code in answer.all_remarks():
        yield f"    {code} {adjustments.rarc(code)}"
    for said in (*map(words, answer.said), *answer.notes):
        yield f"    {said}"
    for fault in answer.faults:
        yield f"    fault: {fault}"


def check_file(path: Path) -> int:
    """Whether an X12 file is good; the exit code."""
    found = x12_check.faults(_bytes(path).decode("latin-1"))
    for one in found:
        place = f"{path}:{one.line}" if one.line else str(path)
        click.echo(f"{place}: {one.words}")
    if not found:
        click.echo(f"{path}: good")
    return 1 if found else 0


def billing_file(path: Path | None) -> None:
    """A sample, or whether a file is a good one."""
    if path is None:
        click.echo(SAMPLE, nl=False)
        return
    try:
        text = _bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is no UTF-8 text") from error
    profile = read_profile(text, str(path))
    click.echo(f"{path}: {profile.billing.name or 'nobody'} bills {', '.join(profile.parts)}")


def _bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    if len(content) > ANSWERS_MAX:
        raise InputError(f"{path}: larger than {ANSWERS_MAX >> 20} MB")
    return content
