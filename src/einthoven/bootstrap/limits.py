"""What limits a center: a site's table of thresholds (``docs/thresholds.md``), files that may be open."""

from __future__ import annotations

import resource
from pathlib import Path

from einthoven.base.errors import InputError
from einthoven.base.thresholds import Thresholds, load, shipped

FILES_SPARE = 512
"""File descriptors beside the transmitters': log, segments, screens."""


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


def connections_possible(wanted: int) -> int:
    """How many connections the limit of open files leaves room for, raised as far as the system lets us.

    A socket a transmitter, and enough beside them: without a descriptor the log cannot begin its next file.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft != unlimited and soft < wanted + FILES_SPARE:
        soft = wanted + FILES_SPARE if hard == unlimited else min(wanted + FILES_SPARE, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == unlimited else max(1, min(wanted, soft - FILES_SPARE))
