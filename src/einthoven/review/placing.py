"""A finding comes, or changes: which deeds follow, so that every one of them ends in one place.

``place`` is asked for every change of a finding, a mark or a technical condition. What it decides it says in
``finding.placed`` with reasons; a change of a finding that a case holds is a deed of that case.
"""

from __future__ import annotations

from collections.abc import Sequence

from einthoven.base.deeds import Draft, Json
from einthoven.base.ids import stream_name
from einthoven.base.instants import MINUTE, SECOND, Duration, Instant
from einthoven.review.book import CaseBook
from einthoven.review.case import ALARM_TRANSITIONS, AlarmEvent, AlarmState, Case, State, Verdict
from einthoven.review.facts import FindingFact, Priority, Tier, fact_body
from einthoven.review.grouping import RULE, RULE_VERSION, RULES, Became, Group, Placement, judge, same

ALIKE: Duration = 2 * SECOND
"""A finding of one kind whose onset is no farther from another's is the same under another name: samples that
came late, or a restart, had it analysed again (``ecg``: gave way to the like)."""
JUDGED = (State.DECIDED, State.NOTIFYING)
SOUNDS_AGAIN = (Tier.EMERGENT, Tier.URGENT)
"""A further finding of these makes an acknowledged alarm sound anew, once the ones before it were over."""


def place(book: CaseBook, fact: FindingFact, now: Instant, number: int | None = None) -> list[Draft]:
    """What follows from a finding as it is told now; nothing where it says nothing new.

    Args:
        book: the cases.
        fact: the finding, mark or condition.
        now: center time.
        number: of the case that it may open; None takes the book's next.
    """
    before = book.placements.get((fact.stream, fact.key))
    if before is not None and before.case is not None:
        case = book.case(before.case)
        if case.state is not State.CLOSED or not _anew(book, case, fact, now):
            return _told_again(book, case, fact, now)
    made = _judged(book, fact, now)
    if made.became is Became.CASE:
        case_of = next(
            (
                case
                for case in book.of_stream(fact.stream, made.group)
                if case.state is not State.CLOSED and same(made.group, fact, case.onset_at, case.last_at)
            ),
            None,
        )
        if case_of is None:
            seen = _seen(book, fact, made)
            if seen is not None:
                return _same(seen, fact, made)
            return _open(book, fact, made, now, book.next_case if number is None else number)
        return _join(book, case_of, fact, made, now)
    if before is not None and before.became is made.became and before.until == made.until:
        return []
    return [_placed(fact, made)]


def _judged(book: CaseBook, fact: FindingFact, now: Instant) -> Placement:
    onset = book.af_onset.get(fact.stream) if fact.stream in book.af_known else None
    return judge(fact, now, onset)


def _anew(book: CaseBook, case: Case, fact: FindingFact, now: Instant) -> bool:
    """Whether a finding of a closed case must be seen by somebody again: it came back, or grew graver."""
    known = case.finding(fact.key)
    if known is None or fact.withdrawn:
        return known is None
    goes_on = case.closing != "verdict" and not fact.over
    return goes_on or _worse(_judged(book, known, now), _judged(book, fact, now))


def _worse(was: Placement, made: Placement) -> bool:
    """Whether a finding asks for more than it did."""
    if made.became is not Became.CASE:
        return False
    return was.became is not Became.CASE or made.tier.graver(was.tier)


def _placed(fact: FindingFact, made: Placement, case: int | None = None) -> Draft:
    body: dict[str, Json] = {
        "stream": fact.stream,
        "key": fact.key,
        "kind": fact.kind,
        "group": made.group.value,
        "became": made.became.value,
        "case": case,
        "reasons": list(made.reasons),
        "until": made.until,
        "tier": made.tier.value,
        "priority": made.priority.value,
        "rule": RULE,
        "version": RULE_VERSION,
    }
    if made.became is Became.WAITING:
        body["finding"] = fact_body(fact)
    return Draft("finding.placed", stream_name(fact.stream), body)


def case_subject(number: int) -> str:
    """How a case is named as the subject of a deed."""
    return f"case {number}"


def _draft(kind: str, case: int, **fields: Json) -> Draft:
    return Draft(kind, case_subject(case), {"case": case, **fields})


def latches(group: Group, tier: Tier) -> bool:
    """Whether an alarm goes on when its condition is over: of what is emergent always."""
    return RULES[group].latching or tier is Tier.EMERGENT


