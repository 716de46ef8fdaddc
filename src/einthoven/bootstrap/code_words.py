"""What ``einthoven code`` says."""

from __future__ import annotations

import json
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from einthoven.base.errors import FaultsError, NotFoundError
from einthoven.billing.codes.icd10 import FORM
from einthoven.billing.codes.loaded import Loaded
from einthoven.billing.codes.told import (
    book_json,
    code_json,
    code_text,
    list_text,
    marks_text,
    validity_json,
)
from einthoven.bootstrap.codes import FiledCodes, folder_in, today


def show_codes(
    numbers: tuple[str, ...], on: date | None, data: Path | None, *, as_json: bool, every: bool
) -> None:
    """Print codes, those that are known first.

    Raises:
        FaultsError: some are not known; a line each, with near ones.
    """
    loaded = FiledCodes(None if data is None else folder_in(data)).loaded()
    day = on or today()
    if every:
        click.echo(json.dumps(book_json(loaded, day)) if as_json else list_text(loaded, day))
    faults: list[str] = []
    shown = 0
    for number in numbers:
        try:
            told = _json(loaded, number, day) if as_json else _text(loaded, number, day)
        except NotFoundError as error:
            faults.append(str(error))
            continue
        click.echo(("" if as_json or not shown else "\n") + told)
        shown += 1
    if shown and not as_json:
        click.echo(f"\n{marks_text()}")
    sys.stdout.flush()
    if faults:
        raise FaultsError("\n".join(faults))


def _is_diagnosis(number: str) -> bool:
    """Whether it looks like a diagnosis and like no billing code: those end with a digit after four signs."""
    asked = number.strip().upper()
    return FORM.fullmatch(asked) is not None and not re.fullmatch(r"[A-Z]\d{4}", asked)


def _text(loaded: Loaded, number: str, day: date) -> str:
    if _is_diagnosis(number):
        told = loaded.icd10_valid(number, day)
        head = f"{number.strip().upper()}  diagnosis (ICD-10-CM)"
        return f"{head}\n  {told.answer.upper():<12} {told.words} [{told.mark}]"
    return code_text(loaded, loaded.lookup(number), day)


def _json(loaded: Loaded, number: str, day: date) -> str:
    told: dict[str, Any]
    if _is_diagnosis(number):
        told = {"code": number.strip().upper(), "system": "ICD-10-CM"}
        told["valid"] = validity_json(loaded.icd10_valid(number, day))
    else:
        told = code_json(loaded, loaded.lookup(number), day)
    return json.dumps(told | {"on": str(day)}, ensure_ascii=False)
