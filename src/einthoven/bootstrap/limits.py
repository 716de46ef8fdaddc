"""Reading a site's table of thresholds (``docs/thresholds.md``)."""

from __future__ import annotations

from pathlib import Path

from einthoven.base.errors import InputError
from einthoven.base.thresholds import Thresholds, load, shipped


def thresholds_of(path: Path | None) -> Thresholds:
    """The table in a file over the shipped one; the shipped one for None.

    Raises:
        InputError: the file cannot be read, or the table in it is refused; every fault, with file and key.
    """
    if path is None:
        return shipped()
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text") from error
    return load(text, str(path))
