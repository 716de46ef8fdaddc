"""From blocks in log files to a window of samples: gather frames, check them, decode, lay down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.base.spans import Span
from einthoven.edges.store import kernels
from einthoven.edges.store.disk import U8, Disk
from einthoven.edges.store.formats import Damage, Entries
from einthoven.edges.store.logview import LogFile, Target
from einthoven.link.batch import decode_checked
from einthoven.link.blocks import FrameBatch

I16 = NDArray[np.int16]


@dataclass(slots=True)
class Piece:
    """The blocks of one log file that a target wants.

    Attributes:
        file: the log file's number; path, first: its path and first sequence number.
        entries: one a block, in order of arrival.
        data: their frames end to end, zeros for a block that failed its checksum.
        good: 1 for each block that passed.
    """

    file: int
    path: str
    first: int
    entries: Entries
    data: U8
    good: U8

    def damage(self, rows: NDArray[np.int64], detail: str) -> list[Damage]:
        """Name the blocks of ``rows``."""
        named = []
        for entry in self.entries[rows]:
            start = int(entry["start"])
            stop = start + int(entry["count"])
            named.append(Damage(self.path, int(entry["offset"]), int(entry["stream"]), start, stop, detail))
        return named


@dataclass(slots=True)
class Samples:
    """A window being filled.

    Attributes:
        start: sample index of the first row.
        samples: int16[n, leads], holes hold ``INVALID_SAMPLE``.
        present: uint8[n], 1 where a sample lies.
        damage: what was met and left out.
    """

    start: int
    samples: I16
    present: U8
    damage: list[Damage] = field(default_factory=list)

    @staticmethod
    def empty(start: int, stop: int, leads: int) -> Samples:
        """A window of holes."""
        samples = np.full((stop - start, leads), INVALID_SAMPLE, np.int16)
        return Samples(start, samples, np.zeros(stop - start, np.uint8))

    def spans(self) -> list[Span]:
        """The runs of samples that are present, in sample indices of the stream."""
        if len(self.present) and self.present.all():
            return [Span(self.start, self.start + len(self.present))]
        room = 64
        while True:
            out = np.empty((room, 2), np.int64)
            found = kernels.runs(self.present, out)
            if found <= room:
                return [Span(self.start + low, self.start + high) for low, high in out[:found].tolist()]
            room = found


def gather(disk: Disk, file: LogFile, targets: Sequence[Target], below: int | None = None) -> list[Piece]:
    """For each target its blocks in one log file, checked; blocks from sequence number ``below`` on are left
    out.

    Raises:
        FileNotFoundError: the file was removed meanwhile; whoever reads looks again at index and log.
    """
    chosen = file.select(targets)
    if below is not None:
        limit = below - file.first
        chosen = [entries[entries["ordinal"] < limit] for entries in chosen]
    data = disk.map(file.path) if any(len(entries) for entries in chosen) else np.zeros(0, np.uint8)
    pieces = []
    for entries in chosen:
        out = np.empty(int(entries["length"].sum()), np.uint8)
        good = np.zeros(len(entries), np.uint8)
        if len(entries):
            kernels.copy_frames(data, entries, file.first, out, 0, good)
        pieces.append(Piece(file.number, file.path, file.first, entries, out, good))
    return pieces


def lay(pieces: Sequence[Piece], window: Samples) -> None:
    """Decode blocks into a window where nothing lies yet, in order of storing; name what is damaged."""
    pieces = [piece for piece in pieces if len(piece.entries)]
    if not pieces:
        return
    leads = window.samples.shape[1]
    entries = np.concatenate([piece.entries for piece in pieces]) if len(pieces) > 1 else pieces[0].entries
    good = np.concatenate([piece.good for piece in pieces])
    length = entries["length"].astype(np.int64)
    offset = np.cumsum(length) - length
    same = entries["leads"] == leads
    use = np.flatnonzero((good == 1) & same)
    batch = FrameBatch(
        data=np.concatenate([piece.data for piece in pieces]),
        offset=offset[use],
        length=length[use],
        stream=entries["stream"][use].astype(np.int64),
        start=entries["start"][use].astype(np.int64),
        count=entries["count"][use].astype(np.int64),
        leads=np.full(len(use), leads, np.int64),
        lane=entries["lane"][use].astype(np.int64),
        received=np.zeros(len(use), np.int64),
    )
    decoded, failed = decode_checked(batch, True)
    kernels.place(
        decoded.samples,
        decoded.offset,
        decoded.start,
        decoded.count,
        window.start,
        window.samples,
        window.present,
    )
    if len(use) < len(entries) or len(failed):
        undecoded = np.zeros(len(entries), bool)
        undecoded[use[failed]] = True
        _name_damage(pieces, good == 0, ~same, undecoded, window.damage)


def _name_damage(
    pieces: Sequence[Piece],
    rotten: NDArray[np.bool_],
    foreign: NDArray[np.bool_],
    undecoded: NDArray[np.bool_],
    damage: list[Damage],
) -> None:
    at = 0
    for piece in pieces:
        rows = slice(at, at + len(piece.entries))
        at += len(piece.entries)
        for flags, detail in (
            (rotten, "block fails its checksum"),
            (foreign & ~rotten, "block has another number of leads than its stream"),
            (undecoded, "samples of the block do not decode"),
        ):
            damage += piece.damage(np.flatnonzero(flags[rows]), detail)


def leads_in(file: LogFile, stream: int) -> int | None:
    """Number of leads of a stream as its first block in a log file says, None where it has none there."""
    (entries,) = file.select([Target(stream, 0, 1 << 62)])
    return int(entries["leads"][0]) if len(entries) else None
