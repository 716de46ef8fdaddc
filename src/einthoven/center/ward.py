"""The live ward: every patient's newest samples, beats and heart rate, analysed in one batch step.

No thread, no clock. One thread calls ``step``, ``refill``, ``snapshot`` and ``restore``; one other may call
everything else at the same time. What is published of a stream is numbers in arrays, the index of its newest
sample last; lists of beats change under ``lock`` only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId
from einthoven.base.instants import Instant
from einthoven.base.layout import INVALID_SAMPLE, Layout
from einthoven.base.spans import Span, SpanSet
from einthoven.base.thresholds import Thresholds, shipped
from einthoven.center import ward_kernels as kernels
from einthoven.center.ports import Window
from einthoven.center.ward_bay import NOWHERE, WHOLE, WardBay
from einthoven.center.ward_beats import NO_BEATS, rows_from_words
from einthoven.center.ward_catchup import CatchUp, Read
from einthoven.center.ward_findings import boards_of
from einthoven.center.ward_late import Run, joined
from einthoven.center.ward_report import Vitals, WardReport
from einthoven.center.ward_snapshot import Arrays, Taking, copied, load, parts_of, resumed, step_version
from einthoven.ecg.beats import beats_of
from einthoven.link.blocks import SampleBatch

I64 = NDArray[np.int64]


def nothing_stored(_stream: StreamId, start: int, stop: int) -> Window:
    """A reader that has nothing: a ward without a store."""
    return Window(start, np.full((stop - start, 1), INVALID_SAMPLE, np.int16), [])


class LiveWard:
    """All patients of one process (ARCHITECTURE: "ward").

    Args:
        read: samples back from the store, for analysis that catches up through late data.
        lock: held while lists of beats change; ``threading.Lock()`` where a second thread reads.
        thresholds: from what on something is a finding; None for the table that the package carries.
    """

    def __init__(
        self,
        read: Read = nothing_stored,
        lock: AbstractContextManager[object] | None = None,
        thresholds: Thresholds | None = None,
    ) -> None:
        self._thresholds = shipped() if thresholds is None else thresholds
        self._read = read
        self._lock: AbstractContextManager[object] = nullcontext() if lock is None else lock
        self.boards = boards_of(self._lock, self._thresholds)
        self._orders: deque[tuple[StreamId, Layout | None]] = deque()
        self._place: dict[StreamId, tuple[WardBay, int]] = {}
        self._bays: dict[tuple[int, int], tuple[WardBay, CatchUp]] = {}
        self._turn: dict[StreamId, None] = {}
        self._ids = self._bay_of = self._bed_of = np.zeros(0, np.int64)

    # -- who is in the ward ---------------------------------------------------------------------------------

    def admit(self, stream: StreamId, layout: Layout) -> None:
        """Take a stream in from the next step on; a stream already here stays as it is."""
        layout.check()
        self._orders.append((stream, layout))

    def discharge(self, stream: StreamId) -> None:
        """Let a stream go at the next step; its beats are forgotten."""
        self._orders.append((stream, None))

    def settle_in(self) -> None:
        """Carry out what ``admit`` and ``discharge`` ordered; ``step`` and ``restore`` do it first."""
        if not self._orders:
            return
        with self._lock:
            while self._orders:
                stream, layout = self._orders.popleft()
                if layout is None:
                    bay, bed = self._place.pop(stream, (None, 0))
                    if bay is not None:
                        bay.discharge(bed)
                elif stream not in self._place:
                    bay, _ = self.bay_for(layout)
                    self._place[stream] = (bay, bay.admit(stream, layout))
            self._index()

    def bay_for(self, layout: Layout) -> tuple[WardBay, CatchUp]:
        """The bay of a layout, made at need."""
        key = (layout.rate_mhz, len(layout.leads))
        if key not in self._bays:
            bay = WardBay(*key, self.boards, self._thresholds)
            self._bays[key] = (bay, CatchUp(bay))
        return self._bays[key]

    def _index(self) -> None:
        numbers = {id(bay): number for number, (bay, _) in enumerate(self._bays.values())}
        rows = sorted((stream, numbers[id(bay)], bed) for stream, (bay, bed) in self._place.items())
        self._ids, self._bay_of, self._bed_of = np.array(rows, np.int64).reshape(-1, 3).T.copy()

    # -- the step --------------------------------------------------------------------------------------------

    def step(self, batches: list[SampleBatch], now: Instant) -> WardReport:  # noqa: ARG002
        """Analyse new blocks, in the order given; findings depend on samples alone (R13)."""
        self.settle_in()
        report = WardReport()
        touched = [batch.stream for batch in batches]
        for batch in batches:
            self._take_in(batch, report)
            for one in self._place.keys() & set(batch.stream[batch.lane == WHOLE].tolist()):
                self._place[one][0].rest(self._place[one][1], self._lock)
        if touched:
            report.streams = np.unique(np.concatenate(touched))
        report.pending_samples = self.pending()
        return report

    def _take_in(self, batch: SampleBatch, report: WardReport) -> None:
        report.blocks += len(batch)
        at = np.minimum(np.searchsorted(self._ids, batch.stream), max(0, len(self._ids) - 1))
        known = self._ids[at] == batch.stream if len(self._ids) else np.zeros(len(batch), np.bool_)
        report.unknown_blocks += int(len(batch) - known.sum())
        for number, (bay, catch_up) in enumerate(self._bays.values()):
            chosen = np.flatnonzero(known & (self._bay_of[at] == number)) if len(self._ids) else at[:0]
            if len(chosen):
                self._take_into(bay, catch_up, self._bed_of[at[chosen]], chosen, batch, report)

    def _take_into(
        self, bay: WardBay, catch_up: CatchUp, bed: I64, chosen: I64, batch: SampleBatch, report: WardReport
    ) -> None:
        start, count, offset = batch.start[chosen], batch.count[chosen], batch.offset[chosen]
        lane = batch.lane[chosen]
        code = bay.route(bed, start, count, batch.leads[chosen])
        taken = code <= kernels.SLOW
        try:
            beds, slots, words, told = bay.analyse(code, bed, batch.samples, offset, start, count, lane)
        except Exception:
            self._renew(bay, catch_up, bed[taken], bed, start, count)
            raise
        undecided = np.flatnonzero((words[:, 0] < bay.handed[beds]) & (slots == bay.live_slot[beds]))
        report.refused_blocks += int((code == kernels.REFUSED).sum())
        report.duplicate_samples += int(count[code == kernels.DUPLICATE].sum())
        report.late_samples += int(count[code == kernels.CURSOR].sum())
        report.samples += int(count[code <= kernels.CURSOR].sum())
        report.beats += int((beats_of(rows_from_words(words))["conf"] == 0).sum())  # told first, no class yet
        with self._lock:
            bay.lists.append(slots, words)
            failed = bay.post(told, code, bed, lane)
            for i in undecided:
                catch_up.tell(int(beds[i]), int(words[i, 0]), int(words[i, 0]) + 1)
        for i in np.flatnonzero(code == kernels.SLOW):
            part = batch.samples[offset[i] : offset[i] + count[i] * bay.leads]
            try:
                self._take_slowly(bay, int(bed[i]), int(start[i]), part, int(lane[i]), report)
            except Exception as error:  # noqa: BLE001 - raised below, when the others are served
                failed[int(bed[i])] = error
        with self._lock:
            bay.publish(bed[taken], batch.received[chosen][taken], batch.stored)
            bay.push(bed[taken], batch.samples, offset[taken], start[taken], count[taken])
        if failed:
            self._renew(bay, catch_up, list(failed), bed, start, count)
            raise next(iter(failed.values()))

    def _renew(
        self, bay: WardBay, catch_up: CatchUp, beds: Iterable[int], bed: I64, start: I64, count: I64
    ) -> None:
        """The analysis of some beds failed: their blocks were not seen, what has a state begins anew."""
        for at in {int(one) for one in beds}:
            mine = bed == at
            with self._lock:
                catch_up.renew(at, zip(start[mine].tolist(), (start + count)[mine].tolist(), strict=True))
            self._wait_turn(int(bay.stream[at]))

    def _take_slowly(
        self, bay: WardBay, bed: int, start: int, samples: NDArray[np.int16], lane: int, report: WardReport
    ) -> None:
        """A block that does not simply go on; a long one in bites, so that nobody waits long for the lock."""
        catch_up = self._catch_up(bay)
        for at in range(0, len(samples) // bay.leads, catch_up.bite):
            part = samples[at * bay.leads : (at + catch_up.bite) * bay.leads]
            with self._lock:
                fresh = catch_up.block(bed, start + at, part, lane)
            report.samples += fresh
            report.late_samples += fresh
            report.duplicate_samples += len(part) // bay.leads - fresh
        self._wait_turn(int(bay.stream[bed]))

    # -- catching up through late data -----------------------------------------------------------------------

    def _wait_turn(self, stream: StreamId) -> None:
        self._turn.setdefault(stream)

    def pending(self, of: StreamId | None = None) -> int:
        """Samples per lead that chases have yet to go through, of one stream or over all."""
        places = (self._place[one] for one in self._turn if one in self._place and of in (None, one))
        return sum(self._catch_up(bay).pending(bed) for bay, bed in places)

    def _catch_up(self, bay: WardBay) -> CatchUp:
        return self._bays[bay.rate_mhz, bay.leads][1]

    def refill(self, budget_samples: int) -> int:
        """Let chases go on, stream after stream, by ``budget_samples`` per lead in all; how many they went.

        Call it again while it returns more than 0; 0 means that nothing is pending, or that what is pending
        cannot be read back yet.
        """
        self.settle_in()
        done = 0
        for _ in range(len(self._turn)):
            stream = next(iter(self._turn))
            del self._turn[stream]
            place = self._place.get(stream)
            if place is None:
                continue
            bay, bed = place
            catch_up = self._catch_up(bay)
            if done < budget_samples:
                done += self._chase(bay, catch_up, bed, budget_samples - done)
            if catch_up.pending(bed):
                self._wait_turn(stream)
        return done

    def _chase(self, bay: WardBay, catch_up: CatchUp, bed: int, budget: int) -> int:
        """The same for one bed. The lock is not held while samples are read back."""
        done, stuck = 0, set[Run]()
        while done < budget:
            with self._lock:
                errand = catch_up.errand(bed, budget - done, stuck)
            if errand is None:
                break
            part = catch_up.fetch(bed, errand, self._read)
            went = 0
            while went < len(part):
                bite = part[went : went + catch_up.bite]
                with self._lock:
                    try:
                        if not catch_up.go_on(bed, errand.run, errand.start + went, bite):
                            break
                    except Exception:
                        catch_up.renew(bed)
                        self._wait_turn(int(bay.stream[bed]))
                        raise
                went += len(bite)
            if not went:
                stuck.add(errand.run)
            done += went
        with self._lock:
            late = bay.late.get(bed)
            if done and late is not None:
                catch_up.point_cursor(bed, late.cursor)
            if late is not None and late.empty():
                del bay.late[bed]
        return done

    # -- what a reader may ask -------------------------------------------------------------------------------

    def vitals(self, stream: StreamId) -> Vitals | None:
        """What is published of a stream; None before its first sample."""
        place = self._place.get(stream)
        if place is None or place[0].newest[place[1]] < 0:
            return None
        bay, bed = place
        newest, rate, beat = int(bay.newest[bed]), float(bay.rate[bed]), int(bay.last_beat[bed])
        return Vitals(
            newest=newest - 1,
            next=newest,
            received=int(bay.received[bed]),
            heart_rate_bpm=None if np.isnan(rate) else rate,
            quality=tuple(int(code) for code in bay.quality[bed]),
            stored=bool(bay.stored[bed]),
            last_beat=beat if beat >= 0 else None,
        )

    def recent(self, stream: StreamId, start: int, stop: int) -> Window:
        """Samples of the last 20 s; ``INVALID_SAMPLE`` where there is a hole or the ring does not reach."""
        place = self._place.get(stream)
        leads = place[0].leads if place else 1
        samples = np.full((max(0, stop - start), leads), INVALID_SAMPLE, np.int16)
        if place is None:
            return Window(start, samples, [])
        bay, bed = place
        newest = int(bay.newest[bed])
        low, high = max(start, bay.ring_start(bed)), min(stop, newest)
        with self._lock:
            seen = self._catch_up(bay).seen(bed, low, high)
        held = seen.within(low, high)
        for low, high in held:
            samples[low - start : high - start] = bay.recent(bed, low, high)
        overrun = bay.ring_start(bed)
        if overrun > start:
            samples[: overrun - start] = INVALID_SAMPLE
            held = [Span(max(low, overrun), high) for low, high in held if high > overrun]
        return Window(start, samples, held)

    def beats(self, stream: StreamId, start: int, stop: int) -> NDArray[np.void]:
        """``BEAT`` rows with ``start <= sample < stop`` that were not dropped yet, in order.

        While a chase is under way, beats that were dropped may be among them once more, unchanged.
        """
        return beats_of(self.rows(stream, start, stop))

    def rows(self, stream: StreamId, start: int, stop: int) -> NDArray[np.void]:
        """The same with the rows of grades between them (``ecg.beats.grades_of``)."""
        place = self._place.get(stream)
        if place is None:
            return NO_BEATS
        bay, bed = place
        with self._lock:
            late = bay.late.get(bed)
            parts = [bay.lists.between(int(bay.live_slot[bed]), start, stop)]
            if late is None:
                return parts[0]
            parts += [self._catch_up(bay).standing(late, run, start, stop) for run in late.all()]
            parts.append(late.quiet.between(start, stop))
        return joined(*parts)

    def hand_over(self, stream: StreamId, start: int, stop: int) -> NDArray[np.void]:
        """The same, to be kept elsewhere: what changes before ``stop`` from now on, ``superseded`` tells."""
        place = self._place.get(stream)
        if place is None:
            return NO_BEATS
        bay, bed = place
        with self._lock:
            bay.handed[bed] = max(int(bay.handed[bed]), stop)
        return self.rows(stream, start, stop)

    def drop_beats(self, stream: StreamId, start: int, stop: int) -> None:
        """The beats of ``[start, stop)`` are kept elsewhere now, as they were handed over: forget them.

        Those stay that changed and of which that was not confirmed, and those that more of may be decided
        beside, 12 s before the end of a run; they go with a later call.
        """
        place = self._place.get(stream)
        if place is None:
            return
        bay, bed = place
        with self._lock:
            bay.handed[bed] = max(int(bay.handed[bed]), stop)
            bay.sealed.setdefault(bed, SpanSet()).add(start, stop)
            self._catch_up(bay).sweep(bed)

    def superseded(self, stream: StreamId) -> list[Span]:
        """Spans whose beats changed after they were handed over, told until ``confirm``.

        They changed because a hole filled, samples came late, or they were undecided. ``beats`` gives all
        that belong there now.
        """
        place = self._place.get(stream)
        if place is None or place[1] not in place[0].late:
            return []
        bay, bed = place
        with self._lock:
            self._catch_up(bay).sync(bed)
            late = bay.late.get(bed)
            if late is None:
                return []
            late.telling, late.changed = late.untold(), SpanSet()
            return list(late.telling)

    def confirm(self, stream: StreamId) -> None:
        """What ``superseded`` told last is known where it had to be."""
        place = self._place.get(stream)
        if place is None:
            return
        bay, bed = place
        with self._lock:
            late = bay.late.get(bed)
            if late is not None:
                late.telling = SpanSet()
                if late.empty():
                    del bay.late[bed]

    def forget(self, stream: StreamId, start: int, stop: int) -> int:
        """Samples ``[start, stop)`` will never be stored: what they had a part in is analysed anew.

        They may have been seen live while storing failed. Called by the thread that calls ``step``.

        Returns:
            How many of them had been seen, per lead.
        """
        place = self._place.get(stream)
        if place is None:
            return 0
        bay, bed = place
        with self._lock:
            if not self._catch_up(bay).seen(bed, start, stop):
                return 0
            self._wait_turn(stream)
            return self._catch_up(bay).forget(bed, start, stop)

    def late_streams(self) -> list[StreamId]:
        """Streams of which ``superseded`` may tell something."""
        with self._lock:
            return [
                int(bay.stream[bed])
                for bay, catch_up in self._bays.values()
                for bed, late in bay.late.items()
                if late.changed or late.telling or catch_up.moved(bed)
            ]

    def positions(self) -> dict[StreamId, int]:
        """The sample index expected next of every stream, 0 before its first: where a replay goes on."""
        return {stream: max(0, int(bay.live_next[bed])) for stream, (bay, bed) in self._place.items()}

    # -- saved steps -----------------------------------------------------------------------------------------

    def streams(self) -> I64:
        """Numbers of all streams in the ward, ascending, as of the last step."""
        return self._ids

    def snapshot(self, rings: bool = False, streams: I64 | None = None) -> Arrays:
        """Streams as arrays (for ``numpy.savez``): analysis states, runs, beats, rings if asked.

        The lock is taken anew for every few streams; each is consistent in itself.

        Args:
            streams: which, ascending; all by default.
        """
        self.settle_in()
        arrays: Arrays = {"version": step_version(self._thresholds)}
        wanted = np.isin(self._ids, self._ids if streams is None else streams)
        for number, ((rate_mhz, leads), (bay, catch_up)) in enumerate(self._bays.items()):
            beds = self._bed_of[wanted & (self._bay_of == number)].tolist()
            if not beds:
                continue
            for name, array in copied(Taking(bay, catch_up, rings), beds, self._lock).items():
                arrays[f"{rate_mhz}x{leads}/{name}"] = array
        return arrays

    def restore(self, arrays: Arrays) -> bool:
        """Take a snapshot up again; only streams that are admitted and still without samples.

        Then give ``step`` what ``unseen`` says of each stream's stored samples. False, and nothing done, when
        another version of the analysis made the snapshot: replay from the beginning.
        """
        self.settle_in()
        parts = parts_of(arrays, step_version(self._thresholds))
        if parts is None:
            return False
        with self._lock:
            for (rate_mhz, leads), (bay, catch_up) in self._bays.items():
                saved = parts.get(f"{rate_mhz}x{leads}")
                if saved is not None:
                    empty = [bed for bed in bay.beds() if bay.live_next[bed] == NOWHERE]
                    load(bay, catch_up, saved, {int(bay.stream[bed]): bed for bed in empty})
                    for bed in bay.late:
                        self._wait_turn(int(bay.stream[bed]))
        return True

    def unseen(self, stream: StreamId, stored: SpanSet) -> list[Span]:
        """The parts of what is stored that the ward has not seen: what a replay gives it, in order."""
        place = self._place.get(stream)
        if place is None:
            return []
        bay, bed = place
        with self._lock:
            seen = self._catch_up(bay).present(bed)
        return [part for low, high in stored for part in seen.missing(low, high)]

    def open_from(self, stream: StreamId) -> int:
        """Before this sample every beat is decided, kept elsewhere and not held here; 0 for an empty bed."""
        place = self._place.get(stream)
        if place is None:
            return 0
        bay, bed = place
        catch_up = self._catch_up(bay)
        with self._lock:
            first = next(iter(catch_up.seen(bed, catch_up.line(bed), int(bay.live_next[bed]))), None)
            if first is None:
                return 0
            late = bay.late.get(bed)
            lists = [
                bay.lists.between(slot) for slot in (int(bay.live_slot[bed]), *(late.slots() if late else ()))
            ]
            lists += [*(run.old for run in late.all()), late.quiet.beats] if late else []
            held = [int(rows["sample"][0]) for rows in lists if len(rows)]
            return max(0, min([first.stop - catch_up.settle, *held]))

    def resume(self, stream: StreamId, sealed: SpanSet, kept: SpanSet) -> None:
        """After ``restore`` and before the replay: of which samples beats are kept elsewhere by now.

        Somebody else, of whom the snapshot knows nothing, found them: from the last decided beat of each run
        up to the next run they count as changed, so that ``superseded`` tells them. Not so in ``kept``: what
        is not going to be replayed.

        Args:
            sealed: at least what lies behind ``open_from`` and behind the first sample of the replay.
        """
        place = self._place.get(stream)
        if place is None:
            return
        bay, bed = place
        catch_up, before = self._catch_up(bay), self.open_from(stream)
        with self._lock:
            resumed(bay, catch_up, bed, sealed, kept, before)
