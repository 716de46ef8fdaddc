"""A real center is set up for surveillance as its administrator would, and a browser becomes a station of it.

Commands, the real server, a real transmitter and a real browser; what is proved is read from the deeds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.screens import Screen
from tests.browser.test_painting import heart
from tests.e2e.processes import Serving, here, until
from tests.e2e.test_people import administrator
from tests.e2e.wearing import Wearing

from einthoven.base.deeds import Deed
from einthoven.bootstrap.clock import RealClock
from einthoven.edges.store.facts import Facts

pytestmark = pytest.mark.browser
OWN = "a long enough sentence of my own"
LOCAL, ELSEWHERE = "127.0.0.0/8", "198.51.100.0/24"
CARD = ("--kind", "CCT", "--number", "C-77", "--issuer", "CCI", "--issued", "2026-01-01")
TRAINED = ("--on", "2026-01-01", "--expires", "2098-12-31", "--by", "Poe, Nora")


@dataclass
class Clinic:
    """A center in which one patient is worn, with its administrator's commands."""

    serving: Serving
    stream: str

    def do(self, *words: object) -> Any:
        """A command; what it printed."""
        ran = here(*words, "--data", self.serving.data)
        assert (ran.code, ran.err) == (0, "")
        return ran.told

    def refused(self, *words: object) -> str:
        """The one line of a command that is refused."""
        ran = here(*words, "--data", self.serving.data)
        assert ran.code == 2
        return ran.line

    def deeds(self, kind: str) -> list[Deed]:
        """Those of a kind, as they stand on the disk; the center must not run."""
        facts = Facts(self.serving.data / "facts.sqlite", RealClock().wall())
        try:
            return list(facts.journal.read_kinds({kind}, 0))
        finally:
            facts.close()


@pytest.fixture
def clinic(tmp_path: Path, wearing: Wearing) -> Iterator[Clinic]:
    serving = Serving(tmp_path).start()
    enrolled = serving.enroll(250, "II,V1", patient="Alpha, Ann")
    wearing.wear(enrolled.key, heart(250.0, 1), frame_s=0.5)
    administrator(serving.data)
    yield Clinic(serving, enrolled.stream)
    serving.stop()


def become_station(screen: Screen, link: str) -> None:
    """Open the link and say yes."""
    screen.page.goto(link)
    screen.page.get_by_role("button", name=re.compile("Make this screen station")).click()
    expect(
        screen.page.get_by_role("heading", name=re.compile(r"This screen is station \d+ now"))
    ).to_be_visible()


def sign_in_first_time(page: Page, login: str, temporary: str) -> None:
    """With the temporary password: a password and a time code of one's own."""
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(temporary)
    page.get_by_role("button", name="Sign in", exact=True).click()
    secret = page.locator(".signin-qr code").inner_text().replace(" ", "")
    page.get_by_label("New password").fill(OWN)
    page.get_by_label("The same again").fill(OWN)
    page.get_by_label("Time code it shows now").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Keep and sign in").click()
    page.locator(".watch-bar .watching", has_text="Roe, Richard").wait_for()


def watcher(screen: Screen, clinic: Clinic) -> Locator:
    """Who watches the patient, as the tile says."""
    return screen.page.locator(f'.tile[data-id="{clinic.stream}"] .watcher')


def take(screen: Screen) -> None:
    """Take whoever is not watched."""
    screen.page.locator(".watch-bar .nobodys").wait_for()
    screen.page.keyboard.press("t")


def certify(clinic: Clinic, document: Path) -> None:
    document.write_bytes(b"%PDF-1.7\n% a certificate\n")
    staff = ("staff", "credential", "add", "--login", "rr")
    told = clinic.do(*staff, *CARD, "--expires", "2098-06-30", "--document", document)
    assert (clinic.serving.data / "documents" / told["document"]).read_bytes() == document.read_bytes()
    for topic in ("reading ECGs", "directing a patient in an emergency"):
        told = clinic.do("staff", "training", "add", "--login", "rr", "--topic", topic, *TRAINED)
    assert told["may_watch"]["ok"] is True


