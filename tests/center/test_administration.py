"""What administrators change at the desk: people, papers, sites, stations; each refused with its reason."""

from __future__ import annotations

from typing import Any

import pytest
from tests.center.desk_house import DeskHouse

from einthoven.base.errors import EinthovenError, InputError, NotFoundError, RefusedError
from einthoven.base.instants import DAY, MILLISECOND
from einthoven.center.administration import ADMINISTRATION
from einthoven.center.desk_door import Who
from einthoven.center.staff_page import staff_page
from einthoven.surveillance import staff_changes
from einthoven.testing.web import EPOCH

NOW_MS, YEAR_MS = EPOCH // MILLISECOND, 365 * DAY // MILLISECOND
OFFICE = {"name": "Guam office", "address": "2 Marine Dr", "territory": "gu", "networks": "198.51.100.0/24"}
STATION = {"name": "X", "site": 1, "kind": "desk", "key": "ab" * 32}
NEW = {"name": "Sato, Mei", "login": "sato", "roles": ["technician"], "practice": None}


class Office:
    """A center with an administrator, who acts."""

    def __init__(self) -> None:
        self.house = DeskHouse(patients=1)
        self.administrator = self.house.hire("Adams, Ann", role="administrator")

    def act(self, act: str, fields: dict[str, Any], by: int | None = None) -> Any:
        """What an act comes to; an error of the tree where it is refused."""
        told: list[Any] = []
        who = Who(self.administrator if by is None else by, None, "192.0.2.9")
        self.house.room.act(who, act, fields, lambda body, error: told.append(error or body))
        assert len(told) == 1
        if isinstance(told[0], EinthovenError):
            raise told[0]
        return told[0]


def test_a_site_and_a_station_there_are_added_changed_and_closed() -> None:
    office = Office()
    site = office.act("site.add", OFFICE)["site"]
    place = {"name": "Desk G", "site": site, "kind": "desk"}
    station = office.act("station.register", place | {"key": "ab" * 32})["station"]
    office.act("station.change", place | {"station": station, "name": "Desk H"})
    book = office.house.books.surveil.stations
    known = book.stations[station]
    assert (known.name, known.site, known.public_key, known.kind) == ("Desk H", site, "ab" * 32, "desk")
    assert (book.sites[site].territory, book.sites[site].networks) == ("GU", ("198.51.100.0/24",))
    office.act("station.retire", {"station": station, "why": "broken screen"})
    with pytest.raises(RefusedError, match="retired"):
        office.act("station.change", place | {"station": station})
    assert book.keys.get("ab" * 32) is None
    office.act("site.close", {"site": site, "why": "moved"})
    assert not book.stations[station].active
    assert not book.sites[site].active


def test_somebody_joins_is_certified_trained_changed_leaves_and_returns() -> None:
    office = Office()
    person = office.act("staff.join", NEW)["person"]
    until = {"since_ms": NOW_MS - 1, "expires_ms": NOW_MS + YEAR_MS}
    paper = {"person": person, "kind": "CCT", "number": "77", "issuer": "CCI"} | until
    office.act("credential.add", paper)
    for topic in office.house.books.surveil.recognised.topics:
        body = {"person": person, "topic": topic, "on_ms": NOW_MS, "expires_ms": NOW_MS + YEAR_MS, "by": "us"}
        office.act("training.add", body)
    assert office.house.books.surveil.fit(person, EPOCH + DAY).ok
    office.act("credential.end", {"person": person, "kind": "CCT", "number": "77", "why": "revoked"})
    assert not office.house.books.surveil.fit(person, EPOCH + DAY).ok
    office.act("staff.change", NEW | {"person": person, "roles": ["supervisor", "technician"]})
    office.act("staff.leave", {"person": person, "why": "moved away"})
    assert not office.house.books.surveil.staff.members[person].active
    office.act("staff.return", {"person": person})
    member = office.house.books.surveil.staff.members[person]
    assert (member.active, sorted(member.roles)) == (True, ["supervisor", "technician"])


DOCUMENT = "5d" * 32


