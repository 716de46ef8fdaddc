"""What came of a night: continuity against a second reading, no alarm lost, every limit measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from einthoven.base.deeds import Deed
from einthoven.base.ids import stream_name
from einthoven.base.instants import SECOND, Instant
from einthoven.escalation import legs
from einthoven.escalation.legs import Passage, Summary, Times
from einthoven.review.facts import SYMPTOM_BEFORE
from einthoven.sim.night import EQUIPMENT, Finding, NightExpectation
from einthoven.sim.night_player import Played
from einthoven.sim.night_reading import Hole, read_again
from einthoven.surveillance.continuity import Continuity, Row

TOLD = ("emergent", "urgent")


@dataclass(slots=True)
class Outcome:
    """A night, judged.

    Attributes:
        played: the night.
        continuity: the center's report over it.
        times: when each case passed which stage.
        passages: legs over their limit.
        summaries: each leg by tier.
        figures: what expectations are held against.
        failures: everything that must not be; empty for a good night.
    """

    played: Played
    continuity: Continuity
    times: list[Times] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    summaries: list[Summary] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Case:
    """A case as its deeds tell it, read without the book of cases."""

    number: int
    stream: int
    tier: str
    opened: Instant
    onset: Instant
    verdict: str = ""
    closed: str = ""
    holder: int | None = None
    at: dict[str, Instant] = field(default_factory=dict)
    notification: int | None = None
    reached: bool = False
    supervisor: int = 0
    calls: int = 0


def judge_night(played: Played) -> Outcome:
    """Hold a night against its second reading, its script and its expectations."""
    books = played.center.books
    proved = books.surveil.alive_until(played.stop)
    outcome = Outcome(played, books.continuity.report(played.start, played.stop, proved))
    outcome.failures += played.defects
    outcome.failures += _continuity(outcome)
    outcome.failures += watch_faults(played.deeds)
    cases, faults = _cases(played.deeds)
    outcome.failures += faults
    outcome.failures += _alarms(played, cases)
    outcome.failures += _telephone(played)
    _legs(outcome, cases)
    _figures(outcome, cases)
    outcome.failures += [
        _missed(outcome, each) for each in played.night.expectations if _fails(outcome, each)
    ]
    return outcome


# ---- continuity --------------------------------------------------------------------------------------------


def holes_of(row: Row) -> list[Hole]:
    """The lapses of a patient, those that meet made one."""
    found: list[Hole] = []
    for lapse in row.lapses:
        if found and found[-1].stop == lapse.start:
            found[-1] = found[-1]._replace(stop=lapse.stop)
        else:
            found.append(Hole(lapse.start, lapse.stop, lapse.cause))
    return found


def _continuity(outcome: Outcome) -> Iterator[str]:
    played = outcome.played
    again = read_again(played.record, played.start, played.stop)
    if again.until != outcome.continuity.stop:
        reach = _at(played, outcome.continuity.stop)
        yield f"the report reaches {reach}, proved is {_at(played, again.until)}"
    for row in outcome.continuity.rows:
        told, truly = holes_of(row), again.holes[row.stream]
        if told != truly:
            said, meant = ([_hole(played, one) for one in holes] for holes in (told, truly))
            yield f"{stream_name(row.stream)}: the report says {said}, the record of the night {meant}"
        for lapse in row.lapses:
            if lapse.incident is None:
                yield f"{stream_name(row.stream)}: no incident for {_at(played, lapse.start)}"


def _at(played: Played, at: Instant) -> str:
    return f"{(at - played.start) / SECOND:g} s"


def _hole(played: Played, hole: Hole) -> str:
    return f"{_at(played, hole.start)} to {_at(played, hole.stop)}, {hole.cause}"


def watch_faults(deeds: Sequence[Deed]) -> Iterator[str]:
    """What of watches contradicts itself, read from the deeds one after another.

    A patient has one watch that is responsible; by hand it ends only beside the beginning of the next; every
    lost one has an incident, unless the next was proved already.
    """
    held: dict[int, tuple[int, Instant]] = {}
    for place, deed in enumerate(deeds):
        body = cast("Mapping[str, Any]", deed.body)
        name = f"deed {deed.number}, {deed.kind} of {deed.subject}"
        if deed.kind == "watch.held":
            before = held.get(body["stream"])
            beside = deeds[place + 1] if place + 1 < len(deeds) else None
            if before is not None and not (
                beside is not None and beside.kind == "watch.released" and beside.body["watch"] == before[0]
            ):
                yield f"{name}: watch {before[0]} is responsible already"
            held[body["stream"]] = (body["watch"], body["since"])
        elif deed.kind == "watch.released":
            after = held.get(body["stream"])
            if body["to"] is not None and (after is None or after[0] != body["to"]):
                yield f"{name}: ended by hand before the next one was held"
            elif after is not None and after[1] > body["until"]:
                yield f"{name}: ended {after[1] - body['until']} ns before the next one began"
            if body["to"] is None:
                held.pop(body["stream"], None)
        elif deed.kind == "watch.lost":
            held.pop(body["stream"], None)
            near = [one.kind for one in deeds[place + 1 : place + 4] if one.subject == deed.subject]
            if "incident.opened" not in near and "watch.held" not in near:
                yield f"{name}: no incident, and nobody followed"


# ---- cases -------------------------------------------------------------------------------------------------


def _cases(deeds: Sequence[Deed]) -> tuple[list[_Case], list[str]]:
    cases: dict[int, _Case] = {}
    faults: list[str] = []
    for deed in deeds:
        body = cast("Mapping[str, Any]", deed.body)
        if deed.kind == "case.opened":
            number = body["case"]
            onset = body["finding"]["start_at"] + (SYMPTOM_BEFORE if "symptom" in body["finding"] else 0)
            cases[number] = _Case(number, body["stream"], body["tier"], deed.at, onset)
            cases[number].at = {legs.MET: min(onset, deed.at), legs.FOUND: deed.at}
        elif isinstance(body.get("case"), int) and body["case"] in cases:
            faults += _of_case(cases[body["case"]], deed, body)
    return list(cases.values()), faults


def _of_case(case: _Case, deed: Deed, body: Mapping[str, Any]) -> Iterator[str]:
    match deed.kind:
        case "case.raised":  # found anew, and judged anew
            case.tier, case.verdict = body["tier"], ""
            case.at = {legs.MET: case.at[legs.MET], legs.FOUND: deed.at}
            if case.holder is not None:
                case.at[legs.HELD] = deed.at
        case "case.taken":
            if case.holder is not None:
                yield f"case {case.number}: taken by {body['by']} while {case.holder} holds it"
            case.holder = body["by"]
            case.at.setdefault(legs.HELD, deed.at)
        case "case.released" | "case.returned" | "case.closed":
            case.holder = None
            case.closed = body["cause"] if deed.kind == "case.closed" else case.closed
        case "case.verdict":
            case.verdict = body["verdict"]
            case.at.setdefault(legs.VERDICT, deed.at)
        case "notification.opened":
            case.notification = body["notification"]
        case "call.started":
            case.calls += 1
            case.at.setdefault(legs.CALL_STARTED, deed.at)
        case "call.ended" if body["outcome"] == "reached":
            case.at.setdefault(legs.REACHED, deed.at)
            if body["action"]:
                case.at.setdefault(legs.ACTION, deed.at)
        case "notification.reached":
            case.reached = True
        case "notification.closed":
            case.at.setdefault(legs.ACTION, deed.at)
        case "notification.supervisor_told":
            case.supervisor += 1
        case _:
            pass


def _key(number: int, told: Finding) -> str:
    return f"mark {number}" if told.symptom else f"0-0-{number}"


def _alarms(played: Played, cases: Sequence[_Case]) -> Iterator[str]:
    """Every finding of the script comes to what it must, none is lost."""
    placed: dict[tuple[int, str], Mapping[str, Any]] = {}
    for deed in played.deeds:
        if deed.kind == "finding.placed":
            body = cast("Mapping[str, Any]", deed.body)
            placed[body["stream"], body["key"]] = body
    settled = played.stop - round(played.night.settle_s * SECOND)
    by_number = {case.number: case for case in cases}
    for number, told in enumerate(played.night.findings, 1):
        if told.kind in EQUIPMENT:
            continue
        due = played.start + round((told.at_s + max(told.for_s, told.told_s)) * SECOND)
        what = f"line {told.line}, {told.kind or told.symptom} of patient {told.patient}"
        became = placed.get((told.patient, _key(number, told)))
        if due > played.stop - 2 * SECOND:
            continue
        if became is None:
            yield f"{what}: never placed"
            continue
        case = by_number.get(became["case"]) if became["became"] == "case" else None
        tier = became["tier"] or "none"
        if told.tier and told.tier != tier:
            yield f"{what}: is {tier}, not {told.tier}"
        if case is None:
            if tier in TOLD:
                yield f"{what}: {tier}, and became {became['became']}"
        elif due < settled:
            yield from _end_of(what, case, told.real)


def _end_of(what: str, case: _Case, real: bool) -> Iterator[str]:
    if not case.verdict:
        yield f"{what}: nobody judged case {case.number}"
    elif real and case.tier in TOLD:
        if case.verdict != "true":
            yield f"{what}: case {case.number} was judged {case.verdict}"
        elif case.notification is None or case.calls == 0:
            yield f"{what}: nobody was called for case {case.number}"
        elif not case.reached and case.supervisor == 0:
            yield f"{what}: nobody was reached for case {case.number}, and no supervisor was told"
        elif case.reached and case.closed != "verdict":
            yield f"{what}: case {case.number} is not closed though the physician was reached"


def _telephone(played: Played) -> Iterator[str]:
    """What rang is what is on record: no call is lost, none is made twice."""
    told = Counter((str(deed.body["number"])) for deed in played.deeds if deed.kind == "call.started")
    rang = Counter(one.number for one in played.record.calls)
    for number in sorted(told.keys() | rang.keys()):
        begun = told[number] - rang[number]
        if begun not in (0, 1):  # the one that begins as the night ends has not rung yet
            yield f"{number}: {told[number]} calls are on record, it rang {rang[number]} times"
    running: set[object] = set()
    for deed in played.deeds:
        told_of = deed.body.get("notification")
        if deed.kind == "call.started":
            if told_of in running:
                yield f"deed {deed.number}: a second call for notification {told_of} while one runs"
            running.add(told_of)
        elif deed.kind == "call.ended":
            running.discard(told_of)


# ---- figures -----------------------------------------------------------------------------------------------


def _legs(outcome: Outcome, cases: Sequence[_Case]) -> None:
    played = outcome.played
    tracks = played.center.books.legs.tracks
    for case in cases:
        if case.tier not in legs.SHIPPED:
            continue
        if case.number in played.record.seen:
            case.at[legs.DISPLAYED] = max(played.record.seen[case.number], case.at[legs.FOUND])
        track = tracks.get(case.number)
        if track is not None:
            case.at[legs.MET] = track.at[legs.MET]  # which value met what when is for the criteria to say
            outcome.failures += _unlike(case, track.at)
        telling = case.verdict in ("", "true") and case.tier in TOLD
        times = Times(case.number, case.tier, case.at, telling, bool(case.closed))
        outcome.times.append(times)
    outcome.summaries = legs.summaries(outcome.times, legs.SHIPPED, played.start, played.stop)
    outcome.passages = legs.missed(outcome.times, legs.SHIPPED, played.start, played.stop)


def _unlike(case: _Case, told: Mapping[str, Instant]) -> Iterator[str]:
    """Where the center's own legs say another instant than the deeds one after another."""
    for stage in (legs.FOUND, legs.HELD, legs.VERDICT, legs.CALL_STARTED, legs.REACHED, legs.ACTION):
        if case.at.get(stage) != told.get(stage):
            yield f"case {case.number}: {stage}: the legs say {told.get(stage)}, deeds {case.at.get(stage)}"


