"""Who may do what: roles, permissions and the table between them, as data (R42; 45 CFR 164.312(a)(1)).

What a role may not do it cannot be given by hand: somebody who needs more gets a second role, on record.
``ACTS`` and ``READS`` name the permission of every command and every kind of reading; a command that is in
neither is refused to everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody is employed as; one person may have several."""

    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"
    PHYSICIAN = "physician"
    OFFICE = "office"
    ENROLLMENT = "enrollment"
    BILLING = "billing"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    SERVICE = "service"
    """A machine: another system that reads, never a person."""


class Permission(StrEnum):
    """One kind of act or of reading."""

    WATCH_HOLD = "watch.hold"
    """Offer, accept, decline, take: to be responsible for patients (R14)."""
    WATCH_ASSIGN = "watch.assign"
    """Offer on, or withdraw, the watches of others: the shift's supervisor."""
    CASE_WORK = "case.work"
    """Take, release, judge and close cases; sign nothing."""
    CASE_ASSIGN = "case.assign"
    """Take over a case that somebody else holds; withdraw what needs no call any more."""
    CASE_OVERREAD = "case.overread"
    """The second reading, by somebody who did not give the first."""
    ALARM_ANSWER = "alarm.answer"
    """Acknowledge, and pause with a time limit (R19)."""
    ANSWER = "telephone.answer"
    """Take the calls of patients, ask them, say who they are, close them (R6)."""
    CALL = "call"
    """Call physicians and record the outcome (R23, R24)."""
    EMERGENCY = "emergency"
    """Open and work the emergency procedure (R20)."""
    CONTACT = "patient.contact"
    """Record a contact with the patient."""
    CRITERIA_PROPOSE = "criteria.propose"
    """Write down what a physician asks for, on the telephone too; nothing of it holds before it is signed."""
    CRITERIA_SIGN = "criteria.sign"
    """Prescribe notification criteria: physicians alone (R21)."""
    LADDER_SET = "ladder.set"
    """Who is called, by which number, when."""
    REPORT_PREPARE = "report.prepare"
    """Write impressions, make reports ready, comment; an office writes only as a physician's delegate."""
    REPORT_ACKNOWLEDGE = "report.acknowledge"
    """Of the patient's practice: take a report over."""
    REPORT_SIGN = "report.sign"
    """Physicians alone (R27)."""
    INCIDENT_CLOSE = "incident.close"
    REVIEW = "review"
    """Give beats another class at the desk, gather strips for the report (R11, R25)."""
    BREAK_GLASS = "break_glass"
    """See a patient of another practice for an hour, with the reason on record."""
    ENROLL = "enroll"
    """Enroll patients, change their data, end their service."""
    ORDER = "order"
    """Take orders in, complete, return, refuse or withdraw them (R29); an office those of its practice."""
    ORDER_SIGN = "order.sign"
    """Sign an order: physicians alone (R29)."""
    ENROLL_ALLOW = "enroll.allow"
    """Allow, with a reason on record, a period that a rule about coverage refuses (R33)."""
    SERVICE_EXTEND = "service.extend"
    """Let a period last longer: with what the treating physician says (R33)."""
    SERVICE_CALL = "service.call"
    """Call patients on their first day and for their kit; note stays in a hospital."""
    KIT = "kit"
    """The inventory: kits in, out, cleaned, lost (R5)."""
    CORRECT = "patient.correct"
    """Say, or confirm as the second person, that a period is another person's; follow up what went out."""
    CLAIM = "claim"
    """Prepare and check claims."""
    STAFF_CHANGE = "staff.change"
    """People, roles, practices; ends other people's sessions."""
    CREDENTIAL_CHANGE = "credential.change"
    """Credentials and training records: supervisors keep those of their shift."""
    PLACE_CHANGE = "place.change"
    """Sites and stations: where surveillance may happen (R17)."""
    SETTING_CHANGE = "setting.change"
    """Limits, legs, sounds, messaging of the center."""
    PLAN_SET = "plan.set"
    """The center's written plans, and who supervises as a physician (R34, R36)."""
    READ_WALL = "read.wall"
    """The live picture of many patients."""
    READ_ECG = "read.ecg"
    """Stored ECG, beats, measurements and findings of a patient (R11)."""
    READ_IDENTITY = "read.identity"
    """Name, date of birth, physician, period of service."""
    READ_CONTACTS = "read.contacts"
    """Address, telephone, contacts, ladder."""
    READ_CASE = "read.case"
    """Cases, worklist, verdicts, calls."""
    READ_REPORT = "read.report"
    READ_ORDER = "read.order"
    """Orders, with what they lack and the papers that came with them."""
    READ_CORRECTION = "read.correction"
    """Who was on record for the wrong person, and what went out under their name."""
    READ_CLAIM = "read.claim"
    """Claims, their checks, files and answers (R40)."""
    READ_CENTER = "read.center"
    """The legs, who is on shift, incidents: how the center does."""
    READ_CONTINUITY = "read.continuity"
    """The proof of uninterrupted surveillance (R14, R36)."""
    READ_STAFF = "read.staff"
    """People with their credentials and documents."""
    READ_PLACES = "read.places"
    READ_AUDIT = "read.audit"
    READ_METRICS = "read.metrics"
    EXPORT = "export"
    """Take records of patients away in the formats of others (R36, R41)."""


