"""What the store counts, for metrics: plain numbers, each written by one thread."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class StoreStats:
    """Counters since the start.

    Attributes:
        blocks, bytes: committed to the log.
        commits: writes with their fsync.
        rolled: log files closed; removed: log files removed because all in them is sealed.
        full: commits refused for want of room; failures: commits that the disk failed.
        refused: batches refused because the queue was at its limit; queued: bytes waiting for a commit now.
        sealed: segments sealed, resealed ones included; resealed: generations after the first.
        sealed_samples: samples per lead sealed; sealed_bytes: of the segments' files.
        seal_failures: segments whose sealing the disk failed, to be tried again.
        seal_lag_seconds: how long the longest waiting segment has been due.
        damaged: damaged stretches met so far.
    """

    blocks: int = 0
    bytes: int = 0
    commits: int = 0
    rolled: int = 0
    removed: int = 0
    full: int = 0
    failures: int = 0
    refused: int = 0
    queued: int = 0
    sealed: int = 0
    resealed: int = 0
    sealed_samples: int = 0
    sealed_bytes: int = 0
    seal_failures: int = 0
    seal_lag_seconds: float = 0.0
    damaged: int = 0

    def committed(self, blocks: int, size: int) -> None:
        """Count one commit."""
        self.commits += 1
        self.blocks += blocks
        self.bytes += size
