"""What the call room stands on (R6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from einthoven.base.ids import StreamId
from einthoven.base.thresholds import Thresholds
from einthoven.center.call_ports import FiledSounds
from einthoven.center.call_world import Tapes, Worker
from einthoven.center.desk import Desk
from einthoven.center.ports import Clock
from einthoven.center.tally import Tally
from einthoven.telephone.profiles import Profile


@dataclass(slots=True)
class CallWorld:
    """What the room stands on.

    Attributes:
        desk: where deeds are made.
        disk, ears, reader: threads: that writes sound, that hears calls, that reads what lies there.
        calls_most: calls at once.
        profile_from: recorder of who calls from a number, where it is known.
        profile_of: recorder of a patient.
        filed: recordings on file; None: none are taken.
        failed: told of defects.
    """

    desk: Desk
    clock: Clock
    tapes: Tapes
    disk: Worker
    ears: Worker
    reader: Worker
    thresholds: Thresholds
    tally: Tally
    profile_from: Callable[[str], Profile | None]
    profile_of: Callable[[StreamId], Profile | None]
    calls_most: int = 200
    filed: FiledSounds | None = None
    failed: Callable[[str, Exception], None] = lambda _what, _error: None
