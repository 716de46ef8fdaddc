"""What becomes of claims at a running center: proposed, checked, put into files, answered (R40).

Facts, the store and the validating reader are asked on a thread; what is decided is decided on the loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from einthoven.base.deeds import CENTER, Deed, Draft, Json
from einthoven.base.errors import EinthovenError, InputError, RefusedError
from einthoven.base.ids import StreamId
from einthoven.base.instants import DAY, MINUTE, SECOND, Duration, Instant
from einthoven.billing import claim_amends as amends
from einthoven.billing import claim_answers as answers
from einthoven.billing import claim_book as kinds
from einthoven.billing import claim_deeds as life
from einthoven.billing.claim import Claim, Part, to_json
from einthoven.billing.claim_check import Check, CodeBook, Context, Other, Outcome
from einthoven.billing.claim_making import completed, make
from einthoven.billing.claim_modifiers import proposed_modifiers
from einthoven.billing.claim_rules import check
from einthoven.billing.claim_rules_dates import day_of, service_day
from einthoven.billing.claim_rules_service import HOOK_UP
from einthoven.billing.claim_states import ENDED, OPEN, OUT, Kept, Kind, State, claim_id
from einthoven.billing.facts import ClaimSeen
from einthoven.billing.profile import Profile
from einthoven.center.call_record import came
from einthoven.center.claim_ports import ClaimSource, Evidence
from einthoven.center.claim_posting import Parsed, Postings
from einthoven.center.claim_proof import proof
from einthoven.center.desk import Desk
from einthoven.center.service_record import Stored
from einthoven.escalation.calendar import local
from einthoven.interop import x12_837p
from einthoven.interop.x12 import Envelope

ROUND: Duration = 2 * SECOND
"""Between two looks at which services have ended."""
PAST: Duration = 400 * DAY
"""Of services that ended so long ago no claim is proposed: payers want them within a year [M!]."""
AGAIN_AFTER: Duration = MINUTE
"""What could not be checked is tried again after so long."""
SETTLE: Duration = 3 * SECOND
"""After a deed about a patient their claims are checked anew so much later, once for all that came."""
PARSED_MAX: Final = 8
MOVING: Final = frozenset(
    {
        "report.signed",
        "report.cosigned",
        "report.drafted",
        "report.released",
        "notification.closed",
        "notification.withdrawn",
        "call.ended",
        "incident.closed",
    }
)
"""Deeds after which a claim of their stream may be judged otherwise; beginnings of others below."""
MOVING_ALL: Final = ("plan.", "supervisor.", "telephone.unattended", "telephone.attended")
OF_CALLS: Final = ("telephone.placed", "telephone.struck", "telephone.moved", "telephone.closed")
"""Deeds about a call, after which claims of everybody whose strips it has or had may be judged otherwise."""
MOVING_SOME: Final = ("order.", "service.", "period.", "hospital.", "correction.")
CHAINED: Final = frozenset(
    {"claim.cancelled", "claim.replaced", "claim.refunded", "claim.due", "claim.stands", "claim.answered"}
)
"""Deeds about a claim after which others of the same service may be judged otherwise."""
WAITING: Final = (*OPEN, State.RELEASED, State.FILED)
"""Claims that nobody handed in yet."""
STANDING: Final = (State.RELEASED, *OUT, State.PAID, State.PARTLY, State.DENIED, State.APPEALED)
"""Claims that somebody let out: what was true of them then may be true no more."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A claim with everything that was asked for its checks but the validating reader.

    Attributes:
        version: that was looked at.
        text: the claim alone as 837P, with a control number that is never used; ``flaws`` of writing it.
    """

    kept: Kept
    claim: Claim
    context: Context
    text: str
    flaws: tuple[str, ...]
    evidence: Evidence
    filled: Claim | None = None


OF_OTHERS: Final = frozenset(
    {"frequency.30", "frequency.apart", "frequency.year", "bundle.codes", "bundle.concurrent"}
)
"""Checks that a later service fails as much as an earlier one: of what was handed in they are noted."""


@dataclass(slots=True)
class ClaimDesk:
    """Claims of a running center.

    Attributes:
        profile: the billing file.
        failed: claims that could not be checked: since when and why.
        parsed: digest → a file that waits for its act, as it was read.
    """

    desk: Desk
    source: ClaimSource
    profile: Profile
    codes: CodeBook
    zone: str
    failed: dict[int, tuple[Instant, str]] = field(default_factory=dict)
    parsed: dict[str, Parsed] = field(default_factory=dict)
    postings: Postings = field(default_factory=Postings)
    _asked: Instant | None = None
    _again: dict[int, Instant] = field(default_factory=dict)
    _known: set[StreamId] = field(default_factory=set)
    _begun: bool = False

    @property
    def _book(self) -> kinds.ClaimBook:
        return self.desk.books.claims

    # ---- what is next ------------------------------------------------------------------------------------

    def heard(self, deed: Deed) -> None:
        """A deed took effect: claims of its stream are judged anew where it may matter."""
        if deed.kind in CHAINED:
            stream = deed.body.get("stream")
            same = self._book.of_stream.get(stream, ()) if isinstance(stream, int) else ()
            numbers = [one for one in same if self._book.claims[one].state in OPEN]
        elif deed.kind in MOVING or deed.kind.startswith(MOVING_SOME):
            self._known -= set(_streams(deed)) if deed.kind == "correction.applied" else set()
            ordered = self._ordered(deed)
            streams = _streams(deed) if ordered is None else ordered
            found = [number for stream in streams for number in self._book.of_stream.get(stream, ())]
            numbers = found if streams or ordered is not None else self._of_nobody(deed)
        elif deed.kind in OF_CALLS:
            numbers = [
                one for stream in self._telephoned(deed) for one in self._book.of_stream.get(stream, ())
            ]
        elif deed.kind.startswith(MOVING_ALL):
            numbers = self._in(WAITING)
        else:
            return
        for number in numbers:
            if self._book.claims[number].state in (*OPEN, *STANDING):
                self._again[number] = deed.at + SETTLE

    def _telephoned(self, deed: Deed) -> list[StreamId]:
        """Whose strips a call has, or had before they were moved."""
        number = deed.body.get("call")
        call = self.desk.books.calls.calls.get(number) if isinstance(number, int) else None
        if call is None:
            return []
        told = [call.stream, *(call.stream_of(one) for one in call.strips)]
        told += [was.stream for one in call.strips for was in one.before]
        return [one for one in dict.fromkeys(told) if one is not None]

    def _of_nobody(self, deed: Deed) -> list[int]:
        """Claims that a deed without a stream may move: what a hospital says, those of that patient alone."""
        waiting = self._in(WAITING)
        patient = deed.body.get("patient") if deed.kind.startswith("hospital.") else None
        if not isinstance(patient, int):
            return waiting
        card, claims = self.desk.books.card, self._book.claims
        return [number for number in waiting if card(claims[number].stream).number == patient]

    def _ordered(self, deed: Deed) -> list[StreamId] | None:
        """The stream of the order that a deed is about, if a service began under it: an order that is typed
        moves no claim of others. None: it is about no order."""
        if "order" not in deed.body or not deed.kind.startswith(("order.", "period.")):
            return None
        told = deed.body["order"]
        record = self.desk.books.orders.orders.get(told) if isinstance(told, int) else None
        stream = deed.body.get("stream", None if record is None else record.stream)
        return [stream] if isinstance(stream, int) else []

    def _in(self, states: Sequence[State]) -> list[int]:
        return [number for number, kept in self._book.claims.items() if kept.state in states]

    def due(self, now: Instant) -> int | None:
        """The next claim to be made or checked; None: there is none."""
        if not self._begun:  # what happened as the center stopped is not forgotten
            self._begun = True
            self._again |= dict.fromkeys(self._in((State.RELEASED, State.FILED)), now)
        for number in sorted(self._book.checking):
            if now - self.failed.get(number, (now - AGAIN_AFTER, ""))[0] >= AGAIN_AFTER:
                return number
        for number, at in self._again.items():
            if now >= at:
                del self._again[number]
                if self._book.claims[number].state in (*OPEN, *STANDING):
                    return number
                break
        return None

    def looks(self, now: Instant) -> bool:
        """Whether it is time to ask which services have ended; on the loop."""
        if self._asked is not None and now - self._asked < ROUND:
            return False
        self._asked = now
        return True

    def ended(self, streams: Sequence[StreamId], now: Instant) -> None:
        """Services that ended: a claim is proposed for each part that this center bills, where there is an
        order. Where there is none nothing can be billed, and a person may still ask for one; so of strips by
        telephone of which none counts: the claim that is asked for says that no service was rendered."""
        books = self.desk.books
        for stream in streams:
            if stream in self._known or not self.source.ordered(stream):
                continue
            if books.callers.of(stream) is not None and not came(books, stream).strips:
                continue
            self._known.add(stream)
            technical = books.callers.of(stream) is not None  # of strips by telephone (R7)
            for part in (Part.TECHNICAL,) if technical else self.profile.parts:
                if self._book.missing(stream, part):
                    self.desk.commit(life.want(self._book, stream, part), CENTER, now)

    # ---- checking ----------------------------------------------------------------------------------------

    def prepare(self, number: int, stored: Stored, now: Instant) -> Prepared:
        """Make a claim, or take it as it is, and gather what it is judged by."""
        kept = self._book.claim(number)
        evidence = self.source.evidence(stored, now)
        made = kept.claim
        if made is None:
            parts = kept.stream, evidence.order, evidence.record, self.profile, evidence.reader
            made = make(kept.part, *parts)
        filled = None
        if kept.claim is not None and kept.state in OPEN and not made.void:
            order = None if evidence.order is None else evidence.order[1]
            fuller = completed(_dated(made, evidence) or made, order, self.profile)
            filled = fuller if fuller != made else None
        claim = filled or made
        others = self._others(claim, kept)
        today = day_of(now, self.zone)
        order = None if evidence.order is None else evidence.order[1]
        context = Context(
            claim,
            today,
            self.codes,
            order,
            evidence.record,
            evidence.family,
            None,
            others,
            barred=self._barred(kept),
        )
        text, flaws = self.write([(kept.id, claim)], 1, now, test=True)
        return Prepared(kept, claim, context, text, flaws, evidence, filled)

    def checked(self, prepared: Prepared, faults: Sequence[str], now: Instant) -> None:
        """The validating reader has answered: the checks are made, and go on record."""
        number = prepared.kept.number
        kept = self._book.claim(number)
        self.failed.pop(number, None)
        if kept.version != prepared.kept.version or kept.state not in (*OPEN, *STANDING):
            return  # somebody changed or voided it meanwhile; what was changed is checked anew
        if prepared.filled is not None:
            content: Json = to_json(prepared.filled)
            body = {"claim": number, "stream": kept.stream, "version": kept.version + 1, "content": content}
            words = {"words": f"{', '.join(_differing(kept.claim, prepared.filled))}: as known now"}
            self.desk.commit([Draft(kinds.CHANGED, life.subject(kept), body | words)], CENTER, now)
            kept = self._book.claim(number)
        context = replace(prepared.context, faults=(*prepared.flaws, *faults))
        seen = _seen(context, check(context))
        day = prepared.claim.day or prepared.evidence.record.last_day
        told = self.source.determine(prepared.evidence, day, seen)
        context = replace(context, determination=told)
        checks = check(context)
        if kept.state in STANDING:
            self.desk.commit(_worse(self._book, kept, checks, prepared.context.today), CENTER, now)
            return
        result = checks, proposed_modifiers(context, checks), proof(prepared.evidence, told)
        self.desk.commit(life.checked(kept, prepared.claim, *result), CENTER, now)

    def not_checked(self, number: int, error: EinthovenError | OSError, now: Instant) -> None:
        """It could not be checked now; it is tried again."""
        self.failed[number] = now, str(error)

    def _barred(self, kept: Kept) -> str:
        other = None if kept.kind is Kind.VOID else self._book.barring(kept)
        return "" if other is None else f"claim {other.number} for it is {other.state}"

    def _others(self, claim: Claim, kept: Kept) -> tuple[Other, ...]:
        """Claims of the same person for other services, or other parts; of its own part ``_barred`` says."""
        who = (*_folded(claim), claim.patient.birth_date)
        found = []
        for one in self._book.claims.values():
            own = one.stream == kept.stream and one.part is kept.part
            if own or one.claim is None or one.kind is Kind.VOID or one.state in ENDED:
                continue
            if (*_folded(one.claim), one.claim.patient.birth_date) != who and one.stream != kept.stream:
                continue
            days = str(one.proof.get("first_day", "")), str(one.proof.get("last_day", ""))
            if all(days):
                codes = tuple(line.code for line in one.claim.lines)
                found.append(Other(one.number, str(one.part), codes, one.claim.day, *days, one.claim.period))
        return tuple(found)

    # ---- files -------------------------------------------------------------------------------------------

    def write(
        self, claims: Sequence[tuple[str, Claim]], control: int, now: Instant, *, test: bool = False
    ) -> tuple[str, tuple[str, ...]]:
        """Claims as 837P, and what of them cannot be written, a line each."""
        by = self.profile.submitter
        at: datetime = local(self.zone, now)
        parties = x12_837p.Parties(by.name, by.id, by.contact, by.telephone, by.receiver, by.receiver_id)
        kind = by.kind, by.receiver_kind
        envelope = Envelope(by.id, by.receiver_id, control, at, test or by.test, *kind)
        text, flaws = x12_837p.write(claims, parties, envelope)
        lacks = [
            f"the {words} is missing: say it in the billing file, under [submitter]"
            for words, there in (
                ("submitter's name", by.name),
                ("submitter's id", by.id),
                ("contact", by.contact),
                ("contact's telephone", by.telephone),
                ("receiver's name", by.receiver),
                ("receiver's id", by.receiver_id),
            )
            if not there
        ]
        return text, (*lacks, *(f"{one.where}: {one.words}" for one in flaws))

    def file(self, numbers: Sequence[int], now: Instant) -> list[Draft]:
        """Released claims go into a file."""
        found = life.to_file(self._book, numbers)
        again = [one.number for one in found if one.number in self._again]
        if again:
            words = f"something of its service changed: claim {again[0]} is looked at again, a moment"
            raise RefusedError("checking", words)
        claims = [(claim_id(one.number), one.claim) for one in found if one.claim is not None]
        text, lacks = self.write(claims, self._book.next_file, now)
        if lacks:
            raise RefusedError("form", lacks[0])
        return life.file(self._book, found, text)

    def preview(self, kept: Kept, now: Instant) -> tuple[str, tuple[str, ...]]:
        """A claim as 837P, as it is now, marked as a test; what of it cannot be written."""
        return ("", ()) if kept.claim is None else self.write([(kept.id, kept.claim)], 1, now, test=True)

    def post(self, now: Instant) -> bool:
        """The next portion of answers goes on record; False: there is none."""
        found = self.postings.more(self._book)
        if found is not None:
            self.desk.commit(*found, now)
        return found is not None

    @property
    def own(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The site's own words of adjustment reasons and of remarks."""
        return self.profile.carc, self.profile.rarc

    def trouble(self, number: int) -> str:
        """Why a claim cannot be checked now."""
        return self.failed.get(number, (0, ""))[1]

    def lacks(self) -> list[str]:
        """What the billing file does not say and every claim needs."""
        billing = self.profile.billing
        told = [
            ("the billing provider's name", billing.name),
            ("its NPI", billing.npi),
            ("its tax id", billing.tax_id),
            ("its address", billing.postal.street and billing.postal.zip),
            ("payers", self.profile.payers),
            ("fees", self.profile.fees),
            ("the places of service", any(self.profile.places)),
        ]
        return [words for words, there in told if not there] + [
            line.partition(" is missing")[0] for line in self.write([], 1, 0)[1]
        ]

    # ---- what comes in -----------------------------------------------------------------------------------

    def came(self, digest: str, parsed: Parsed) -> None:
        """A file was read; its act follows."""
        while len(self.parsed) >= PARSED_MAX:
            del self.parsed[next(iter(self.parsed))]
        self.parsed[digest] = parsed

    def take(self, digest: str, actor: str) -> list[Draft]:
        """What a file that came in leads to: the first portion of its answers; ``post`` gives the others.

        Raises:
            InputError: it was not read, or is of files that are not ours.
        """
        parsed = self.parsed.pop(digest, None)
        if parsed is None:
            raise InputError("file: send it again, it is not held any more")
        drafts = self.postings.begin(self._book, digest, parsed, actor)
        for said in parsed.said:
            number = int(said.group) if said.group.isdigit() else 0
            if number not in self._book.files:
                raise InputError(f"it is about file {said.group or '?'}, which this center did not make")
            drafts += answers.acknowledge(self._book, number, said.accepted, said.sets, said.partly)
        return drafts


