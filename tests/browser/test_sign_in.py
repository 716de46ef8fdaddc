"""Signing in at the screen: password and code, a passkey, the lock that leaves the wall, the demo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from starlette.routing import Route
from tests.browser.paper_center import STATIC, STREAM, PaperCenter
from tests.browser.paper_desk import PaperDesk
from tests.browser.screens import LARGE, SMALL, Screen
from tests.center.house import PASSWORD
from tests.e2e.processes import until
from tests.edges.web.signed_center import SignedCenter

from einthoven.testing.web import FakeFinding

pytestmark = pytest.mark.browser


class SignedPaper(PaperCenter):
    """A paper center where one must sign in."""

    def __init__(self, demo: bool = False) -> None:
        self.signed = SignedCenter(STATIC, demo=demo)
        super().__init__(self.signed)
        PaperDesk(self).watch_all(self.worn)
        routes = self.signed.app.router.routes
        # Who is signed in says the center, not the desk of paper.
        routes.remove(next(one for one in routes if isinstance(one, Route) and one.path == "/api/me"))

    def totp(self, login: str) -> str:
        """What the authenticator of somebody shows, a step later than any code used before."""
        house = self.signed.house
        house.now = self.center.clock.wall()
        number = house.people[login]
        secrets = house.stored.get(number)
        assert secrets is not None
        # Tests are quicker than codes change: what was used a moment ago counts as used long ago.
        self.do(
            lambda: house.facts.secrets.change(self._row(number), self._unused(secrets.code), lambda _e: None)
        )
        return house.code(login)

    def _row(self, number: int) -> int:
        return next(one.number for one in self.signed.house.facts.secrets.of(number) if one.kind == "totp")

    def _unused(self, secret: str) -> bytes:
        return b'{"secret":"%s","step":0}' % secret.encode()


@pytest.fixture(scope="module")
def paper() -> Iterator[SignedPaper]:
    center = SignedPaper()
    center.signed.house.everybody()
    center.start()
    center.say(FakeFinding(start=center.now - 500, end=None, state="open"))
    yield center
    center.stop()


def expected(screen: Screen) -> Screen:
    """A refused attempt is a 401 that the browser writes to its console; that is no defect of the page."""
    screen.outages = True
    return screen


def sign_in(page: Page, login: str, password: str, code: str) -> None:
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Time code").fill(code)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=lambda size: str(size[0]))
def test_nothing_is_shown_before_somebody_signs_in(
    paper: SignedPaper, open_page: Any, size: tuple[int, int]
) -> None:
    screen = open_page(paper.url, "/", size)
    page = screen.page
    expect(page.get_by_label("Login")).to_be_focused()
    assert "Patient" not in page.content()
    sign_in(page, "technician", PASSWORD, paper.totp("technician"))
    expect(page.locator(".tile").first).to_be_visible()
    screen.painted(f"s{STREAM:06d}", 2.0)
    expect(page.locator(".account-button")).to_be_visible()


def test_what_is_wrong_is_told_and_the_next_try_counts(paper: SignedPaper, open_page: Any) -> None:
    page = expected(open_page(paper.url)).page
    sign_in(page, "supervisor", "not the password", "000000")
    expect(page.get_by_role("alert")).to_have_text("Login, password or code is wrong.")
    sign_in(page, "supervisor", PASSWORD, paper.totp("supervisor"))
    expect(page.locator(".tile").first).to_be_visible()


def test_too_many_tries_count_down_before_ones_eyes(paper: SignedPaper, open_page: Any) -> None:
    page = expected(open_page(paper.url)).page
    for _ in range(5):
        sign_in(page, "auditor", "not the password", "000000")
        expect(page.get_by_role("button", name="Sign in")).to_be_enabled()
    sign_in(page, "auditor", "not the password", "000000")
    expect(page.get_by_role("alert")).to_contain_text("The next one is taken in")
    expect(page.get_by_role("button", name="Sign in")).to_be_disabled()


def test_a_lock_hides_the_controls_and_leaves_the_wall(paper: SignedPaper, open_page: Any) -> None:
    screen = expected(open_page(paper.url))
    page = screen.page
    sign_in(page, "technician", PASSWORD, paper.totp("technician"))
    tile = page.locator(".tile").first
    expect(tile).to_be_visible()
    screen.painted(f"s{STREAM:06d}", 2.0)
    page.keyboard.press("Shift+L")
    bar = page.get_by_role("form", name="unlock the controls")
    expect(bar.get_by_label("password")).to_be_focused()
    expect(tile).to_be_visible()
    expect(page.locator(".tools")).to_be_hidden()
    before = screen.tile(f"s{STREAM:06d}")
    assert before is not None
    tile.click(force=True)
    page.keyboard.press("Escape")
    page.locator("body").press("2")
    expect(page.locator("aside.panel")).to_have_count(0)
    moved = until(
        "the wall goes on",
        lambda: (
            (now := screen.tile(f"s{STREAM:06d}")) and now["newest_sample"] > before["newest_sample"] + 250
        ),
    )
    assert moved
    # A locked wall that is loaded anew has its trends as before: nothing it asks for is refused.
    with page.expect_response(lambda answer: "/findings?" in answer.url) as trend:
        page.reload()
    assert trend.value.status == 200
    expect(tile).to_be_visible()
    bar.get_by_label("password").fill("not the password")
    page.keyboard.press("Enter")
    expect(bar.get_by_role("alert")).to_contain_text("wrong")
    bar.get_by_label("password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(bar).to_have_count(0)
    expect(page.locator(".tools")).to_be_visible()


def test_signing_out_leads_to_the_sign_in_page(paper: SignedPaper, open_page: Any) -> None:
    page = expected(open_page(paper.url)).page
    sign_in(page, "technician", PASSWORD, paper.totp("technician"))
    page.locator(".account-button").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Login")).to_be_focused()
    assert page.context.cookies() == []


@pytest.mark.parametrize("path", ["/codes?code=93012&on=2012-06-15", "/administration#audit"])
def test_the_page_that_was_asked_for_comes_whole(paper: SignedPaper, open_page: Any, path: str) -> None:
    page = expected(open_page(paper.url, path)).page
    login = "administrator" if "#" in path else "auditor"
    sign_in(page, login, PASSWORD, paper.totp(login))
    expect(page.locator(".account-button")).to_be_visible()
    assert page.url == f"{paper.url}{path}"


def test_a_passkey_signs_in_and_unlocks(paper: SignedPaper, open_page: Any) -> None:
    url = paper.url.replace("127.0.0.1", "localhost")
    page = expected(open_page(url)).page
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
    }
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": options | {"isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    sign_in(page, "physician", PASSWORD, paper.totp("physician"))
    page.locator(".account-button").click()
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator(".account-told")).to_contain_text("added")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator(".tile")).to_have_count(1)  # a practice sees its own patient
    page.keyboard.press("Shift+L")
    bar = page.get_by_role("form", name="unlock the controls")
    bar.get_by_role("button", name="Passkey").click()
    expect(bar).to_have_count(0)


def test_whose_role_sees_no_patients_is_told_so(paper: SignedPaper, open_page: Any) -> None:
    page = expected(open_page(paper.url)).page
    sign_in(page, "billing", PASSWORD, paper.totp("billing"))
    expect(page.get_by_role("heading", name="Signed in as Billing")).to_be_visible()
    expect(page.locator("main")).to_contain_text("sees no patients")


def test_a_temporary_password_is_changed_at_once(paper: SignedPaper, open_page: Any) -> None:
    house = paper.signed.house
    number = house.people["enrollment"]
    given: list[str] = []
    paper.do(lambda: given.append(house.sign_in.invite(number, "console", paper.center.clock.wall())))
    page = expected(open_page(paper.url)).page
    sign_in(page, "enrollment", given[0], "")
    expect(page.get_by_role("heading", name="Your own password and time code")).to_be_visible()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    secret = page.locator("code").inner_text().replace(" ", "")
    house.codes[number] = secret
    house.now = paper.center.clock.wall()
    page.get_by_label("New password").fill("a password of my own")
    page.get_by_label("The same again").fill("a password of my own")
    page.get_by_label("Time code").fill(house.code("enrollment"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Signed in as Enrollment")).to_be_visible()


def test_the_demo_has_a_click_for_each_role(open_page: Any) -> None:
    paper = SignedPaper(demo=True)
    paper.signed.house.everybody()
    paper.start()
    try:
        page = expected(open_page(paper.url)).page
        page.get_by_role("button", name="technician").click()
        expect(page.locator(".tile").first).to_be_visible()
    finally:
        paper.stop()
