"""Intake: frames of every transmitter to stored, acknowledged, analysed samples (R2, R8, R12, R44).

One object, no I/O of its own, called on one thread: ``connected``/``received``/``disconnected`` by the door,
``turn`` every few hundredths of a second, ``_committed`` by the store. Between two turns frames only pile up;
a turn checks and decodes all of them at once, hands them to the store, and only the store's answer
acknowledges them. The order is ever: store, then acknowledge, then analyse.

When storing fails (full disk), live samples still go to the ward, marked "not stored", and stay
unacknowledged; when storing works again every connection is told to send again what was not acknowledged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from einthoven.base.errors import StoreError, StoreFullError
from einthoven.base.ids import StreamId
from einthoven.base.instants import SECOND, Instant
from einthoven.center.intake_world import Door, IntakeConfig, IntakeWorld, as_fact
from einthoven.center.ports import Connection, StreamEvent, StreamFacts
from einthoven.link import effects as fx
from einthoven.link.batch import ACK_LEN, acks, decode_checked, join, parse
from einthoven.link.blocks import I64, FrameBatch, SampleBatch
from einthoven.link.center_session import CenterSession, Known
from einthoven.link.limits import REASONS, Code, FrameType
from einthoven.link.messages import Hole, Mark, Status

SAMPLES = int(FrameType.SAMPLES)
PARTING = 5 * SECOND
"""What a connection sent last is stored within this time of its end; so long its stream is looked after."""


class Intake:
    """The one owner of connections and ledgers."""

    def __init__(self, world: IntakeWorld, config: IntakeConfig) -> None:
        self._world = world
        self._config = config
        self._doors: dict[Door, None] = {}
        self._by_stream: dict[StreamId, Door] = {}
        self._waiting: list[bytes] = []
        self._from: list[Door] = []
        self._numbers = 0
        self._rota: list[Door] = []
        self._parted: list[tuple[Door, Instant]] = []
        self._storing = "ok"
        self._events: list[tuple[Door, StreamEvent]] = []
        self._lost: dict[Door, None] = {}

    # ---- the door ----------------------------------------------------------------------------------------

    def connected(self, connection: Connection) -> Door | None:
        """A new connection; None when there is no room for it."""
        if len(self._doors) >= self._config.connections_max:
            self._world.tally.add("connections_refused", "full")
            return None
        self._numbers += 1
        now = self._world.clock.wall()
        session = CenterSession(
            self._numbers, self._world.nonce(), self._config.identity, now, self._config.backlog_window_s
        )
        door = Door(connection, session, self._numbers)
        self._doors[door] = None
        self._world.tally.add("connections")
        self._carry_out(door, session.open(), now)
        return door

    def received(self, door: Any, message: bytes) -> None:
        """One message of a transmitter."""
        if len(message) > 1 and message[1] == SAMPLES and door.session.streaming:
            self._waiting.append(message)
            self._from.append(door)
        elif not door.gone:
            now = self._world.clock.wall()
            self._carry_out(door, door.session.received(message, now), now)

    def disconnected(self, door: Any, reason: str) -> None:
        """The connection is gone; what it sent before is still taken."""
        if door not in self._doors:
            return
        del self._doors[door]
        door.gone = True
        state = door.state
        if state is not None:
            stream = state.facts.stream
            if self._by_stream.get(stream) is door:
                del self._by_stream[stream]
            now = self._world.clock.wall()
            self._parted.append((door, now))
            self._world.observer.link_down(stream, now, reason, door.number)

    @property
    def connections(self) -> int:
        """Open connections, proven or not."""
        return len(self._doors)

    @property
    def storing(self) -> str:
        """``"ok"``, ``"full"`` or ``"failing"``."""
        return self._storing

    def live(self) -> Iterable[StreamId]:
        """Streams whose transmitter is connected."""
        return self._by_stream.keys()

    # ---- a turn ------------------------------------------------------------------------------------------

    def turn(self) -> None:
        """Take what has piled up, look after a share of the connections; every few hundredths of a second."""
        now = self._world.clock.wall()
        if self._waiting:
            messages, doors = self._waiting, self._from
            self._waiting, self._from = [], []
            self._take(messages, doors, now)
        if self._events:
            self._record_events()
        self._look_after(now)

    def _look_after(self, now: Instant) -> None:
        """Each connection gets a look about once a second: time-outs, clock queries, credit."""
        if not self._rota:
            self._rota = list(self._doors)
            for door, _ in self._parted:
                self._note(door)
            self._parted = [(door, at) for door, at in self._parted if now - at < PARTING]
            self._share_credit(now)
            lost, self._lost = self._lost, {}
            self._ask_again(lost, now)
        share = max(1, len(self._doors) // 16)
        for door in self._rota[:share]:
            if not door.gone:
                if now >= door.session.due:
                    self._carry_out(door, door.session.tick(now), now)
                self._note(door)
        del self._rota[:share]

    def _note(self, door: Door) -> None:
        """Tell the census of the backlog, keep new clock fixes."""
        state = door.state
        if state is None:
            return
        self._world.observer.backlog(state.facts.stream, state.waiting_s())
        if state.fixes_due:
            self._world.directory.record_fixes(state.fixes_due)
            state.fixes_due = []

    def _share_credit(self, now: Instant) -> None:
        """Divide the center's backlog allowance fairly among those who have backlog."""
        behind = [door for door in self._by_stream.values() if door.state and door.state.waiting_s() > 5]
        if not behind:
            return
        seconds = min(self._config.backlog_window_s, max(1, self._config.backlog_total_s // len(behind)))
        for door in behind:
            assert door.state is not None
            window = round(seconds * door.state.layout.rate_hz)
            self._carry_out(door, door.session.credit(window), now)

    def _take(self, messages: list[bytes], doors: list[Door], now: Instant) -> None:
        data, offset, length = join(messages)
        parsed = parse(data, offset, length)
        code, start, count = parsed.code.tolist(), parsed.start.tolist(), parsed.count.tolist()
        leads, lane = parsed.leads.tolist(), parsed.lane.tolist()
        keep: list[int] = []
        extra: list[tuple[StreamId, fx.Block]] = []
        streams: list[int] = []
        for row, door in enumerate(doors):
            session, state = door.session, door.state
            stop = start[row] + count[row]
            if code[row] or state is None:
                self._carry_out(door, session.refuse(Code.MALFORMED, REASONS[code[row]]), now)
            elif (
                start[row] == session.next_live
                and leads[row] == session.leads
                and not lane[row]
                and stop <= session.ceiling
                and session.streaming
                and state.ledger.accept_next(start[row], stop)
            ):
                session.next_live, session.heard = stop, now
                keep.append(row)
                streams.append(session.stream)
            else:
                self._carry_out(door, session.received(messages[row], now), now, extra)
        if extra:
            self._take_extra(extra, now)
        if keep:
            rows = np.array(keep, np.int64)
            batch = FrameBatch(
                data,
                offset[rows],
                length[rows],
                np.array(streams, np.int64),
                parsed.start[rows],
                parsed.count[rows],
                parsed.leads[rows],
                parsed.lane[rows],
                np.full(len(keep), now, np.int64),
            )
            self._store(batch, now)

    def _take_extra(self, blocks: list[tuple[StreamId, fx.Block]], now: Instant) -> None:
        """Blocks that came the session's careful way: backlog, trimmed, out of order."""
        data, offset, length = join([block.message for _, block in blocks])
        columns = np.array(
            [(stream, block.start, block.count, block.leads, block.backlog, now) for stream, block in blocks],
            np.int64,
        ).T
        self._store(FrameBatch(data, offset, length, *columns), now)

    def _store(self, batch: FrameBatch, now: Instant) -> None:
        """Decode (what cannot be read again is never stored), then hand to the store."""
        samples, failed = decode_checked(batch, stored=True)
        if len(failed):
            batch, samples = self._without(batch, failed, now)
        if not len(batch):
            return
        tally = self._world.tally
        tally.add("blocks", amount=len(batch))
        tally.add("samples", amount=int((batch.count * batch.leads).sum()))
        tally.add("payload_bytes", amount=int(batch.length.sum()))

        def done(written: FrameBatch, error: StoreError | None) -> None:
            self._committed(written, samples, error)

        try:
            self._world.store.submit(batch, done)
        except StoreError as error:
            self._committed(batch, samples, error)

    def _without(self, batch: FrameBatch, failed: I64, now: Instant) -> tuple[FrameBatch, SampleBatch]:
        for row in failed.tolist():
            stream, start = int(batch.stream[row]), int(batch.start[row])
            state = self._world.streams.get(stream)
            if state is not None:
                state.ledger.failed(start, start + int(batch.count[row]))
            door = self._by_stream.get(stream)
            if door is not None:
                self._carry_out(door, door.session.refuse(Code.PAYLOAD, "does not decode"), now)
        good = np.setdiff1d(np.arange(len(batch)), failed)
        kept = FrameBatch(
            batch.data,
            *(
                getattr(batch, name)[good]
                for name in ("offset", "length", "stream", "start", "count", "leads", "lane", "received")
            ),
        )
        return kept, decode_checked(kept, stored=True)[0]

    # ---- the store's answer ------------------------------------------------------------------------------

    def _committed(self, batch: FrameBatch, samples: SampleBatch, error: StoreError | None) -> None:
        streams, starts = batch.stream.tolist(), batch.start.tolist()
        stops = (batch.start + batch.count).tolist()
        if error is not None:
            self._not_committed(streams, starts, stops, samples, error)
            return
        get, by_stream, last_event = self._world.streams.get, self._by_stream, []
        for stream, start, stop in zip(streams, starts, stops, strict=True):
            state = get(stream)
            if state is None:
                last_event.append(0)
                continue
            state.ledger.committed(start, stop)
            last_event.append(state.last_event)
        rows = acks(batch.start, batch.start + batch.count, np.array(last_event, np.int64)).tobytes()
        at = 0
        for stream in streams:
            door = by_stream.get(stream)
            if door is not None:
                door.connection.send(rows[at : at + ACK_LEN])
            at += ACK_LEN
        self._set_storing("ok")
        self._world.to_ward(samples)

    def _not_committed(
        self, streams: list[int], starts: list[int], stops: list[int], samples: SampleBatch, error: StoreError
    ) -> None:
        for stream, start, stop in zip(streams, starts, stops, strict=True):
            state = self._world.streams.get(stream)
            if state is not None:
                state.ledger.failed(start, stop)
        self._set_storing("full" if isinstance(error, StoreFullError) else "failing")
        self._world.tally.add("blocks_not_stored", amount=len(streams))
        samples.stored = False
        self._world.to_ward(samples)

    def _set_storing(self, state: str) -> None:
        if state == self._storing:
            return
        now = self._world.clock.wall()
        recovered = state == "ok"
        self._storing = state
        self._world.tally.add("storing_changes", state)
        self._world.observer.storing(state, now)
        if recovered:
            self._ask_again(list(self._by_stream.values()), now)

    def _ask_again(self, doors: Iterable[Door], now: Instant) -> None:
        """What these sent and was not acknowledged is not stored: it must come again."""
        for door in doors:
            if not door.gone:
                self._carry_out(door, door.session.credit(door.session.window(), resend=True), now)

    # ---- effects -----------------------------------------------------------------------------------------

    def _carry_out(
        self,
        door: Door,
        effects: list[fx.CenterEffect],
        now: Instant,
        blocks: list[tuple[StreamId, fx.Block]] | None = None,
    ) -> None:
        """Do what a session asks, in order."""
        for effect in effects:
            match effect:
                case fx.Send(data):
                    door.connection.send(data)
                case fx.Block():
                    self._block(door, effect, now, blocks)
                case fx.NeedIdentity(transmitter, stream):
                    self._carry_out(door, self._identify(door, transmitter, stream, now), now)
                case fx.Joined(stream, _, _):
                    self._joined(door, stream, now)
                case fx.Declared():
                    self._declared(door, effect, now)
                case fx.Told(stream, event):
                    self._told(door, stream, event, now)
                case fx.Exchanged(_, position, sent, received, _):
                    if door.state is not None:
                        door.state.exists_until = max(door.state.exists_until, int(position))
                        door.state.observe(position, sent, received)
                case fx.Counted(what, detail):
                    self._world.tally.add("link", what)
                    del detail
                case fx.Close(code, detail):
                    door.connection.close(f"{code.text}: {detail}" if detail else code.text)
                case fx.Left(code, _):
                    self._world.tally.add("goodbyes", code.text)

    def period_ended(self, facts: StreamFacts) -> None:
        """The service period of a stream is over: nothing more is taken for it (R5)."""
        self._world.streams.refresh(facts)
        self._world.observer.admit(facts)
        door = self._by_stream.get(facts.stream)
        if door is not None:
            now = self._world.clock.wall()
            self._carry_out(door, door.session.refuse(Code.ENDED, "the service period has ended"), now)

    def close(self) -> None:
        """Say good-bye to everyone; what has come is handed to the store first."""
        self.turn()
        now = self._world.clock.wall()
        for door in list(self._doors):
            self._carry_out(door, door.session.goodbye(Code.SHUTDOWN, "the center is stopping"), now)

    def _block(
        self, door: Door, block: fx.Block, now: Instant, blocks: list[tuple[StreamId, fx.Block]] | None
    ) -> None:
        assert door.state is not None
        found = (door.state.facts.stream, block)
        if blocks is None:
            self._take_extra([found], now)
        else:
            blocks.append(found)

    def _identify(
        self, door: Door, transmitter: str, stream: StreamId, now: Instant
    ) -> list[fx.CenterEffect]:
        facts = self._world.directory.by_transmitter(transmitter, stream)
        state = None if facts is None else self._world.streams.get(stream)
        if facts is None or state is None:
            return door.session.known(None, now)
        door.state = state
        return door.session.known(
            Known(
                public_key=facts.public_key,
                open=facts.open,
                layout=facts.layout,
                declared=facts.declared,
                recording=facts.recording,
                origin=facts.origin,
                ledger=state.ledger,
                last_event=state.last_event,
            ),
            now,
        )

    def _joined(self, door: Door, stream: StreamId, now: Instant) -> None:
        older = self._by_stream.get(stream)
        self._by_stream[stream] = door
        if older is not None and older is not door:
            self._world.tally.add("superseded")
            self._carry_out(older, older.session.refuse(Code.SUPERSEDED, "a newer connection took over"), now)
        self._world.observer.link_up(stream, now, door.number)

    def _declared(self, door: Door, declared: fx.Declared, now: Instant) -> None:
        state = door.state
        assert state is not None
        if not declared.fresh:
            return
        renewed = replace(
            state.facts,
            layout=declared.layout,
            declared=True,
            recording=declared.recording,
            origin=declared.origin,
        )
        self._world.streams.refresh(renewed)
        self._world.observer.admit(renewed)

        def done(error: StoreError | None) -> None:
            if error is not None and not door.gone:
                # Samples without a layout mean nothing: it must be declared again, on a new connection.
                later = self._world.clock.wall()
                self._carry_out(door, door.session.refuse(Code.BUSY, "the layout was not stored"), later)

        self._world.directory.declare_layout_soon(
            declared.stream, declared.layout, declared.recording, declared.origin, now, done
        )

    def _told(self, door: Door, stream: StreamId, event: Mark | Status | Hole, now: Instant) -> None:
        state = door.state
        assert state is not None
        if isinstance(event, Hole):
            state.never.add(event.sample, event.stop)
        self._events.append((door, as_fact(stream, event, now)))

    def _record_events(self) -> None:
        events, self._events = self._events, []

        def done(error: StoreError | None) -> None:
            self._events_durable(events, error)

        self._world.directory.record_events([event for _, event in events], done)

    def _events_durable(self, events: list[tuple[Door, StreamEvent]], error: StoreError | None) -> None:
        now = self._world.clock.wall()
        for door, event in events:
            state = self._world.streams.get(event.stream)
            if state is None:
                continue
            if error is not None:
                self._world.tally.add("events_not_stored")
                self._lost[door] = None
                continue
            state.last_event = max(state.last_event, event.number)
            self._world.observer.event(event)
            if not door.gone:
                self._carry_out(door, door.session.ack((), state.last_event), now)
