"""Checks of what was furnished: bundling, place, attendance, family, documents (C.2; R32, R34, R36, R39)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from einthoven.billing.claim import Part
from einthoven.billing.claim_check import (
    Context,
    Found,
    Rule,
    Weight,
    met,
    not_applicable,
    not_met,
    undocumented,
)
from einthoven.billing.family import Kind
from einthoven.billing.family import Outcome as FamilyOutcome
from einthoven.enrollment.order import TERRITORIES, Prior, Setting

TELEMETRY: Final = frozenset({"93228", "93229"})
POST_SYMPTOM: Final = frozenset({"93012", "93014"})
SUCCESSORS: Final = frozenset({"93268", "93270", "93271", "93272"})
"""What the deleted codes of strips by telephone refer to: of recorders with a memory loop (C.1)."""
PARTS: Final = {
    "93229": Part.TECHNICAL,
    "93228": Part.PROFESSIONAL,
    "93012": Part.TECHNICAL,
    "93014": Part.PROFESSIONAL,
}
READING: Final = frozenset({"93014", "93268", "93272"})
"""Codes that hold a physician's reading, of strips by telephone or of what their codes refer to."""
HOOK_UP: Final = frozenset({"93225", "93270", "93241", "93242", "93245", "93246"})
"""Codes of recording or hook-up, or that hold it; own table beside the codes' data (C.1)."""
INPATIENT_PLACES: Final = {
    "21": "inpatient hospital",
    "23": "emergency room",
    "31": "skilled nursing facility",
    "51": "inpatient psychiatric facility",
    "61": "inpatient rehabilitation facility",
}
"""Codes of the place of service set (CMS) where patients are no outpatients at home [M!]."""
SURVEILLANCE: Final = {Prior.HOLTER: "Holter", Prior.EVENT: "event recorder", Prior.PATCH: "patch recorder"}
PLANS: Final = {
    "quality": "quality control",
    "emergency": "emergencies",
    "continuity": "no gap in surveillance",
}


def _telemetry(context: Context) -> bool:
    return any(line.code in TELEMETRY for line in context.claim.lines)


def _hook_up(context: Context) -> Found:
    found = [line.code for line in context.claim.lines if line.code in HOOK_UP]
    if found:
        return not_met(f"{found[0]}: the hook-up is part of the technical part", "Take that line off.")
    return met("no hook-up is billed")


def _component(context: Context) -> Found:
    for line in context.claim.lines:
        split = [one for one in line.modifiers if one in ("26", "TC")]
        if line.code in TELEMETRY and split:
            return not_met(f"{line.code}-{split[0]}: this code is one part already", f"Take -{split[0]} off.")
    return met("no -26 or -TC on a code that is one part already")


def _part(context: Context) -> Found:
    part = context.claim.part
    wrong = [line.code for line in context.claim.lines if PARTS.get(line.code, part) is not part]
    if wrong:
        family = TELEMETRY if wrong[0] in TELEMETRY else POST_SYMPTOM
        wanted = next(code for code in family if PARTS[code] is part)
        return not_met(f"{wrong[0]} is not the {part} part", f"Use {wanted}.")
    return met(f"the codes are those of the {part} part")


def _strips(context: Context) -> bool:
    """Whether the service is of strips that came by telephone."""
    return context.record is not None and context.record.telephone


def _tracing(context: Context) -> Found:
    """Of strips by telephone the tracing alone is offered: nothing of it is a reading (R7)."""
    if not _strips(context):
        return not_applicable("no strips by telephone")
    reading = [line.code for line in context.claim.lines if line.code in READING]
    if reading:
        return not_met(f"{reading[0]} holds a reading; this service has none", "Bill the technical part.")
    if context.claim.part is not Part.TECHNICAL:
        return not_met("strips by telephone have no professional part here", "Bill the technical part.")
    return met("the technical part alone")


