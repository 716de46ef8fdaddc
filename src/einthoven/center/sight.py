"""Who sees which patients: the one place that decides it (R42)."""

from __future__ import annotations

from collections.abc import Callable

from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.center.sign_in_ports import Held
from einthoven.surveillance.roles import Permission, reaches_all


def _nobodys(_stream: StreamId) -> int | None:
    return None


def _closed(_held: Held, _stream: StreamId, _now: Instant) -> bool:
    return False


class Sight:
    """Judges by session and stream.

    Args:
        practice_of: the practice that a stream's patient belongs to, None where no practice does.
        glass_broken: whether somebody has, for now, explained why they look at a patient of another practice.

    Attributes:
        edition: raised whenever what somebody sees may have changed; open screens then start over.
    """

    def __init__(
        self,
        practice_of: Callable[[StreamId], int | None] = _nobodys,
        glass_broken: Callable[[Held, StreamId, Instant], bool] = _closed,
    ) -> None:
        self._practice_of = practice_of
        self._glass_broken = glass_broken
        self.edition = 0

    def changed(self) -> None:
        """A patient got or lost a practice, glass was broken, or is whole again."""
        self.edition += 1

    def all_of(self, held: Held) -> bool:
        """Whether they see every patient, as the center's own people and the console do."""
        return held.staff is None or reaches_all(held.roles, Permission.READ_ECG)

    def visible(self, stream: StreamId, held: Held, now: Instant) -> bool:
        """Whether they may see anything of this stream, its existence included."""
        if self.all_of(held):
            return True
        practice = self._practice_of(stream)
        if practice is not None and practice == held.practice:
            return True
        return self._glass_broken(held, stream, now)
