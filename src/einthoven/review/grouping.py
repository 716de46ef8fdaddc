"""Which findings belong together, and what becomes of each: a case, part of one, burden, or a line on record.

Rules as data: every kind stands in one group, and a group says how near findings must be to make one case.
Nothing is dropped: ``Placement`` says for every finding what became of it, and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from einthoven.base.instants import MINUTE, SECOND, Duration, Instant
from einthoven.review.facts import SYMPTOM, FindingFact, Priority, Tier

RULE = "case-grouping"
RULE_VERSION = 2


class Group(StrEnum):
    """What findings are about; those of one group and patient may make one case."""

    VENTRICULAR = "ventricular"
    BRADY = "brady"
    AF = "af"
    SVT = "svt"
    ECTOPY = "ectopy"
    PACER = "pacer"
    ST = "st"
    BASE = "base"
    """Rhythms that are told for the record alone."""
    QUALITY = "quality"
    SYMPTOM = "symptom"
    TECHNICAL = "technical"


@dataclass(frozen=True, slots=True)
class Rule:
    """How findings of a group make cases.

    Attributes:
        title: the group for people.
        gap: findings no farther apart than this are of one case.
        why: why so far.
        kinds: names of its kinds.
        latching: whether the alarm goes on when the condition is over, until somebody acknowledges.
        ends: whether a case that nobody holds closes by itself when the condition is over.
    """

    title: str
    gap: Duration
    why: str
    kinds: tuple[str, ...]
    latching: bool = True
    ends: bool = False


RULES: dict[Group, Rule] = {
    Group.VENTRICULAR: Rule(
        "Ventricular arrhythmia",
        10 * MINUTE,
        "runs that follow one another within minutes are one storm and one call",
        (
            "ventricular-fibrillation",
            "ventricular-flutter",
            "ventricular-tachycardia",
            "nonsustained-ventricular-tachycardia",
            "sustained-ventricular-tachycardia",
            "torsade-de-pointes",
            "ventricular-run",
            "accelerated-idioventricular-rhythm",
            "idioventricular-rhythm",
        ),
    ),
    Group.BRADY: Rule(
        "Slow rate, pause or block",
        10 * MINUTE,
        "pauses, blocks and the slow rate they make are one disturbance, asystole its worst",
        (
            "asystole",
            "pause",
            "bradycardia",
            "sinus-bradycardia",
            "extreme-bradycardia",
            "junctional-rhythm",
            "av-block-1",
            "av-block-2-mobitz-1",
            "av-block-2-mobitz-2",
            "av-block-2-to-1",
            "av-block-high-grade",
            "av-block-3",
        ),
    ),
    Group.AF: Rule(
        "Atrial fibrillation or flutter",
        60 * MINUTE,
        "paroxysms that come and go within the hour are read together",
        ("atrial-fibrillation", "atrial-flutter"),
    ),
    Group.SVT: Rule(
        "Fast supraventricular rate",
        15 * MINUTE,
        "a tachycardia that breaks and starts again is one",
        (
            "supraventricular-tachycardia",
            "supraventricular-run",
            "tachycardia",
            "sinus-tachycardia",
            "extreme-tachycardia",
        ),
    ),
    Group.ECTOPY: Rule(
        "Ectopic beats",
        60 * MINUTE,
        "counts by the hour: single beats and patterns are read as burden",
        (
            "ventricular-couplet",
            "ventricular-bigeminy",
            "ventricular-trigeminy",
            "frequent-ventricular-beats",
            "supraventricular-couplet",
            "atrial-bigeminy",
            "frequent-supraventricular-beats",
        ),
    ),
    Group.PACER: Rule(
        "Pacemaker",
        30 * MINUTE,
        "faults of capture and sensing have one cause",
        ("paced-rhythm", "capture-failure", "sensing-failure"),
    ),
    Group.ST: Rule(
        "ST change",
        30 * MINUTE,
        "one episode of ischaemia comes and goes over half an hour, in several leads",
        ("st-elevation", "st-depression"),
    ),
    Group.BASE: Rule(
        "Basic rhythm",
        MINUTE,
        "told for the record; a case only where a criterion asks for one",
        ("sinus-rhythm", "sinus-arrhythmia"),
    ),
    Group.QUALITY: Rule(
        "Signal cannot be judged",
        10 * MINUTE,
        "noise comes and goes with movement; electrodes are mended once",
        ("analysis-lost", "rhythm-undetermined", "noise"),
        latching=False,
        ends=True,
    ),
    Group.SYMPTOM: Rule(
        "Symptom",
        2 * MINUTE,
        "who feels ill presses more than once",
        (SYMPTOM,),
    ),
    Group.TECHNICAL: Rule(
        "Technical",
        10 * MINUTE,
        "what fails together is mended by one call to the patient",
        ("no-data", "lead-off", "battery", "clock", "gateway-off", "worn", "notice"),
        latching=False,
        ends=True,
    ),
}
GROUP_OF: dict[str, Group] = {kind: group for group, rule in RULES.items() for kind in rule.kinds}


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that is no finding of the heart: how long it lasts before it makes a technical case.

    A criterion that asks for it sooner goes before; ``why`` says why it waits so long otherwise.
    """

    title: str
    wait: Duration
    why: str


