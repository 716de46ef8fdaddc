"""The slow path of the ward: what to do with a block that does not simply go on, and the chase."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import StoreError
from einthoven.base.spans import SpanSet
from einthoven.center.ports import Window
from einthoven.center.ward_bay import NOWHERE, WardBay
from einthoven.center.ward_late import STATES_MAX, Late, Run, changed_spans, inherit_late, joined

Read = Callable[[int, int, int], Window]
"""``read(stream, start, stop)``: samples back from the store."""
SETTLE_MS = 12_000
"""No beat is decided later than this after its sample: the longest is a heart that fell silent for eight
seconds, whose levels are then learned again for three."""
APART_MS = 10_000
"""Changed beats nearer than this are told as one span."""
SLICE_MS = 60_000
"""Samples read back at a time: short beside a refill's budget, long beside the cost of a read."""


class CatchUp:
    """Late data of one bay's beds.

    Attributes:
        superseded: beats that gave way to a later analysis, since the start.
    """

    def __init__(self, bay: WardBay) -> None:
        self._bay = bay
        self.superseded = 0
        self.settle = SETTLE_MS * bay.rate_mhz // 1_000_000
        self._apart = APART_MS * bay.rate_mhz // 1_000_000
        self._slice = SLICE_MS * bay.rate_mhz // 1_000_000

    def present(self, bed: int) -> SpanSet:
        """The samples that were seen of a bed's stream."""
        self.sync(bed)
        late = self._bay.late.get(bed)
        spans = SpanSet((run.start, run.stop) for run in late.runs) if late is not None else SpanSet()
        if self._bay.live_next[bed] != NOWHERE:
            spans.add(int(self._bay.live_start[bed]), int(self._bay.live_next[bed]))
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
        fresh = self.present(bed).missing(start, start + len(samples) // leads)
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
        bay.lists.extend(slot, bay.feed(slot, start, samples, int(lane == 1)))
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
        else:
            run.start, run.stop = low, high
            run.old = joined(run.old, bay.lists.between(slot))
            bay.free_slot(slot)
            late.chase = None
        late.runs.append(run)
        self._keep_few_states(late, run)
        bay.live_slot[bed] = bay.take_slot(bed)
        bay.live_start[bed] = start

    def _behind(self, bed: int, start: int, stop: int, samples: NDArray[np.int16]) -> Run:
        """Late samples: they extend the run before them, or begin one."""
        bay = self._bay
        late = bay.late.setdefault(bed, Late())
        index = next((i for i, run in enumerate(late.runs) if run.stop >= start), len(late.runs))
        if index == len(late.runs) or late.runs[index].stop != start:
            late.runs.insert(index, Run(start, start, start, settled=start))
        run = late.runs[index]
        if run.idle:
            self._start_over(bed, run)
        if run.pos == run.stop:
            if run.slot < 0:
                self._keep_few_states(late, run)
                run.slot = bay.take_slot(bed)
            bay.lists.extend(run.slot, bay.feed(run.slot, start, samples, 1))
            self.tell(bed, max(run.start, start - self.settle), stop)
            run.pos = stop
        run.stop = stop
        if index + 1 < len(late.runs):
            if late.runs[index + 1].start == stop:
                self._join(bed, late, run, late.runs.pop(index + 1))
        elif bay.live_start[bed] == stop:
            self._join_live(bed, late, run)
        return run

    def _start_over(self, bed: int, run: Run) -> None:
        """A run without a state grows: analyse it again from its beginning."""
        run.idle, run.pos, run.settled = False, run.start, run.start
        run.blind.add(run.start, min(run.stop, int(self._bay.handed[bed])))

    def _keep_few_states(self, late: Late, spare: Run) -> None:
        """Make the oldest run at a hole give up its state when the stream has too many."""
        while len(late.slots()) >= STATES_MAX:
            victim = late.victim(spare)
            if victim is None:
                return
            victim.old = self._bay.lists.between(victim.slot)
            self._bay.free_slot(victim.slot)
            victim.slot, victim.idle = -1, True

    def _begin_chase(self, bed: int, run: Run, start: int, stop: int) -> None:
        """The hole between ``run`` and the samples ``[start, stop)`` is full."""
        if run.pos == start:
            run.settled = start - self.settle
            run.old = self._bay.lists.between(run.slot, run.settled)
        run.blind.add(start, min(stop, int(self._bay.handed[bed])))

    def standing(self, late: Late, run: Run) -> NDArray[np.void]:
        """The beats of a run that stand now."""
        if run.slot < 0:
            return run.old
        own = self._bay.lists.between(run.slot)
        if run is late.chase or run.pos < run.stop:
            own = own[own["sample"] < run.settled]
        return joined(own, run.old)

    def _take_over(self, late: Late, run: Run, after: Run) -> None:
        """What another run's analysis found becomes old beats of the run that will pass through it."""
        run.old = joined(run.old, self.standing(late, after))
        for low, high in after.blind:
            run.blind.add(low, high)
        if after.slot >= 0:
            self._bay.free_slot(after.slot)

    def _join(self, bed: int, late: Late, run: Run, after: Run) -> None:
        """The hole between two runs is full: one run, whose state has the second's samples before it."""
        self._begin_chase(bed, run, after.start, after.stop)
        self._take_over(late, run, after)
        run.stop = after.stop

    def _join_live(self, bed: int, late: Late, run: Run) -> None:
        """The last hole is full: the run before it chases the live edge."""
        bay = self._bay
        late.runs.pop()
        self._begin_chase(bed, run, int(bay.live_start[bed]), int(bay.live_next[bed]))
        if late.chase is not None:
            self._take_over(late, run, late.chase)
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
        for run in late.all() if late is not None else ():
            line = run.pos - self.settle
            if run is chase or (run.pos < run.stop and not run.idle):
                line = min(line, run.settled)
            elif len(run.old):
                run.old = run.old[~_inside(run.old, gone, run.stop - self.settle)]
            if run.slot >= 0:
                self._sweep_list(run.slot, gone, line)

    def _sweep_list(self, slot: int, gone: SpanSet, line: int) -> None:
        rows = self._bay.lists.between(slot)
        inside = _inside(rows, gone, line)
        count = int(inside.sum())
        if count and inside[:count].all():
            self._bay.lists.drop(slot, int(rows["sample"][count - 1]) + 1)
        elif count:
            self._bay.lists.replace(slot, rows[~inside])

    def forget(self, bed: int, start: int, stop: int) -> int:
        """Samples that were seen will never be stored: analyse anew what they had a part in.

        Returns:
            How many samples per lead of ``[start, stop)`` had been seen.
        """
        late = self._bay.late.setdefault(bed, Late())
        lost = self.present(bed).within(start, stop)
        for low, high in lost:
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
        if late.runs and late.runs[-1].slot >= 0 and late.runs[-1].pos == late.runs[-1].stop:
            run = late.runs.pop()
            bay.analysis.copy(run.slot, int(bay.live_slot[bed]))
            bay.lists.move(run.slot, int(bay.live_slot[bed]))
            bay.free_slot(run.slot)
            bay.live_start[bed], bay.live_next[bed] = run.start, run.stop
        elif late.runs:
            run = late.runs.pop()
            rows = self.standing(late, run)
            if run.slot >= 0:
                bay.free_slot(run.slot)
            bay.live_start[bed], bay.live_next[bed] = run.start, run.stop
            late.chase = self._anew(bed, rows, run.start, run.stop)

    def pending(self, bed: int) -> int:
        """Samples per lead that a chase has yet to go through."""
        late = self._bay.late.get(bed)
        if late is None:
            return 0
        todo = sum(run.stop - run.pos for run in late.runs if not run.idle)
        if late.chase is not None:
            todo += int(self._bay.live_next[bed]) - late.chase.pos
        return todo

    def refill(self, bed: int, budget: int, read: Read) -> int:
        """Let the chases of one bed go on by at most ``budget`` samples; returns how many they went."""
        bay = self._bay
        late = bay.late.get(bed)
        if late is None:
            return 0
        self.sync(bed)
        done = 0
        for run in list(late.all()):
            if done < budget and not run.idle:
                done += self._go_on(bed, late, run, budget - done, read)
        if done:
            self.point_cursor(bed, late.cursor)
        return done

    def _go_on(self, bed: int, late: Late, run: Run, budget: int, read: Read) -> int:
        """Let one chase go on by at most ``budget`` samples."""
        stop = int(self._bay.live_next[bed]) if run is late.chase else run.stop
        done = 0
        while done < budget and run.pos < stop:
            part = self._fetch(bed, run.pos, min(stop, run.pos + min(self._slice, budget - done)), read)
            if not len(part):
                break
            self._chase(bed, late, run, part)
            done += len(part)
        if done and run.pos == stop:
            self._settle(late, run, stop)
            if run is late.chase:
                self._adopt(bed, late, run)
        return done

    def _fetch(self, bed: int, start: int, stop: int, read: Read) -> NDArray[np.int16]:
        """Samples from ``start`` on as far as they can be had without a hole, int16[n, leads]."""
        bay = self._bay
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

    def _chase(self, bed: int, late: Late, run: Run, part: NDArray[np.int16]) -> None:
        """Analyse the next samples of a chase; what was found there before stops standing."""
        bay = self._bay
        if run.slot < 0:
            self._keep_few_states(late, run)
            run.slot = bay.take_slot(bed)
        reach = run.pos + len(part)
        if run is late.chase:
            live = int(bay.live_slot[bed])
            run.old = joined(run.old, bay.lists.between(live, stop=reach))
            bay.lists.drop(live, reach)
        found = bay.feed(run.slot, run.pos, np.ascontiguousarray(part).reshape(-1), 1)
        bay.lists.extend(run.slot, inherit_late(found, run.old))
        run.pos = reach
        self._settle(late, run, reach - self.settle)

    def _settle(self, late: Late, run: Run, horizon: int) -> None:
        """Compare old and new beats before ``horizon``, note where they differ, forget the old ones."""
        if horizon <= run.settled:
            return
        before = run.old["sample"] < horizon
        old = run.old[before & (run.old["sample"] >= run.settled)]
        new = self._bay.lists.between(run.slot, run.settled, horizon)
        spans, gone = changed_spans(old, new, self._apart)
        self.superseded += gone
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


def _inside(rows: NDArray[np.void], spans: SpanSet, before: int) -> NDArray[np.bool_]:
    """For each beat, whether it lies in one of the spans and before a sample."""
    inside = np.zeros(len(rows), np.bool_)
    if len(rows):
        for low, high in spans.within(int(rows["sample"][0]), before):
            inside |= (rows["sample"] >= low) & (rows["sample"] < high)
    return inside
