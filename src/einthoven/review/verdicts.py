"""Verdicts, their taking back, what they teach the templates, and the second reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError, RefusedError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import SECOND, Instant
from einthoven.review.book import CaseBook
from einthoven.review.case import AlarmState, Case, Event, Relabel, ShownBeat, Verdict
from einthoven.review.grouping import Group
from einthoven.review.limits import UNDO
from einthoven.review.sampling import SamplingPlan, draw
from einthoven.review.working import draft, mine, refuse

CLASSES: Mapping[str, str] = {
    "N": "normal",
    "S": "supraventricular",
    "V": "ventricular",
    "F": "fusion",
    "/": "paced",
    "Q": "could not be classed",
    "|": "artefact, no beat",
}
"""Classes that a beat may be given, as WFDB symbols."""
NOTE_MOST = 2000
STRIPS_MOST = 20
RELABELS_MOST = 500
"""Letters of a note, strips and beats of one verdict."""
AF_KINDS = ("atrial-fibrillation", "atrial-flutter")


@dataclass(frozen=True, slots=True)
class Opinion:
    """A verdict before it is given.

    Attributes:
        verdict: what.
        note: of the reader.
        relabels: (sample, class) of beats shown.
        strips: (start, stop) samples for the report.
    """

    verdict: Verdict
    note: str = ""
    relabels: Sequence[tuple[int, str]] = ()
    strips: Sequence[tuple[int, int]] = ()


def read_verdict(text: str) -> Verdict:
    """The verdict that a page names.

    Raises:
        InputError: there is no such verdict.
    """
    try:
        return Verdict(text)
    except ValueError:
        known = ", ".join(Verdict)
        raise InputError(f"verdict: {text[:40]!r}: want one of {known}") from None


def read_opinion(command: Mapping[str, object]) -> Opinion:
    """The verdict of a page's command: ``verdict``, and where given ``note``, ``relabels`` [[sample, class]]
    and ``strips`` [[start, stop]].

    Raises:
        InputError: a field is missing or of another form; what the fields say is checked by ``judge_case``.
    """
    verdict, note = command.get("verdict"), command.get("note") or ""
    if not isinstance(verdict, str):
        raise InputError("verdict: missing")
    if not isinstance(note, str):
        raise InputError("note: not a text")
    relabels = [
        (_sample(pair[0], "relabels"), str(pair[1]))
        for pair in _pairs(command.get("relabels"), "relabels", "[sample, class]")
    ]
    strips = [
        (_sample(pair[0], "strips"), _sample(pair[1], "strips"))
        for pair in _pairs(command.get("strips"), "strips", "[start, stop]")
    ]
    return Opinion(read_verdict(verdict), note, relabels, strips)


def _pairs(told: object, name: str, want: str) -> list[Sequence[object]]:
    if told is None:
        return []
    if not isinstance(told, list):
        raise InputError(f"{name}: not a list")
    for place, pair in enumerate(told, 1):
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise InputError(f"{name}: number {place}: want {want}")
    return told


def _sample(told: object, name: str) -> int:
    if isinstance(told, bool) or not isinstance(told, int) or told < 0:
        raise InputError(f"{name}: {str(told)[:20]!r}: want the number of a sample")
    return told


def judge_case(
    book: CaseBook,
    number: int,
    by: int,
    opinion: Opinion,
    now: Instant,
    plan: SamplingPlan,
    beats: Mapping[int, ShownBeat],
) -> list[Draft]:
    """The holder's verdict on a case: it is judged, its alarm is acknowledged by that, and it may be drawn
    for a second reading.

    Args:
        book: the cases.
        number: which.
        by: the holder.
        opinion: the verdict.
        now: center time.
        plan: how verdicts are drawn.
        beats: each beat that was shown, by sample.

    Raises:
        NotFoundError: there is no such case.
        InputError: the verdict contradicts itself, or names beats that were not shown.
        RefusedError: the case is another's, nobody's, or judged already.
    """
    case = book.case(number)
    refuse(case, Event.JUDGED, "judged")
    mine(case, by, "judged")
    relabels = _checked(opinion, beats)
    limit = book.limits[case.tier]
    drafts = [
        draft(
            "case.verdict",
            number,
            verdict=opinion.verdict.value,
            by=by,
            note=opinion.note.strip(),
            relabels=[[each.sample, each.was, each.now, each.shape, each.run] for each in relabels],
            strips=[[start, stop] for start, stop in opinion.strips],
            due_at=now + limit.decided,
        )
    ]
    if case.alarm.state in (AlarmState.ACTIVE, AlarmState.LATCHED):
        drafts.append(
            Draft(
                "alarm.acknowledged",
                f"case {number}",
                {"case": number, "by": by, "station": case.station, "how": "verdict"},
            )
        )
    drafts += _second(case, by, opinion.verdict, plan, now + limit.overread)
    return [*drafts, *_known_af(book, case, by, opinion.verdict)]


def _second(case: Case, by: int, verdict: Verdict, plan: SamplingPlan, due_at: Instant) -> list[Draft]:
    if case.overread is not None and case.overread.done:
        return []  # Two readers have seen it; who decides after them is the last.
    made = draw(plan, case.number, case.tier, by, verdict)
    if not made.due:
        return []
    return [
        draft(
            "case.overread_due",
            case.number,
            reader=by,
            verdict=verdict.value,
            why=made.why,
            share=made.share,
            draw=made.draw,
            due_at=due_at,
        )
    ]


def _known_af(book: CaseBook, case: Case, by: int, verdict: Verdict) -> list[Draft]:
    """A true verdict on atrial fibrillation makes it known: its episodes are burden from then on. Another
    verdict on the case that made it known takes that back."""
    known = book.af_known.get(case.stream)
    if known is not None and known.case == case.number and verdict is not Verdict.TRUE:
        return know_af(book, case.stream, False, f"case {case.number} was judged {verdict}", by, case.number)
    seen = any(fact.kind in AF_KINDS and not fact.withdrawn for fact in case.findings)
    if case.group is not Group.AF or verdict is not Verdict.TRUE or not seen:
        return []
    return know_af(book, case.stream, True, f"seen by staff {by} in case {case.number}", by, case.number)


def know_af(
    book: CaseBook, stream: StreamId, known: bool, why: str, by: int | None, case: int | None = None
) -> list[Draft]:
    """Atrial fibrillation of a patient counts as known from now on, or no longer.

    Args:
        book: the cases.
        stream: whose.
        known: which.
        why: the reason, for people; from the order, or from a case.
        by: a member of staff, or None.
        case: the case that showed it, or None.

    Raises:
        InputError: no reason is given.
    """
    if not why.strip():
        raise InputError("af_known: a reason is needed")
    if known == (stream in book.af_known):
        return []
    return [
        Draft(
            "case.af_known",
            stream_name(stream),
            {"stream": stream, "known": known, "why": why.strip(), "by": by, "case": case},
        )
    ]


def _checked(opinion: Opinion, beats: Mapping[int, ShownBeat]) -> list[Relabel]:
    if len(opinion.note) > NOTE_MOST:
        raise InputError(f"note: {len(opinion.note)} letters, at most {NOTE_MOST}")
    if len(opinion.strips) > STRIPS_MOST:
        raise InputError(f"strips: {len(opinion.strips)}, at most {STRIPS_MOST}")
    for start, stop in opinion.strips:
        if not 0 <= start < stop:
            raise InputError(f"strips: [{start}, {stop}]: want samples, the first before the last")
    if len(opinion.relabels) > RELABELS_MOST:
        raise InputError(f"relabels: {len(opinion.relabels)}, at most {RELABELS_MOST}")
    made: dict[int, Relabel] = {}
    for sample, name in opinion.relabels:
        if name not in CLASSES:
            raise InputError(f"relabels: sample {sample}: {name[:8]!r}: want one of {' '.join(CLASSES)}")
        if sample not in beats:
            raise InputError(f"relabels: sample {sample}: no beat that was shown")
        if sample in made:
            raise InputError(f"relabels: sample {sample} stands twice")
        shown = beats[sample]
        made[sample] = Relabel(sample, shown.name, name, shown.shape, shown.run)
    changes = [each for each in made.values() if each.was != each.now]
    if opinion.verdict is Verdict.RELABEL and not changes:
        raise InputError("relabels: the verdict is relabel, and no beat is given another class")
    return changes


def undo(book: CaseBook, number: int, by: int, now: Instant, told: bool) -> list[Draft]:
    """The holder takes a verdict back, within a minute and before anybody was told of it.

    Args:
        book: the cases.
        number: which.
        by: who gave it, and holds the case.
        now: center time.
        told: whether a call was made, or a notice sent.

    Raises:
        NotFoundError: there is no such case.
        RefusedError: there is no verdict, it is another's, older than a minute, read again, or told.
    """
    case = book.case(number)
    refuse(case, Event.UNDONE, "taken back")
    mine(case, by, "taken back")
    if case.given is None or case.given.by != by:
        raise RefusedError("held", f"case {number}: the verdict is not of staff {by}")
    if told:
        raise RefusedError("told", f"case {number}: somebody was told of the verdict already")
    if case.overread is not None and case.overread.done:
        raise RefusedError("overread", f"case {number}: the verdict was read again already")
    if now - case.given.at > UNDO:
        raise RefusedError("late", f"case {number}: the verdict is older than {UNDO // SECOND} s")
    verdict, due_at = case.given.verdict.value, now + book.limits[case.tier].held
    drafts = [draft("case.undone", number, by=by, verdict=verdict, due_at=due_at)]
    known = book.af_known.get(case.stream)
    if known is not None and known.case == number:
        drafts += know_af(book, case.stream, False, f"verdict of case {number} was taken back", by, number)
    return drafts


def overread(book: CaseBook, number: int, by: int, verdict: Verdict, note: str, now: Instant) -> list[Draft]:
    """A second reader's verdict; another than the first's opens the case again for somebody else to decide,
    unless all of it came back meanwhile and is of a later case.

    Raises:
        NotFoundError: there is no such case.
        RefusedError: no second reading is due, or ``by`` gave the verdict that is to be read.
        InputError: the note is too long.
    """
    case = book.case(number)
    if len(note) > NOTE_MOST:
        raise InputError(f"note: {len(note)} letters, at most {NOTE_MOST}")
    due = case.overread
    if due is None or due.done:
        raise RefusedError("not_due", f"case {number}: no second reading is due")
    if due.reader == by:
        raise RefusedError("same_reader", f"case {number}: staff {by} read it first, another reads it again")
    agrees = verdict is due.first
    drafts = [draft("case.overread", number, by=by, verdict=verdict.value, agrees=agrees, note=note.strip())]
    if not agrees and book.own(case):
        refuse(case, Event.REOPENED, "opened again")
        drafts.append(
            draft(
                "case.reopened",
                number,
                by=by,
                barred=due.reader,
                due_at=now + book.limits[case.tier].untouched,
                reasons=[f"staff {due.reader} said {due.first}, staff {by} says {verdict}"],
            )
        )
    return drafts
