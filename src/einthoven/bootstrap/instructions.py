"""What is read to patients at the telephone here: the shipped instructions, or a site's own (R6)."""

from __future__ import annotations

from pathlib import Path

from einthoven.answering.instructions import Instruction, parse, shipped
from einthoven.base.errors import InputError
from einthoven.settings import Settings


def instructions_of(settings: Settings, folder: Path) -> tuple[Instruction, ...]:
    """Those of the file that the settings name; the shipped ones where they name none.

    Raises:
        InputError: it cannot be read, or something in it is wrong; names file, place and what.
    """
    if not settings.telephone_instructions:
        return shipped()
    path = folder / settings.telephone_instructions
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or "is no text"
        raise InputError(f"telephone_instructions: {path}: {told}") from error
    return parse(text, str(path))