def _open(book: CaseBook, fact: FindingFact, made: Placement, now: Instant, number: int) -> list[Draft]:
    rule = RULES[made.group]
    ended = AlarmState.LATCHED if latches(made.group, made.tier) else AlarmState.CLEARED
    alarm = ended if fact.over else AlarmState.ACTIVE
    passed = rule.ends and fact.over
    opened = _draft(
        "case.opened",
        number,
        stream=fact.stream,
        group=made.group.value,
        tier=made.tier.value,
        priority=made.priority.value,
        due_at=now + book.limits[made.tier].untouched,
        finding=fact_body(fact),
        alarm=alarm.value,
        reasons=list(made.reasons),
        before=next((case.number for case in book.of_stream(fact.stream, made.group)), None),
    )
    drafts = [_placed(fact, made, number), opened]
    if passed:
        return [*drafts, _over(number, "over", "it was over before it was told")]
    return [*drafts, *broken(book, fact.stream, made.priority, number, now)]


def twin(case: Case, fact: FindingFact) -> FindingFact | None:
    """The finding of a case that a new one repeats under another name, and no graver, if any."""
    for each in case.findings:
        near = each.key != fact.key and each.kind == fact.kind and abs(each.start_at - fact.start_at) <= ALIKE
        if near and not (fact.tier is not None and (each.tier is None or fact.tier.graver(each.tier))):
            return each
    return None


def _seen(book: CaseBook, fact: FindingFact, made: Placement) -> Case | None:
    """The closed case in which a person has judged this very finding under another name."""
    for case in book.of_stream(fact.stream, made.group):
        judged = case.closing == "verdict" and not made.tier.graver(case.tier)
        if judged and twin(case, fact) is not None:
            return case
    return None


def _same(case: Case, fact: FindingFact, made: Placement) -> list[Draft]:
    why = f"the same under another name was judged in case {case.number}"
    return [
        _placed(fact, made, case.number),
        _draft(
            "case.joined",
            case.number,
            finding=fact_body(fact),
            title=case.title,
            alarm=case.alarm.state.value,
            sounds=False,
            reasons=[*made.reasons, why],
        ),
    ]


def _join(book: CaseBook, case: Case, fact: FindingFact, made: Placement, now: Instant) -> list[Draft]:
    graver = made.tier.graver(case.tier) or made.priority.rank < case.priority.rank
    known = twin(case, fact) is not None
    uncovered = (
        case.state in JUDGED
        and not known
        and (case.given is None or case.given.verdict is not Verdict.TRUE or made.tier is Tier.EMERGENT)
    )
    raised = graver or uncovered
    alarm, sounds = _alarm_of_join(case, fact, made)
    title = fact.title if graver else case.title
    gap = RULES[made.group].gap
    why = f"it lies within {gap // MINUTE} min of what case {case.number} holds"
    drafts = [
        _placed(fact, made, case.number),
        _draft(
            "case.joined",
            case.number,
            finding=fact_body(fact),
            title=title,
            alarm=alarm.value,
            sounds=sounds,
            reasons=[*made.reasons, why],
        ),
    ]
    if raised:
        reason = f"{fact.title} is {made.tier}" if graver else "the verdict given does not cover it"
        drafts.append(_raise(book, case, made, reason, now))
    if raised or sounds:
        drafts += broken(book, case.stream, made.priority, case.number, now)
    return drafts


def _alarm_of_join(case: Case, fact: FindingFact, made: Placement) -> tuple[AlarmState, bool]:
    """The alarm when a finding joins, and whether it begins to sound."""
    state = case.alarm.state
    if state is AlarmState.ACTIVE:
        return state, False
    again = made.tier in SOUNDS_AGAIN and case.over and twin(case, fact) is None
    if state is AlarmState.ACKNOWLEDGED and not again:
        return state, False
    if fact.over and not latches(case.group, made.tier):
        return state, False
    event = AlarmEvent.MISSED if fact.over else AlarmEvent.AGAIN
    to = ALARM_TRANSITIONS[state, event]
    return to, to is not state


