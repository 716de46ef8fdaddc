"""All claims, files and answers, as the deeds say it (R40)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, cast

from einthoven.base.deeds import Deed
from einthoven.base.errors import NotFoundError
from einthoven.base.ids import StreamId
from einthoven.billing import claim as claims
from einthoven.billing import claim_amended, remittance
from einthoven.billing.claim import Part
from einthoven.billing.claim_amended import AMENDED, KINDS, log_of, to_of
from einthoven.billing.claim_check import check_of
from einthoven.billing.claim_states import (
    ENDED,
    TRANSITIONS,
    Answered,
    Appeal,
    Event,
    File,
    Kept,
    Kind,
    Remit,
    State,
    Unmatched,
    event_of,
)
from einthoven.billing.claim_status import words
from einthoven.billing.remittance import Answer, Notice, Outcome

WANTED, MADE, CHANGED, CHECKED, AGAIN = (
    "claim.wanted",
    "claim.made",
    "claim.changed",
    "claim.checked",
    "claim.again",
)
NOTED, RELEASED, TAKEN_BACK, VOIDED = "claim.noted", "claim.released", "claim.taken_back", "claim.voided"
FILED, SENT, ACKNOWLEDGED = "claim.filed", "claim.sent", "claim.acknowledged"
ANSWERED, APPEALED = "claim.answered", "claim.appealed"
REMIT, UNMATCHED, MATCHED, ASIDE = "remit.taken", "remit.unmatched", "remit.matched", "remit.set_aside"


@dataclass
class ClaimBook:
    """Every claim; changes by ``apply`` alone. It decides nothing about watching or calling anybody.

    Attributes:
        claims: by number.
        of_stream: numbers of a stream's claims, in order.
        files: 837P files, by control number.
        remits: remittances, by number; ``digests`` of their texts → number.
        unmatched: (remittance, place) → an answer that fits no claim.
    """

    KINDS: ClassVar[frozenset[str]] = frozenset(
        {
            *(WANTED, MADE, CHANGED, CHECKED, AGAIN, NOTED, RELEASED, TAKEN_BACK, VOIDED),
            *(FILED, SENT, ACKNOWLEDGED, ANSWERED, APPEALED, REMIT, UNMATCHED, MATCHED, ASIDE),
            *KINDS,
        }
    )
    claims: dict[int, Kept] = field(default_factory=dict)
    of_stream: dict[StreamId, list[int]] = field(default_factory=dict)
    files: dict[int, File] = field(default_factory=dict)
    remits: dict[int, Remit] = field(default_factory=dict)
    digests: dict[str, int] = field(default_factory=dict)
    unmatched: dict[tuple[int, int], Unmatched] = field(default_factory=dict)
    checking: set[int] = field(default_factory=set)
    """Numbers of claims that are to be made or checked."""
    followers: dict[int, list[int]] = field(default_factory=dict)
    """Claim → those that were made to replace or void it, in order."""
    amending: set[int] = field(default_factory=set)
    """Claims of which something was, or is, to be put right."""
    next_claim: int = 1
    next_file: int = 1
    next_remit: int = 1

    # ---- questions ---------------------------------------------------------------------------------------

    def claim(self, number: int) -> Kept:
        """A claim; NotFoundError where there is none of that number."""
        found = self.claims.get(number)
        if found is None:
            raise NotFoundError(f"there is no claim {number}")
        return found

    def file(self, number: int) -> File:
        """A file; NotFoundError where there is none of that number."""
        found = self.files.get(number)
        if found is None:
            raise NotFoundError(f"there is no file {number}")
        return found

    def standing(self, stream: StreamId, part: Part) -> Kept | None:
        """The claim for a part of a service that stands, of a chain the last; None: there is none."""
        return next((one for one in self._bills(stream, part) if one.state not in ENDED), None)

    def missing(self, stream: StreamId, part: Part) -> bool:
        """Whether a claim for a part of a service is to be proposed: there was none, or the last is another
        person's. What somebody voided for other reasons is not proposed again."""
        firsts = (one for one in self._bills(stream, part) if one.kind is Kind.ORIGINAL)
        last = next(firsts, None)
        if last is None or last.state is State.VOID:
            return last is None or last.anew
        return any(one.wrong for one in self.chain(last.number))

    def _bills(self, stream: StreamId, part: Part) -> Iterator[Kept]:
        """Claims that ask for money for a part of a service, the last one first."""
        for number in reversed(self.of_stream.get(stream, ())):
            kept = self.claims[number]
            if kept.part is part and kept.kind is not Kind.VOID:
                yield kept

    def follower(self, number: int) -> Kept | None:
        """The claim that replaces or voids another, or is to; None: there is none any more."""
        for one in reversed(self.followers.get(number, ())):
            kept = self.claims[one]
            refused = kept.kind is Kind.VOID and kept.state is State.DENIED
            if not refused and kept.state not in (State.VOID, State.CANCELLED, State.REFUNDED):
                return kept
        return None

    def before(self, kept: Kept) -> Iterator[Kept]:
        """Those that a claim goes back to: the one that it replaces or voids, then that one's …"""
        while kept.replaces:
            kept = self.claims[kept.replaces]
            yield kept

    def chain(self, number: int) -> list[Kept]:
        """A claim with all that it replaces and all that replace or void it, in order."""
        kept = self.claim(number)
        found, left = [], [[kept, *self.before(kept)][-1].number]
        while left:
            at = left.pop(0)
            found.append(self.claims[at])
            left += self.followers.get(at, ())
        return sorted(found, key=lambda one: one.number)

    def net(self, kept: Kept) -> int:
        """Cents that the payer has paid of a claim and not back: less what voids of it took, and refunds."""
        voids = (self.claims[one] for one in self.followers.get(kept.number, ()))
        return kept.paid + sum(one.paid for one in voids if one.kind is Kind.VOID) - kept.returned

    def barring(self, kept: Kept) -> Kept | None:
        """A claim for the same part of the service that the payer has, and that this one does not take the
        place of; None: there is none. A wrong one of which nothing is paid bars nothing."""
        own = {one.number for one in self.before(kept)}
        for one in self._bills(kept.stream, kept.part):
            if one.number == kept.number or one.number in own or one.state in ENDED:
                continue
            settled = one.state in (State.DENIED, State.REVERSED) and self.net(one) <= 0
            if one.state in (State.CHECKING, State.HELD, State.READY) or (one.wrong and settled):
                continue
            return one
        return None

    def waiting(self) -> Iterator[Unmatched]:
        """Answers that fit no claim and that nobody has dealt with."""
        for key in sorted(self.unmatched):
            if self.unmatched[key].waits:
                yield self.unmatched[key]

    # ---- deeds -------------------------------------------------------------------------------------------

    def apply(self, deed: Deed) -> None:
        """Take one deed; kinds of others change nothing."""
        body = cast("Mapping[str, Any]", deed.body)
        if deed.kind not in self.KINDS:
            return
        if deed.kind in (WANTED, AMENDED):
            self._wanted(deed, body)
        elif deed.kind in (FILED, SENT, ACKNOWLEDGED):
            self._of_file(deed, body)
        elif deed.kind in (REMIT, UNMATCHED, ASIDE):
            self._of_remit(deed, body)
        else:
            self._keep(_moved(self.claim(body["claim"]), deed, body))
            if deed.kind == ANSWERED:
                self._posted(body["remit"])
            elif deed.kind == MATCHED:
                key = body["remit"], body["place"]
                self.unmatched[key] = replace(self.unmatched[key], claim=body["claim"])

    def _keep(self, kept: Kept) -> None:
        self.claims[kept.number] = kept
        (self.checking.add if kept.state is State.CHECKING else self.checking.discard)(kept.number)
        if kept.replaces or kept.dues or kept.refunds:
            self.amending.add(kept.number)

    def _posted(self, number: int) -> None:
        remit = self.remits[number]
        self.remits[number] = replace(remit, posted=remit.posted + 1)

    def _wanted(self, deed: Deed, body: Mapping[str, Any]) -> None:
        number = body["claim"]
        kept = Kept(number, Part(body["part"]), body["stream"], deed.at)
        self._keep(_log(kept, deed, "wanted") if deed.kind == WANTED else self._amended(kept, deed, body))
        self.of_stream.setdefault(kept.stream, []).append(number)
        self.next_claim = max(self.next_claim, number + 1)

    def _amended(self, kept: Kept, deed: Deed, body: Mapping[str, Any]) -> Kept:
        before = self.claim(body["replaces"])
        kind = Kind(body["kind"])
        self.followers.setdefault(before.number, []).append(kept.number)
        self.amending.add(before.number)
        verb = "is to void it" if kind is Kind.VOID else "is to replace it"
        self._keep(_log(before, deed, f"claim {kept.number} {verb}: {body['why']}"))
        made = claims.from_json(body["content"])
        kept = replace(kept, kind=kind, replaces=before.number, why=body["why"], claim=made, version=1)
        return _log(kept, deed, f"{kind} of claim {before.number}: {body['why']}")

    def _of_file(self, deed: Deed, body: Mapping[str, Any]) -> None:
        number = body["file"]
        if deed.kind == FILED:
            told = tuple((str(control), int(claim)) for control, claim in body["claims"])
            self.files[number] = File(number, told, body["text"], deed.at)
            self.next_file = max(self.next_file, number + 1)
            for control, one in told:
                kept = _to(self.claim(one), Event.FILED, deed, file=number, set=control, accepted=None)
                self._keep(_log(kept, deed, f"put into file {number}"))
            return
        file = self.file(number)
        if deed.kind == SENT:
            self.files[number] = replace(file, sent=deed.at)
            for _, one in file.claims:
                if self.claim(one).state is State.FILED:
                    self._keep(
                        _log(_to(self.claim(one), Event.SENT, deed), deed, f"file {number} was handed in")
                    )
            return
        self.files[number] = replace(file, accepted=body["accepted"], said=body["said"])
        for one, accepted, why in body["claims"]:
            self._acknowledged(deed, self.claim(one), accepted, why)

    def _acknowledged(self, deed: Deed, kept: Kept, accepted: bool, why: str) -> None:
        if accepted:
            self._keep(_log(replace(kept, accepted=True, rejected=""), deed, "taken by the receiver"))
        elif (kept.state, Event.REJECTED) in TRANSITIONS:
            moved = _to(kept, Event.REJECTED, deed, accepted=False, rejected=why)
            self._keep(_log(moved, deed, f"turned down by the receiver: {why}"))

    def _of_remit(self, deed: Deed, body: Mapping[str, Any]) -> None:
        number = body["remit"]
        if deed.kind == REMIT:
            told = (body["kind"], body["name"], body["payer"], body["trace"], body["day"], body["cents"])
            made = Remit(number, body["digest"], *told, body["answers"], deed.at, deed.actor)
            settled = tuple((str(why), int(cents)) for why, cents in body["settled"])
            made = replace(made, faults=tuple(body["faults"]), settled=settled)
            self.remits[number] = replace(made, posted=body.get("skipped", 0))
            self.digests[body["digest"]] = number
            self.next_remit = max(self.next_remit, number + 1)
        elif deed.kind == UNMATCHED:
            answer = remittance.answer_of(body["answer"])
            key = number, body["place"]
            self.unmatched[key] = Unmatched(*key, answer, body["why"])
            self._posted(number)
        else:
            key = number, body["place"]
            self.unmatched[key] = replace(self.unmatched[key], aside=body["why"])