def _folded(claim: Claim) -> tuple[str, str]:
    name = claim.patient.name
    return name.last.casefold(), name.first.casefold()


def _differing(before: Claim | None, after: Claim) -> list[str]:
    """Names of the fields that were filled."""
    names = {"lines": "date of service"}
    held = {} if before is None else to_json(before)
    return [names.get(name, name) for name, one in to_json(after).items() if one != held.get(name)]


def _dated(claim: Claim, evidence: Evidence) -> Claim | None:
    """The claim with its date of service, where it had none and one is known now."""
    day = service_day(claim.part, evidence.record)
    if not day or not claim.lines or any(line.day for line in claim.lines):
        return None
    return replace(claim, lines=tuple(replace(line, day=day) for line in claim.lines))


def _streams(deed: Deed) -> list[StreamId]:
    """Streams that a deed is about; a swap is about two."""
    parts = deed.body.get("parts")
    told = [one.get("stream") for one in parts if isinstance(one, dict)] if isinstance(parts, list) else []
    return [one for one in dict.fromkeys([deed.body.get("stream"), *told]) if type(one) is int]


def _worse(book: kinds.ClaimBook, kept: Kept, checks: Sequence[Check], today: str) -> list[Draft]:
    """What follows where a claim that was let out meets less than it did, or fails in other words than those
    that were passed over: one that stands in no file is taken back, one that does is put right by people."""
    before = {(one.rule, one.outcome, one.words) for one in kept.checks if one.fails}
    asked = {one.rule for one in kept.checks}  # a check that was not asked then says nothing of what changed
    new = [one for one in checks if one.holds and (one.rule, one.outcome, one.words) not in before]
    bad = [one for one in new if one.rule in asked]
    if not bad:
        return []
    if kept.state is State.RELEASED:
        return life.take_back(book, kept.number, f"what it stands on changed: {_words(bad)}"[: life.WHY_MAX])
    own = [one for one in bad if one.rule not in OF_OTHERS]
    if own:
        person = any(one.rule == "person" for one in own)
        why = f"after it was let out: {_words(own)}"[: life.WHY_MAX]
        if person and kept.wrong:
            return []  # a correction has said so, in its own words
        return amends.due(kept, why, today, person=person)
    text = f"after it was let out: {_words(bad)}"[: life.TEXT_MAX]
    return [] if any(one.words == text for one in kept.log) else life.note(book, kept.number, text)


def _words(checks: Sequence[Check]) -> str:
    return "; ".join(f"{one.title}: {one.words}" for one in checks)


def _seen(context: Context, checks: Sequence[Check]) -> ClaimSeen:
    """What a policy asks of a claim: whether its other checks found faults, hook-up, units."""
    bad = sum(one.outcome is Outcome.NOT_MET and one.stops for one in checks)
    lines = context.claim.lines
    return ClaimSeen(bad, any(line.code in HOOK_UP for line in lines), sum(line.units for line in lines))