def _loop(context: Context) -> Found:
    """A deleted code refers to others, which ask for a recorder with a memory loop: strips from before the
    symptom say that it had one."""
    used = [line.code for line in context.claim.lines if line.code in SUCCESSORS]
    if not _strips(context) or not used or context.record is None:
        return not_applicable("no code that took a deleted one's place")
    looped, strips = context.record.looped, context.record.strips or 0
    if looped:
        return met(
            f"{used[0]} asks for a memory loop: {looped} of {strips} strips are from before the symptom"
        )
    return undocumented(
        f"{used[0]} stands in the place of 93012, which was deleted 2011-01-01, and asks for a memory loop; "
        "no strip was recorded before the symptom",
        "Say that the patient's recorder keeps ECG from before the symptom; if it does not, do not bill it.",
    )


def _concurrent(context: Context) -> Found:
    """Holter and the like on the same days; strictly one after the other is another matter (trap 4)."""
    record, order = context.record, context.order
    if record is None or order is None:
        return undocumented("order and measured period are needed to compare dates")
    same, before = [], []
    for one in order.prior_tests:
        words = SURVEILLANCE.get(one.kind)
        if words is None or not one.on:
            continue
        last = one.until or one.on
        if one.on <= record.last_day and last >= record.first_day:
            same.append(f"{words} {one.on}" + (f" to {last}" if last != one.on else ""))
        elif last < record.first_day:
            before.append(f"{words} until {last}")
    if order.said("same_day_other").answer:
        same.append("the order says that there is another form of monitoring on the same days")
    if same:
        return not_met(f"at the same time: {'; '.join(same)}", "Bill one form of monitoring for a day.")
    if before:
        told = f"{'; '.join(before)}: before it, not at the same time"
        return met(f"{told}; whether both can be billed is the payer's edit to say")
    return met("no other form of monitoring on the same days is known")


def _bundles(context: Context) -> Found:
    claim, record = context.claim, context.record
    pairs: list[str] = []
    mine = [(line.code, line.day) for line in claim.lines]
    for place, (code, day) in enumerate(mine):
        pairs += _pairs(context, code, day, [other for other, _ in mine[:place]], "on this claim")
    for other in context.others:
        apart = record is None or other.last_day < record.first_day or other.first_day > record.last_day
        if not apart:
            for code, day in mine:
                pairs += _pairs(context, code, day, other.codes, f"on claim {other.claim}")
    if pairs:
        return not_met("; ".join(pairs), "Bill one of them, or say why both were needed.")
    return met("no codes that exclude one another")


def _pairs(context: Context, code: str, day: str, others: object, where: str) -> Iterator[str]:
    for other in others if isinstance(others, list | tuple) else ():
        bad, why, sure = context.codes.pair(code, other, day or context.today)
        if bad:
            yield f"{code} with {other} {where}: {why} [{sure}]"


def _place(context: Context) -> Found:
    place = context.claim.place
    if not (len(place) == 2 and place.isdigit()):
        return not_met(f"place of service {place or 'is missing'}", "Give its two digits.")
    if place in INPATIENT_PLACES:
        return not_met(f"place {place}: {INPATIENT_PLACES[place]}", "This service is for outpatients alone.")
    setting = None if context.order is None else context.order.setting
    if setting is None:
        return undocumented("nothing says where the patient was", "The order names the setting.")
    if setting is not Setting.HOME:
        return not_met(f"the order says: {setting}", "This service is for outpatients alone.")
    return met(f"place {place}; the patient was at home")


def _facility(context: Context) -> Found:
    if context.record is None:
        return undocumented("the period of this service is not on record")
    stays = context.record.interruptions
    if not stays:
        return met("no stay in a facility is known")
    if context.record.recorded_s <= 0:
        return not_met("the patient was in a facility, and no other time was served")
    return met(f"{len(stays)} stay(s) in a facility: no service was counted then")