_to, _log = to_of, log_of


def _moved(kept: Kept, deed: Deed, body: Mapping[str, Any]) -> Kept:
    if deed.kind in (MADE, CHECKED):
        return _checked(kept, deed, body)
    if deed.kind in (ANSWERED, MATCHED):
        return _answered(kept, deed, body)
    if deed.kind == CHANGED:
        made = claims.from_json(body["content"])
        moved = _to(kept, Event.CHANGED, deed, claim=made, version=body["version"], over=(), accepted=None)
        return _log(moved, deed, f"changed: {body['words']}" if body.get("words") else "changed")
    if deed.kind == AGAIN:
        return _to(kept, Event.CHANGED, deed)
    if deed.kind == RELEASED:
        over = tuple((str(rule), str(why)) for rule, why in body["over"])
        words = "released" + "".join(f"; {rule}: {why}" for rule, why in over)
        return _log(_to(kept, Event.RELEASED, deed, over=over), deed, words)
    if deed.kind == TAKEN_BACK:
        return _log(_to(kept, Event.TAKEN_BACK, deed, over=()), deed, f"taken back: {body['why']}")
    if deed.kind == VOIDED:
        moved = _to(kept, Event.VOIDED, deed, void=body["why"], anew=bool(body.get("anew")))
        return _log(moved, deed, f"voided: {body['why']}")
    if deed.kind == APPEALED:
        appeal = Appeal(deed.at, body["how"], body.get("packet", ""))
        return _log(_to(kept, Event.APPEALED, deed, appeal=appeal), deed, f"redetermination: {body['how']}")
    if deed.kind in KINDS:
        return claim_amended.moved(kept, deed, body)
    return _log(kept, deed, body["text"])


