"""The audit, people and places as pages ask for them: plain words, names only for those who may know them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.center.desk_house import DeskHouse

import einthoven
from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError, RefusedError
from einthoven.base.instants import DAY, MILLISECOND
from einthoven.center import audit_page
from einthoven.center.audit_words import GROUPS, WORDS
from einthoven.center.audited import AuditFound
from einthoven.center.desk_acts import ACTS
from einthoven.center.desk_books import Books, PatientCard
from einthoven.center.desk_door import Who
from einthoven.enrollment.register import AuditLine
from einthoven.surveillance import staff_changes
from einthoven.testing.web import EPOCH


class Center:
    """A center with one patient, a technician, an administrator and an auditor."""

    def __init__(self) -> None:
        self.house = DeskHouse(patients=1)
        self.technician = self.house.hire("Ruiz, Tom")
        self.administrator = self.house.hire("Adams, Ann", role="administrator")
        self.auditor = self.house.hire("Ody, Una", role="auditor")
        self.house.begin()

    def look(self, by: int, **params: str) -> Any:
        look = self.house.room.look(Who(by, None, "192.0.2.9"), "audit", params)
        assert look is not None
        return look.read()()

    def ask(self, by: int, what: str) -> Any:
        return self.house.room.ask(Who(by, None, "192.0.2.9"), what, {})


def test_every_kind_of_deed_and_every_audited_action_has_plain_words() -> None:
    books = Books(lambda _stream: PatientCard(""))
    kinds = {kind for book in books.all() for kind in book.KINDS}
    source = "".join(path.read_text() for path in Path(einthoven.__file__).parent.rglob("*.py"))
    actions = set(re.findall(r'"((?:sign_in|session|secret|live|notice|period)\.[a-z_]+)"', source))
    actions |= set(re.findall(r'\.audit\(\s*"([a-z_.]+)"', source))
    assert (kinds | actions) - set(WORDS) - set(ACTS) == set()


def test_every_action_is_in_a_group() -> None:
    kinds = [kind for group in GROUPS.values() for kind in group]
    lost = [one for one in WORDS if one not in kinds and not one.startswith(tuple(kinds))]
    assert lost == []


def test_a_line_says_who_did_what_about_whom_with_its_place_in_the_chain() -> None:
    center = Center()
    lines = center.look(center.auditor, person=str(center.technician), kind="people")["lines"]
    joined = lines[-1]
    assert (joined["words"], joined["about"], joined["who"]) == ("added to the staff", "Ruiz, Tom", "center")
    kept = center.house.kept.audit()[joined["seq"] - 1]
    assert (joined["hash"], joined["action"]) == (kept.hash.hex(), "staff.joined")
    assert joined["detail"]["login"] == "ruiz"


def test_an_administrator_reads_no_name_of_a_patient_and_an_auditor_does() -> None:
    center = Center()
    mine, theirs = (
        center.look(one, stream="s000001")["lines"][0] for one in (center.administrator, center.auditor)
    )
    assert (mine["about"], mine["detail"], mine["hidden"]) == ("", {}, True)
    assert (theirs["about"], theirs["hidden"]) == ("Patient, 1", False)
    assert theirs["detail"]["stream"] == 1
    assert mine["subject"] == theirs["subject"] == "s000001"


@pytest.mark.parametrize(
    "subject", ["order 5", "report 5", "claim 5", "remittance 2", "correction 1", "kit T-1"]
)
def test_what_a_deed_says_of_a_patient_is_hidden_with_them(subject: str) -> None:
    books, line = Center().house.books, AuditLine(1, 0, "staff 1", "order.edited", subject, {"name": "Doe"})
    told = [
        audit_page.told(books, AuditFound([line], None), patients=one)["lines"][0] for one in (False, True)
    ]
    assert [(one["detail"], one["hidden"]) for one in told] == [({}, True), ({"name": "Doe"}, False)]


def test_a_webhook_is_told_by_its_host_also_in_lines_of_before() -> None:
    """The path is how a receiver knows us: whoever reads it can post there."""
    center, secret = Center(), "k7Xw2mQv9"
    to = f"https://hooks.example/services/{secret}?key={secret}"
    body: dict[str, Any] = {"id": "n-1", "channel": "webhook", "to": to, "attempts": 1}
    body |= {"receipt": f"404 Cannot POST /services/{secret}", "known": True, "next_at": None}
    center.house._found([Draft("notice.failed", "notice n-1", body)])
    line = center.look(center.auditor, kind="notice.failed")["lines"][0]
    assert line["detail"]["to"] == "https://hooks.example"
    assert line["detail"]["receipt"] == "404 Cannot POST /…/…"
    assert secret not in json.dumps(line)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"stream": "x"}, "^stream: not a stream"),
        ({"person": "0"}, "person: want a whole number"),
        ({"person": "²"}, "person: want a whole number"),
        ({"limit": "501"}, "limit: at most 500"),
        ({"kind": "gossip"}, "kind: 'gossip' is none"),
        ({"from_ms": "9", "to_ms": "9"}, "to_ms: must be after from_ms"),
        ({"colour": "red"}, "'colour' is no field of the audit"),
    ],
)
def test_a_filter_that_is_wrong_is_named(params: Mapping[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        audit_page.asked(params)


@pytest.mark.parametrize(("what", "roles"), [("staff", "supervisor"), ("sites", "auditor")])
def test_people_and_places_are_for_those_who_answer_for_them(what: str, roles: str) -> None:
    center = Center()
    one = center.house.hire("Answer, Al", role=roles)
    assert center.ask(one, what)
    with pytest.raises(RefusedError, match="not for your roles"):
        center.ask(center.technician, what)
    with pytest.raises(RefusedError, match="not for your roles"):
        center.look(center.house.hire("Super, Sue", role="supervisor"))


def test_papers_that_run_out_within_thirty_days_are_told() -> None:
    center = Center()
    staff = center.house.books.surveil.staff
    until = center.house.clock.wall() + 20 * DAY
    number = staff.next_member
    center.house._found(staff_changes.join(staff, "Poe, Pat", "poe", ["technician"]))
    center.house._found(staff_changes.credential(staff, number, "CCT", "9", "CCI", EPOCH - DAY, until))
    for topic in ("reading ECGs", "directing a patient in an emergency"):
        center.house._found(
            staff_changes.training(staff, number, topic, EPOCH - DAY, until + 300 * DAY, "us")
        )
    told = {one["id"]: one for one in center.ask(center.administrator, "staff")["people"]}
    assert told[number]["runs_out_ms"] == until / MILLISECOND
    assert told[number]["credentials"][0]["state"] == "expiring"
    assert told[center.technician]["runs_out_ms"] is None
    assert (told[center.auditor]["watches"], told[center.auditor]["reasons"]) == (False, [])


def test_a_station_is_alive_while_it_reports_and_says_who_is_there() -> None:
    center = Center()
    center.house.seat(center.technician)
    center.house.run(4)
    site = center.ask(center.administrator, "sites")["sites"][0]
    at = {one["id"]: one for one in site["stations"]}
    assert (at[center.technician]["alive"], at[center.technician]["people"]) == (True, ["Ruiz, Tom"])
    assert (at[center.auditor]["alive"], at[center.auditor]["people"]) == (False, [])
