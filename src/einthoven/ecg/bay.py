"""A bay: the analysis states of all streams that share sampling rate and number of leads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import Layout
from einthoven.base.thresholds import Thresholds
from einthoven.ecg import afib, fibrillation, kernels
from einthoven.ecg.design import (
    AT_LEADS,
    AT_STUDY,
    L_SHOWN,
    LEAD_WORDS,
    S_BEAT_SAMPLE,
    S_NEXT,
    S_RATE,
    S_SILENT,
    S_SILENT_FROM,
    SILENT_PAUSE,
    SILENT_STILL,
    Design,
    blank_row,
    design,
)
from einthoven.ecg.findings import COLUMNS
from einthoven.ecg.room import Judges, room_for
from einthoven.ecg.study_layout import BEATS, D_FIRST, OUT
from einthoven.ecg.trees import Forest, Trees, load_forest

I64 = NDArray[np.int64]
NO_QUALITY = np.zeros((0, 1), np.uint8)
NO_DUMP = np.zeros((0, 1))
NO_TREES: Trees = (
    np.zeros(0, np.int16),
    np.zeros(0, np.float32),
    np.zeros(0, np.int32),
    np.zeros(0, np.int32),
)


def trees_of(forest: Forest | None) -> Trees:
    """A forest as the kernels take it; no trees for None."""
    return NO_TREES if forest is None else (forest.feature, forest.threshold, forest.child, forest.root)


def beat_forests() -> tuple[Trees, Trees]:
    """The forests that class a beat when it is measured, and for good."""
    return load_forest("beats_first").abreast(), load_forest("beats_final").abreast()


def judges_of(thresholds: Thresholds) -> Judges:
    """What the stages over the beats rest on."""
    limits = np.array(thresholds.vector())
    return limits, trees_of(load_forest(afib.MODEL)), trees_of(load_forest(fibrillation.MODEL))


NO_JUDGES: Judges = (np.zeros(0), NO_TREES, NO_TREES)


class Bay:
    """Rows of state, one a slot; grows by doubling, slots are used again after ``release``.

    Args:
        forests: what classes beats, for those who learn it; by default what the package carries.
        judges: what the stages over the beats rest on; by default they do not run.

    Attributes:
        plan: the design all its streams share.
        state: float64[slots, words]; a row is the whole state of one stream and may be copied freely.
    """

    def __init__(
        self,
        rate_mhz: int,
        leads: int,
        slots: int = 4,
        forests: tuple[Trees, Trees] | None = None,
        judges: Judges = NO_JUDGES,
    ) -> None:
        self.plan: Design = design(rate_mhz, leads)
        self.state: NDArray[np.float64] = np.zeros((slots, self.plan.row_words))
        self._free: list[int] = list(range(slots - 1, -1, -1))
        self._out: I64 = np.empty((4096, OUT), np.int64)
        self._told = np.empty((2 * kernels.TOLD_SPARE, COLUMNS + 1))
        self._room = room_for(self.plan.table)
        self._judges = judges
        self._forests = beat_forests() if forests is None else forests
        self._view()

    def _view(self) -> None:
        self._whole = self.state.view(np.int64)
        self._tails = self.state.view(np.int32)
        self._points = self.state.view(np.float32)
        self._ring = self.state.view(np.int16)

    def take(self, layout: Layout) -> int:
        """A slot with the state of a stream of which nothing was seen."""
        if not self._free:
            slots = len(self.state)
            grown = np.zeros((2 * slots, self.plan.row_words))
            grown[:slots] = self.state
            self.state = grown
            self._free = list(range(2 * slots - 1, slots - 1, -1))
            self._view()
        slot = self._free.pop()
        self.renew(slot, layout)
        return slot

    def renew(self, slot: int, layout: Layout) -> None:
        """Let a slot begin again, as ``take`` gives it."""
        self.state[slot] = blank_row(self.plan, layout)

    def release(self, slot: int) -> None:
        """Give a slot back."""
        self._free.append(slot)

    def copy(self, source: int, target: int) -> None:
        """Make one slot's state that of another."""
        self.state[target] = self.state[source]

    def next_sample(self, slot: int) -> int:
        """The sample index that would go on without a gap; −1 before the first sample."""
        return int(self._whole[slot, S_NEXT])

    def began(self, slot: int) -> int:
        """The first sample of the run that a slot has analysed."""
        return int(self._whole[slot, self.plan.table[AT_STUDY] + D_FIRST])

    def rates(self, slots: I64) -> NDArray[np.float64]:
        """Heart rates in beats a minute, NaN where none.

        While a pause is told and lasts, no more than one beat in the time since the last; none in asystole.
        """
        rates: NDArray[np.float64] = self.state[slots, S_RATE]
        silent = self._whole[slots, S_SILENT]
        samples = self._whole[slots, S_NEXT] - self._whole[slots, S_SILENT_FROM]
        most = 0.06 * self.plan.rate_mhz / np.maximum(1, samples)
        rates = np.where(silent == SILENT_PAUSE, np.minimum(rates, most), rates)
        return np.where(silent == SILENT_STILL, np.nan, rates)

    def last_beats(self, slots: I64) -> I64:
        """Sample index of each slot's last beat, hugely negative where none."""
        samples: I64 = self._whole[slots, S_BEAT_SAMPLE]
        return samples

    def qualities(self, slots: I64) -> NDArray[np.uint8]:
        """Quality codes of the last second, uint8[k, leads]."""
        table = self.plan.table
        columns = table[AT_LEADS] + np.arange(self.plan.leads) * table[LEAD_WORDS] + L_SHOWN
        codes: NDArray[np.uint8] = self._whole[slots[:, None], columns].astype(np.uint8)
        return codes

    def advance(
        self,
        slot: I64,
        samples: NDArray[np.int16],
        offset: I64,
        start: I64,
        count: I64,
        tell: NDArray[np.uint8] = NO_QUALITY,
        dump: NDArray[np.float64] = NO_DUMP,
        told: list[NDArray[np.float64]] | None = None,
    ) -> I64:
        """Analyse blocks in order, each from the state of its slot; a start that is not next begins afresh.

        Args:
            slot, offset, start, count: int64[k], one a block.
            samples: interleaved by lead; block ``i`` begins at ``offset[i]``.
            tell: uint8[seconds, 2 × leads] to fill with quality, for one stream alone (``kernels``).

            told: takes float64[n, COLUMNS + 1]: what the stages tell, and the block.

        Returns:
            int64[n, OUT]: what is told of beats (``study_layout.O_BLOCK`` …), by block.
        """
        parts: list[I64] = []
        block = skip = 0
        while block < len(slot):
            need = int(count[block]) * kernels.ROWS_MHZ // self.plan.rate_mhz + kernels.BEATS_SPARE
            if len(self._out) < need:
                self._out = np.empty((2 * need, OUT), np.int64)
            block, skip, made, rows = kernels.advance(
                (self.state, self._whole, self._tails, self._points, self._ring),
                self.plan.table,
                self.plan.study,
                self._forests,
                slot,
                samples,
                offset,
                start,
                count,
                self._out,
                tell,
                self._judges,
                self._told,
                dump,
                self._room,
                block,
                skip,
            )
            parts.append(self._out[:made].copy())
            if told is not None and rows:
                told.append(self._told[:rows].copy())
        return parts[0] if len(parts) == 1 else np.concatenate([np.zeros((0, OUT), np.int64), *parts])

    def finish(self, slot: int) -> NDArray[np.float64]:
        """What is told when no sample follows: the last beats taken as they stand, what is open closed.

        The state stays as it is.

        Returns:
            float64[n, COLUMNS], rows of findings.
        """
        out, told = np.zeros((BEATS, OUT), np.int64), np.empty((kernels.TOLD_SPARE, COLUMNS))
        f = self.state[slot, self.plan.table[AT_STUDY] :].copy()
        now = self.next_sample(slot)
        rows = kernels.finish(f, f.view(np.int64), self.plan.study, now, self._judges, out, told)
        return told[:rows]
