"""Plans and supervision at the desk: who sets them, what is refused, what the page shows (R34, R36)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.center.test_desk_criteria import Office

from einthoven.base.errors import EinthovenError, RefusedError
from einthoven.base.instants import DAY, MILLISECOND
from einthoven.center.desk_door import Who
from einthoven.surveillance.house_plans import BLANK, PlanKind
from einthoven.surveillance.plan_templates import TEMPLATES


@pytest.fixture
def office() -> Office:
    return Office()


def adopt(office: Office, who: Who, **change: Any) -> EinthovenError | None:
    told = {"kind": "quality", "title": "", "text": "Twice.", "document": "", "why": "first"}
    return office.ask(who, "plan.set", **{**told, "effective_ms": office.now / MILLISECOND, **change})


def page(office: Office, who: Who) -> dict[str, Any]:
    return dict(office.house.room.ask(who, "plans", {}))


def test_an_administrator_and_a_supervisor_adopt_plans_and_nobody_else(office: Office) -> None:
    administrator, supervisor = (
        office.sit("Adams, A.", "administrator"),
        office.sit("Super, S.", "supervisor"),
    )
    technician = office.sit("Tech, T.", "technician")
    assert adopt(office, administrator) is None
    assert adopt(office, supervisor, text="Thrice.") is None
    refused = adopt(office, technician, text="Never.")
    assert isinstance(refused, RefusedError)
    assert refused.reason == "permission"
    told = page(office, supervisor)
    assert told["able"] is True
    quality = told["plans"][0]
    assert (quality["kind"], quality["in_force"]) == ("quality", 2)
    assert [one["text"] for one in quality["versions"]] == ["Thrice.", "Twice."]
    assert quality["versions"][0]["by"] == "Super, S."
    assert page(office, office.sit("Roe, Pat", "auditor"))["able"] is False
    with pytest.raises(RefusedError):
        page(office, technician)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "other"}, "kind: 'other', want one of"),
        ({"text": "", "document": ""}, "text: say the plan"),
        ({"text": TEMPLATES[PlanKind.QUALITY]}, "is not filled in: [[name of the center]]"),
        ({"document": "ab" * 32}, "is not on file"),
        ({"effective_ms": "soon"}, "effective_ms: want a number"),
        ({"text": 5}, "text: want a text"),
    ],
)
def test_bad_input_gets_one_clear_line(office: Office, change: dict[str, Any], words: str) -> None:
    error = adopt(office, office.sit("Adams, A.", "administrator"), **change)
    assert words in str(error)
    assert page(office, office.sit("Roe, Pat", "auditor"))["plans"][0]["in_force"] is None


def test_who_supervises_is_of_the_staff_or_named_with_a_good_npi(office: Office) -> None:
    who = office.sit("Adams, A.", "administrator")
    doctor = office.sit("Dr. Ada Heart", "physician", 1)
    since = office.now / MILLISECOND
    told = {"specialty": "cardiology", "since_ms": since, "why": ""}
    assert office.ask(who, "supervisor.set", person=doctor.staff, npi="1234567893", **told) is None
    shown = page(office, who)["supervisor"]
    assert (shown["name"], shown["specialty"], shown["npi"]) == ("Dr. Ada Heart", "cardiology", "1234567893")
    later = {**told, "since_ms": since + 3 * DAY / MILLISECOND}
    assert office.ask(who, "supervisor.set", name="Dr. Bea Pulse", npi="", **later) is None
    shown = page(office, who)
    assert shown["supervisor"]["name"] == "Dr. Ada Heart"
    assert [one["future"] for one in shown["supervisors"]] == [True, False]
    for change, words in (
        ({"name": "Dr. C", "npi": "1234567890"}, "the check digit does not fit"),
        ({"person": 99, "npi": ""}, "nobody of number 99 works here"),
        ({"name": "", "npi": ""}, "name: is missing"),
        ({"name": "Dr. C", "person": doctor.staff, "npi": ""}, "not both"),
    ):
        assert words in str(office.ask(who, "supervisor.set", **told, **change))


def test_every_template_has_blanks_and_says_what_the_determination_asks_for() -> None:
    assert set(TEMPLATES) == set(PlanKind)
    for text in TEMPLATES.values():
        assert text.count(BLANK) >= 5
        assert text.count(BLANK) == text.count("]]")
