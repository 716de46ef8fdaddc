"""The slow path of the ward: what to do with a block that does not simply go on, and the chase."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import StoreError
from einthoven.base.spans import SpanSet
from einthoven.center.ports import Window
from einthoven.center.ward_bay import NOWHERE, WardBay
from einthoven.center.ward_beats import FOR_EVER
from einthoven.center.ward_late import STATES_MAX, Late, Run, changed_spans, inherit_late, joined
from einthoven.center.ward_quiet import inside

Read = Callable[[int, int, int], Window]
"""``read(stream, start, stop)``: samples back from the store."""
SETTLE_MS = 18_000
"""No beat is decided later than this after its sample: the longest is a heart that fell silent for eight
seconds, whose levels are then learned again for three; its class is final within five more."""
APART_MS = 10_000
"""Changed beats nearer than this are told as one span."""
SLICE_MS = 60_000
"""Samples read back at a time: short beside a refill's budget, long beside the cost of a read."""
BITE_VALUES = 1 << 17
"""Values, of all leads together, analysed late under one hold of the lock: a few milliseconds."""
KEEP_MS = 7_200_000
"""So far behind the live edge a run that waits at a hole keeps its last beats, which a restart compares with
what was sealed after the saved step; as long as a restart replays at most."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Samples ``[start, stop)`` that the chase ``run`` needs next."""

    run: Run
    start: int
    stop: int