CONDITIONS: dict[str, Condition] = {
    "no-data": Condition("No data", 10 * SECOND, "a change of network takes seconds; stale is shown at once"),
    "lead-off": Condition("Lead off", 30 * SECOND, "electrodes are moved under a shirt"),
    "battery": Condition("Battery low", 0, "told by the transmitter once it is so"),
    "clock": Condition("Clock is off", 0, "times of the patient's findings are in doubt"),
    "notice": Condition("Notice not delivered", 0, "whoever should have been told besides was not"),
    "worn": Condition("Worn too little", 0, "counted by the day"),
    "gateway-off": Condition("Gateway off", 60 * SECOND, "it restarts within a minute"),
    "analysis-lost": Condition("Analysis lost", 60 * SECOND, "movement passes within a minute"),
    "noise": Condition("Noise", 120 * SECOND, "movement and exercise pass"),
}  # fmt: skip
"""Kinds of which the center tells by itself, and the one finding of the analysis that is like them."""

PRIORITY_OF: dict[Tier, Priority] = {
    Tier.EMERGENT: Priority.HIGH,
    Tier.URGENT: Priority.MEDIUM,
    Tier.TECHNICAL: Priority.LOW,
    Tier.DAILY: Priority.LOW,
}
"""The physician's tier decides how an alarm presses (IEC 60601-1-8: result and onset)."""


class Became(StrEnum):
    """What becomes of a finding."""

    CASE = "case"
    """It is of a case: it opened one or joined one."""
    BURDEN = "burden"
    """Atrial fibrillation that is known: counted, not told again."""
    LISTED = "listed"
    """It meets no criterion: in the list of events and the report."""
    WAITING = "waiting"
    """It makes a case if it lasts."""
    ARTEFACT = "artefact"
    """It is not so, or passed: the analysis took it back, or a disturbance was short."""


@dataclass(frozen=True, slots=True)
class Placement:
    """What became of one finding.

    Attributes:
        stream, key: which finding.
        became: what.
        group: of its kind.
        case: number of the case, for ``CASE``.
        reasons: why, a sentence each.
        until: for ``WAITING``, when it makes a case.
        tier, priority: with which it counts in a case.
    """

    stream: int
    key: str
    became: Became
    group: Group
    case: int | None
    reasons: tuple[str, ...]
    until: Instant | None = None
    tier: Tier = Tier.DAILY
    priority: Priority = Priority.NONE


def group_of(fact: FindingFact) -> Group:
    """The group a finding counts in: a fast rate counted in atrial fibrillation is of that; a kind that
    no rule names is a technical matter, never nothing."""
    group = GROUP_OF.get(fact.kind, Group.TECHNICAL)
    return Group.AF if group is Group.SVT and fact.in_af else group


