"""The wall as a thing to work at: it fits, it is worked by keys, it is spoken, it keeps its order."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, expect
from tests.browser.screens import LARGE, SMALL, Screen
from tests.browser.test_painting import heart
from tests.e2e.processes import Enrolled, Serving, until
from tests.e2e.wearing import Wearing

from einthoven.bootstrap.keys import new_key

pytestmark = pytest.mark.browser
PATIENTS = 70
GIVEN = ["Ada", "Ben", "Cleo", "Dan", "Eve", "Fay", "Gus", "Hal", "Ivy", "Jo"]


@pytest.fixture(scope="module")
def ward(center: Serving, wearing: Wearing) -> list[str]:
    """Seventy patients, four of them live; their streams in order."""
    live: list[Enrolled] = []
    for seed, patient in enumerate(("Alpha, Ann", "Beta, Bob", "Gamma, Gil", "Delta, Dee")):
        live.append(center.enroll(250, "II,V1", patient=patient, transmitter=f"T-{seed + 1}"))
        wearing.wear(live[-1].key, heart(250.0, seed + 1), frame_s=0.5)
    streams = [one.stream for one in live]
    with httpx.Client(base_url=center.url, trust_env=False, timeout=30) as client:
        for number in range(5, PATIENTS + 1):
            body = {
                "patient": {"name": f"Longfamilyname-{number:02d}, {GIVEN[number % 10]}"},
                "transmitter": f"T-{number}",
                "rate_hz": 250,
                "leads": ["II", "V1", "V5"],
                "public_key": new_key()[1].hex(),
            }
            answer = client.post("/api/enroll", json=body)
            assert answer.status_code == 201
            streams.append(answer.json()["stream"])
    return streams


FITS = """() => {
  const boxes = [...document.querySelectorAll(".tile")].map(tile => tile.getBoundingClientRect());
  const page = document.scrollingElement;
  const parts = ".tile .figure, .tile .patient, .tile .age, .tile .veil:not([hidden]) b";
  const cut = [...document.querySelectorAll(parts)]
    .filter(part => {
      const inside = part.getBoundingClientRect(), tile = part.closest(".tile").getBoundingClientRect();
      return inside.width > 0 && (inside.left < tile.left - 1 || inside.right > tile.right + 1
        || inside.top < tile.top - 1 || inside.bottom > tile.bottom + 1);
    }).map(part => part.closest(".tile").dataset.id + " " + part.className);
  const overlap = boxes.some((a, i) => boxes.some((b, j) => i < j
    && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1));
  return {
    tiles: boxes.length,
    scrolls: page.scrollHeight > innerHeight || page.scrollWidth > innerWidth,
    outside: boxes.filter(b => b.left < 0 || b.top < 0
      || b.right > innerWidth + 1 || b.bottom > innerHeight + 1).length,
    smallest: Math.min(...boxes.map(b => Math.min(b.width, b.height))),
    overlap, cut,
  };
}"""


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["1920x1080", "1280x800"])
def test_sixteen_to_sixty_four_tiles_fit_without_scrolling(
    center: Serving, ward: list[str], open_page: Any, size: tuple[int, int]
) -> None:
    screen = open_page(center.url, "/", size)
    for key, tiles in (("1", 16), ("2", 32), ("3", 64)):
        screen.page.keyboard.press(key)
        expect(screen.page.locator(".tile")).to_have_count(tiles)
        painted(screen, ward[:4])
        seen = screen.page.evaluate(FITS)
        assert seen["smallest"] > 60
        del seen["smallest"]
        assert seen == {"tiles": tiles, "scrolls": False, "outside": 0, "overlap": False, "cut": []}
        aspect = [tile["px_per_second"] * 0.4 / tile["px_per_mv"] for tile in screen.debug()["tiles"]]
        assert aspect == pytest.approx([1.0] * tiles)
        footer = screen.page.locator("footer.bottom")
        expect(footer).to_contain_text(f"patients 1–{tiles} of {PATIENTS}")
    screen.page.keyboard.press("PageDown")
    expect(screen.page.locator(".tile")).to_have_count(PATIENTS - 64)
    expect(footer).to_contain_text("page 2 of 2")


def painted(screen: Screen, streams: list[str]) -> None:
    def all_live() -> bool:
        tiles = {tile["id"]: tile for tile in screen.debug()["tiles"]}
        return all(
            stream in tiles and not tiles[stream]["stale"] and (tiles[stream]["painted_sample"] or 0) > 250
            for stream in streams
        )

    until("the live tiles", all_live)


def shown(screen: Screen) -> list[str]:
    ids: list[str] = screen.page.locator(".tile").evaluate_all("all => all.map(tile => tile.dataset.id)")
    return ids


def test_everything_is_reached_by_keys(center: Serving, ward: list[str], open_page: Any) -> None:
    screen = open_page(center.url)
    page = screen.page
    selected: Locator = page.locator(".tile[aria-current=true]")
    expect(page.locator(".tile")).to_have_count(16)
    for key, at in (("ArrowRight", 0), ("ArrowRight", 1), ("ArrowDown", 5), ("ArrowLeft", 4), ("ArrowUp", 0)):
        page.keyboard.press(key)
        expect(selected).to_have_attribute("data-id", ward[at])
        expect(selected).to_be_focused()
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name="patient")
    expect(panel.get_by_role("heading", name="Alpha, Ann")).to_be_visible()
    expect(panel.get_by_role("img", name=re.compile("electrocardiogram"))).to_be_visible()
    expect(page.locator(".tile")).to_have_count(16)
    assert page.evaluate(FITS)["scrolls"] is False
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(selected).to_be_focused()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="keys")
    expect(sheet).to_contain_text("open the selected patient beside the wall")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    page.keyboard.press("Control+k")
    page.keyboard.type("gamma")
    expect(page.get_by_role("option").first).to_contain_text("Gamma, Gil")
    page.keyboard.press("Enter")
    expect(panel.get_by_role("heading", name="Gamma, Gil")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Enter")
    page.wait_for_url(f"{center.url}/patient/{ward[2]}")
    page.keyboard.press("w")
    page.wait_for_url(f"{center.url}/")


HELD_BACK = """
const real = window.fetch, held = new Promise(go => { window.letIn = go; });
window.fetch = async (...asked) => { await held; return real(...asked); };
"""


def test_a_key_struck_before_the_page_stands_is_heard_once_it_does(
    center: Serving, ward: list[str], open_page: Any
) -> None:
    page = open_page(center.url, before=HELD_BACK).page
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("?")
    expect(page.locator(".tile")).to_have_count(0)
    page.evaluate("letIn()")
    expect(page.get_by_role("dialog", name="keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="keys")).to_have_count(1)


def test_the_order_is_this_screens_own_and_survives_a_reload(
    center: Serving, ward: list[str], open_page: Any
) -> None:
    screen = open_page(center.url)
    page = screen.page
    expect(page.locator(".tile")).to_have_count(16)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Alt+ArrowRight")
    moved = [ward[1], ward[0], *ward[2:16]]
    until("the tile to move", lambda: shown(screen) == moved)
    page.reload()
    expect(page.locator(".tile")).to_have_count(16)
    assert shown(screen) == moved
    painted(screen, ward[:4])
    page.locator(f'.tile[data-id="{ward[3]}"]').drag_to(page.locator(f'.tile[data-id="{ward[1]}"]'))
    dropped = [ward[3], ward[1], ward[0], ward[2], *ward[4:16]]
    until("the tile to drop", lambda: shown(screen) == dropped)
    page.keyboard.press("u")
    until("the change to be undone", lambda: shown(screen) == moved)


def test_a_screen_that_visitors_see_shows_no_names(center: Serving, ward: list[str], open_page: Any) -> None:
    screen = open_page(center.url)
    names = screen.page.locator(".tile .patient")
    expect(names.first).to_have_text("Alpha, Ann")
    screen.page.keyboard.press("p")
    expect(names.first).not_to_have_text("Alpha, Ann")
    words = screen.page.locator("body").inner_text() + screen.page.title()
    labels = " ".join(screen.page.locator(".tile").evaluate_all("all => all.map(t => t.ariaLabel ?? '')"))
    assert not re.search(r"Alpha|Longfamily", words + labels)
    screen.page.reload()
    expect(screen.page.locator(".tile")).to_have_count(16)
    expect(names.first).not_to_have_text("Alpha, Ann")


def test_a_screen_reader_is_told_what_the_eye_sees(center: Serving, ward: list[str], open_page: Any) -> None:
    screen = open_page(center.url)
    page = screen.page
    painted(screen, ward[:4])
    patients = page.get_by_role("list", name="patients")
    expect(patients).to_be_visible()
    live = patients.get_by_role("listitem", name=re.compile("^Alpha, Ann, live, rate (unknown|\\d+), II "))
    expect(live).to_have_count(1)
    expect(live).to_have_attribute(
        "aria-label", re.compile(r"rate \d+, II good, V1 \w+, battery \d+ percent")
    )
    never = patients.get_by_role(
        "listitem", name=re.compile("never connected, waiting for T-5, rate unknown")
    )
    expect(never).to_have_count(1)
    expect(page.get_by_role("group", name="tiles").get_by_role("button")).to_have_text(["16", "32", "64"])
    for name in ("keys", "Search", "25 mm/s 10 mm/mV"):
        expect(page.get_by_role("button", name=name)).to_be_visible()
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, input, a")]
             .filter(one => !(one.ariaLabel || one.textContent.trim() || one.title)).length"""
    )
    assert unnamed == 0
    assert page.locator("html").get_attribute("lang") == "en"


