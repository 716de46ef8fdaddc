"""The commands about HL7: what was sent to the hospital, what it says of patients."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])
FOLDER = click.Path(file_okay=False, path_type=Path)
FIELDS = ("name", "birth_date", "sex", "address", "telephone")


def _data(command: Command) -> Command:
    return click.option("--data", required=True, type=FOLDER, help="The center's data folder.")(command)


def _ask(data: Path, command: str, body: Mapping[str, object]) -> None:
    from einthoven.bootstrap.staff import ask_running

    click.echo(json.dumps(ask_running(data, command, body), ensure_ascii=False))
    sys.stdout.flush()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def hl7() -> None:
    """HL7 of a running center: letters, resend, said, settle, link (docs/hl7.md)."""


@hl7.command("letters")
@_data
def letters(data: Path) -> None:
    """Reports that wait to be taken by the hospital, and dead letters: those that were given up."""
    _ask(data, "hl7.letters", {})


@hl7.command("resend")
@_data
@click.argument("letter", metavar="ID|all")
def resend(data: Path, letter: str) -> None:
    """Send a dead letter again, as it is; or all of them."""
    _ask(data, "hl7.resend", {"id": letter})


@hl7.command("said")
@_data
def said(data: Path) -> None:
    """What hospitals say of our patients: identifiers, whether they are in the hospital, what differs."""
    _ask(data, "hospital.said", {})


@hl7.command("settle")
@_data
@click.argument("patient", type=click.IntRange(1))
@click.argument("field", type=click.Choice(FIELDS))
@click.option("--take/--leave", required=True, help="Take what the hospital says, or leave what is here.")
def settle(data: Path, patient: int, field: str, take: bool) -> None:
    """Decide on a FIELD of PATIENT in which a hospital says something else."""
    _ask(data, "hospital.settle", {"patient": patient, "field": field, "take": take})


@hl7.command("link")
@_data
@click.argument("patient", type=click.IntRange(1))
@click.argument("identifier")
@click.option("--authority", required=True, help="Who gave it: PID-3.4 of the hospital's messages, or MSH-4.")
@click.option("--kind", default="MR", show_default=True, help="PID-3.5.")
def link(data: Path, patient: int, identifier: str, authority: str, kind: str) -> None:
    """PATIENT has this IDENTIFIER at a hospital: from now on its messages are about them."""
    body = {"patient": patient, "identifier": identifier, "authority": authority, "kind": kind}
    _ask(data, "hospital.link", body)
