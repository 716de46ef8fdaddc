"""``einthoven verify``: a data folder proved whole, its audit also against heads that were kept elsewhere."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from einthoven.base.chain import Head
from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.instants import Instant, to_iso
from einthoven.bootstrap.clock import RealClock
from einthoven.bootstrap.progress import progress_bar
from einthoven.edges.store.verify import verify


def verify_folder(folder: Path, heads: Sequence[str] = (), kept: Path | None = None) -> int:
    """Prove a data folder whole; prints what was looked at, what is wrong, and the head of the audit.

    Args:
        heads: ``NUMBER:HASH`` each, as printed before.
        kept: a file of them, one a line; made where it is not there. The head is added when all is whole.

    Returns:
        0 whole, 1 damaged, 2 unreadable.

    Raises:
        InputError: a head that is none, or a file of heads inside the folder that it watches over.
        NotFoundError: the folder cannot be read.
    """
    known = [Head.parse(text) for text in heads]
    if kept is not None:
        if kept.resolve().is_relative_to(folder.resolve()):
            raise InputError(f"{kept} lies in the data folder: who can change the audit could change it too")
        known += read_heads(kept)
    with progress_bar(f"verifying {folder}", "steps") as tell:
        report = verify(folder, lambda done, total, _what: tell(done, total), known)
    if report.unreadable is not None:
        raise NotFoundError(
            report.unreadable if str(folder) in report.unreadable else f"{folder}: {report.unreadable}"
        )
    for note in report.notes:
        click.echo(f"note     {note}")
    for problem in report.problems:
        click.echo(f"DAMAGED  {problem}")
    if report.audit is not None:
        proved = f", {len(known)} kept heads in it" if known and not report.audit.faults else ""
        click.echo(f"audit    {report.audit.lines} lines, {report.audit.deeds} deeds{proved}")
        click.echo(f"head     {report.audit.head}")
        if kept is not None and not report.problems:
            add_head(kept, report.audit.head, RealClock().wall())
    looked = f"{report.blocks} blocks, {report.segments} segments, {report.bytes_read / 1e6:.1f} MB read"
    click.echo(f"{'damaged' if report.problems else 'whole'}: {looked}")
    return report.code


def read_heads(path: Path) -> list[Head]:
    """The heads of a file, none where it is not there; InputError names a line that is none."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a file of heads") from error
    heads = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            try:
                heads.append(Head.parse(line.split()[0]))
            except InputError as error:
                raise InputError(f"{path}, line {number}: {error}") from error
    return heads


def add_head(path: Path, head: Head, now: Instant) -> None:
    """Put a head at the end of a file, durably, unless it is the last one there."""
    if read_heads(path)[-1:] == [head]:
        return
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{head} {to_iso(now)}\n")
        file.flush()
        os.fsync(file.fileno())