def test_a_document_that_papers_name_is_on_file() -> None:
    """As at the console: a digest that nobody can look up proves nothing."""
    office = Office()
    person, until = office.house.hire("Ruiz, Tom"), {"expires_ms": NOW_MS + YEAR_MS, "document": DOCUMENT}
    card = {"person": person, "kind": "RN", "number": "77", "issuer": "CCI", "since_ms": NOW_MS} | until
    course = {"person": person, "topic": "reading ECGs", "on_ms": NOW_MS, "by": "us"} | until
    number = office.house.room.desk.record.number
    for act, fields in (("credential.add", card), ("training.add", course)):
        with pytest.raises(NotFoundError, match=f"document: '{DOCUMENT}' is not on file"):
            office.act(act, fields)
    assert office.house.room.desk.record.number == number
    office.house.books.on_file = {DOCUMENT}.__contains__
    office.act("credential.add", card)
    office.act("training.add", course)
    member = office.house.books.surveil.staff.members[person]
    assert [member.credentials[-1].document, member.training[-1].document] == [DOCUMENT] * 2


def test_where_somebody_works_from_is_a_site_that_is_open() -> None:
    office = Office()
    person = office.house.hire("Ruiz, Tom")
    office.act("staff.works_from", {"person": person, "site": 1})
    told = staff_page(office.house.books, EPOCH)
    assert [one["works_from"] for one in told["people"] if one["id"] == person] == ["Boston"]
    with pytest.raises(NotFoundError, match="site: there is no open site 7"):
        office.act("staff.works_from", {"person": person, "site": 7})


def test_a_practice_gets_its_physician() -> None:
    office = Office()
    practice = office.act("practice.add", {"name": "Heart practice"})["practice"]
    office.act("practice.rename", {"practice": practice, "name": "Heart and lung"})
    body = {"name": "Poe, Ann", "login": "poe", "roles": ["physician"], "practice": practice}
    person = office.act("staff.join", body)["person"]
    staff = office.house.books.surveil.staff
    assert (staff.members[person].practice, staff.practices[practice].name) == (practice, "Heart and lung")


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("site.add", OFFICE | {"territory": "CA"}, "territory: 'CA' is not in the United States"),
    ("site.add", OFFICE | {"networks": "everywhere"}, "networks: 'everywhere' is no network"),
    ("site.add", OFFICE | {"networks": "0.0.0.0/0"}, "networks: 0.0.0.0/0 is too wide to be a place"),
    ("site.add", OFFICE | {"networks": 7}, "networks: want a list"),
    ("site.add", OFFICE | {"name": " "}, "name: "),
    ("site.add", OFFICE | {"colour": "red"}, "'colour' is no field"),
    ("site.change", OFFICE | {"site": 9}, "site 9: there is none"),
    ("station.register", STATION | {"site": 9}, "site: there is no open"),
    ("station.register", STATION | {"kind": "sofa"}, "kind: 'sofa' is no kind"),
    ("station.change", STATION | {"station": 99}, "station: there is no station 99"),
    ("staff.join", NEW | {"roles": ["king"]}, "roles: 'king' is no role"),
    ("staff.join", NEW | {"roles": []}, "roles: at least one"),
    ("staff.join", NEW | {"login": "adams"}, "login: 'adams' is somebody else's"),
    ("staff.join", NEW | {"roles": ["physician"]}, "practice: a physician or office member belongs to one"),
    ("staff.join", NEW | {"practice": 3}, "practice: there is no practice 3"),
    ("staff.change", NEW | {"person": 99}, "staff 99: nobody has this number"),
    ("staff.leave", {"person": 1, "why": ""}, "why: "),
    ("training.add", {"person": 2, "topic": "x", "on_ms": "today"}, "on_ms: want a date"),
]  # fmt: skip


@pytest.mark.parametrize(("act", "fields", "words"), BAD, ids=lambda one: one if isinstance(one, str) else "")
def test_what_is_wrong_is_named_and_changes_nothing(act: str, fields: dict[str, Any], words: str) -> None:
    office = Office()
    office.house.hire("Second, Sue", role="administrator")
    number = office.house.room.desk.record.number
    with pytest.raises((InputError, NotFoundError), match=words.replace("(", r"\(")):
        office.act(act, fields)
    assert office.house.room.desk.record.number == number


def test_the_last_administrator_stays() -> None:
    office = Office()
    me = office.administrator
    with pytest.raises(RefusedError, match="last administrator"):
        office.act("staff.leave", {"person": me, "why": "tired"})
    with pytest.raises(RefusedError, match="last administrator"):
        staff_changes.change(office.house.books.surveil.staff, me, "Sato, Mei", "sato", ["technician"])


