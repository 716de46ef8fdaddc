"""A shift through real browsers at a real center: hand-over, a station closed, an alarm to the physician.

What is seen and heard is asked of the pages; what happened, and how long it took, is read from the deeds.
A machine that stalls for seconds loses watches, as it should: they are taken again, and on record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect
from tests.browser.screens import Screen
from tests.browser.test_painting import heart
from tests.browser.test_watch import COLOUR, pulses
from tests.e2e.processes import Serving, done, einthoven, until
from tests.e2e.test_people import administrator
from tests.e2e.wearing import Wearing

from einthoven.base.deeds import Deed
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import SECOND
from einthoven.bootstrap.clock import RealClock
from einthoven.edges.store.facts import Facts
from einthoven.sim.cues import SCENES, CuedSource
from einthoven.surveillance.continuity import UNEXPLAINED, ContinuityBook, Row
from einthoven.surveillance.drafting import Cause

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.alone]
PASSWORD = "another horse battery"
PATIENTS = ("Alpha, Ann", "Beta, Bob", "Gamma, Gil", "Delta, Dee")
PATIENCE_S = 120.0
PATIENCE_MS = PATIENCE_S * 1000
RUIZ, SATO = 1, 2
"""Their stations."""
PAUSE = next(scene for scene in SCENES if scene.name == "pause")
TOPICS = ("reading ECGs", "directing a patient in an emergency")


class Shift:
    """A center with four patients, two registered stations and two qualified technicians."""

    def __init__(self, folder: Path, wearing: Wearing) -> None:
        self.serving = Serving(folder).start()
        self.hearts: dict[str, CuedSource] = {}
        administrator(self.serving.data)
        token = self.command("staff", "add", name="Front desk", login="desk", role=("service", "enrollment"))[
            "token"
        ]
        physician = {"physician": "Lee, A.", "npi": "1234567893", "physician_telephone": "+1 413 555 0199"}
        for seed, patient in enumerate(PATIENTS, 1):
            worn = self.serving.enroll(250, "II,V1", patient=patient, token=token, **physician)
            self.hearts[worn.stream] = CuedSource(heart(250.0, seed), seed)
            wearing.wear(worn.key, self.hearts[worn.stream], frame_s=0.5, seed=seed)
        self.command("site", "add", name="Main house", address="1 Main Street", network="127.0.0.0/8")

    def command(self, *words: str, **options: Any) -> Any:
        """What a command on the folder printed."""
        told = []
        for name, value in options.items():
            for one in value if isinstance(value, tuple) else (value,):
                told += [f"--{name}", str(one)]
        return done(*words, "--data", self.serving.data, *told)

    def technician(self, name: str, login: str) -> str:
        """Somebody with every paper; their temporary password."""
        told = self.command("staff", "add", name=name, login=login, role="technician")
        first, last = (datetime.now(UTC).date() + timedelta(days) for days in (-30, 300))
        self.command(
            "staff", "credential", "add",
            login=login, kind="CCT", number="N-1", issuer="CCI", issued=first, expires=last,
        )  # fmt: skip
        for topic in TOPICS:
            self.command(
                "staff", "training", "add", login=login, topic=topic, on=first, expires=last, by="Doe, Jane"
            )
        return str(told["password"])

    def sit(self, open_page: Any, station: str, name: str, login: str) -> Screen:
        """A browser of its own that becomes a station, and a technician who signs in there."""
        temporary = self.technician(name, login)
        link = self.command("station", "add", name=station, site=1)["link"]
        screen: Screen = open_page(self.serving.url, "/station#" + str(link).partition("#")[2])
        screen.outages = True  # what is asked for twice on a machine that stalls is refused
        page = screen.page
        page.set_default_timeout(PATIENCE_MS)
        page.get_by_role("button", name=re.compile("Make this screen station")).click()
        page.get_by_role("link", name="Sign in here").click()
        page.get_by_label("Login").fill(login)
        page.get_by_label("Password").fill(temporary)
        page.get_by_role("button", name="Sign in", exact=True).click()
        secret = page.locator(".signin-qr code").inner_text().replace(" ", "")
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_label("The same again").fill(PASSWORD)
        page.get_by_label("Time code it shows now").fill(pyotp.TOTP(secret).now())
        page.get_by_role("button", name="Keep and sign in").click()
        expect(page.locator(".watch-bar .watching")).to_contain_text(name, timeout=PATIENCE_MS)
        return screen

    def deeds(self) -> list[Deed]:
        """All that stand on the disk; the center must not run."""
        facts = Facts(self.serving.data / "facts.sqlite", RealClock().wall())
        try:
            return list(facts.journal.read(limit=100_000))
        finally:
            facts.close()


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory, wearing: Wearing) -> Iterator[Shift]:
    made = Shift(tmp_path_factory.mktemp("shift"), wearing)
    yield made
    made.serving.stop()


# ---- at the screens ----------------------------------------------------------------------------------------


def mine(page: Page) -> int:
    """How many patients are held here."""
    return page.locator(".watcher.mine:not(.noted)").count()


def takes(page: Page, count: int) -> None:
    """Accept what is offered, and take whom nobody watches, until so many are held here."""

    def all_held() -> bool:
        if mine(page) >= count:
            return True
        for place, key in ((".watch-bar .offers", "y"), (".watch-bar .nobodys", "t")):
            if page.locator(place).is_visible():
                page.keyboard.press(key)
                break
        page.wait_for_timeout(1000)
        return False

    until(f"{count} patients are held", all_held, PATIENCE_S)


def hands_over(page: Page, which: str | None, to: str) -> None:
    """Offer one patient, or the whole shift, to somebody."""
    page.keyboard.press("h")
    form = page.locator(".hand-over")
    if which is None:
        form.get_by_role("button", name=re.compile("whole shift")).click()
    else:
        form.get_by_label(which).check()
    form.get_by_label(to).check()
    form.locator(".send button").click()
    expect(form.locator(".send button")).to_be_disabled(timeout=PATIENCE_MS)
    page.keyboard.press("Escape")
    expect(form).to_have_count(0, timeout=PATIENCE_MS)


def whole_burst(page: Page) -> list[tuple[float, float, list[float]]] | None:
    """The pulses between two long silences; None where the machine looked away, or a watch was lost."""
    takes(page, len(PATIENTS))
    heard: list[dict[str, Any]] = page.evaluate("ms => window.einthoven.listen(ms)", 22_000)
    if max(after["at"] - before["at"] for before, after in pairwise(heard)) >= 0.02:
        return None
    found = pulses(heard)
    starts = [at for at, (one, two) in enumerate(pairwise(found), 1) if two[0] - one[1] > 2.5]
    return found[starts[0] : starts[1]] if len(starts) >= 2 else None


def sees_and_hears(page: Page, stream: str) -> None:
    """The tile flashes with high priority, and ten pulses of several harmonics sound."""
    edge = f'.tile[data-id="{stream}"] .edge'
    expect(page.locator(f"{edge}.high.flashing")).to_be_visible(timeout=PATIENCE_MS)
    colours: set[str] = set()

    def both_seen() -> bool:
        colours.add(page.eval_on_selector(edge, COLOUR))
        return len(colours) == 2

    until("both colours", both_seen)
    page.keyboard.press("Shift")
    expect(page.locator(".sound", has_text="sound on")).to_be_visible(timeout=PATIENCE_MS)
    burst = until("a whole burst is heard", lambda: whole_burst(page), 2 * PATIENCE_S)
    assert len(burst) == 10
    for start, stop, peaks in burst:
        assert 0.05 < stop - start < 0.25
        assert len([hz for hz in peaks if 300 <= hz <= 4000]) >= 3


def works_the_case(page: Page, stream: str) -> None:
    """Acknowledged; beside the wall taken and judged true, the physician called, reached and asked."""
    edge = page.locator(f'.tile[data-id="{stream}"] .edge.flashing')
    page.locator(f'.tile[data-id="{stream}"]').click()
    page.keyboard.press("a")
    expect(edge).to_have_count(0, timeout=PATIENCE_MS)
    page.keyboard.press("o")
    page.locator(".panel.work .of-case").wait_for()
    page.keyboard.press("Enter")
    expect(page.locator(".holder")).to_contain_text("You have it", timeout=PATIENCE_MS)
    number = page.locator('.panel.work .case[aria-current="true"]').get_attribute("data-id")
    row = page.locator(f'.panel.work .case[data-id="{number}"]')
    page.keyboard.press("5")
    panel = page.locator(".call-panel")
    expect(panel.locator(".rung.first")).to_contain_text("Lee, A.", timeout=PATIENCE_MS)
    expect(panel.locator(".rung.first a.number")).to_have_attribute("href", "tel:+14135550199")
    page.keyboard.press("Enter")
    panel.locator(".under-way .running").wait_for()
    assert panel.locator("input:checked").count() == 0
    panel.get_by_role("radio", name="reached somebody").check()
    panel.locator("#call-person").fill("Lee, A.")
    panel.locator("#call-role").fill("physician")
    panel.locator("#call-readback").check()
    panel.locator("#call-said").fill("the heart stood still for six seconds")
    panel.locator("#call-action").fill("sends the patient to the hospital")
    panel.get_by_role("button", name="End the call").click()
    panel.locator(".given", has_text="Reached").wait_for()
    expect(panel.locator("#call-action")).to_have_value("sends the patient to the hospital")
    panel.get_by_role("button", name="Close with this").click()
    expect(panel).to_have_count(0, timeout=PATIENCE_MS)
    # Nothing is left to be done: the case goes by itself.
    expect(row).to_have_count(0, timeout=PATIENCE_MS)


# ---- on record ---------------------------------------------------------------------------------------------


def of(deeds: list[Deed], kind: str, **fields: Any) -> list[Deed]:
    """Those of a kind whose bodies say this."""
    return [
        deed
        for deed in deeds
        if deed.kind == kind and all(deed.body.get(name) == value for name, value in fields.items())
    ]


def streams(deeds: list[Deed]) -> set[StreamId]:
    """Of whom they are."""
    return {deed.body["stream"] for deed in deeds}  # type: ignore[misc]


def continuity(deeds: list[Deed], start: int, stop: int) -> tuple[Row, ...]:
    """The report over a part of the shift."""
    book = ContinuityBook()
    for deed in deeds:
        book.apply(deed)
    return book.report(start, stop, stop).rows


def closing(deeds: list[Deed]) -> list[Deed]:
    """The losses of the watches that the second station held when its page was closed: its last ones."""
    last = {deed.body["stream"]: deed for deed in of(deeds, "watch.lost", station=SATO)}
    return sorted(last.values(), key=lambda deed: deed.number)


def handed_over_without_a_gap(deeds: list[Deed]) -> None:
    """One watch ends after the next has begun; no moment is missing but where the machine stalled."""
    first, everybody = closing(deeds)[0], streams(of(deeds, "service.began"))
    assert len(everybody) == len(PATIENTS)
    handed = of(deeds, "watch.released", station=RUIZ)
    for deed in handed:
        (after,) = of(deeds, "watch.held", watch=deed.body["to"], station=SATO)
        assert after.body["since"] <= deed.body["until"]  # type: ignore[operator]
    before = deeds[: deeds.index(first)]
    stalled = streams(of(before, "watch.lost"))
    assert handed
    assert streams(handed) | stalled == everybody
    begun = max(of(deeds, "watch.held", stream=stream)[0].body["since"] for stream in everybody)  # type: ignore[type-var]
    rows = continuity(deeds, begun, first.body["since"])  # type: ignore[arg-type]
    assert {row.stream for row in rows} == everybody
    assert {row.stream for row in rows if row.percent != "100.000"} <= stalled


def lost_and_taken(deeds: list[Deed]) -> None:
    """Told with its cause, an incident, over once another has it. That it takes at most five seconds is
    proved on virtual time; here a machine that stalls adds to it."""
    lost = closing(deeds)
    assert streams(lost) == streams(of(deeds, "service.began"))
    (left,) = [deed for deed in of(deeds, "duty.ended") if deed.number > lost[0].number]
    # A browser says that its page is closed; of one killed too fast to say so only the connection ends.
    assert left.body["person"] == lost[0].body["by"]
    assert left.body["cause"] in (Cause.LEFT, Cause.CLOSED)
    for deed in lost:
        said = deed.body
        assert said["cause"] in (Cause.LEFT, Cause.SILENT, Cause.CLOSED, Cause.HIDDEN)
        assert 0 <= deed.at - said["since"] <= 30 * SECOND  # type: ignore[operator]
        # Whom the other still watched at the last proof is without a watch a moment later.
        told = of(deeds, "incident.opened", stream=said["stream"], cause=said["cause"])
        (incident,) = [one for one in told if one.at == deed.at]
        assert said["since"] <= incident.body["since"] <= deed.at  # type: ignore[operator]
        (over,) = of(deeds, "incident.ended", incident=incident.body["incident"])
        assert over.at in {one.at for one in of(deeds, "watch.held", stream=said["stream"], station=RUIZ)}
    rows = continuity(deeds, lost[0].body["since"], deeds[-1].at)  # type: ignore[arg-type]
    lapses = [lapse for row in rows for lapse in row.lapses]
    assert {lapse.cause for lapse in lapses} >= {deed.body["cause"] for deed in lost}
    assert UNEXPLAINED not in {lapse.cause for lapse in lapses}


STEPS = (
    "case.opened", "alarm.acknowledged", "case.taken", "case.verdict", "notification.opened",
    "call.started", "call.ended", "notification.reached", "notification.closed", "case.closed",
)  # fmt: skip


def worked(deeds: list[Deed], stream: str) -> None:
    """From the finding to what the physician did, each step a deed, in order, by whoever watched."""
    (opened,) = of(deeds, "case.opened", case=of(deeds, "case.taken")[0].body["case"])
    steps = [of(deeds, kind, case=opened.body["case"]) for kind in STEPS]
    assert all(steps), [kind for kind, found in zip(STEPS, steps, strict=True) if not found]
    numbers = [found[0].number for found in steps]
    assert numbers == sorted(numbers)
    assert stream_name(opened.body["stream"]) == stream  # type: ignore[arg-type]
    (watching,) = {deed.body["by"] for deed in of(deeds, "watch.held", station=RUIZ)}
    assert {found[0].actor for found in steps[1:4]} == {f"staff {watching}"}
    assert steps[3][0].body["verdict"] == "true"
    ended = steps[6][0].body
    assert (ended["outcome"], ended["person"], ended["readback"]) == ("reached", "Lee, A.", True)
    assert steps[8][0].body["action"] == "sends the patient to the hospital"


def test_a_shift_from_taking_over_to_the_physician_is_all_on_record(shift: Shift, open_page: Any) -> None:
    one = shift.sit(open_page, "Desk 1", "Ruiz, T.", "ruiz").page
    two = shift.sit(open_page, "Desk 2", "Sato, M.", "sato").page
    takes(one, len(PATIENTS))
    hands_over(one, PATIENTS[0], "Sato, M.")
    takes(two, 1)
    hands_over(one, None, "Sato, M.")
    takes(two, len(PATIENTS))
    expect(one.locator(".watcher.mine:not(.noted)")).to_have_count(0, timeout=PATIENCE_MS)
    two.close()
    takes(one, len(PATIENTS))

    stream, source = next(iter(shift.hearts.items()))
    source.cue(PAUSE)
    sees_and_hears(one, stream)
    works_the_case(one, stream)
    takes(one, len(PATIENTS))

    shift.serving.stop()
    deeds = shift.deeds()
    handed_over_without_a_gap(deeds)
    lost_and_taken(deeds)
    worked(deeds, stream)
    assert einthoven("verify", shift.serving.data).code == 0