def test_a_center_is_set_up_and_a_patient_watched(clinic: Clinic, open_page: Any, tmp_path: Path) -> None:
    role = ("--role", "technician")
    hired = clinic.do("staff", "add", "--name", "Roe, Richard", "--login", "rr", *role)
    place = ("--name", "Main house", "--address", "1 Main Street, Springfield, IL")
    assert clinic.do("site", "add", *place, "--network", ELSEWHERE) == {"site": 1}
    link = clinic.do("station", "add", "--name", "Desk 1", "--site", 1)["link"]

    # From elsewhere the link opens nothing, and says why.
    screen = open_page(clinic.serving.url, "/station")
    screen.outages = True  # refusals are part of it
    expect(screen.page.get_by_role("alert")).to_contain_text("complete with a link alone")
    screen.page.goto(link)
    expect(screen.page.locator(".station-against")).to_contain_text("is in no network of site Main house")
    expect(screen.page.get_by_role("button")).to_have_count(0)
    clinic.do("site", "change", 1, "--network", LOCAL)
    become_station(screen, link)
    assert link.partition("#")[2] not in screen.page.url
    screen.page.get_by_role("link", name="Sign in here").click()
    sign_in_first_time(screen.page, "rr", hired["password"])

    # Without papers every thing that is missing is said, with its command.
    take(screen)
    lacking = screen.page.locator(".duty-side .lacking li")
    expect(lacking).to_have_count(3)
    expect(lacking.nth(0)).to_contain_text("no credential on file")
    expect(lacking.nth(0)).to_contain_text("einthoven staff credential add --login rr")
    expect(lacking.nth(1)).to_contain_text("einthoven staff training add --login rr")
    screen.page.keyboard.press("Escape")
    certify(clinic, tmp_path / "card.pdf")
    expect(screen.page.locator(".watch-bar .unfit")).to_have_count(0)
    take(screen)
    expect(watcher(screen, clinic)).to_have_class(re.compile("mine"))

    # A session that is carried elsewhere sits nowhere; the cookie of a retired station is none.
    cookies = screen.context.cookies()
    clinic.do("station", "retire", 1, "--why", "the screen broke")
    expect(watcher(screen, clinic)).to_have_class(re.compile("nobody"))
    expect(screen.page.locator(".watch-bar .unfit")).to_contain_text("this is no registered station")
    for carried in (cookies, [one for one in cookies if one["name"] != "einthoven_station"]):
        other = screen.context.browser.new_context()
        other.add_cookies(carried)
        told = other.request.get(f"{clinic.serving.url}/api/me").json()
        assert (told["sign_in"], told["station"]) == ("in", None)
        other.close()

    clinic.serving.stop()
    (began, *_) = clinic.deeds("duty.began")
    assert (began.body["station"], began.body["address"]) == (1, "127.0.0.1")
    (accepted, *_), (held, *_) = clinic.deeds("watch.accepted"), clinic.deeds("watch.held")
    assert (held.body["by"], held.body["station"]) == (accepted.body["by"], 1)
    assert {deed.body["station"] for deed in clinic.deeds("display.shown")} == {1}
    causes = [str(deed.body["cause"]) for deed in clinic.deeds("watch.lost")]
    assert causes[-1].endswith("station Desk 1 was retired")
    assert clinic.deeds("incident.opened")[-1].body["cause"] == causes[-1]


