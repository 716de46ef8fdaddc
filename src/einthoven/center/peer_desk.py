"""The desk between two centers: what is sent each second, what comes, what both make of it (decision 0008).

Opens nothing: ``turn`` gives messages to post, ``answered`` and ``received`` take what came. All calls on the
event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from einthoven.base.deeds import CENTER, Body
from einthoven.base.errors import EinthovenError, InputError, RefusedError
from einthoven.base.ids import StreamId
from einthoven.base.instants import MINUTE, SECOND, Duration, Instant
from einthoven.center import peer_details, peer_form
from einthoven.center.desk import Desk
from einthoven.center.peer_details import Details, Sending
from einthoven.center.peer_form import GuestTold, Lent, Link
from einthoven.center.peer_message import ANSWER, TURN, Message, fresh, public_key, read, seal
from einthoven.surveillance import peer_guests, peer_lending, watching
from einthoven.surveillance.peer_book import Guest, Peer, PeerBook, PeerId, Watcher, actor_of, as_person
from einthoven.surveillance.peer_lending import Stated, There

WAIT: Duration = 5 * SECOND
"""An answer that takes longer is given up; each second it is asked anew whatever is under way."""
NOTED_EVERY: Duration = MINUTE
"""One refusal of a kind and sender is put on record this often: whoever floods us does not fill the audit."""
NOTED_MAX: Final = 1000
Admitted: TypeAlias = Callable[[StreamId | None, Exception | None], None]


class PeerWorld(Protocol):
    """What the desk between centers needs of the center around it."""

    def sending(self, stream: StreamId) -> Sending | None:
        """How a patient's samples would come to another center; None while that is not known."""
        ...

    def forward(self, stream: StreamId, link: Link | None) -> None:
        """Send a stream there from now on, or no more; again with the same is nothing."""
        ...

    def admit(self, told: Details, peer: PeerId, theirs: StreamId, done: Admitted) -> None:
        """Enroll a guest; ``done`` on the event loop with its stream here, or why not: an ``EinthovenError``
        is told the other center, anything else is a defect."""
        ...

    def enrolled(self) -> Iterable[Guest]:
        """Guests with an open period here, by the facts: also one of whom no deed tells, because the center
        died between the enrollment and the deed, or between the deed that they left and the period's end."""
        ...

    def link(self, guest: Guest) -> Link | None:
        """Where a guest's samples are to be sent; None while nothing is listening."""
        ...

    def discharge(self, stream: StreamId) -> None:
        """A guest has left: its period ends."""
        ...