def same(group: Group, fact: FindingFact, first: Instant, last: Instant | None) -> bool:
    """Whether a finding lies near enough to what a case of its group holds already.

    Args:
        group: of both.
        fact: the finding.
        first: the earliest onset in the case.
        last: the latest end in it, None where something of it lasts.
    """
    gap = RULES[group].gap
    begins_before = last is None or fact.start_at <= last + gap
    ends_behind = fact.end_at is None or fact.end_at >= first - gap
    return begins_before and ends_behind


def judge(fact: FindingFact, now: Instant, onset_case: int | None) -> Placement:
    """What a finding comes to, before it is looked for a case that it may join.

    Args:
        fact: the finding as it is now.
        now: center time.
        onset_case: the case that told the onset of atrial fibrillation, where it is known; else None.
    """
    group = group_of(fact)

    def placed(became: Became, *reasons: str, until: Instant | None = None) -> Placement:
        return Placement(fact.stream, fact.key, became, group, None, reasons, until)

    if fact.withdrawn:
        why = f" ({fact.reason})" if fact.reason else ""
        return placed(Became.ARTEFACT, f"the analysis took it back{why}")
    if group is Group.AF and onset_case is not None and not asks(fact):
        return placed(
            Became.BURDEN,
            f"atrial fibrillation is known: case {onset_case} told its onset, episodes count as burden",
            "no rate of it meets a criterion",
        )
    if fact.taught and group is Group.ECTOPY and fact.tier in (None, Tier.DAILY):
        return placed(Became.LISTED, fact.taught, "nothing in it is urgent")
    if fact.tier is not None:
        words = [met.words for met in fact.met] or [f"the criteria call it {fact.tier}"]
        told = [f"to be known: {fact.taught}"] if fact.taught else []
        return _case(fact, group, fact.tier, PRIORITY_OF[fact.tier], *words, *told)
    if fact.kind in CONDITIONS or fact.kind not in GROUP_OF:
        return _condition(fact, group, now)
    if group is Group.SYMPTOM:
        return _case(fact, group, Tier.DAILY, Priority.LOW, "every symptom that a patient marks is read")
    if fact.priority is Priority.HIGH:
        why = "no criterion speaks of it, and its kind is of high priority: it is read as urgent"
        return _case(fact, group, Tier.URGENT, Priority.HIGH, why)
    return placed(Became.LISTED, "it meets no criterion of this patient")


def asks(fact: FindingFact) -> bool:
    """Whether a finding of known atrial fibrillation asks for more than being counted: it is emergent, a rate
    meets a criterion (RVR, slow), or it is urgent and no criterion is told."""
    if fact.tier is Tier.EMERGENT:
        return True
    if fact.met:
        return any(not met.presence for met in fact.met)
    return fact.tier is Tier.URGENT


def _case(fact: FindingFact, group: Group, tier: Tier, priority: Priority, *reasons: str) -> Placement:
    return Placement(fact.stream, fact.key, Became.CASE, group, None, reasons, tier=tier, priority=priority)


def _condition(fact: FindingFact, group: Group, now: Instant) -> Placement:
    """A condition that no criterion speaks of makes a technical case when it has lasted."""
    condition = CONDITIONS.get(fact.kind)
    wait = 0 if condition is None else condition.wait
    lasts, limit = fact.lasts(now) / SECOND, wait / SECOND
    if fact.lasts(now) >= wait and not (fact.over and condition is not None and wait == 0):
        why = f"it lasts {lasts:g} s, the limit is {limit:g} s" if wait else "told at once"
        return _case(fact, group, Tier.TECHNICAL, Priority.LOW, why)
    if fact.over:
        why = f"it was over after {lasts:g} s, less than {limit:g} s" if wait else "it is over"
        return Placement(fact.stream, fact.key, Became.ARTEFACT, group, None, (why,))
    why = f"it makes a case when it lasts {limit:g} s"
    until = fact.start_at + wait
    return Placement(fact.stream, fact.key, Became.WAITING, group, None, (why,), until)
