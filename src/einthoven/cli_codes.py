"""The commands about billing codes: what one is, and files of codes that a site loads."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from einthoven.base.errors import EinthovenError, FaultsError, InputError

FILE = click.Path(dir_okay=False, path_type=Path, exists=False)
FOLDER = click.Path(file_okay=False, path_type=Path)


class Day(click.ParamType[date]):
    """``YYYY-MM-DD``."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The date, or click's own refusal."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date: want YYYY-MM-DD.", param, ctx)


@click.command()
@click.argument("numbers", nargs=-1, metavar="[CODE]...")
@click.option("--on", type=Day(), metavar="DATE", help="Day of service, YYYY-MM-DD [today, UTC].")
@click.option("--json", "as_json", is_flag=True, help="JSON, an object for each code.")
@click.option("--list", "every", is_flag=True, help="Every code, a line each.")
@click.option("--data", type=FOLDER, help="Data folder of a center: with what was loaded into it.")
def code(numbers: tuple[str, ...], on: date | None, as_json: bool, every: bool, data: Path | None) -> None:
    """What a billing code is: valid on the day or not, and what replaced it; with whom it may not go.

    CODE is a number such as 93229 or G0015, or a diagnosis such as I48.1. Words are our own; each fact
    carries a mark of how sure it is, and its sources (docs/codes.md).

    \b
    einthoven code 93012
    einthoven code 93229 93228 --on 2008-06-01 --json
    einthoven code --list
    """
    from einthoven.bootstrap.code_words import show_codes

    if not numbers and not every:
        raise InputError("which code? Such as: einthoven code 93229; einthoven code --list shows them all")
    show_codes(numbers, on, data, as_json=as_json, every=every)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def codes() -> None:
    """Files of codes that a site loads: load, loaded (docs/codes.md)."""


def _data(command: Any) -> Any:
    return click.option("--data", required=True, type=FOLDER, help="The center's data folder.")(command)


@codes.command("load")
@_data
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@click.option("--kind", type=click.Choice(["ncci", "icd10", "descriptors"]), help="What they are [seen].")
@click.option("--year", type=int, help="icd10: the fiscal year [in the name].")
@click.option("--start", type=Day(), help="icd10: from when on it holds [October 1].")
@click.option("--through", type=Day(), help="ncci: last day of its quarter [by name, else its newest edit].")
def load(data: Path, files: tuple[Path, ...], **given: Any) -> None:
    """Check FILEs and file them under their SHA-256; says what came in. All or none of each.

    \b
    ncci         quarterly procedure-to-procedure edits for practitioners: text with tabs, CSV, or its ZIP
    icd10        ICD-10-CM order file of a fiscal year (icd10cm_order_2026.txt), or its ZIP
    descriptors  CSV of code and descriptor that you hold a licence for

    \b
    einthoven codes load ccipra-v323r0-f1.zip ccipra-v323r0-f2.zip --data center
    """
    from einthoven.bootstrap.codes import Asked, folder_of, load_file

    folder = folder_of(data)
    faults: list[str] = []
    for path in files:
        try:
            told = load_file(folder, path, Asked(**given))
            click.echo(json.dumps(told, ensure_ascii=False))
            sys.stdout.flush()
        except OSError as error:
            faults.append(f"{path}: {error.strerror or error}")
        except EinthovenError as error:
            faults += str(error).splitlines()
    if faults:
        raise FaultsError("\n".join(faults))


@codes.command("loaded")
@_data
def loaded(data: Path) -> int:
    """What was loaded, each file proved by its SHA-256; exit 1 where one is not as it was."""
    from einthoven.bootstrap.codes import check_files, folder_in

    told = check_files(folder_in(data))
    for one in told:
        click.echo(json.dumps(one, ensure_ascii=False))
    return int(any("trouble" in one for one in told))