PERIOD = {"expires_ms": NOW_MS + YEAR_MS}
OWN_PAPERS: list[tuple[str, dict[str, Any]]] = [
    ("credential.add", {"kind": "CCT", "number": "77", "issuer": "CCI", "since_ms": NOW_MS} | PERIOD),
    ("training.add", {"topic": "reading ECGs", "on_ms": NOW_MS, "by": "us"} | PERIOD),
    ("staff.works_from", {"site": 1}),
]


OWN = [("administrator", *one) for one in OWN_PAPERS] + [("supervisor", *one) for one in OWN_PAPERS[:2]]


@pytest.mark.parametrize(("role", "act", "fields"), OWN, ids=[f"{role}-{act}" for role, act, _ in OWN])
def test_nobody_enters_their_own_papers(role: str, act: str, fields: dict[str, Any]) -> None:
    """Four eyes: refused with its reason, on record as refused, and taken of a second person."""
    office = Office()
    one, other = office.house.hire("Ode, Kemi", role=role), office.house.hire("Lee, Kim", role=role)
    number = office.house.room.desk.record.number
    with pytest.raises(RefusedError, match="your own papers are entered by somebody else") as refused:
        office.act(act, fields | {"person": one}, by=one)
    assert refused.value.reason == "four_eyes"
    assert office.house.room.desk.record.number == number
    office.act(act, fields | {"person": one}, by=other)


def test_nobody_changes_their_own_roles_but_their_own_name() -> None:
    office = Office()
    me, book = office.administrator, office.house.books.surveil.staff
    practice = office.act("practice.add", {"name": "Heart practice"})["practice"]
    mine = {"person": me, "name": "Adams, Ann", "login": "adams", "practice": None}
    for roles in (["administrator", "technician"], ["auditor"]):
        with pytest.raises(RefusedError, match="roles: your own are changed by somebody else"):
            office.act("staff.change", mine | {"roles": roles})
    with pytest.raises(RefusedError, match="practice: your own is changed by somebody else"):
        office.act("staff.change", mine | {"roles": ["administrator"], "practice": practice})
    office.act("staff.change", mine | {"name": "Adams, Anna", "roles": ["administrator"]})
    assert book.members[me].name == "Adams, Anna"
    second = office.house.hire("Second, Sue", role="administrator")
    office.act("staff.change", mine | {"roles": ["administrator", "technician"]}, by=second)
    assert sorted(book.members[me].roles) == ["administrator", "technician"]


def test_the_console_of_the_machine_certifies_whoever_it_names() -> None:
    """Where sign-in is off there is nobody else; what it does is on record as the console's."""
    house = DeskHouse(patients=1)
    one = house.hire("Ruiz, Tom")
    told: list[Any] = []
    for act, fields in OWN_PAPERS:
        body = fields | {"person": one, **({"number": "78"} if "number" in fields else {})}
        house.room.act(Who(0, None, ""), act, body, lambda made, error: told.append(error))
    assert told == [None] * len(OWN_PAPERS)


def test_the_first_administrator_is_not_made_on_a_page() -> None:
    """Sign-in would be on, and nobody could sign in."""
    house = DeskHouse(patients=1)
    told: list[Any] = []
    body = NEW | {"roles": ["administrator"]}
    house.room.act(Who(0, None, ""), "staff.join", body, lambda made, error: told.append((made, error)))
    made, error = told[0]
    assert made is None
    assert error.reason == "first_administrator"
    assert house.books.surveil.staff.administrators() == 0


PAPERS = {"credential.add", "credential.end", "training.add"}


@pytest.mark.parametrize("role", ["technician", "supervisor", "enrollment", "billing", "auditor", "service"])
@pytest.mark.parametrize("act", sorted(ADMINISTRATION))
def test_only_administrators_change_people_and_places(role: str, act: str) -> None:
    """Supervisors keep the papers of their shift; auditors change nothing."""
    office = Office()
    one = office.house.hire("Ruiz, Tom", role=role)
    if role == "supervisor" and act in PAPERS:
        with pytest.raises((InputError, NotFoundError)):
            office.act(act, {}, by=one)
        return
    with pytest.raises(RefusedError, match="not for your roles"):
        office.act(act, {}, by=one)
