"""The people of the demo: one of each role, whom a visitor becomes by one click. Simulated patients only."""

from __future__ import annotations

from typing import Final

from einthoven.base.deeds import CENTER
from einthoven.base.instants import Instant
from einthoven.bootstrap.people import DEMO_LOGIN, People
from einthoven.sim.demo import PHYSICIAN, PRACTICE
from einthoven.surveillance import staff_changes

ROLES: Final = ("technician", "supervisor", "physician", "enrollment", "billing", "administrator", "auditor")
NAMES: Final = (
    "Thea Technician",
    "Sam Supervisor",
    PHYSICIAN,
    "Enid Enrollment",
    "Bill Billing",
    "Ada Admin",
    "Otto Auditor",
)
DESK: Final = f"{DEMO_LOGIN}desk"


def people_of_the_demo(people: People, now: Instant) -> str:
    """Make them where they are not there yet; the token by which the demo enrolls its patients."""
    book, record = people.keeper.book, people.keeper.record
    if not book.practices:
        record(staff_changes.add_practice(book, PRACTICE), CENTER, now)
    practice = next(iter(book.practices))
    for role, name in zip(ROLES, NAMES, strict=True):
        if book.by_login(f"{DEMO_LOGIN}{role}") is None:
            of = practice if role == "physician" else None
            record(staff_changes.join(book, name, f"{DEMO_LOGIN}{role}", [role], of), CENTER, now)
    if book.by_login(DESK) is None:
        record(staff_changes.join(book, "Desk of the demo", DESK, ["service", "enrollment"]), CENTER, now)
    return people.sign_in.token(book.logins[DESK], CENTER, now)