_P = Permission
_PATIENT_CARE = frozenset(
    {
        _P.WATCH_HOLD,
        _P.CASE_WORK,
        _P.ALARM_ANSWER,
        _P.ANSWER,
        _P.CALL,
        _P.EMERGENCY,
        _P.CONTACT,
        _P.SERVICE_CALL,
        _P.CRITERIA_PROPOSE,
        _P.REVIEW,
        _P.REPORT_PREPARE,
        _P.READ_WALL,
        _P.READ_ECG,
        _P.READ_IDENTITY,
        _P.READ_CONTACTS,
        _P.READ_CASE,
        _P.READ_REPORT,
        _P.READ_CENTER,
    }
)
_PRACTICE = frozenset(
    {
        _P.CRITERIA_PROPOSE,
        _P.REPORT_PREPARE,
        _P.REPORT_ACKNOWLEDGE,
        _P.LADDER_SET,
        _P.READ_ECG,
        _P.READ_IDENTITY,
        _P.READ_CONTACTS,
        _P.READ_CASE,
        _P.READ_REPORT,
        _P.ORDER,
        _P.READ_ORDER,
        _P.EXPORT,
    }
)

PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.TECHNICIAN: _PATIENT_CARE,
        Role.SUPERVISOR: _PATIENT_CARE
        | {
            _P.WATCH_ASSIGN,
            _P.CASE_ASSIGN,
            _P.CASE_OVERREAD,
            _P.LADDER_SET,
            _P.INCIDENT_CLOSE,
            _P.ENROLL_ALLOW,
            _P.SERVICE_EXTEND,
            _P.KIT,
            _P.CORRECT,
            _P.READ_CORRECTION,
            _P.CREDENTIAL_CHANGE,
            _P.PLAN_SET,
            _P.READ_CONTINUITY,
            _P.READ_STAFF,
            _P.READ_PLACES,
            _P.READ_METRICS,
            _P.ORDER,
            _P.READ_ORDER,
            _P.EXPORT,
        },
        Role.PHYSICIAN: _PRACTICE
        | {
            _P.CASE_OVERREAD,
            _P.CRITERIA_SIGN,
            _P.REPORT_SIGN,
            _P.ORDER_SIGN,
            _P.REVIEW,
            _P.BREAK_GLASS,
            _P.SERVICE_EXTEND,
        },
        Role.OFFICE: _PRACTICE,
        Role.ENROLLMENT: frozenset(
            {
                _P.ENROLL,
                _P.ORDER,
                _P.SERVICE_EXTEND,
                _P.SERVICE_CALL,
                _P.KIT,
                _P.CORRECT,
                _P.CONTACT,
                _P.LADDER_SET,
                _P.READ_IDENTITY,
                _P.READ_CONTACTS,
                _P.READ_REPORT,
                _P.READ_ORDER,
                _P.READ_CORRECTION,
            }
        ),
        Role.BILLING: frozenset(
            {
                _P.CLAIM,
                _P.READ_CLAIM,
                _P.READ_IDENTITY,
                _P.READ_REPORT,
                _P.READ_ORDER,
                _P.READ_CONTINUITY,
                _P.EXPORT,
            }
        ),
        Role.ADMINISTRATOR: frozenset(
            {
                _P.STAFF_CHANGE,
                _P.CREDENTIAL_CHANGE,
                _P.PLACE_CHANGE,
                _P.SETTING_CHANGE,
                _P.PLAN_SET,
                _P.READ_CENTER,
                _P.READ_STAFF,
                _P.READ_PLACES,
                _P.READ_AUDIT,
                _P.READ_METRICS,
            }
        ),
        Role.AUDITOR: frozenset(
            {
                _P.READ_CORRECTION,
                _P.READ_IDENTITY,
                _P.READ_CASE,
                _P.READ_REPORT,
                _P.READ_CLAIM,
                _P.READ_ORDER,
                _P.READ_CENTER,
                _P.READ_CONTINUITY,
                _P.READ_STAFF,
                _P.READ_PLACES,
                _P.READ_AUDIT,
            }
        ),
        Role.SERVICE: frozenset({_P.READ_METRICS, _P.READ_CENTER}),
    }
)
"""What each role may do."""