def test_a_watch_ends_with_the_papers_and_with_the_place(
    clinic: Clinic, open_page: Any, tmp_path: Path
) -> None:
    hired = clinic.do("staff", "add", "--name", "Roe, Richard", "--login", "rr", "--role", "technician")
    place = ("--name", "Main house", "--address", "1 Main Street, Springfield, IL")
    clinic.do("site", "add", *place, "--network", LOCAL)
    certify(clinic, tmp_path / "card.pdf")
    screen = open_page(clinic.serving.url, "/")
    screen.outages = True
    sign_in_first_time(screen.page, "rr", hired["password"])
    unfit = screen.page.locator(".watch-bar .unfit")
    expect(unfit).to_contain_text("surveillance is not set up")

    # A wall that is open already has shown who it is: it is loaded again.
    link = clinic.do("station", "add", "--name", "Desk 1", "--site", 1)["link"]
    beside = Screen(screen.context, screen.context.new_page(), screen.url)
    become_station(beside, link)
    beside.page.close()
    screen.page.reload()
    expect(unfit).to_have_count(0)
    expect(screen.page.locator(".watch-bar .place")).to_contain_text("Desk 1")
    take(screen)
    expect(watcher(screen, clinic)).to_have_class(re.compile("mine"))

    clinic.do("staff", "credential", "withdraw", "--login", "rr", *CARD[:4], "--why", "revoked")
    expect(watcher(screen, clinic)).to_have_class(re.compile("nobody"))
    take(screen)
    expect(screen.page.locator(".duty-side .lacking li")).to_contain_text(["CCT C-77 was withdrawn"])
    screen.page.keyboard.press("Escape")

    # Another that has expired does not help; one that counts does, until the screen is elsewhere.
    add = ("staff", "credential", "add", "--login", "rr", "--kind", "RN", "--issuer", "State", "--issued")
    clinic.do(*add, "2020-01-01", "--number", "R-1", "--expires", "2021-12-31")
    take(screen)
    expect(screen.page.locator(".duty-side .lacking li")).to_have_count(1)
    screen.page.keyboard.press("Escape")
    clinic.do(*add, "2020-01-01", "--number", "R-2", "--expires", "2098-12-31")
    expect(unfit).to_have_count(0)
    take(screen)
    expect(watcher(screen, clinic)).to_have_class(re.compile("mine"))
    clinic.do("site", "change", 1, "--network", ELSEWHERE)
    expect(watcher(screen, clinic)).to_have_class(re.compile("nobody"))
    take(screen)
    lacking = screen.page.locator(".duty-side .lacking li")
    expect(lacking).to_contain_text(["address 127.0.0.1 is in no network of site Main house"])
    expect(lacking).to_contain_text(["einthoven site change 1"])

    clinic.serving.stop()
    causes = [str(deed.body["cause"]) for deed in clinic.deeds("watch.lost")]
    assert [cause for cause in causes if "CCT C-77 was withdrawn" in cause]
    assert "is in no network of site Main house" in causes[-1]


def test_what_is_refused_to_an_administrator_is_said(clinic: Clinic, tmp_path: Path) -> None:
    (tmp_path / "card.exe").write_bytes(b"MZ")
    add = ("staff", "credential", "add", "--login", "rr", *CARD, "--expires", "2098-06-30")
    assert "card.exe: is no PDF, PNG or JPEG" in clinic.refused(*add, "--document", tmp_path / "card.exe")
    (tmp_path / "card.pdf").write_bytes(b"%PDF-1.7")
    assert "nobody here is called 'rr'" in clinic.refused(*add, "--document", tmp_path / "card.pdf")
    assert not list((clinic.serving.data / "documents").glob("*"))
    site = ("site", "add", "--name", "Main", "--address", "1 Main Street")
    assert "0.0.0.0/0 is too wide" in clinic.refused(*site, "--network", "0.0.0.0/0")
    assert "'FR' is not in the United States" in clinic.refused(
        *site, "--network", LOCAL, "--territory", "fr"
    )
    assert "no open site 1" in clinic.refused("station", "add", "--name", "Desk 1", "--site", 1)
    assert "station 9: there is none" in clinic.refused("station", "link", 9)
    until("the center still serves", lambda: clinic.serving.get("/healthz").status_code == 200)