def test_the_filter_hides_nothing_silently(center: Serving, ward: list[str], open_page: Any) -> None:
    screen = open_page(center.url)
    page = screen.page
    expect(page.locator(".tile")).to_have_count(16)
    # The letter after the stroke may come before the next frame; it must not be taken for a key of the wall.
    focused = page.evaluate(
        """() => {
          document.dispatchEvent(new KeyboardEvent("keydown", {key: "/"}));
          return document.activeElement.className;
        }"""
    )
    assert focused == "filter"
    page.keyboard.type("beta")
    until("one tile", lambda: shown(screen) == [ward[1]])
    expect(page.locator("footer.bottom")).to_contain_text(f"hides {PATIENTS - 1} patients")
    page.keyboard.press("Escape")
    expect(page.locator(".tile")).to_have_count(16)


def test_the_key_after_the_palette_s_goes_to_it(center: Serving, ward: list[str], open_page: Any) -> None:
    screen = open_page(center.url)
    page = screen.page
    expect(page.locator(".tile")).to_have_count(16)
    page.keyboard.press("ArrowRight")
    selected = page.locator(".tile[aria-current=true]")
    expect(selected).to_be_focused()
    # The arrow and the stroke may come before the next frame; they must not be taken for keys of the wall.
    before = page.evaluate(
        """() => {
          const press = key => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true, ctrlKey: key === "k"}));
          press("k");
          const focused = document.activeElement.className;
          press("ArrowDown");
          return focused;
        }"""
    )
    assert before == "query"
    expect(page.get_by_role("option", selected=True)).to_contain_text("Beta, Bob")
    expect(selected).to_have_attribute("data-id", ward[0])
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(selected).to_be_focused()