def _figures(outcome: Outcome, cases: Sequence[_Case]) -> None:
    count = Counter(deed.kind for deed in outcome.played.deeds)
    report = outcome.continuity
    outcome.figures = {
        "exceptions": sum(len(row.lapses) for row in report.rows),
        "unwatched_s": (report.service - report.covered) / SECOND,
        "percent": float(report.percent or 0),
        "incidents": count["incident.opened"],
        "cases": len(cases),
        "open_cases": sum(not case.closed for case in cases),
        "notified": count["notification.opened"],
        "calls": count["call.started"],
        "reached": count["notification.reached"],
        "supervisor_told": count["notification.supervisor_told"],
        "emergencies": count["emergency.ended"],
        "missed": len(outcome.passages),
    }


def _fails(outcome: Outcome, expected: NightExpectation) -> bool:
    value = outcome.figures[expected.what]
    low, high = expected.at_least, expected.at_most
    return (low is not None and value < low) or (high is not None and value > high)


def _missed(outcome: Outcome, expected: NightExpectation) -> str:
    bounds = [f"at least {expected.at_least:g}"] if expected.at_least is not None else []
    bounds += [f"at most {expected.at_most:g}"] if expected.at_most is not None else []
    value = outcome.figures[expected.what]
    return f"line {expected.line}: {expected.what} is {value:g}, want {' and '.join(bounds)}"
