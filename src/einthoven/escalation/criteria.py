"""Which tier a finding, a mark or a condition meets by a patient's criteria, and by which values (R21, R22).

``judge`` says what was compared with what. What could not be decided is its own outcome: ``undecided`` rows
with their tier, and ``worst``, the tier to act by until it is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from einthoven.base.thresholds import TIERS, Thresholds
from einthoven.escalation.measures import (
    UNKNOWN,
    Context,
    Found,
    Measure,
    beats_within,
    circumstances,
    in_ms,
    measures,
    number,
)
from einthoven.escalation.rules import (
    FINDINGS,
    RULE,
    RULE_VERSION,
    SYMPTOM_WORDS,
    SYMPTOMS,
    TECHNICAL,
    UNJUDGED,
    UNSAID,
    Limit,
    Row,
)

GRAVEST_FIRST = tuple(reversed(TIERS))


def rank(tier: str | None) -> int:
    """How grave: 0 for none, up to 3 for emergent."""
    return TIERS.index(tier) if tier else 0


@dataclass(frozen=True, slots=True)
class Met:
    """A criterion that is met.

    Attributes:
        criterion: its name, ``event.tier.name``.
        tier: of the criterion.
        value: what was measured; None where nothing is measured (any of the kind meets it).
        limit: what it was compared with, or None.
        unit: of both.
        words: a sentence with both.
    """

    criterion: str
    tier: str
    value: float | None
    limit: float | None
    unit: str
    words: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """A criterion of which it is not known whether it is met, and for want of what."""

    criterion: str
    tier: str
    words: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the criteria say.

    Attributes:
        tier: the gravest that is met, or None.
        met: every criterion that is met, the gravest first.
        undecided: criteria that may be met as well.
        rule: name and version of the rows.
        version: of the table of thresholds.
        reasons: sentences: what is met, what is not known, or why nothing is.
        again_s: an open finding that goes on so long (seconds since its onset) may meet more: judge it again
            then; None where time alone changes nothing.
    """

    tier: str | None
    met: tuple[Met, ...]
    undecided: tuple[Undecided, ...]
    rule: str
    version: str
    reasons: tuple[str, ...]
    again_s: float | None = None

    @property
    def worst(self) -> str | None:
        """The gravest tier that is met or not ruled out: what to act by until it is known."""
        graver = max((one.tier for one in self.undecided), key=rank, default=None)
        return max(self.tier, graver, key=rank)


def judge(found: Found, table: Thresholds, context: Context) -> Judgement:
    """Which tier a finding meets.

    Args:
        found: the finding with its values.
        table: the patient's criteria in force at its onset (``prescribing.CriteriaBook.in_force``).
        context: what else is known.
    """
    made = _judged(found, table, context)
    if not found.open:
        return made
    for later in sorted(_turning(found, table)):
        if later <= found.duration_s:
            continue
        then = _judged(replace(found, duration_s=later), table, context)
        if rank(then.worst) > rank(made.worst) or rank(then.tier) > rank(made.tier):
            return replace(made, again_s=later)
    return made


def met_after(found: Found, table: Thresholds, context: Context, worst: str) -> float:
    """How long after its onset (s) a finding met a tier first, at the latest when it was as it is now.

    What it is said to have had by then, an interval, so many beats, is no more than there was time for; how
    long it must last for the analysis to call it so is part of it.
    """
    least = _detected(found)
    for after in sorted(_turning(found, table) | {least}):
        if after < least or after >= found.duration_s:
            continue
        if rank(_judged(_by_then(found, after), table, context).worst) >= rank(worst):
            return after
    return max(0.0, found.duration_s)


_DETECTED = {"atrial-flutter": "atrial_fibrillation", "ventricular-flutter": "ventricular_fibrillation"}
_DETECTED |= {"sinus-bradycardia": "bradycardia", "sinus-tachycardia": "tachycardia"}


def _detected(found: Found) -> float:
    """How long it must last to be such a finding at all."""
    event = _DETECTED.get(found.kind, found.kind.replace("-", "_"))
    return found.measured.get(f"{event}.detect.duration_s", 0.0)


def _by_then(found: Found, after: float) -> Found:
    """A finding as it was so long after its onset."""
    values = dict(found.values)
    interval, beats, rate = found.number("rr_ms"), found.number("beats"), found.number("rate_bpm")
    if interval is not None:
        values["rr_ms"] = min(interval, in_ms(after))
    if beats is not None and rate:
        values["beats"] = min(beats, beats_within(after, rate))
    return replace(found, values=values, duration_s=after, open=False, interrupted=False)


def judge_symptom(word: str, table: Thresholds, context: Context) -> Judgement:
    """Which tier a patient's mark meets (R3).

    Args:
        word: of the mark (``docs/wire.md``); empty or not of the list: what it was is not known.
        table: the patient's criteria.
        context: ``arrhythmia`` says whether the analysis found something near it.
    """
    kind = SYMPTOM_WORDS.get(word.strip().lower(), UNSAID)
    return _made(kind, SYMPTOMS, {"unmeasured": UNKNOWN}, circumstances(None, context), table)


