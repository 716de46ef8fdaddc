"""A report of a strip by telephone at the screen: a technician issues it, a physician may review it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import barriers
from tests.browser.report_paper import ReportPaper
from tests.browser.screens import LARGE, SMALL
from tests.browser.test_reports import field, opened
from tests.reports.telephoned import ASKED, call, quality, second, strip, telephoned, tracing

from einthoven.base.deeds import CENTER, Draft
from einthoven.base.instants import SECOND
from einthoven.reports.life_states import About, Kind, State
from einthoven.reports.report import Report
from einthoven.reports.telephone_strip import strip_report

pytestmark = pytest.mark.browser


def figures(_about: About, edition: int) -> dict[str, Any]:
    """A strip with a gap; another edition is one that was struck out."""
    seconds = [second(at, gap=0.3, lost=0.3) if at == 9 else second(at) for at in range(21)]
    change = {"struck": "a test"} if edition > 1 else {}
    told = quality() | {"seconds": seconds}
    report: Report = strip_report(
        telephoned(call(strip(told=told, **change)), trace=tracing(start=5000)), ASKED
    )
    return asdict(report)


@pytest.fixture
def paper() -> Iterator[ReportPaper]:
    center = ReportPaper()
    made = center.signed.paper
    now = center.signed.clock.wall()
    for report in list(center.signed.books.reports.reports):
        about = center.signed.books.reports.report(report).about
        gone = {"report": report, "stream": about.stream, "by": report}
        center.signed.room.desk.commit([Draft("report.withdrawn", f"report {report}", gone)], CENTER, now)
    made.maker.write = figures
    body: dict[str, Any] = {"report": center.number + 1, "kind": "strip", "stream": 17, "which": "12.1"}
    place = About(*_about(now))
    content = made.files.put(made.maker.make(place, "").content)
    more = {"start": place.start, "stop": place.stop, "content": content, "analysis": "paper 1"}
    rest: dict[str, Any] = {"headline": "", "note": "", "stamp": "1", "replaces": None}
    drafted = Draft("report.drafted", "report", body | more | rest)
    center.signed.room.desk.commit([drafted], CENTER, now)
    center.start()
    yield center
    center.stop()


def _about(now: int) -> tuple[Any, ...]:
    return Kind.STRIP, 17, "12.1", now - 60 * SECOND, now - 30 * SECOND


def told(page: Page) -> Any:
    return page.get_by_role("region", name="technical report")


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))
def test_a_technician_issues_it_and_writes_no_impression(
    paper: ReportPaper, open_page: Any, size: tuple[int, int]
) -> None:
    page = opened(paper, open_page, "technician", "/reports", size)
    line = page.get_by_role("region", name="reports").locator("tbody tr").first
    expect(line).to_contain_text("strip by telephone call 12, strip 1")
    expect(line).to_contain_text("draft, to be issued")
    line.get_by_role("link").click()
    expect(page.locator(".standing").first).to_contain_text("PRELIMINARY – not issued yet")
    expect(page.get_by_role("region", name="conclusion")).to_contain_text("This is not real-time telemetry.")
    expect(field(page)).to_have_count(0)
    assert barriers(page) == []
    page.keyboard.press("r")
    expect(told(page).get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(told(page)).to_contain_text("issued by")
    expect(page.locator(".standing").first).to_contain_text("TECHNICAL REPORT, ISSUED")
    expect(told(page).get_by_role("button")).to_have_count(0)
    assert paper.signed.books.reports.report(paper.number).state is State.ISSUED


def test_a_physician_reviews_what_was_issued(paper: ReportPaper, open_page: Any) -> None:
    desk = paper.signed.room.desk
    told_of = {"report": paper.number, "stream": 17}
    content = paper.signed.books.reports.report(paper.number).content
    released = Draft("report.released", "report", told_of | {"content": content})
    paper.do(lambda: desk.commit([released], "staff 1", paper.center.clock.wall()))
    page = opened(paper, open_page, "physician", f"/reports/{paper.number}")
    expect(told(page)).to_contain_text("a physician of the practice may review and sign it")
    expect(field(page)).to_be_visible()
    expect(page.get_by_role("button", name="Issue")).to_have_count(0)
    expect(page.get_by_role("button", name="Sign …")).to_be_visible()
    expect(page.get_by_role("region", name="state")).to_contain_text("issued by")