def _raise(book: CaseBook, case: Case, made: Placement, reason: str, now: Instant) -> Draft:
    tier = made.tier if made.tier.graver(case.tier) else case.tier
    priority = min(made.priority, case.priority, key=lambda each: each.rank)
    limit = book.limits[tier]
    return _draft(
        "case.raised",
        case.number,
        tier=tier.value,
        priority=priority.value,
        was=case.tier.value,
        due_at=now + (limit.untouched if case.held_by is None else limit.held),
        reasons=[reason],
    )


def _told_again(book: CaseBook, case: Case, fact: FindingFact, now: Instant) -> list[Draft]:
    """A finding that a case holds is told anew."""
    known = case.finding(fact.key)
    if known is None or known == fact:
        return []
    # What a case holds counts by its own tier: that fibrillation is known decides where new episodes go.
    made = judge(fact, now, None)
    closed = case.state is State.CLOSED
    returned = known.withdrawn and not fact.withdrawn
    counts = made.became is Became.CASE and not closed
    worse = _worse(judge(known, now, None), made)
    graver = counts and (made.tier.graver(case.tier) or made.priority.rank < case.priority.rank)
    raised = graver or (counts and case.state in JUDGED and (worse or returned))
    alarm, sounds = _alarm_of_change(case, known, fact)
    drafts = [
        _draft(
            "case.finding",
            case.number,
            finding=fact_body(fact),
            title=fact.title if graver or case.title == known.title else case.title,
            alarm=alarm.value,
            sounds=sounds,
        )
    ]
    if raised:
        reason = f"{fact.title} is {made.tier} now" if worse else f"{fact.title} came back"
        drafts.append(_raise(book, case, made, reason, now))
    if raised or sounds:
        drafts += broken(book, case.stream, made.priority, case.number, now)
    rest = [fact if each.key == fact.key else each for each in case.findings]
    return [*drafts, *ending(case, rest)]


def _alarm_of_change(case: Case, known: FindingFact, fact: FindingFact) -> tuple[AlarmState, bool]:
    """The alarm when a finding is told anew, and whether it begins to sound."""
    state = case.alarm.state
    others_over = all(each.over for each in case.findings if each.key != fact.key)
    if known.over and not fact.over:
        began = ALARM_TRANSITIONS[state, AlarmEvent.AGAIN]
        again = state is not AlarmState.ACKNOWLEDGED or known.withdrawn
        return (began, state is not AlarmState.ACTIVE) if again else (state, False)
    latching = latches(case.group, case.tier)
    if known.withdrawn and not fact.withdrawn and state is AlarmState.ACKNOWLEDGED and latching:
        return ALARM_TRANSITIONS[state, AlarmEvent.MISSED], True
    if fact.over and not known.over and others_over:
        event = AlarmEvent.OVER if latching else AlarmEvent.PASSED
        return ALARM_TRANSITIONS.get((state, event), state), False
    return state, False


def ending(case: Case, findings: Sequence[FindingFact]) -> list[Draft]:
    """The deed by which a case that nobody holds closes by itself, if it does.

    Args:
        case: as it stands.
        findings: its findings as they are told now.
    """
    if case.state is not State.OPEN:
        return []
    if all(fact.withdrawn for fact in findings) and not case.looked:
        reasons = "; ".join(dict.fromkeys(fact.reason for fact in findings if fact.reason))
        return [_over(case.number, "withdrawn", f"the analysis took all of it back: {reasons or 'not so'}")]
    done = all(fact.over for fact in findings)
    if RULES[case.group].ends and done:
        return [_over(case.number, "over", "the condition is over")]
    return []


def _over(number: int, cause: str, reason: str) -> Draft:
    return _draft("case.closed", number, by=None, cause=cause, notification=None, action="", reasons=[reason])


def broken(book: CaseBook, stream: int, priority: Priority, case: int, now: Instant) -> list[Draft]:
    """Pauses that an alarm breaks when it begins: of sound, where it presses more than what was paused; of
    the patient's alarms, where it is of high priority."""
    drafts = [
        Draft(
            "alarm.audio_resumed",
            f"station {station}",
            {"station": station, "by": None, "cause": "broken", "case": case},
        )
        for station, pause in book.audio.items()
        if pause.until > now and priority.rank < pause.covers.rank
    ]
    pause = book.paused.get(stream)
    if pause is not None and pause.until > now and priority is Priority.HIGH:
        body: dict[str, Json] = {"stream": stream, "by": None, "cause": "broken", "case": case}
        drafts.append(Draft("alarm.resumed", stream_name(stream), body))
    return drafts
