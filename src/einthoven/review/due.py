"""What of the cases is due by now: asked every second, from the book alone, so a restart goes on."""

from __future__ import annotations

from collections.abc import Callable

from einthoven.base.deeds import Draft
from einthoven.base.ids import stream_name
from einthoven.base.instants import SECOND, Instant
from einthoven.review.book import CaseBook
from einthoven.review.case import Case, State
from einthoven.review.limits import ESCALATIONS_MOST
from einthoven.review.placing import ending, place
from einthoven.review.working import Told, closed_by_itself, draft, escalated, returned_late


def _untold(_case: Case) -> Told | None:
    return None


def due(book: CaseBook, now: Instant, told: Callable[[Case], Told | None] = _untold) -> list[Draft]:
    """Deeds of the center that are due: apply them and ask again until there are none.

    Conditions that lasted long enough make cases; cases escalate, warn their holders, go back to the list or
    close by themselves; second readings that nobody did in time are told; pauses end.

    Args:
        book: the cases.
        now: center time.
        told: what came of telling the physician of a case; None where it was not done.
    """
    drafts = _waiting(book, now)
    for case in book.open_cases():
        drafts += _of_case(book, case, told(case), now)
    for number in sorted(book.reading):
        overread = book.cases[number].overread
        if overread is not None and not overread.late and now >= overread.due_at:
            drafts.append(draft("case.overread_late", number, due_at=overread.due_at))
    for station, pause in book.audio.items():
        if now >= pause.until:
            body = {"station": station, "by": None, "cause": "over", "case": None}
            drafts.append(Draft("alarm.audio_resumed", f"station {station}", body))
    for stream, halt in book.paused.items():
        if now >= halt.until:
            resumed = {"stream": stream, "by": None, "cause": "over", "case": None}
            drafts.append(Draft("alarm.resumed", stream_name(stream), resumed))
    return drafts


def _waiting(book: CaseBook, now: Instant) -> list[Draft]:
    """Conditions that have lasted long enough; one of each patient at a time, for the next may join it."""
    drafts: list[Draft] = []
    seen: set[int] = set()
    number = book.next_case
    for (stream, key), fact in book.waiting.items():
        until = book.placements[stream, key].until
        if stream in seen or until is None or now < until:
            continue
        seen.add(stream)
        made = place(book, fact, now, number)
        number += sum(each.kind == "case.opened" for each in made)
        drafts += made
    return drafts


def _of_case(book: CaseBook, case: Case, told: Told | None, now: Instant) -> list[Draft]:
    ended = ending(case, case.findings) or closed_by_itself(case, told, now)
    if ended:
        return ended
    if case.state is State.HELD:
        return _held(book, case, now)
    if case.due_at is None or now < case.due_at or case.escalated >= ESCALATIONS_MOST:
        return []
    limit = book.limits[case.tier]
    step = limit.untouched if case.state is State.OPEN else limit.decided
    waited = (now - case.waiting_since) / SECOND
    what = "nobody holds it" if case.held_by is None else "judged, and nothing followed"
    if case.held_by is not None and case.escalated:
        return returned_late(book, case, now, f"{what} for {waited:.0f} s, though it escalated")
    reason = f"{what} for {waited:.0f} s, the limit of {case.tier} is {step / SECOND:g} s"
    return escalated(book, case, case.escalated + 1, reason, now + step, now)


def _held(book: CaseBook, case: Case, now: Instant) -> list[Draft]:
    limit = book.limits[case.tier]
    if case.held_at is None:
        return []
    held = now - case.held_at
    if held >= limit.held:
        return returned_late(
            book,
            case,
            now,
            f"held {held // SECOND} s without a verdict, the limit is {limit.held // SECOND} s",
        )
    if held >= limit.warn and not case.warned:
        return [
            draft(
                "case.warned",
                case.number,
                by=case.held_by,
                held_s=held // SECOND,
                limit_s=limit.held // SECOND,
            )
        ]
    return []