BOUND = frozenset({Role.PHYSICIAN, Role.OFFICE})
"""Roles that reach only the patients of their own practice."""

ACTS: Mapping[str, Permission | None] = MappingProxyType(
    {
        "watch.accept": _P.WATCH_HOLD,
        "watch.decline": _P.WATCH_HOLD,
        "watch.offer": _P.WATCH_HOLD,
        "watch.withdraw": _P.WATCH_HOLD,
        "watch.take": _P.WATCH_HOLD,
        "case.take": _P.CASE_WORK,
        "case.take_over": _P.CASE_ASSIGN,
        "case.release": _P.CASE_WORK,
        "case.undo": _P.CASE_WORK,
        "case.known_af": _P.CASE_WORK,
        "case.verdict": _P.CASE_WORK,
        "case.overread": _P.CASE_OVERREAD,
        "case.close": _P.CASE_WORK,
        "alarm.acknowledge": _P.ALARM_ANSWER,
        "alarm.pause_audio": _P.ALARM_ANSWER,
        "alarm.resume_audio": _P.ALARM_ANSWER,
        "alarm.pause": _P.ALARM_ANSWER,
        "alarm.resume": _P.ALARM_ANSWER,
        "call.start": _P.CALL,
        "call.incoming": _P.CALL,
        "call.end": _P.CALL,
        "telephone.take": _P.ANSWER,
        "telephone.take_over": _P.CASE_ASSIGN,
        "telephone.offer": _P.ANSWER,
        "telephone.leave": _P.ANSWER,
        "telephone.hang": _P.ANSWER,
        "telephone.tie": _P.ANSWER,
        "telephone.ask": _P.ANSWER,
        "telephone.strike": _P.ANSWER,
        "telephone.played": _P.ANSWER,
        "telephone.move": _P.ANSWER,
        "telephone.followed": _P.ANSWER,
        "telephone.tried": _P.ANSWER,
        "telephone.close": _P.ANSWER,
        "telephone.explain": _P.INCIDENT_CLOSE,
        "telephone.limits": _P.SETTING_CHANGE,
        "notification.close": _P.CALL,
        "notification.withdraw": _P.CASE_ASSIGN,
        "emergency.begin": _P.EMERGENCY,
        "emergency.step": _P.EMERGENCY,
        "emergency.place": _P.EMERGENCY,
        "emergency.physician_beside": _P.EMERGENCY,
        "emergency.end": _P.EMERGENCY,
        "criteria.propose": _P.CRITERIA_PROPOSE,
        "criteria.drop": _P.CRITERIA_PROPOSE,
        "criteria.sign": _P.CRITERIA_SIGN,
        "criteria.template_propose": _P.CRITERIA_PROPOSE,
        "criteria.template_sign": _P.CRITERIA_SIGN,
        "report.edit": _P.REPORT_PREPARE,
        "report.prepare": _P.REPORT_PREPARE,
        "report.release": _P.REPORT_PREPARE,
        "report.comment": _P.REPORT_PREPARE,
        "report.write_addendum": _P.REPORT_PREPARE,
        "report.return": _P.REPORT_SIGN,
        "report.sign": _P.REPORT_SIGN,
        "report.cosign": _P.REPORT_SIGN,
        "report.add": _P.REPORT_SIGN,
        "report.delegate": _P.REPORT_SIGN,
        "report.undelegate": _P.REPORT_SIGN,
        "report.sentence": _P.REPORT_ACKNOWLEDGE,
        "report.drop_sentence": _P.REPORT_ACKNOWLEDGE,
        "report.acknowledge": _P.REPORT_ACKNOWLEDGE,
        "report.view": _P.REPORT_ACKNOWLEDGE,
        "claim.make": _P.CLAIM,
        "claim.change": _P.CLAIM,
        "claim.check": _P.CLAIM,
        "claim.note": _P.CLAIM,
        "claim.release": _P.CLAIM,
        "claim.take_back": _P.CLAIM,
        "claim.void": _P.CLAIM,
        "claim.file": _P.CLAIM,
        "claim.sent": _P.CLAIM,
        "claim.appeal": _P.CLAIM,
        "claim.answered": _P.CLAIM,
        "claim.match": _P.CLAIM,
        "claim.set_aside": _P.CLAIM,
        "claim.replace": _P.CLAIM,
        "claim.cancel": _P.CLAIM,
        "claim.carried_out": _P.CLAIM,
        "claim.stands": _P.CLAIM,
        "claim.refund_owed": _P.CLAIM,
        "claim.refunded": _P.CLAIM,
        "claim.refund_dropped": _P.CLAIM,
        "order.receive": _P.ORDER,
        "order.edit": _P.ORDER,
        "order.sign": _P.ORDER_SIGN,
        "order.paper_signature": _P.ORDER,
        "order.return": _P.ORDER,
        "order.refuse": _P.ORDER,
        "order.withdraw": _P.ORDER,
        "order.note": _P.ORDER,
        "order.assign": _P.ORDER,
        "order.place": _P.CORRECT,
        "ladder.set": _P.LADDER_SET,
        "legs.set": _P.SETTING_CHANGE,
        "plan.set": _P.PLAN_SET,
        "supervisor.set": _P.PLAN_SET,
        "incident.close": _P.INCIDENT_CLOSE,
        "patient.contact": _P.CONTACT,
        "patient.note": _P.CONTACT,
        "patient.correct": _P.CORRECT,
        "patient.correct_confirm": _P.CORRECT,
        "patient.correct_drop": _P.CORRECT,
        "correction.done": _P.CORRECT,
        "correction.reopen": _P.CORRECT,
        "beats.relabel": _P.REVIEW,
        "beats.undo": _P.REVIEW,
        "beats.redo": _P.REVIEW,
        "strip.keep": _P.REVIEW,
        "strip.caption": _P.REVIEW,
        "strip.drop": _P.REVIEW,
        "break_glass": _P.BREAK_GLASS,
        "order.enroll": _P.ENROLL,
        "period.allow": _P.ENROLL_ALLOW,
        "period.extend": _P.SERVICE_EXTEND,
        "period.telephone": _P.ENROLL,
        "period.interrupt": _P.SERVICE_CALL,
        "period.resume": _P.SERVICE_CALL,
        "period.end": _P.ENROLL,
        "followup.done": _P.SERVICE_CALL,
        "followup.move": _P.SERVICE_CALL,
        "kit.add": _P.KIT,
        "kit.return": _P.KIT,
        "kit.clean": _P.KIT,
        "kit.lost": _P.KIT,
        "kit.retire": _P.KIT,
        "kit.ship": _P.KIT,
        "site.add": _P.PLACE_CHANGE,
        "site.change": _P.PLACE_CHANGE,
        "site.close": _P.PLACE_CHANGE,
        "station.register": _P.PLACE_CHANGE,
        "station.change": _P.PLACE_CHANGE,
        "station.retire": _P.PLACE_CHANGE,
        "staff.join": _P.STAFF_CHANGE,
        "staff.change": _P.STAFF_CHANGE,
        "staff.leave": _P.STAFF_CHANGE,
        "staff.return": _P.STAFF_CHANGE,
        "staff.works_from": _P.STAFF_CHANGE,
        "practice.add": _P.STAFF_CHANGE,
        "practice.rename": _P.STAFF_CHANGE,
        "credential.add": _P.CREDENTIAL_CHANGE,
        "credential.end": _P.CREDENTIAL_CHANGE,
        "training.add": _P.CREDENTIAL_CHANGE,
        "lock": None,
        "unlock": None,
        "sign_out": None,
    }
)
"""Command of the desk → permission; None: everybody who is signed in, upon himself."""

