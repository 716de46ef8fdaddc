"""Papers from the console: credentials, trainings, places of work; each answer says what is still missing."""

from __future__ import annotations

import pytest
from tests.center.house import House

from einthoven.base.errors import EinthovenError, NotFoundError
from einthoven.base.instants import DAY, Instant, from_iso, to_iso
from einthoven.center.papers_office import PapersOffice

NOW = from_iso("2026-11-23T02:00:00Z")
ON_FILE = "ab" * 32
CARD = {"kind": "CCT", "number": "C-77", "issuer": "CCI", "issued": "2026-01-01", "expires": "2028-06-30"}
TRAINED = {"on": "2026-01-01", "expires": "2027-12-31", "by": "Poe, Nora"}
TOPICS = ("reading ECGs", "directing a patient in an emergency")


class Registry:
    """A house with a technician, and its office of papers."""

    def __init__(self) -> None:
        self.house = House(now=NOW)
        self.house.administrator()
        self.house.join("rr", "technician")
        keeper = self.house.keeper
        self.office = PapersOffice(keeper.book, keeper.stations, keeper.decide, ON_FILE.__eq__)

    def do(self, command: str, **fields: object) -> dict[str, object]:
        return self.office.commands()[command]({"login": "rr", **fields}, self.house.now)

    def reasons(self) -> list[str]:
        (one,) = self.do("credential.list")["people"]  # type: ignore[misc]
        return [] if one["may_watch"]["ok"] else one["may_watch"]["reasons"]


@pytest.fixture
def registry() -> Registry:
    return Registry()


def test_each_answer_says_what_is_missing_until_nothing_is(registry: Registry) -> None:
    assert registry.reasons() == [
        "no credential on file (want RN, EMT, CCT, CRAT)",
        "training 'reading ECGs' is not on file",
        "training 'directing a patient in an emergency' is not on file",
    ]
    told = [registry.do("credential.add", **CARD, document=ON_FILE)]
    told += [registry.do("training.add", topic=topic, **TRAINED) for topic in TOPICS]
    assert [len(one["may_watch"]["reasons"]) for one in told[:2]] == [2, 1]  # type: ignore[index]
    assert told[2]["may_watch"]["ok"] is True  # type: ignore[index]
    assert registry.reasons() == []


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (from_iso("2026-01-01T00:00:00Z") - 1, "counts from 2026-01-01"),
        (from_iso("2026-01-01T00:00:00Z"), None),
        (from_iso("2028-06-30T23:59:59Z"), None),
        (from_iso("2028-07-01T00:00:00Z"), "CCT C-77 expired 2028-07-01"),
    ],
)
def test_days_count_to_their_end(registry: Registry, at: Instant, words: str | None) -> None:
    registry.do("credential.add", **CARD)
    registry.house.now = at
    about = [reason for reason in registry.reasons() if "CCT" in reason]
    assert ([words is not None] if words else []) == [words in reason for reason in about]  # type: ignore[operator]


def test_a_credential_that_was_withdrawn_counts_no_more_and_stays_on_file(registry: Registry) -> None:
    registry.do("credential.add", **CARD, document=ON_FILE)
    registry.house.now += DAY
    told = registry.do("credential.withdraw", kind="CCT", number="C-77", why="entered twice")
    assert "CCT C-77 was withdrawn" in str(told["may_watch"])
    (one,) = registry.do("credential.list")["people"]  # type: ignore[misc]
    (card,) = one["credentials"]
    assert (card["withdrawn"], card["why"], card["document"]) == (
        to_iso(registry.house.now),
        "entered twice",
        ON_FILE,
    )


def test_where_somebody_works_from_is_a_site_that_is_open(registry: Registry) -> None:
    site = {"name": "Main", "address": "1 Main Street", "territory": "US", "networks": ["192.0.2.0/24"]}
    registry.house.office.do("site.add", site, registry.house.now)
    registry.do("staff.works_from", site=1)
    (one,) = registry.do("credential.list")["people"]  # type: ignore[misc]
    assert one["works_from"] == "Main"
    registry.house.office.do("site.close", {"site": 1, "why": "sold"}, registry.house.now)
    for bad in (1, 2, "1", True, None):
        with pytest.raises(NotFoundError, match="there is no open site"):
            registry.do("staff.works_from", site=bad)


BAD: list[tuple[str, dict[str, object], str]] = [
    ("credential.add", CARD | {"login": "nobody"}, "login: nobody here is called 'nobody'"),
    ("credential.add", CARD | {"expires": "2028-02-30"}, "expires: '2028-02-30' is no day"),
    ("credential.add", CARD | {"issued": "tomorrow"}, "issued: 'tomorrow' is no day"),
    ("credential.add", CARD | {"issued": "2026-01-01T00:00:00Z"}, "is no day"),
    ("credential.add", CARD | {"issued": 7}, "issued: want a text"),
    ("credential.add", CARD | {"expires": "2025-06-30"}, "expires: is not behind since"),
    ("credential.add", CARD | {"number": ""}, "number"),
    ("credential.add", CARD | {"document": "cd" * 32}, "is not on file"),
    ("credential.add", CARD | {"document": "../x"}, "is not on file"),
    ("credential.withdraw", {"kind": "RN", "number": "1", "why": "x"}, "has no running credential RN 1"),
    ("training.add", TRAINED | {"topic": ""}, "topic"),
    ("training.add", TRAINED | {"topic": "reading ECGs", "by": "7"}, "by"),
]


@pytest.mark.parametrize(("command", "fields", "words"), BAD)
def test_what_cannot_be_is_refused_and_changes_nothing(
    registry: Registry, command: str, fields: dict[str, object], words: str
) -> None:
    before = registry.house.facts.journal.last()
    with pytest.raises(EinthovenError) as raised:
        registry.do(command, **fields)
    assert words in str(raised.value)
    assert registry.house.facts.journal.last() == before


def test_roles_are_changed_and_a_machine_stays_one(registry: Registry) -> None:
    house = registry.house
    house.office.do("change", {"login": "rr", "roles": ["supervisor"], "name": None}, house.now)
    assert {role.value for role in house.keeper.book.members[house.people["rr"]].roles} == {"supervisor"}
    with pytest.raises(EinthovenError, match="a machine stays one"):
        house.office.do("change", {"login": "rr", "roles": ["service"]}, house.now)
    with pytest.raises(EinthovenError, match="is the last administrator"):
        house.office.do("change", {"login": "jane", "roles": ["technician"]}, house.now)