def _checked(kept: Kept, deed: Deed, body: Mapping[str, Any]) -> Kept:
    checks = tuple(check_of(one) for one in body["checks"])
    change: dict[str, Any] = {
        "checks": checks,
        "modifiers": tuple((str(one), str(why)) for one, why in body["modifiers"]),
        "proof": dict(body["proof"]),
    }
    if deed.kind == MADE:
        change |= {"claim": claims.from_json(body["content"]), "version": body["version"]}
    bad = [one for one in checks if one.holds]
    moved = _to(kept, Event.FAILED if bad else Event.PASSED, deed, **change)
    words = f"checked: {len(bad)} not met" if bad else "checked: every check is met"
    return _log(replace(moved, checked=moved.version), deed, words)


def _answered(kept: Kept, deed: Deed, body: Mapping[str, Any]) -> Kept:
    found = remittance.answer_of(body["answer"])
    outcome = Outcome(body["outcome"])
    one = Answered(body["remit"], body["place"], deed.at, body["day"], outcome, found)
    kept = replace(kept, answers=(*kept.answers, one))
    if found.form:
        return _noticed(kept, deed, found)
    event = event_of(kept, outcome)
    if event is not None:
        kept = _to(kept, event, deed)
    return _log(kept, deed, f"{outcome}: {claims.dollars(found.paid)} of {claims.dollars(found.charged)}")


def _noticed(kept: Kept, deed: Deed, found: Answer) -> Kept:
    """A claim was taken or turned down before anybody decided it (277CA); what a payer decided stands."""
    why = "; ".join((*(words(code) for code in found.said), *found.notes)) or "no reason was given"
    if found.notice is Notice.TURNED_DOWN and (kept.state, Event.REJECTED) in TRANSITIONS:
        moved = _to(kept, Event.REJECTED, deed, accepted=False, rejected=why)
        return _log(moved, deed, f"turned down: {why}")
    if found.notice is Notice.TAKEN:
        return _log(replace(kept, accepted=True, rejected=""), deed, f"taken: {why}")
    return _log(kept, deed, f"{found.notice or 'not said whether it was taken'}: {why}")