def judge_technical(condition: str, value: float | None, table: Thresholds, context: Context) -> Judgement:
    """Which tier a condition of the equipment meets.

    Args:
        condition: ``lead-off`` (s), ``battery`` (%), ``gateway-off`` (s), ``no-data`` (s) or ``worn`` (hours
            of the day).
        value: how long, how much; None where it is not known.
        table: the patient's criteria.
        context: ``at_risk`` of the wearer.
    """
    return _made(condition, TECHNICAL, {"value": number(value)}, circumstances(None, context), table)


def _judged(found: Found, table: Thresholds, context: Context) -> Judgement:
    return _made(found.kind, FINDINGS, measures(found, context, table), circumstances(found, context), table)


def _turning(found: Found, table: Thresholds) -> set[float]:
    """Durations at which an open finding may pass a limit of time, of interval or of beats."""
    times: set[float] = set()
    rate = found.number("rate_bpm")
    for row in FINDINGS:
        if found.kind not in row.kinds:
            continue
        for limit in row.limits:
            bound = table[limit.key]
            if limit.measure == "interval_ms":
                times.add(bound / 1000.0)
            elif limit.measure == "beats" and rate:
                times.add((bound - 1.0) * 60.0 / rate)
            elif limit.measure in ("duration_s", "below_urgent_s", "below_emergent_s"):
                times.add(bound)
    return times


def _made(
    kind: str,
    rows: Sequence[Row],
    values: Mapping[str, Measure],
    circumstance: Mapping[str, bool | None],
    table: Thresholds,
) -> Judgement:
    met: list[Met] = []
    undecided: list[Undecided] = []
    about = [row for row in rows if kind in row.kinds]
    for row in about:
        if row.flag and table[row.flag] < 1:
            continue
        answers = [values[limit.measure].against(limit, table[limit.key]) for limit in row.limits]
        asked = [circumstance[name] for name in row.when]
        if False in answers or False in asked:
            continue
        if None in answers or None in asked:
            missing = [
                limit.measure for limit, known in zip(row.limits, answers, strict=True) if known is None
            ]
            missing += [name for name, known in zip(row.when, asked, strict=True) if known is None]
            undecided.append(Undecided(row.name, row.tier, _unknown(row, missing)))
        else:
            met.append(_met(row, values, table))
    met.sort(key=lambda one: -rank(one.tier))
    # What is met as gravely anyway need not be known.
    open_still = tuple(one for one in undecided if not met or rank(one.tier) > rank(met[0].tier))
    undecided = sorted(open_still, key=lambda one: -rank(one.tier))
    reasons = [one.words for one in met] + [one.words for one in undecided]
    return Judgement(
        met[0].tier if met else None,
        tuple(met),
        tuple(undecided),
        f"{RULE} {RULE_VERSION}",
        table.version,
        tuple(reasons) or (_nothing(kind, bool(about)),),
    )


def _nothing(kind: str, judged: bool) -> str:
    if kind in UNJUDGED:
        return f"{kind}: no criterion is about it: {UNJUDGED[kind]}"
    if not judged:
        return f"{kind}: no criterion is about it"
    return f"{kind}: its values were compared, and no criterion is met"


NAMES = {
    "unmeasured": "what it was",
    "interval_ms": "how long the interval was",
    "longest_pause_ms": "whether there was a pause",
    "duration_s": "how long it lasted",
    "rate_bpm": "its rate",
    "lowest_rate_bpm": "its lowest rate",
    "highest_rate_bpm": "how long it was so fast",
    "below_urgent_s": "how long it was so slow",
    "below_emergent_s": "how long it was so slow",
    "beats": "how many beats it had",
    "runs_per_h": "how many runs there were in the hour",
    "away_uv": "the ST level",
    "value": "how much it was",
    "symptom": "whether there was a symptom",
    "awake_or_symptom": "whether there was a symptom",
    "in_af": "whether it was in atrial fibrillation",
    "not in_af": "whether it was in atrial fibrillation",
    "first_af": "whether it is the first ever",
    "at_risk": "whether the wearer is at risk",
    "arrhythmia": "whether there was an arrhythmia",
    "pacing_failed": "whether pacing failed",
}
"""What is not known, for people."""


def _unknown(row: Row, missing: Sequence[str]) -> str:
    what = " and ".join(dict.fromkeys(NAMES[name] for name in missing))
    return f"{row.tier}? {row.words}: {what} is not known"


def _met(row: Row, values: Mapping[str, Measure], table: Thresholds) -> Met:
    if not row.limits:
        return Met(row.name, row.tier, None, None, "", f"{row.tier}: {row.words}")
    parts = [_compared(limit, values[limit.measure], table) for limit in row.limits]
    first = row.limits[0]
    return Met(
        row.name,
        row.tier,
        values[first.measure].told(first),
        table[first.key],
        table.entries[first.key].unit,
        f"{row.tier}: {row.words}: " + ", ".join(parts),
    )


def _compared(limit: Limit, measure: Measure, table: Thresholds) -> str:
    entry = table.entries[limit.key]
    unit = "" if entry.unit == "flag" else f" {entry.unit}"
    told = measure.told(limit)
    value = "?" if told is None else f"{round(told, 1):g}"
    return f"{value}{unit} ({limit.compare} {entry.value:g}{unit})"
