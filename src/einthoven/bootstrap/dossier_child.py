"""The process in which a running center makes one record; tells on standard output, a line of JSON each."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from einthoven.base.errors import EinthovenError
from einthoven.bootstrap.claim_packet import enclosed
from einthoven.bootstrap.dossier import make_dossier, nothing_enclosed

NICE = 10
"""What the center does comes first."""


def _say(told: dict[str, object]) -> None:
    print(json.dumps(told), flush=True)  # noqa: T201 - to the center, which reads it


def _tell(percent: int, what: str) -> None:
    _say({"percent": percent, "what": what})


def main(folder: str, stream: str, out: str, now: str, claim: str = "0") -> None:
    """Make the record; of a claim that was denied, with what its redetermination encloses."""
    os.nice(NICE)
    try:
        made = make_dossier(
            Path(folder),
            stream,
            Path(out),
            int(now),
            lambda percent, what: _say({"percent": percent, "what": what}),
            enclosed(int(claim)) if int(claim) else nothing_enclosed,
        )
        _say({"made": made})
    except (EinthovenError, OSError) as error:
        _say({"error": str(error)})


if __name__ == "__main__":
    main(*sys.argv[1:])
