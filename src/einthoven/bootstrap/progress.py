"""Progress of long work on a terminal; nothing where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from einthoven.bootstrap.interrupts import heed


@contextmanager
def progress_bar(what: str, unit: str = "samples") -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr when it is a terminal; yields ``tell(done, total)``, which heeds interrupts too.

    Args:
        what: what is going on.
        unit: what is counted.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _total: heed()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} " + unit),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=1)

        def tell(done: int, total: int) -> None:
            heed()
            progress.update(task, completed=done, total=max(1, total))

        yield tell
