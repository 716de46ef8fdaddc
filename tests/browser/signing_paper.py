"""A paper center with sign-in and a real desk, for pages on which people prescribe and sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect
from tests.browser.paper_center import STATIC, PaperCenter
from tests.center.house import PASSWORD
from tests.edges.web.signing_center import SigningCenter

from einthoven.base.deeds import CENTER, Draft


class SigningPaper(PaperCenter):
    """Patients 17, of practice 1, and 18, of nobody's."""

    def __init__(self, demo: bool = False, **doors: Any) -> None:
        self.signed = SigningCenter(STATIC, demo=demo, **doors)
        super().__init__(self.signed)
        self.desk = self.signed.room

    def commit(self, make: Callable[[Any, int], list[Draft]], actor: str = CENTER) -> None:
        """Deeds at the desk, on the center's loop."""
        now = self.signed.clock.wall()
        self.do(lambda: self._kept(make(self.signed.books, now), actor, now))

    def _kept(self, drafts: list[Draft], actor: str, now: int) -> None:
        self.signed.room.desk.commit(drafts, actor, now)

    def totp(self, login: str) -> str:
        """What the authenticator of somebody shows now, which counts as not used yet.

        Tests are quicker than codes change.
        """
        house = self.signed.house
        number = house.people[login]
        secrets = house.stored.get(number)
        assert secrets is not None
        row = next(one.number for one in house.facts.secrets.of(number) if one.kind == "totp")
        unused = b'{"secret":"%s","step":0}' % secrets.code.encode()
        self.do(lambda: house.facts.secrets.change(row, unused, lambda _error: None))
        house.now = self.center.clock.wall()
        return house.code(login)

    def sign_in(self, page: Page, login: str) -> None:
        """Somebody signs in on a page that was just opened."""
        page.get_by_label("Login").fill(login)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("Time code").fill(self.totp(login))
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.locator(".account-button")).to_be_visible()
