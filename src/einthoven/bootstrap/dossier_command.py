"""``einthoven dossier``: on record before anything is read, then made from the folder (R36, R42)."""

from __future__ import annotations

from pathlib import Path

from einthoven.base.ids import stream_name
from einthoven.bootstrap.clock import RealClock
from einthoven.bootstrap.dossier import make_dossier, named
from einthoven.bootstrap.progress import progress_bar


def run_dossier(period: str, data: Path, out: Path) -> dict[str, object]:
    """Write the record of a period; what was written, JSON-ready.

    Raises:
        InputError, NotFoundError: no such data folder or period, or nowhere to write to.
        StoreError: it could not be put on record, read or written.
    """
    from einthoven.bootstrap.staff import ask  # with all of sign-in

    stream = named(data, period)
    ask(data, "dossier", {"stream": stream_name(stream)})
    with progress_bar(f"record of {stream_name(stream)}", "%") as tell:
        return make_dossier(data, period, out, RealClock().wall(), lambda done, _what: tell(done, 100))