@dataclass(slots=True)
class PeerDesk:
    """One center's side of every exchange.

    Attributes:
        desk: of this center.
        world: the center around it.
        seed: Ed25519 seed of its key.
        life: names this run of the center.
        troubles: center → why the last exchange failed, ``""`` where it did not.
    """

    desk: Desk
    world: PeerWorld
    seed: bytes
    life: str
    key: str = field(init=False)
    troubles: dict[PeerId, str] = field(default_factory=dict)
    _number: int = 0
    _asked: dict[PeerId, dict[int, Instant]] = field(default_factory=dict)
    """Turns that may still be answered: when each was asked."""
    _newest: dict[PeerId, int] = field(default_factory=dict)
    """The last of them that was answered."""
    _last: dict[PeerId, int] = field(default_factory=dict)
    _lives: dict[PeerId, str] = field(default_factory=dict)
    _heard: dict[PeerId, Instant] = field(default_factory=dict)
    _said: dict[PeerId, Instant] = field(default_factory=dict)
    """When each answered last, in a way that holds."""
    _theirs: dict[PeerId, Mapping[StreamId, str]] = field(default_factory=dict)
    """What each center knows: digests by our streams."""
    _known: dict[tuple[PeerId, StreamId], str] = field(default_factory=dict)
    """What we know of guests: digests."""
    _coming: set[tuple[PeerId, StreamId]] = field(default_factory=set)
    _declined: dict[tuple[PeerId, StreamId], str] = field(default_factory=dict)
    _unfinished: dict[tuple[PeerId, StreamId], StreamId] = field(default_factory=dict)
    """Guests enrolled by an earlier life of whom no deed tells: taken as they are if they are lent."""
    _noted: dict[tuple[str, str], Instant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = public_key(self.seed)
        known = self._peers.guests
        self._unfinished = {
            (one.peer, one.theirs): one.stream for one in self.world.enrolled() if one.stream not in known
        }
        self.desk.books.exchange = self

    def spoken(self, peer: PeerId) -> tuple[Instant | None, Instant | None, str]:
        """When a center's last message came, when it last answered ours, and what is wrong with the link."""
        return self._heard.get(peer), self._said.get(peer), self.troubles.get(peer, "")

    # ---- what goes out -----------------------------------------------------------------------------------

    def turn(self, now: Instant) -> list[tuple[Peer, bytes]]:
        """Once a second: what time has done to loans and guests; a message for each center."""
        surveil = self.desk.books.surveil
        drafts = peer_lending.due(surveil.watches, surveil.peers, surveil.limits, now)
        for draft in drafts:
            if draft.kind == "peer.returned":
                self.world.forward(int(str(draft.body["stream"])), None)
        self.desk.commit(drafts, CENTER, now)
        for guest in list(surveil.peers.guests.values()):
            if guest.peer not in surveil.peers.peers:
                self._leave(guest, "the other center is not trusted any more", now)
        for number in {key[0] for key in self._unfinished} - surveil.peers.peers.keys():
            self._drop_unfinished(number, (), ())
        for number in surveil.peers.names:
            self.desk.touch(f"peer:{number}")
        return [(peer, self._turn(peer, now)) for peer in surveil.peers.peers.values()]

    def _turn(self, peer: Peer, now: Instant) -> bytes:
        lent = [self._lent(peer.number, stream, now) for stream in self._peers.lent_to(peer.number)]
        body = peer_form.turn_body(peer_form.fitting([one for one in lent if one is not None]))
        number = self._next(now)
        asked = self._asked.setdefault(peer.number, {})
        for old in [one for one, at in asked.items() if now - at > WAIT]:
            del asked[old]
        asked[number] = now
        life = self._lives.get(peer.number, "")
        return seal(Message(TURN, self.key, peer.key, number, now, self.life, life, 0, body), self.seed)

    def _lent(self, peer: PeerId, stream: StreamId, now: Instant) -> Lent | None:
        sending = self.world.sending(stream)
        if sending is None:
            return None
        told = peer_details.details(self.desk.books, stream, sending, now)
        digest = peer_details.digest(told)
        holder = self.desk.books.surveil.watches.holding(stream)
        there = holder is not None and holder.by == as_person(peer)
        known = self._theirs.get(peer, {}).get(stream) == digest
        return Lent(stream, there, digest, None if known else told)

    def _next(self, now: Instant) -> int:
        """A number above every one before, also those of earlier lives."""
        self._number = max(self._number + 1, now)
        return self._number

    @property
    def _peers(self) -> PeerBook:
        return self.desk.books.surveil.peers

    # ---- what comes back ---------------------------------------------------------------------------------

    def unanswered(self, peer: PeerId, why: str, now: Instant) -> None:
        """A message could not be posted, or was refused there."""
        del now
        self.troubles[peer] = why

    def answered(self, peer: PeerId, raw: bytes, now: Instant) -> None:
        """An answer came; what is wrong with it is put on record, and it proves nothing."""
        try:
            answer, asked = self._answer(peer, raw)
            told = peer_form.read_answer(answer.body, asked)
        except RefusedError as error:
            self._refuse(actor_of(peer), error, "", now)
            self.troubles[peer] = f"its answer was refused: {error.detail}"
            return
        del self._asked[peer][answer.answers]
        if answer.answers < self._newest.get(peer, 0):
            return  # a later one overtook it
        self._newest[peer], self._said[peer] = answer.answers, now
        self.troubles[peer] = ""
        if self._lives.get(peer) != answer.life:
            self._lives[peer] = answer.life
        self._theirs[peer] = told.known
        surveil, actor = self.desk.books.surveil, actor_of(peer)
        watches, limits = surveil.watches, surveil.limits
        drafts = peer_lending.answered(watches, surveil.peers, peer, told.stated, limits, now)
        self.desk.commit(drafts, actor, now)
        for picture in peer_lending.proved(surveil.peers, peer, told.stated, asked):
            made = watching.painted(watches, surveil.proofs, picture, limits, now, surveil.told())
            self.desk.commit(made, actor, now)
        for stream in surveil.peers.lent_to(peer):
            if stream in told.links:
                self.world.forward(stream, told.links[stream])

    def _answer(self, peer: PeerId, raw: bytes) -> tuple[Message, Instant]:
        trusted = self._peers.peers.get(peer)
        sealed = read(raw)
        if trusted is None or sealed.message.sender != trusted.key:
            raise RefusedError("unknown", "not the key of the center that was asked")
        message = sealed.check()
        if message.kind != ANSWER or message.recipient != self.key or message.to_life != self.life:
            raise RefusedError("recipient", "not an answer to this center, as it runs now")
        asked = self._asked.get(peer, {}).get(message.answers)
        if asked is None:
            raise RefusedError("replayed", f"answers message {message.answers}, which does not wait for one")
        return message, asked

    # ---- what comes in -----------------------------------------------------------------------------------

    def received(self, raw: bytes, address: str, now: Instant) -> bytes:
        """A message of another center; our answer.

        Raises:
            RefusedError: with its reason; it is on record.
        """
        sender = "unknown"
        try:
            sealed = read(raw)
            peer: Peer | None = self._peers.of_key(sealed.message.sender)
            if peer is None:
                key = sealed.message.sender[:16]
                raise RefusedError("unknown", f"key {key}… is not that of a center that is trusted here")
            message = sealed.check()
            sender = actor_of(peer.number)
            if message.kind != TURN:
                raise RefusedError("malformed", "want a turn")
            fresh(message, self.key, now, self._last.get(peer.number, 0))
            lent = peer_form.read_turn(message.body)
        except RefusedError as error:
            self._refuse(sender, error, address, now)
            raise
        self._last[peer.number] = message.number
        self._heard[peer.number] = now
        if message.to_life == self.life:
            # One that was meant for an earlier life of ours may be an old one that somebody kept.
            self._take(peer, lent, now)
        body = peer_form.answer_body(self._told(peer.number, lent, now))
        number = self._next(now)
        answer = Message(
            ANSWER, self.key, peer.key, number, now, self.life, message.life, message.number, body
        )
        return seal(answer, self.seed)

    def _take(self, peer: Peer, lent: Mapping[StreamId, Lent], now: Instant) -> None:
        surveil, number = self.desk.books.surveil, peer.number
        for guest in peer_guests.gone(surveil.peers, number, lent):
            self._leave(guest, f"{peer.name} has its patient back", now)
        for key in [key for key in self._declined if key[0] == number and key[1] not in lent]:
            del self._declined[key]
        here = surveil.peers.guests_of(number)
        self._drop_unfinished(number, lent, here)
        for theirs, one in lent.items():
            known = here.get(theirs)
            if known is None:
                self._admit(peer, one)
                continue
            self._learn(number, theirs, known.stream, one, now)
            if one.responsible:
                drafts = peer_guests.ours(surveil.watches, known.stream, surveil.limits, now)
                self.desk.commit(drafts, actor_of(number), now)

    def _drop_unfinished(self, peer: PeerId, lent: Collection[StreamId], here: Collection[StreamId]) -> None:
        """Periods of guests that an earlier life left unfinished: over, but for those lent, not here yet."""
        for key, stream in list(self._unfinished.items()):
            if key[0] == peer and (key[1] not in lent or key[1] in here):
                del self._unfinished[key]
                self.world.discharge(stream)

    def _admit(self, peer: Peer, one: Lent) -> None:
        key = peer.number, one.stream
        if one.details is None or key in self._coming or key in self._declined:
            return
        told = one.details
        self._coming.add(key)

        def done(stream: StreamId | None, error: Exception | None) -> None:
            self._coming.discard(key)
            if stream is not None:
                try:
                    self._come(peer, Guest(peer.number, key[1], stream, 0), told, one.digest)
                except Exception as defect:  # noqa: BLE001 - the top of a task: told, and declined once
                    error = defect
                    if stream not in self._peers.guests:
                        self.world.discharge(stream)
            if error is not None and not isinstance(error, EinthovenError):
                self.desk.failed("peers", error)
            if key[1] not in self._peers.guests_of(peer.number):
                why = str(error) if isinstance(error, EinthovenError) else "a defect there"
                self._declined[key] = " ".join(why.split())[:200]

        unfinished = self._unfinished.pop(key, None)
        if unfinished is not None:
            done(unfinished, None)
        else:
            self.world.admit(told, peer.number, one.stream, done)

    def _come(self, peer: Peer, guest: Guest, told: Details, digest: str) -> None:
        now, surveil = self._heard[peer.number], self.desk.books.surveil
        why = peer_details.offered_as(told, peer.name)
        drafts = peer_guests.come(surveil.watches, guest, why, surveil.limits, now)
        self.desk.commit(drafts, actor_of(peer.number), now)
        self._learn(peer.number, guest.theirs, guest.stream, Lent(guest.theirs, False, digest, told), now)

    def _learn(self, peer: PeerId, theirs: StreamId, stream: StreamId, one: Lent, now: Instant) -> None:
        if one.details is None or self._known.get((peer, theirs)) == one.digest:
            return
        try:
            drafts = peer_details.known(self.desk.books, stream, one.details, now)
        except InputError as error:
            refused = RefusedError("malformed", " ".join(str(error).split())[:200])
            self._refuse(actor_of(peer), refused, "", now)
            drafts = []
        self.desk.commit(drafts, actor_of(peer), now)
        self._known[peer, theirs] = one.digest

    def _leave(self, guest: Guest, why: str, now: Instant) -> None:
        surveil = self.desk.books.surveil
        drafts = peer_guests.leave(surveil.watches, surveil.proofs, guest, why, surveil.limits, now)
        self.desk.commit(drafts, actor_of(guest.peer), now)
        self._known.pop((guest.peer, guest.theirs), None)
        self.world.discharge(guest.stream)

    # ---- what we state -----------------------------------------------------------------------------------

    def _told(self, peer: PeerId, lent: Mapping[StreamId, Lent], now: Instant) -> list[GuestTold]:
        here = self._peers.guests_of(peer)
        told = []
        for theirs in sorted(lent.keys() | here.keys()):
            guest = here.get(theirs)
            if guest is None:
                why = self._declined.get((peer, theirs), "")
                state = There.DECLINED if why else There.COMING
                told.append(GuestTold(theirs, Stated(state, why=why)))
            else:
                told.append(self._state(guest, now))
        return told

    def _state(self, guest: Guest, now: Instant) -> GuestTold:
        surveil = self.desk.books.surveil
        shown = peer_guests.shown(surveil.watches, surveil.proofs, guest, now)
        who, why = None, ""
        if shown.watch is not None and shown.watch.by is not None and shown.watch.by > 0:
            who = self._watcher(shown.watch.by, shown.watch.station, now)
            doubts = surveil.proofs.doubts.get(shown.watch.station or 0, {})
            why = doubts.get(guest.stream, "")
        state = shown.state if who is not None else There.OFFERED
        link = self.world.link(guest)
        known = self._known.get((guest.peer, guest.theirs), "")
        age = shown.age if who is not None else None
        return GuestTold(guest.theirs, Stated(state, age, who, why), shown.held_for, known, link)

    def _watcher(self, person: int, station: int | None, now: Instant) -> Watcher | None:
        """Who watches, with the papers that count now; None where none does: then we state no watch."""
        surveil = self.desk.books.surveil
        member = surveil.staff.members.get(person)
        place = surveil.stations.stations.get(station or 0)
        site = None if place is None else surveil.stations.sites.get(place.site)
        if member is None or place is None or site is None:
            return None
        papers = tuple(
            f"{one.kind} {one.number} ({one.issuer})"
            for one in member.credentials
            if one.kind in surveil.recognised.kinds and one.since <= now < one.stop
        )
        if not papers:
            return None
        return Watcher(0, person, member.name, papers, place.name, f"{site.name}, {site.address}"[:300])

    # ---- on record ---------------------------------------------------------------------------------------

    def _refuse(self, sender: str, error: RefusedError, address: str, now: Instant) -> None:
        key = sender if sender != "unknown" else f"unknown {address}", error.reason
        if now - self._noted.get(key, now - NOTED_EVERY) < NOTED_EVERY:
            return
        self._noted[key] = now
        while len(self._noted) > NOTED_MAX:
            del self._noted[next(iter(self._noted))]
        body: Body = {"reason": error.reason, "words": error.detail, "from": address}
        self.desk.world.journal.note(sender, "peer.refused", sender, body, now, lambda _error: None)
