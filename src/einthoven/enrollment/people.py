"""Who is enrolled, by whom: patient, contacts, ordering physician (R20, R28, R29)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from einthoven.base.errors import EnrollmentError
from einthoven.base.instants import Instant
from einthoven.enrollment import checks

CONTACTS_MAX = 10
"""More contacts than a technician can call in an emergency; a longer list is a mistake of the sender."""
_PATIENT = {"name", "birth_date", "sex", "address", "telephone", "contacts"}
_CONTACT = {"name", "telephone", "relation"}
_PHYSICIAN = {"name", "npi", "telephone", "fax"}


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to call about a patient in an emergency (R20)."""

    name: str
    telephone: str
    relation: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient. Text that is not known is ``""``.

    Attributes:
        name: complete name (R28), 1–200 characters in any script.
        birth_date: ``YYYY-MM-DD``.
        sex: ``female``, ``male``, ``other``, ``unknown``.
        address: where an ambulance goes.
        telephone: the patient's own.
        contacts: at most 10, in the order they are called.
    """

    name: str
    birth_date: str = ""
    sex: str = ""
    address: str = ""
    telephone: str = ""
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderingPhysician:
    """Who ordered the service (R29): name, NPI with a good check digit, telephone; fax if any."""

    name: str
    npi: str
    telephone: str
    fax: str = ""


def patient(fields: object, now: Instant) -> Patient:
    """The patient that a request's ``patient`` object names.

    Raises:
        EnrollmentError: one line naming the field.
    """
    given = fields_of("patient", fields, _PATIENT)
    contacts = given.get("contacts") or []
    if not isinstance(contacts, list):
        raise EnrollmentError("patient.contacts: want a list")
    if len(contacts) > CONTACTS_MAX:
        raise EnrollmentError(f"patient.contacts: {len(contacts)} of them, at most {CONTACTS_MAX}")
    return Patient(
        name=checks.name("patient.name", given.get("name")),
        birth_date=checks.day("patient.birth_date", given.get("birth_date"), now),
        sex=checks.sex("patient.sex", given.get("sex")),
        address=checks.line("patient.address", given.get("address"), 500),
        telephone=checks.telephone("patient.telephone", given.get("telephone")),
        contacts=tuple(_contact(f"patient.contacts[{at}]", one) for at, one in enumerate(contacts)),
    )


def _contact(where: str, fields: object) -> Contact:
    given = fields_of(where, fields, _CONTACT)
    return Contact(
        checks.name(f"{where}.name", given.get("name")),
        checks.telephone(f"{where}.telephone", given.get("telephone"), required=True),
        checks.line(f"{where}.relation", given.get("relation"), 100),
    )


def physician(fields: object) -> OrderingPhysician:
    """The physician that a request's ``physician`` object names; EnrollmentError names a bad field."""
    given = fields_of("physician", fields, _PHYSICIAN)
    return OrderingPhysician(
        checks.name("physician.name", given.get("name")),
        checks.npi("physician.npi", given.get("npi")),
        checks.telephone("physician.telephone", given.get("telephone"), required=True),
        checks.telephone("physician.fax", given.get("fax")),
    )


def fields_of(where: str, value: object, known: set[str]) -> Mapping[str, object]:
    """The fields of an object; EnrollmentError for another type, or a field that is not known."""
    if not isinstance(value, Mapping):
        raise EnrollmentError(f"{where}: want an object with fields, got {type(value).__name__}")
    for key in value:
        if key not in known:
            raise EnrollmentError(f"{where}: {str(key)[:40]!r} is no field of an enrollment")
    return value


def same_person(one: Patient, other: Patient) -> bool:
    """Whether two enrollments can mean one person: the same name, and no two different birth dates."""
    return one.name.casefold() == other.name.casefold() and (
        not one.birth_date or not other.birth_date or one.birth_date == other.birth_date
    )


def merged(old: Patient, new: Patient) -> Patient:
    """``old`` with what ``new`` knows better: fields that ``new`` leaves out stay."""
    return Patient(
        name=new.name,
        birth_date=new.birth_date or old.birth_date,
        sex=new.sex or old.sex,
        address=new.address or old.address,
        telephone=new.telephone or old.telephone,
        contacts=new.contacts or old.contacts,
    )