def abroad(context: Context) -> list[str]:
    """What of the service was outside the United States and its territories: excluded by law."""
    claim, record = context.claim, context.record
    bad = [
        f"{what} in {country}"
        for what, country in (("orderer", claim.ordering.country), ("patient", claim.patient.country))
        if country and country not in TERRITORIES
    ]
    if record is not None and record.in_us is False:
        bad.append("surveillance outside the United States and its territories")
    return bad


def _us(context: Context) -> Found:
    claim, record = context.claim, context.record
    bad = abroad(context)
    if bad and any("GY" in line.modifiers for line in claim.lines):
        return met(f"{'; '.join(bad)}: billed for a denial with -GY")
    if bad:
        return not_met("; ".join(bad), "Services ordered or performed elsewhere are not covered.")
    unknown = [
        what
        for what, said in (
            ("the orderer's country", claim.ordering.country),
            ("the patient's country", claim.patient.country),
            ("where surveillance was", "" if record is None or record.in_us is None else "US"),
        )
        if not said
    ]
    if unknown:
        return undocumented(f"not on record: {', '.join(unknown)}")
    return met("orderer, patient and surveillance in the United States or its territories")


def _supervised(context: Context) -> Found:
    if context.claim.supervising.known:
        return met(f"supervised by {context.claim.supervising.name.words}")
    if context.record is not None and context.record.supervisor:
        return met(f"supervised by {context.record.supervisor}")
    return undocumented(
        "no supervising physician is on record", "Name one, in cardiology or internal medicine."
    )


def _family(context: Context) -> Found:
    wanted = Kind.TELEMETRY if _telemetry(context) else Kind.POST_SYMPTOM
    asked_of = TELEMETRY | POST_SYMPTOM | (SUCCESSORS if _strips(context) else frozenset())
    if not any(line.code in asked_of for line in context.claim.lines):
        return not_applicable("no code of a service of this center")
    told = context.family
    if told is None:
        return undocumented("what was measured does not say which family it is")
    if told.kind is wanted:
        proofs = (one.measured for one in told.considered[-1].conditions if one.id != "date")
        return met("; ".join(proofs))
    asked = next((one for one in told.considered if one.kind is wanted), None)
    why = f"it is {told.kind}" if asked is None else asked.why
    mend = "Bill what was measured, not what was ordered."
    if asked is not None and asked.outcome is FamilyOutcome.NOT_MEASURED:
        return undocumented(f"not measured as {wanted}: {why}", mend)
    return not_met(f"by what was measured this is not {wanted}: {why}", mend)


def _attended(context: Context) -> Found:
    attendance = None if context.record is None else context.record.attendance
    if attendance is None:
        return undocumented("no proof of attendance", "Watch patients at stations (docs/surveillance.md).")
    did = "was there to take a call" if _strips(context) else "watched"
    if attendance.gaps:
        first = attendance.gaps[0]
        return not_met(f"{len(attendance.gaps)} moment(s) in which nobody {did}: {first.cause or 'no cause'}")
    if attendance.unproved:
        return undocumented(attendance.unproved)
    if _strips(context):
        return met("somebody qualified was there to take calls at every moment, day and night")
    return met(f"watched {attendance.watched:.2%} of the time, displayed {attendance.displayed:.2%}")


def _qualified(context: Context) -> Found:
    watchers = () if context.record is None else context.record.watchers
    did = "took its calls" if _strips(context) else "watched"
    if not watchers:
        return undocumented(f"nobody is on record as having {'taken its calls' if _strips(context) else did}")
    bad = [f"{one.name}: {one.lacks or 'not qualified'}" for one in watchers if not one.qualified]
    if bad:
        return not_met("; ".join(bad[:5]), "Who watches holds a current credential.")
    return met(f"{len(watchers)} {did}, each with a credential valid on those days")


def _notified(context: Context) -> Found:
    told = None if context.record is None else context.record.notifications
    if told is None:
        return undocumented("nothing is on record of telling the physician")
    if told.with_action < told.due:
        return not_met(
            f"{told.due - told.with_action} of {told.due} notifications without the physician's action",
            'Write down what the physician did, "no action necessary" too.',
        )
    return met(f"{told.due} notification(s), each with the physician's action")


