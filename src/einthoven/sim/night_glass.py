"""Screens of a simulated night: one column a second, painted by stations and checked by the center.

Painting a whole ECG of forty patients for eight hours takes longer than a test may. So here the picture of a
patient is one number a second that both sides can work out, and the center judges it by the rules of
``center.displays``: the nonce of a recent tick, visible, not behind, the very picture that it should be. With
real samples and real columns those rules are proved in the tests of ``center.displays``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import count

from einthoven.base.ids import StreamId, parse_stream, stream_name
from einthoven.base.instants import SECOND, Instant
from einthoven.center.displays import (
    BEHIND_MAX_S,
    NONCES_KEPT,
    Checked,
    Glass,
    Painted,
    Reason,
    Report,
    Sight,
)
from einthoven.sim.night_record import Record, Reported


def picture(stream: StreamId, second: int) -> int:
    """What a patient's picture of a second is."""
    return (stream * 2_654_435_761 + second * 40_503) & 0xFFFF_FFFF


class SecondPictures:
    """Judges reports (``center.desk.Screens``) of pictures of one column a second.

    Args:
        epoch: where seconds are counted from.
    """

    def __init__(self, epoch: Instant) -> None:
        self._epoch = epoch
        self._numbers = count(1)
        self._beats: list[Instant] = []

    def beat(self, at: Instant) -> None:
        """A second has gone by."""
        self._beats.append(at)

    def open(self) -> Glass:
        """A new page's screen."""
        return Glass()

    def nonce(self, glass: Glass) -> str:
        """A text for the next tick; the last three of a screen can be answered."""
        made = f"{next(self._numbers):x}"
        glass.nonces[made] = len(self._beats)
        while len(glass.nonces) > NONCES_KEPT:
            del glass.nonces[next(iter(glass.nonces))]
        return made

    def check(self, glass: Glass, report: Report) -> Checked:
        """Judge a report."""
        beat = glass.nonces.get(report.nonce, 0)
        if beat == 0 or beat <= len(self._beats) - NONCES_KEPT:
            return Checked(None, [Sight(tile.stream, Reason.FORGED) for tile in report.tiles])
        at = self._beats[beat - 1]
        if not report.visible:
            return Checked(at, [Sight(tile.stream, Reason.HIDDEN) for tile in report.tiles])
        had = (at - self._epoch) // SECOND - 1
        sights = [Sight(tile.stream, self._judge(tile, had, glass)) for tile in report.tiles]
        glass.newest = {tile.stream: tile.newest for tile in report.tiles}
        return Checked(at, sights)

    @staticmethod
    def _judge(tile: Painted, had: int, glass: Glass) -> Reason | None:
        if tile.columns == 0:
            return Reason.NOTHING_DRAWN
        if had - 1 - tile.newest > BEHIND_MAX_S:
            return Reason.FROZEN if glass.newest.get(tile.stream) == tile.newest else Reason.BEHIND
        if tile.newest > had + 1 or tile.crc != picture(tile.stream, tile.newest):
            return Reason.WRONG_PICTURE
        return None


class StationGlass:
    """The pixels of one station (``station.Painter``): it paints, and keeps on record what it painted.

    Args:
        number: of the station.
        epoch: where seconds are counted from.
        record: of the night.

    Attributes:
        frozen: whether the picture no longer moves, though the page runs.
    """

    def __init__(self, number: int, epoch: Instant, record: Record) -> None:
        self._number = number
        self._epoch = epoch
        self._record = record
        self._newest = 0
        self.frozen = False

    def report(self, streams: Sequence[str], nonce: str, wall: Instant) -> str:
        """Paint what came up to now, and report it."""
        if not self.frozen:
            self._newest = (wall - self._epoch) // SECOND - 1
        newest = self._newest
        numbers = [parse_stream(name) for name in streams]
        self._record.reports.append(Reported(wall, self._number, newest, tuple(numbers)))
        tiles = [
            [stream_name(number), newest + 1, 1.0, picture(number, newest), newest, 1, 1, 0]
            for number in numbers
        ]
        return json.dumps({"type": "painted", "nonce": nonce, "visible": True, "tiles": tiles})

    def hidden(self, wall: Instant) -> None:
        """The page went out of sight and said so."""
        self._record.reports.append(Reported(wall, self._number, self._newest, (), visible=False))
