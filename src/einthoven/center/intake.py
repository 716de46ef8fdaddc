"""Intake: frames of every transmitter to stored, acknowledged, analysed samples (R2, R8, R12, R44).

One object, no I/O of its own, called on one thread: ``connected``/``received``/``disconnected`` by the door,
``turn`` every few hundredths of a second, ``_committed`` by the store. Between two turns frames only pile up;
a turn checks and decodes all of them at once, hands them to the store, and only the store's answer
acknowledges them. The order is ever: store, then acknowledge, then analyse.

When storing fails (full disk), live samples still go to the ward, marked "not stored", and stay
unacknowledged; when storing works again, those whose samples it could not take are told to send again what
was not acknowledged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from einthoven.base.errors import StoreError
from einthoven.base.ids import StreamId
from einthoven.base.instants import SECOND, Instant
from einthoven.center.intake_events import Events
from einthoven.center.intake_world import Door, IntakeConfig, IntakeWorld, Meter, NoMeter, Refusal
from einthoven.center.ports import Connection, StreamFacts
from einthoven.center.storing import Storing
from einthoven.center.streams import StreamState
from einthoven.link import effects as fx
from einthoven.link.batch import ACK_LEN, acks, decode_checked, join, parse
from einthoven.link.blocks import I64, FrameBatch, SampleBatch
from einthoven.link.center_session import CenterSession, Known
from einthoven.link.limits import REASONS, Code, FrameType

SAMPLES = int(FrameType.SAMPLES)
TAKEN_MAX = 64
"""Messages of one connection between two turns: 1280 a second at 50 ms, some fifty times what catching up
needs. More wait in its own socket, so that no transmitter can take the center's time from the others."""
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
        self._behind: dict[Door, None] = {}
        self._held_back: list[Door] = []
        self._storing = Storing()
        self._events = Events(world, self._events_durable)
        self.meter: Meter = NoMeter()

    # ---- the door ----------------------------------------------------------------------------------------

    def connected(self, connection: Connection) -> Door | None:
        """A new connection; None when there is no room for it: it was told so."""
        self._numbers += 1
        now = self._world.clock.wall()
        session = CenterSession(
            self._numbers, self._world.nonce(), self._config.identity, now, self._config.backlog_window_s
        )
        door = Door(connection, session, self._numbers)
        if len(self._doors) >= self._config.connections_max:
            self._world.tally.add("connections_refused", "full")
            self._carry_out(door, session.refuse(Code.BUSY, "no room for another connection"), now)
            return None
        self._doors[door] = None
        self._world.tally.add("connections")
        self._carry_out(door, session.open(), now)
        return door

    def received(self, door: Any, message: bytes) -> None:
        """One message of a transmitter; one that sends too many at once is not read until the next turn."""
        door.taken += 1
        if door.taken == TAKEN_MAX:
            door.connection.hold(True)
            self._held_back.append(door)
            self._world.tally.add("held_back")
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
        self._behind.pop(door, None)
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
        return self._storing.state

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
            try:
                self._take(messages, doors, now)
            except Exception:
                self._give_up(messages, doors, now)
                raise
        if self._held_back:
            self._read_on()
        self._events.record()
        self._look_after(now)

    def _look_after(self, now: Instant) -> None:
        """Each connection gets a look about once a second: time-outs, clock queries, credit."""
        if not self._rota:
            self._rota = list(self._doors)
            for door, _ in self._parted:
                door.noted = -1
                self._note(door)
            self._parted = [(door, at) for door, at in self._parted if now - at < PARTING]
            for door in list(self._behind):
                self._note(door)
            self._share_credit(now)
            self._ask_again(self._events.lost(), now)
        share = max(1, len(self._doors) // 16)
        for door in self._rota[:share]:
            door.taken = 0
            if not door.gone:
                if now >= door.session.due:
                    self._carry_out(door, door.session.tick(now), now)
                state = door.state
                if state is not None and state.exists_until != door.noted:
                    self._note(door)
        del self._rota[:share]

    def _read_on(self) -> None:
        held, self._held_back = self._held_back, []
        for door in held:
            door.taken = 0
            if not door.gone:
                door.connection.hold(False)

    def _give_up(self, messages: list[bytes], doors: list[Door], now: Instant) -> None:
        """A turn broke off by a defect: what it had accepted is absent again, or it would wait for ever."""
        parsed = parse(*join(messages))
        for row in np.flatnonzero(parsed.code == 0).tolist():
            state = doors[row].state
            if state is not None:
                start = int(parsed.start[row])
                state.ledger.failed(start, start + int(parsed.count[row]))
        self._ask_again(dict.fromkeys(doors), now)

    def _note(self, door: Door) -> None:
        """Tell the census of the backlog.

        Needed when more is known to exist than before, and again until nothing is missing.
        """
        state = door.state
        if state is None:
            return
        door.noted = state.exists_until
        seconds = state.waiting_s()
        self._world.observer.backlog(state.facts.stream, seconds)
        if seconds > 0 and not door.gone:
            self._behind[door] = None
        else:
            self._behind.pop(door, None)

    def _share_credit(self, now: Instant) -> None:
        """Divide the center's backlog allowance fairly among those who have backlog."""
        behind = [door for door in self._behind if door.state and door.state.waiting_s() > 5]
        for door in behind:
            self._carry_out(door, door.session.credit(self._share(door, len(behind))), now)

    def _share(self, door: Door, sharers: int) -> int:
        """Samples of backlog that one of so many may have in flight."""
        seconds = min(self._config.backlog_window_s, max(1, self._config.backlog_total_s // sharers))
        return seconds * door.session.rate_mhz // 1000

    def _take(self, messages: list[bytes], doors: list[Door], now: Instant) -> None:
        data, offset, length = join(messages)
        parsed = parse(data, offset, length)
        rows = zip(
            doors,
            parsed.code.tolist(),
            parsed.start.tolist(),
            (parsed.start + parsed.count).tolist(),
            parsed.leads.tolist(),
            parsed.lane.tolist(),
            strict=True,
        )
        keep: list[int] = []
        extra: list[tuple[StreamId, fx.Block]] = []
        streams: list[int] = []
        for row, (door, code, start, stop, leads, lane) in enumerate(rows):
            session, state = door.session, door.state
            if code or state is None:
                self._carry_out(door, session.refuse(Code.MALFORMED, REASONS[code]), now)
            elif (
                start == session.next_live
                and leads == session.leads
                and not lane
                and stop <= session.ceiling
                and session.streaming
                and state.ledger.accept_next(start, stop)
            ):
                door.taken = 0
                session.next_live, session.heard = stop, now
                keep.append(row)
                streams.append(session.stream)
            else:
                self._carry_out(door, session.received(messages[row], now), now, extra)
        if extra:
            self._take_extra(extra, now)
        if keep:
            kept = np.array(keep, np.int64)
            batch = FrameBatch(
                data,
                offset[kept],
                length[kept],
                np.array(streams, np.int64),
                parsed.start[kept],
                parsed.count[kept],
                parsed.leads[kept],
                parsed.lane[kept],
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

        number = self._storing.hand_over()

        def done(written: FrameBatch, error: StoreError | None) -> None:
            self._committed(number, written, samples, error)

        try:
            self._world.store.submit(batch, done)
        except StoreError as error:
            self._committed(number, batch, samples, error)

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

    def _committed(
        self, number: int, batch: FrameBatch, samples: SampleBatch, error: StoreError | None
    ) -> None:
        streams, starts = batch.stream.tolist(), batch.start.tolist()
        stops = (batch.start + batch.count).tolist()
        if error is not None:
            self._not_committed(streams, starts, stops, samples, error)
            return
        self.meter.durable(batch, self._world.clock.wall())
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
        if self._storing.succeeded(number):
            now = self._tell_storing()
            missed = [door for stream in self._storing.missed() if (door := by_stream.get(stream))]
            self._ask_again(missed, now)
        self._world.to_ward(samples)

    def _not_committed(
        self, streams: list[int], starts: list[int], stops: list[int], samples: SampleBatch, error: StoreError
    ) -> None:
        for stream, start, stop in zip(streams, starts, stops, strict=True):
            state = self._world.streams.get(stream)
            if state is not None:
                state.ledger.failed(start, stop)
        if self._storing.failed(streams, error):
            self._tell_storing()
        self._world.tally.add("blocks_not_stored", amount=len(streams))
        samples.stored = False
        self._world.to_ward(samples)

    def _tell_storing(self) -> Instant:
        now = self._world.clock.wall()
        self._world.tally.add("storing_changes", self._storing.state)
        self._world.observer.storing(self._storing.state, now)
        return now

    def _ask_again(self, doors: Collection[Door], now: Instant) -> None:
        """What these sent and was not acknowledged is not stored: it must come again, in fair shares."""
        for door in doors:
            if not door.gone:
                self._carry_out(door, door.session.credit(self._share(door, len(doors)), resend=True), now)

    def _events_durable(self, door: Door, last_event: int, now: Instant) -> None:
        self._carry_out(door, door.session.ack((), last_event), now)

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
                    self._events.told(door, stream, event, now)
                case fx.Exchanged(_, position, sent, received, _):
                    if door.state is not None:
                        self._exchanged(door.state, position, sent, received)
                case fx.Counted(what, detail):
                    self._world.tally.add("link", what)
                    self._world.refused(Refusal(door.connection.peer, door.session, what, detail))
                case fx.Close(code, detail):
                    door.connection.close(f"{code.text}: {detail}" if detail else code.text)
                case fx.Left(code, _):
                    self._world.tally.add("goodbyes", code.text)

    def _exchanged(self, state: StreamState, position: float, sent: Instant, received: Instant) -> None:
        """Take a clock exchange. A new fix goes to the facts at once: a center that is killed dates what it
        stored by the fixes that are durable, not by those that it only knew."""
        state.exists_until = max(state.exists_until, int(position))
        state.observe(position, sent, received)
        self.meter.dated(state)
        if state.fixes_due:
            self._world.directory.record_fixes(state.fixes_due)
            state.fixes_due = []

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
        if facts is None or state is None or facts.telephone:
            return door.session.known(None, now)  # what stands for a telephone is no transmitter
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