class CatchUp:
    """Late data of one bay's beds."""

    def __init__(self, bay: WardBay) -> None:
        self._bay = bay
        self.settle = SETTLE_MS * bay.rate_mhz // 1_000_000
        self._apart = APART_MS * bay.rate_mhz // 1_000_000
        self._slice = SLICE_MS * bay.rate_mhz // 1_000_000
        self._keep = KEEP_MS * bay.rate_mhz // 1_000_000
        self.bite = max(1, BITE_VALUES // bay.leads)

    def line(self, bed: int) -> int:
        """Runs without a state that end before this sample are settled for good unless they grow."""
        return int(self._bay.live_next[bed]) - self._keep

    def present(self, bed: int) -> SpanSet:
        """All samples that were seen of a bed's stream: long where it has many holes."""
        self.sync(bed)
        late = self._bay.late.get(bed)
        spans = SpanSet() if late is None else late.quiet.spans.copy()
        for run in late.runs if late is not None else ():
            spans.add(run.start, run.stop)
        if self._bay.live_next[bed] != NOWHERE:
            spans.add(int(self._bay.live_start[bed]), int(self._bay.live_next[bed]))
        return spans

    def seen(self, bed: int, start: int, stop: int) -> SpanSet:
        """The samples of ``[start, stop)`` that were seen; looks at nothing but that stretch."""
        self.sync(bed)
        late = self._bay.late.get(bed)
        spans = SpanSet() if late is None else SpanSet(late.quiet.spans.within(start, stop))
        for run in late.runs if late is not None else ():
            spans.add(max(start, run.start), min(stop, run.stop))
        if self._bay.live_next[bed] != NOWHERE:
            spans.add(max(start, int(self._bay.live_start[bed])), min(stop, int(self._bay.live_next[bed])))
        return spans

    def sync(self, bed: int) -> None:
        """Bring the cursor's run up to what the fast path fed it."""
        late = self._bay.late.get(bed)
        if late is None or late.cursor is None:
            return
        run, reached = late.cursor, int(self._bay.cursor_next[bed])
        if reached > run.pos:
            self.tell(bed, max(run.start, run.pos - self.settle), reached)
            run.pos = run.stop = reached

    def moved(self, bed: int) -> bool:
        """Whether ``sync`` has something to do."""
        late = self._bay.late.get(bed)
        return late is not None and late.cursor is not None and self._bay.cursor_next[bed] > late.cursor.pos

    def tell(self, bed: int, start: int, stop: int) -> None:
        """Beats in ``[start, stop)`` may have changed: where they were handed over that is to be told.

        A run that grows changes its last beats too: they were undecided. They are always held (``sweep``).
        """
        stop = min(stop, int(self._bay.handed[bed]))
        if start < stop:
            self._bay.late.setdefault(bed, Late()).changed.add(start, stop)

    def block(self, bed: int, start: int, samples: NDArray[np.int16], lane: int) -> int:
        """Take in a block that is not simply next; returns how many of its samples per lead are new."""
        bay, leads = self._bay, self._bay.leads
        end = start + len(samples) // leads
        fresh = self.seen(bed, start, end).missing(start, end)
        fed: Run | None = None
        for low, high in fresh:
            part = samples[(low - start) * leads : (high - start) * leads]
            if low >= bay.live_next[bed]:
                self._at_the_edge(bed, low, part, lane)
            else:
                fed = self._behind(bed, low, high, part)
        if fresh:
            self.point_cursor(bed, fed)
        return sum(high - low for low, high in fresh)

    def _at_the_edge(self, bed: int, start: int, samples: NDArray[np.int16], lane: int) -> None:
        bay = self._bay
        if bay.live_next[bed] == NOWHERE:
            bay.live_start[bed] = start
        elif start > bay.live_next[bed]:
            self._leave_hole(bed, start)
        slot, stop = int(bay.live_slot[bed]), start + len(samples) // bay.leads
        bay.lists.extend(slot, bay.feed(bed, slot, start, samples, int(lane == 1)))
        self.tell(bed, max(int(bay.live_start[bed]), start - self.settle), stop)
        bay.live_next[bed] = stop

    def _leave_hole(self, bed: int, start: int) -> None:
        """The live edge jumps ahead: what was live is kept as a run that ends at the hole."""
        bay = self._bay
        late = bay.late.setdefault(bed, Late())
        low, high, slot = int(bay.live_start[bed]), int(bay.live_next[bed]), int(bay.live_slot[bed])
        run = late.chase
        if run is None:
            run = Run(low, high, high, slot)
            bay.end_run(bed, slot, late=False)
        else:
            run.start, run.stop = low, high
            run.old = joined(run.old, bay.lists.between(slot))
            bay.free_slot(slot)
            late.chase = None
        late.runs.append(run)
        self._keep_few_states(bed, late, run)
        bay.live_slot[bed] = bay.take_slot(bed)
        bay.live_start[bed] = start

    def _behind(self, bed: int, start: int, stop: int, samples: NDArray[np.int16]) -> Run:
        """Late samples: they extend the run before them, or begin one."""
        bay = self._bay
        late = bay.late.setdefault(bed, Late())
        extends = late.quiet.spans.touching(start, start) or any(run.stop == start for run in late.runs)
        if not extends:
            self._keep_few_states(bed, late)
        self._wake(bed, late, start, stop)
        index = _place(late, start)
        if index == len(late.runs) or late.runs[index].stop != start:
            late.runs.insert(index, Run(start, start, start, settled=start))
        run = late.runs[index]
        if run.pos == run.stop:
            if run.slot < 0:
                run.slot = bay.take_slot(bed)
            bay.board[bed].go_on(run.start)
            bay.lists.extend(run.slot, bay.feed(bed, run.slot, start, samples, 1))
            self.tell(bed, max(run.start, start - self.settle), stop)
            run.pos = stop
            bay.end_run(bed, run.slot, late=True)
        run.stop = stop
        if index + 1 < len(late.runs) and late.runs[index + 1].start == stop:
            self._join(bed, late, run, late.runs.pop(index + 1))
        elif bay.live_start[bed] == stop:
            self._join_live(bed, late, run)
        return run

    def _wake(self, bed: int, late: Late, start: int, stop: int) -> None:
        """Runs without a state that overlap or touch ``[start, stop)`` are to be analysed from their
        beginning.
        """
        for span, beats in late.quiet.take(start, stop):
            late.runs.insert(_place(late, span.start), self._anew(bed, beats, *span))

    def _keep_few_states(self, bed: int, late: Late, spare: Run | None = None) -> None:
        """Make the oldest run at a hole give up its state when the stream has too many."""
        while len(late.slots()) >= STATES_MAX:
            victim = late.victim(spare)
            if victim is None:
                return
            late.runs.remove(victim)
            late.quiet.fold(victim.start, victim.stop, self._bay.lists.between(victim.slot))
            self._bay.board[bed].let_end(victim.start)
            self._bay.free_slot(victim.slot)

    def _begin_chase(self, bed: int, run: Run, start: int, stop: int) -> None:
        """The hole between ``run`` and the samples ``[start, stop)`` is full."""
        self._bay.board[bed].go_on(run.start)
        if run.pos == start:
            run.settled = start - self.settle
            run.old = self._bay.lists.between(run.slot, run.settled)
        run.blind.add(start, min(stop, int(self._bay.handed[bed])))

    def standing(
        self, late: Late, run: Run, start: int = -FOR_EVER, stop: int = FOR_EVER
    ) -> NDArray[np.void]:
        """The beats of a run that stand now, with ``start <= sample < stop``."""
        old = run.old[(run.old["sample"] >= start) & (run.old["sample"] < stop)]
        if run.slot < 0:
            return old
        if run is late.chase or run.pos < run.stop:
            stop = min(stop, run.settled)
        return joined(self._bay.lists.between(run.slot, start, stop), old)

    def _take_over(self, bed: int, late: Late, run: Run, after: Run) -> None:
        """What another run's analysis found becomes old beats of the run that will pass through it."""
        run.old = joined(run.old, self.standing(late, after))
        self._bay.board[bed].let_end(after.start)
        for low, high in after.blind:
            run.blind.add(low, high)
        if after.slot >= 0:
            self._bay.free_slot(after.slot)

    def _join(self, bed: int, late: Late, run: Run, after: Run) -> None:
        """The hole between two runs is full: one run, whose state has the second's samples before it."""
        self._begin_chase(bed, run, after.start, after.stop)
        self._take_over(bed, late, run, after)
        run.stop = after.stop

    def _join_live(self, bed: int, late: Late, run: Run) -> None:
        """The last hole is full: the run before it chases the live edge."""
        bay = self._bay
        late.runs.pop()
        self._begin_chase(bed, run, int(bay.live_start[bed]), int(bay.live_next[bed]))
        if late.chase is not None:
            self._take_over(bed, late, run, late.chase)
        bay.live_start[bed] = run.start
        late.chase = run

    def point_cursor(self, bed: int, fed: Run | None = None) -> None:
        """Let the fast path serve one run at a hole: the one fed last, or the oldest."""
        bay = self._bay
        late = bay.late.get(bed)
        bay.cursor_next[bed] = bay.cursor_stop[bed] = NOWHERE
        if late is None:
            return
        late.cursor = None
        ready = [run for run in late.runs if run.slot >= 0 and run.pos == run.stop]
        if ready:
            run = fed if fed is not None and any(run is fed for run in ready) else ready[0]
            index = late.runs.index(run) + 1
            edge = late.runs[index].start if index < len(late.runs) else int(bay.live_start[bed])
            edge = min(edge, late.quiet.spans.after(run.stop) or edge)
            late.cursor = run
            bay.cursor_next[bed], bay.cursor_stop[bed], bay.cursor_slot[bed] = run.stop, edge, run.slot

    def sweep(self, bed: int) -> None:
        """Forget the beats that are kept elsewhere.

        Those stay that changed and are not confirmed, that a chase may still change, and that lie so near
        before the end of a run that more of them may be decided when it grows.
        """
        self.sync(bed)
        bay, late = self._bay, self._bay.late.get(bed)
        gone = bay.sealed[bed].copy()
        chase = late.chase if late is not None else None
        for low, high in late.untold() if late is not None else ():
            gone.remove(low, high)
        if chase is None:
            self._sweep_list(int(bay.live_slot[bed]), gone, int(bay.live_next[bed]) - self.settle)
        if late is not None:
            late.quiet.sweep(gone, self.settle, self.line(bed))
        for run in late.all() if late is not None else ():
            line = run.pos - self.settle
            if run is chase or run.pos < run.stop:
                line = min(line, run.settled)
            if run.slot >= 0:
                self._sweep_list(run.slot, gone, line)

    def _sweep_list(self, slot: int, gone: SpanSet, line: int) -> None:
        rows = self._bay.lists.between(slot)
        within = inside(rows, gone, line)
        count = int(within.sum())
        if count and within[:count].all():
            self._bay.lists.drop(slot, int(rows["sample"][count - 1]) + 1)
        elif count:
            self._bay.lists.replace(slot, rows[~within])

    def forget(self, bed: int, start: int, stop: int) -> int:
        """Samples that were seen will never be stored: analyse anew what they had a part in.

        Returns:
            How many samples per lead of ``[start, stop)`` had been seen.
        """
        late = self._bay.late.setdefault(bed, Late())
        lost = self.seen(bed, start, stop).within(start, stop)
        for low, high in lost:
            self._wake(bed, late, low + 1, high - 1)
            index = next((i for i, run in enumerate(late.runs) if run.start <= low < run.stop), None)
            if index is None:
                self._split_live(bed, late, low, high)
            else:
                late.runs[index : index + 1] = self._split(bed, late, late.runs[index], low, high)
            self.tell(bed, low, high)
        late.cursor = None
        self.point_cursor(bed)
        return sum(high - low for low, high in lost)

    def _anew(self, bed: int, rows: NDArray[np.void], start: int, stop: int) -> Run:
        """A run to be analysed from its beginning; ``rows`` stand until then."""
        old = rows[(rows["sample"] >= start) & (rows["sample"] < stop)]
        run = Run(start, stop, start, old=old, settled=start)
        self._bay.board[bed].replace(None, start, stop)
        run.blind.add(start, min(stop, int(self._bay.handed[bed])))
        return run

    def _split(self, bed: int, late: Late, run: Run, low: int, high: int) -> list[Run]:
        """A run before the live one without ``[low, high)``."""
        rows = self.standing(late, run)
        if run.slot >= 0:
            self._bay.free_slot(run.slot)
        pieces = ((run.start, low), (high, run.stop))
        return [self._anew(bed, rows, *piece) for piece in pieces if piece[0] < piece[1]]

    def _split_live(self, bed: int, late: Late, low: int, high: int) -> None:
        """The live run without ``[low, high)``: what is left of its end is chased anew."""
        bay = self._bay
        slot, first, end = (int(part[bed]) for part in (bay.live_slot, bay.live_start, bay.live_next))
        rows = bay.lists.between(slot)
        if late.chase is not None:
            rows = joined(self.standing(late, late.chase), rows)
            if late.chase.slot >= 0:
                bay.free_slot(late.chase.slot)
            late.chase = None
        if high < end:
            if first < low:
                late.runs.append(self._anew(bed, rows, first, low))
            first = high
        else:
            end = low
        bay.lists.drop(slot)
        bay.renew(slot, bed)
        bay.live_start[bed], bay.live_next[bed] = first, end
        if first < end:
            late.chase = self._anew(bed, rows, first, end)
        else:
            self._step_back(bed, late)

    def _step_back(self, bed: int, late: Late) -> None:
        """Nothing of the live run is left: the run before it, if any, becomes the live one."""
        bay = self._bay
        bay.live_start[bed] = bay.live_next[bed] = NOWHERE
        if late.quiet.spans.stop > (late.runs[-1].stop if late.runs else 0):
            self._wake(bed, late, late.quiet.spans.stop, late.quiet.spans.stop)
        if late.runs and late.runs[-1].slot >= 0 and late.runs[-1].pos == late.runs[-1].stop:
            run = late.runs.pop()
            bay.analysis.copy(run.slot, int(bay.live_slot[bed]))
            bay.lists.move(run.slot, int(bay.live_slot[bed]))
            bay.free_slot(run.slot)
            bay.live_start[bed], bay.live_next[bed] = run.start, run.stop
            bay.board[bed].go_on(run.start)
        elif late.runs:
            run = late.runs.pop()
            rows = self.standing(late, run)
            if run.slot >= 0:
                bay.free_slot(run.slot)
            bay.live_start[bed], bay.live_next[bed] = run.start, run.stop
            late.chase = self._anew(bed, rows, run.start, run.stop)

    def renew(self, bed: int, lost: Iterable[tuple[int, int]] = ()) -> None:
        """An analysis failed on the way: what has a state begins anew, and ``lost`` was not seen."""
        bay, late = self._bay, self._bay.late.setdefault(bed, Late())
        self.sync(bed)
        live = int(bay.live_slot[bed])
        rows = joined(bay.lists.between(live), *(self.standing(late, run) for run in late.all()))
        spans = SpanSet((run.start, run.stop) for run in late.runs)
        if bay.live_next[bed] != NOWHERE:
            spans.add(int(bay.live_start[bed]), int(bay.live_next[bed]))
        for low, high in lost:
            spans.remove(low, high)
            bay.board[bed].replace(None, low, high)
            self.tell(bed, low, high)
        for slot in late.slots():
            bay.free_slot(slot)
        bay.lists.drop(live)
        bay.renew(live, bed)
        late.chase = late.cursor = None
        late.runs = [self._anew(bed, rows, *span) for span in spans]
        self._step_back(bed, late)
        self.point_cursor(bed)

    def pending(self, bed: int) -> int:
        """Samples per lead that a chase has yet to go through."""
        late = self._bay.late.get(bed)
        if late is None:
            return 0
        todo = sum(run.stop - run.pos for run in late.runs)
        if late.chase is not None:
            todo += int(self._bay.live_next[bed]) - late.chase.pos
        return todo

    def errand(self, bed: int, budget: int, stuck: set[Run]) -> Errand | None:
        """Which samples a chase needs next, at most ``budget`` of them; runs in ``stuck`` wait."""
        self.sync(bed)
        late = self._bay.late.get(bed)
        for run in late.all() if late is not None else ():
            stop = self._aim(bed, run)
            if run.pos < stop and run not in stuck:
                return Errand(run, run.pos, min(stop, run.pos + min(self._slice, budget)))
        return None

    def _aim(self, bed: int, run: Run) -> int:
        """Where a run's analysis has to get to."""
        late = self._bay.late.get(bed)
        return int(self._bay.live_next[bed]) if late is not None and run is late.chase else run.stop

    def fetch(self, bed: int, errand: Errand, read: Read) -> NDArray[np.int16]:
        """Samples from the start of an errand on as far as they can be had without a hole, int16[n, leads].

        May take long; called without the lock.
        """
        bay, start, stop = self._bay, errand.start, errand.stop
        if start >= bay.ring_start(bed):
            return bay.recent(bed, start, stop)
        try:
            window = read(int(bay.stream[bed]), start, stop)
        except StoreError:
            return np.zeros((0, bay.leads), np.int16)
        for span in window.present:
            if span.start <= start < span.stop:
                return window.samples[start - window.start : min(stop, span.stop) - window.start]
        return np.zeros((0, bay.leads), np.int16)

    def go_on(self, bed: int, run: Run, start: int, part: NDArray[np.int16]) -> bool:
        """Let a chase go on through samples from ``start`` on; False where it is elsewhere by now."""
        late = self._bay.late.get(bed)
        if late is None or run.pos != start or not any(run is one for one in late.all()):
            return False
        self._chase(bed, late, run, part)
        stop = self._aim(bed, run)
        if run.pos == stop:
            self._settle(bed, late, run, stop)
            self._bay.board[bed].replace(run.start, run.start, stop)  # what was told since it passed, too
            if run is late.chase:
                self._adopt(bed, late, run)
            else:
                self._bay.end_run(bed, run.slot, late=True)
        return True

    def _chase(self, bed: int, late: Late, run: Run, part: NDArray[np.int16]) -> None:
        """Analyse the next samples of a chase; what was found there before stops standing."""
        bay = self._bay
        if run.slot < 0:
            self._keep_few_states(bed, late, run)
            run.slot = bay.take_slot(bed)
        reach = run.pos + len(part)
        if run is late.chase:
            live = int(bay.live_slot[bed])
            run.old = joined(run.old, bay.lists.between(live, stop=reach))
            bay.lists.drop(live, reach)
        found = bay.feed(bed, run.slot, run.pos, np.ascontiguousarray(part).reshape(-1), 1)
        bay.lists.extend(run.slot, inherit_late(found, run.old))
        run.pos = reach
        self._settle(bed, late, run, reach - self.settle)

    def _settle(self, bed: int, late: Late, run: Run, horizon: int) -> None:
        """Compare old and new beats before ``horizon``, note where they differ, forget the old ones."""
        if horizon <= run.settled:
            return
        self._bay.board[bed].replace(run.start, max(run.start, run.settled), horizon)
        before = run.old["sample"] < horizon
        old = run.old[before & (run.old["sample"] >= run.settled)]
        new = self._bay.lists.between(run.slot, run.settled, horizon)
        spans = changed_spans(old, new, self._apart)
        for low, high in [*spans, *run.blind.within(run.settled, horizon)]:
            late.changed.add(low, high)
        run.blind.remove(run.settled, horizon)
        run.old = run.old[~before]
        run.settled = horizon

    def _adopt(self, bed: int, late: Late, run: Run) -> None:
        """The chase has met the live edge: its state and beats are the live ones from here on."""
        bay = self._bay
        live = int(bay.live_slot[bed])
        bay.analysis.copy(run.slot, live)
        bay.lists.move(run.slot, live)
        bay.free_slot(run.slot)
        late.chase = None


def _place(late: Late, start: int) -> int:
    """Where among the runs one belongs that begins or goes on at ``start``."""
    return next((i for i, run in enumerate(late.runs) if run.stop >= start), len(late.runs))