def test_enter_chooses_by_what_is_typed_not_by_what_is_drawn(
    center: Serving, ward: list[str], open_page: Any
) -> None:
    page = open_page(center.url).page
    expect(page.locator(".tile")).to_have_count(16)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option").first).to_be_visible()
    # The last letter and Enter may come before the next frame.
    page.evaluate(
        """() => {
          const field = document.activeElement;
          field.value = "gamma";
          field.dispatchEvent(new InputEvent("input", {bubbles: true}));
          field.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true}));
        }"""
    )
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("aside.panel")).to_contain_text("Gamma, Gil")


LATER = """() => {
  const held = [], post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message, ...rest) {
    if (window.holding && message.type === "view") held.push(() => post.call(this, message, ...rest));
    else post.call(this, message, ...rest);
  };
  window.hold = () => { window.holding = true; };
  window.release = () => { window.holding = false; held.splice(0).forEach(act => act()); };
}"""


def test_no_name_stands_over_the_waves_of_another(center: Serving, ward: list[str], open_page: Any) -> None:
    screen = open_page(center.url)
    page = screen.page
    page.add_init_script(f"({LATER})()")
    page.reload()
    expect(page.locator(".tile")).to_have_count(16)
    painted(screen, ward[:4])
    unpainted = page.locator(".tile.unpainted")
    expect(unpainted).to_have_count(0)
    # A painter that does not follow the page.
    page.evaluate("hold()")
    page.keyboard.press("PageDown")
    expect(unpainted).to_have_count(16)
    opaque = unpainted.first.locator(".wave").evaluate("wave => getComputedStyle(wave).backgroundColor")
    assert opaque == "rgb(17, 22, 29)"
    expect(page.get_by_role("alert")).to_contain_text("The picture does not move")
    expect(page.locator(".board.still canvas")).not_to_be_visible()
    page.evaluate("release()")
    expect(unpainted).to_have_count(0)
    expect(page.locator(".banner")).to_have_count(0)
    expect(page.locator(".board canvas")).to_be_visible()


SEEN_AT = """([ratio, zoom]) => {
  Object.defineProperty(window, "devicePixelRatio", { configurable: true, get: () => ratio });
  Object.defineProperty(window, "outerWidth", { configurable: true, get: () => innerWidth * zoom });
}"""


def test_millimetres_are_true_at_every_zoom_or_said_not_to_be(
    center: Serving, ward: list[str], open_page: Any
) -> None:
    screen = open_page(center.url, "/", SMALL)
    page = screen.page
    warning = page.locator(".uncalibrated")
    expect(warning).to_be_visible()
    page.keyboard.press("m")
    handle = page.get_by_role("button", name=re.compile("right end of the bar"))
    handle.focus()
    # Ten keys before the next frame: each counts.
    page.evaluate("""() => {
      for (let key = 0; key < 10; key++) document.activeElement.dispatchEvent(new KeyboardEvent("keydown",
        {key: "ArrowRight", shiftKey: true, bubbles: true, cancelable: true}));
    }""")
    page.get_by_role("button", name="Keep for this screen").click()
    expect(warning).to_have_count(0)

    measured = page.evaluate("JSON.parse(localStorage['einthoven.rulers'])[0].pxPerMm")
    assert measured == pytest.approx(96 / 25.4 + 100 / 85.6)
    for ratio, zoom, calibrated in ((1.5, 1.5, True), (2, 1, False), (1, 1, True)):
        page.evaluate(SEEN_AT, [ratio, zoom])
        expect(warning).to_have_count(0 if calibrated else 1)
    page.keyboard.press("m")
    expect(page.get_by_text(f"{measured:.3f} pixels to the millimetre")).to_be_visible()
    page.keyboard.press("Escape")
    page.evaluate(SEEN_AT, [1.5, 1.5])
    page.keyboard.press("m")
    expect(page.get_by_text(f"{measured / 1.5:.3f} pixels to the millimetre")).to_be_visible()
