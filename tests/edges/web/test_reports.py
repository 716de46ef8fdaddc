"""Reports by requests: the list, the figures and PDFs of one's own patients, signed with proof."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.center.house import PASSWORD
from tests.edges.web.signed_center import call
from tests.edges.web.signing_center import SigningCenter

from einthoven.base.instants import DAY, SECOND
from einthoven.center.sessions import Opened
from einthoven.escalation.signature import digest
from einthoven.reports.life_due import Service


@pytest.fixture
def center(static: Path) -> Iterator[SigningCenter]:
    made = SigningCenter(static)
    now = made.clock.wall()
    made.paper.worn.told = [Service(17, now - 2 * DAY), Service(18, now - 2 * DAY)]
    made.paper.work(now)
    yield made
    made.deps.reads.close()


def post(center: SigningCenter, opened: Opened, act: str, **body: Any) -> httpx.Response:
    return call(center, opened, "POST", f"/api/desk/{act}", json=body)


def mine(center: SigningCenter, opened: Opened) -> dict[str, Any]:
    """The oldest report of patient 17."""
    told = call(center, opened, "GET", "/api/desk/reports").json()
    return min((one for one in told["reports"] if one["stream"] == "s000017"), key=lambda one: one["report"])


def test_a_report_is_written_signed_and_its_pdf_kept(center: SigningCenter) -> None:
    physician = center.enter("physician")
    number = mine(center, physician)["report"]
    assert post(center, physician, "report.edit", report=number, text="Sinus.", base=0).json()["version"] == 1
    draft = call(center, physician, "GET", f"/api/reports/{number}/pdf")
    assert draft.headers["content-disposition"].endswith('-preliminary.pdf"')
    page = call(center, physician, "GET", f"/api/desk/report/{number}").json()
    center.house.now += 60 * SECOND
    typed = {"password": PASSWORD, "code": center.house.code("physician"), "content": page["to_sign"]}
    proof = call(center, physician, "POST", "/api/session/confirm", json=typed).json()["confirmation"]
    signing = {"report": number, "content": page["to_sign"], "confirmation": proof}
    assert post(center, physician, "report.sign", **signing).status_code == 200
    assert post(center, physician, "report.sign", **signing).json()["reason"] == "confirmation"
    change = {"report": number, "text": "Other.", "base": 1}
    assert post(center, physician, "report.edit", **change).json()["reason"] == "state"
    center.paper.work(center.clock.wall())
    issued = call(center, physician, "GET", f"/api/reports/{number}/pdf?edition=1")
    assert (issued.headers["content-type"], issued.content[:5]) == ("application/pdf", b"%PDF-")
    assert "sandbox" not in issued.headers["content-security-policy"]
    told = call(center, physician, "GET", f"/api/desk/report/{number}").json()
    assert told["pdfs"] == [digest(issued.content)]
    assert call(center, physician, "GET", f"/api/reports/{number}/pdf?edition=2").status_code == 404
    assert call(center, physician, "GET", f"/api/reports/{number}/pdf?edition=x").status_code == 400


def test_the_figures_are_the_very_bytes_that_the_report_names(center: SigningCenter) -> None:
    opened = center.enter("technician")
    number = mine(center, opened)["report"]
    answer = call(center, opened, "GET", f"/api/reports/{number}/content")
    page = call(center, opened, "GET", f"/api/desk/report/{number}").json()
    assert digest(answer.content) == page["content"]
    assert json.loads(answer.content)["stream"] == "s000017"
    assert answer.headers["cache-control"] == "no-store"
    actor = opened.held.actor
    assert center.reads("read.reports", "read.report", "read.report_file") == [
        (actor, "read.reports", "patients"),
        (actor, "read.report_file", f"report {number}"),
        (actor, "read.report", f"report {number}"),
    ]


def test_a_practice_reads_its_own_and_the_others_do_not_exist(center: SigningCenter) -> None:
    physician = center.enter("physician")
    theirs = [
        one["report"]
        for one in call(center, center.enter("supervisor"), "GET", "/api/desk/reports").json()["reports"]
        if one["stream"] == "s000018"
    ]
    assert theirs
    for number in (theirs[0], 999):
        for path in ("reports/{}/pdf", "reports/{}/content", "desk/report/{}", "desk/impressions/{}"):
            answer = call(center, physician, "GET", f"/api/{path.format(number)}")
            assert (answer.status_code, answer.json()) == (404, {"error": f"there is no report {number}"})
    assert center.reads("read.report", "read.report_file") == []
    assert call(center, center.enter("administrator"), "GET", "/api/desk/reports").status_code == 403


def test_the_page_is_served_at_its_addresses(center: SigningCenter) -> None:
    for path in ("/reports", "/reports/12"):
        assert call(center, None, "GET", path).headers["content-type"].startswith("text/html")
    assert call(center, None, "GET", "/reports/x").status_code == 404


def test_every_version_is_read_from_the_journal(center: SigningCenter) -> None:
    physician = center.enter("physician")
    number = mine(center, physician)["report"]
    for base, text in enumerate(("one", "two")):
        post(center, physician, "report.edit", report=number, text=text, base=base)
    told = call(center, physician, "GET", f"/api/desk/impressions/{number}").json()
    assert [one["text"] for one in told["versions"]] == ["one", "two"]