READS: Mapping[str, Permission | None] = MappingProxyType(
    {
        "me": None,
        "wall": _P.READ_WALL,
        "live": _P.READ_WALL,
        "stream": _P.READ_ECG,
        "findings": _P.READ_ECG,
        "worklist": _P.READ_CASE,
        "case": _P.READ_CASE,
        "patient": _P.READ_CONTACTS,
        "glass": _P.READ_CASE,
        "emergency": _P.EMERGENCY,
        "continuity": _P.READ_CONTINUITY,
        "incident": _P.READ_CENTER,
        "person": _P.READ_CENTER,
        "legs": _P.READ_CENTER,
        "center": _P.READ_CENTER,
        "staff": _P.READ_STAFF,
        "places": _P.READ_PLACES,
        "audit": _P.READ_AUDIT,
        "metrics": _P.READ_METRICS,
        "plans": _P.READ_STAFF,
        "report": _P.READ_REPORT,
        "claim": _P.READ_CLAIM,
        "telephone": _P.READ_CASE,
        "order": _P.READ_ORDER,
        "kits": _P.KIT,
        "services": _P.SERVICE_CALL,
        "service": _P.READ_CONTACTS,
        "instructions": _P.READ_CONTACTS,
        "correction": _P.READ_CORRECTION,
        "export": _P.EXPORT,
    }
)
"""Kind of reading → permission; None: everybody who is signed in."""


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """What somebody with these roles may do, in one practice or in all."""
    return frozenset().union(*(PERMISSIONS[role] for role in roles))


def reaches_all(roles: Iterable[Role], permission: Permission) -> bool:
    """Whether some role gives this permission for every patient, not only for those of one practice."""
    return any(permission in PERMISSIONS[role] and role not in BOUND for role in roles)
