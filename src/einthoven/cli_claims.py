"""Commands about claims: what lies in a data folder, and files of others."""

from __future__ import annotations

import json
from pathlib import Path

import click

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
TABS = click.Choice(["held", "ready", "sent", "denied", "amend", "paid", "check", "void"])
_data = click.option("--data", required=True, type=FOLDER, help="The center's data folder.")


@click.group()
def claim() -> None:
    """Claims: list, show, their files, payers' answers. They are worked on the page /claims."""


@claim.command("list")
@_data
@click.option("--tab", type=TABS, help="Only those of this tab [all].")
def list_(data: Path, tab: str | None) -> None:
    """Every claim, one line each: state, patient, code, day, charge, what holds it. Also while serving."""
    from einthoven.bootstrap.claim_command import list_claims

    list_claims(data, tab)


@claim.command()
@click.argument("number", type=click.IntRange(min=1))
@_data
@click.option("--json", "as_json", is_flag=True, help="The claim, its checks and proofs as JSON.")
@click.option("--fhir", is_flag=True, help="As a FHIR R4 Claim.")
def show(number: int, data: Path, as_json: bool, fhir: bool) -> None:
    """One claim with each of its checks: what is met, what is not, why, and what would mend it."""
    from einthoven.bootstrap.claim_command import show_claim

    show_claim(data, number, as_json=as_json, fhir=fhir)


@claim.command()
@click.argument("file", type=click.IntRange(min=1))
@_data
@click.option("-o", "--out", required=True, type=FILE, help="The 837P file to write.")
def write(file: int, data: Path, out: Path) -> None:
    """An 837P file as it was made on the page, letter for letter."""
    from einthoven.bootstrap.claim_command import write_file

    write_file(data, file, out)


@claim.command()
@click.argument("number", type=click.IntRange(min=1))
@_data
@click.option("-o", "--out", required=True, type=FILE, help="The ZIP to write.")
def packet(number: int, data: Path, out: Path) -> None:
    """What asks for a denied claim again: letter, claim, determination and the record, one signed archive."""
    from einthoven.bootstrap.claim_packet import run_packet

    click.echo(json.dumps(run_packet(number, data, out), ensure_ascii=False))


@claim.command()
@click.argument("answers", type=FILE)
@click.option("--data", type=FOLDER, help="Say to which claim of this data folder each answer is.")
def read(answers: Path, data: Path | None) -> None:
    """What a file says (835, 277CA, 999, ClaimResponse, ExplanationOfBenefit). Nothing is taken in by it."""
    from einthoven.bootstrap.claim_command import read_answers

    read_answers(answers, data)


@claim.command()
@click.argument("file", type=FILE)
def check(file: Path) -> int:
    """Whether an X12 file is a good one by its implementation guide (pyx12); a line for each fault.

    \b
    Exit codes: 0 it is, 1 it is not, 2 it cannot be read.
    """
    from einthoven.bootstrap.claim_command import check_file

    return check_file(file)


@claim.command()
@click.argument("file", type=FILE, required=False)
def billing(file: Path | None) -> None:
    """A sample of the billing file, to be filled in; or whether FILE is a good one."""
    from einthoven.bootstrap.claim_command import billing_file

    billing_file(file)
