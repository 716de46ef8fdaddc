"""A word where a command has to compile the analysis, so that nobody takes the wait for a fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from numba.core import event as numba_events

COMPILES = "einthoven: compiling the analysis (the first run after installation: one to three minutes)"


class _Once(numba_events.Listener):
    """Says it when the first kernel is compiled that is kept on the disk; one loaded from there is none, and
    what is never kept is compiled every time, in a moment."""

    def __init__(self) -> None:
        self._said = False

    def on_start(self, event: numba_events.Event) -> None:
        """A kernel begins to be compiled."""
        kept = event.data["dispatcher"]._cache.cache_path is not None
        if kept and not self._said:
            self._said = True
            click.echo(COMPILES, err=True)

    def on_end(self, event: numba_events.Event) -> None:
        """A kernel is compiled: nothing to say."""


@contextmanager
def telling_compilation() -> Iterator[None]:
    """Say on stderr, once, when a kernel has to be compiled within."""
    with numba_events.install_listener("numba:compile", _Once()):
        yield