def _reported(context: Context) -> Found:
    reports = None if context.record is None else context.record.reports
    if reports is None:
        return undocumented("nothing is on record of reports")
    lacks = []
    if reports.strips_made < reports.strips_due:
        lacks.append(f"{reports.strips_due - reports.strips_made} report(s) of strips not made")
    if reports.daily_made < reports.daily_due:
        lacks.append(f"{reports.daily_due - reports.daily_made} daily report(s) not made")
    if reports.urgent_made < reports.urgent_due:
        lacks.append(f"{reports.urgent_due - reports.urgent_made} urgent report(s) not made")
    if not reports.summary_made:
        lacks.append("no summary report")
    elif _strips(context) and reports.summary_issued is None and reports.summary_signed is None:
        lacks.append("the report of the period is not issued")
    elif not _strips(context) and reports.summary_signed is None:
        lacks.append("the summary report is not signed")
    if lacks:
        return not_met("; ".join(lacks), f"Make and {'issue' if _strips(context) else 'sign'} them first.")
    if _strips(context):
        return met("reports of every strip and of the period are there")
    return met("reports of every day and a signed summary are there")


def _planned(context: Context) -> Found:
    held = {} if context.record is None else dict(context.record.plans)
    lacks = [words for kind, words in PLANS.items() if kind not in held]
    if lacks:
        return undocumented(
            f"no plan in force for {', '.join(lacks)}", "Put the plans in force (administration)."
        )
    return met("plans for quality control, emergencies and surveillance without a gap were in force")


def _exclusive(context: Context) -> Found:
    if _strips(context):
        return not_applicable("by telephone: the center gave no transmitter out")
    said = None if context.record is None else context.record.exclusive
    if said is None:
        return undocumented("not known whether the transmitter served this patient alone")
    return met("the transmitter served this patient alone") if said else not_met("the transmitter was shared")


STOP, REASON = Weight.STOP, Weight.REASON
LCD: Final = "L34997"
RULES: Final[tuple[Rule, ...]] = (
    Rule("family", "billed as what was measured", "R39; guideline quoted by AAPC", "S", STOP, _family),
    Rule("code.part", "the code is that of the part", "C.1", "S", STOP, _part),
    Rule("code.tracing", "strips by telephone: the technical part alone", "R7", "I", STOP, _tracing),
    Rule("code.successor", "what stands in a deleted code's place fits", "C.1", "M!", REASON, _loop),
    Rule("code.component", "never -26 or -TC on 93228, 93229", "C.1", "S", STOP, _component),
    Rule("hookup", "hook-up is never billed for telemetry", LCD, "LCD", STOP, _hook_up),
    Rule("bundle.codes", "codes that exclude one another", "CCI 17.0; C.2", "S", REASON, _bundles),
    Rule("bundle.concurrent", "no other monitoring on the same days", LCD, "LCD", REASON, _concurrent),
    Rule("place", "outpatients alone", LCD, "LCD", STOP, _place),
    Rule("place.stays", "no service counted in a facility", LCD, "LCD", STOP, _facility),
    Rule("us", "ordered, watched and worn in the United States", LCD, "LCD", STOP, _us),
    Rule("exclusive", "a transmitter of one's own", LCD, "LCD", STOP, _exclusive),
    Rule("attended", "watched without a gap", LCD, "LCD", REASON, _attended),
    Rule("qualified", "watched by qualified people", LCD, "LCD", REASON, _qualified),
    Rule("supervision", "supervised by cardiology or internal medicine", LCD, "LCD", REASON, _supervised),
    Rule("told", "the physician was told, and what they did is on record", LCD, "LCD", REASON, _notified),
    Rule("reports", "reports are made, the summary signed", LCD, "LCD", REASON, _reported),
    Rule("plans", "plans were in force", LCD, "LCD", REASON, _planned),
)
