"""The reviewer's desk as JSON: ``python -m benchmarks.review_bench [--days 30] [--no-browser]``.

A period of real ECG with what the analysis found is stored; then it is measured how long a day takes to be
told again after relabelling, how long the center takes to answer, and, in Chromium, how long a key takes to
its picture.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.review_store import Month, write_center
from benchmarks.store_bench import RATE

from einthoven.base.thresholds import shipped
from einthoven.ecg.beats import SUPRAVENTRICULAR, VENTRICULAR
from einthoven.reports import review_figures
from einthoven.reports.review_again import difference
from einthoven.reports.review_labels import labelled, labels_of
from einthoven.reports.review_retold import retold
from einthoven.review.relabels import Change, packed

DAY = 86_400 * RATE
TRIES = 5
STEPS = 20


def recomputed(month: Month) -> dict[str, Any]:
    """The last day of a period told again after all its ventricular beats were called supraventricular."""
    stop, start = month.stop, max(0, month.stop - DAY)
    beats = month.beats_between(1, start, stop)
    ventricular = beats["sample"][beats["code"] == VENTRICULAR].tolist()
    change = Change(1, 1, 1, 0, "staff 1", {"S": packed(ventricular)}, len(ventricular), {})
    before = retold(beats, RATE * 1000, start, stop, shipped())  # compiles the rules
    waits: dict[str, list[float]] = {"labelled": [], "retold": [], "figures": [], "whole": []}
    for _ in range(TRIES):
        began = time.perf_counter()
        rows = labelled(beats, labels_of([change]), RATE)
        told = time.perf_counter()
        after = retold(rows, RATE * 1000, start, stop, shipped())
        changed = difference(before, after)
        figured = time.perf_counter()
        trend = review_figures.trend(rows, start, DAY // 24, 24, ())
        review_figures.intervals(rows)
        ended = time.perf_counter()
        for name, took in zip(
            waits, (told - began, figured - told, ended - figured, ended - began), strict=True
        ):
            waits[name].append(took * 1000)
    return {
        "beats": len(beats),
        "relabelled": int(np.count_nonzero(rows["code"] == SUPRAVENTRICULAR))
        - int(np.count_nonzero(beats["code"] == SUPRAVENTRICULAR)),
        "ventricular": sum(trend["beats"]["V"]),
        "gone": len(changed.gone),
        "fresh": len(changed.fresh),
        **{f"{name}_ms_p50": round(float(np.median(took)), 1) for name, took in waits.items()},
    }


def answers(url: str, stop: int) -> dict[str, list[float]]:
    """How long the center takes to answer, ms: the first time, and the median of those that follow."""
    day = max(0, stop - DAY)
    asked = {
        "beats_4_min": lambda at: f"beats?start={at}&stop={at + 240 * RATE}",
        "window_10_s": lambda at: f"window?start={at}&stop={at + 10 * RATE}&columns=1500",
        "line_1_h": lambda at: f"window?start={at}&stop={min(stop, at + 3600 * RATE)}&columns=1500",
        "points_30_s": lambda at: f"points?start={at}&stop={at + 30 * RATE}",
        "envelope_all": lambda _: f"envelope?start=0&stop={stop}&bins=1500",
        "trend_day": lambda _: f"trend?start={day}&size={3600 * RATE}&count=24",
        "intervals_day": lambda _: f"intervals?start={day}&stop={stop}",
        "shapes_day": lambda _: f"shapes?start={day}&stop={stop}",
        "findings_day": lambda _: f"findings?start={day}&stop={stop}&limit=1000",
        "longest_ventricular_run": lambda _: f"jump?start=0&stop={stop}&what=v-run&which=longest",
        "intervals_all": lambda _: f"intervals?start=0&stop={stop}",
        "shapes_all": lambda _: f"shapes?start=0&stop={stop}",
    }
    places = np.linspace(0, max(1, stop - 3600 * RATE), TRIES + 1).astype(int).tolist()
    return {name: waited(lambda at, path=path: get(url, path(at)), places) for name, path in asked.items()}


def waited(ask: Callable[[int], object], places: list[int]) -> list[float]:
    """Milliseconds of the first, and the median of the others."""
    waits = []
    for place in places:
        began = time.perf_counter()
        ask(place)
        waits.append((time.perf_counter() - began) * 1000)
    return [round(waits[0], 1), round(float(np.median(waits[1:])), 1)]


def get(url: str, path: str, body: object = None) -> bytes:
    """One answer of the stream's."""
    data = None if body is None else json.dumps(body).encode()
    where = path if path.startswith("/") else f"/api/streams/s000001/{path}"
    request = urllib.request.Request(f"{url}{where}", data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        told: bytes = answer.read()
        return told


def relabelling(url: str, stop: int) -> dict[str, Any]:
    """All beats of the largest ventricular shape of a day get another class, and back: until the answer, and
    until shapes, hours and findings of the day are told again."""
    day = max(0, stop - DAY)
    shapes = json.loads(get(url, f"shapes?start={day}&stop={stop}"))
    shape = next(one for one in shapes["groups"] if one["class"] == "V")
    began = time.perf_counter()
    body = {"key": shape["key"], "start": day, "stop": stop, "to": "S"}
    change = json.loads(get(url, "relabel", body))
    done = time.perf_counter()
    again = (f"shapes?start={day}&stop={stop}", f"trend?start={day}&size={3600 * RATE}&count=24")
    for path in (*again, f"findings?start={day}&stop={stop}&limit=1000"):
        get(url, path)
    told = time.perf_counter()
    get(url, "/api/desk/beats.undo", {"stream": "s000001", "change": change["change"]})
    return {
        "beats": change["count"],
        "answered_ms": round((done - began) * 1000, 1),
        "told_again_ms": round((told - done) * 1000, 1),
    }


def steps(url: str) -> dict[str, Any]:
    """How long a key takes to its picture in Chromium, ms, by what is done."""
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    told = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"{url}/patient/s000001")
        page.wait_for_selector("canvas.moment")
        page.wait_for_timeout(3000)
        page.keyboard.press("f")
        page.wait_for_timeout(5000)
        page.locator("canvas.moment").focus()
        for name, keys in (
            ("a_picture_back", ["PageUp"]),
            ("a_quarter_on", ["ArrowRight"]),
            ("closer_and_farther", ["+", "-"]),
            ("farther_to_a_month", ["-"]),
        ):
            for at in range(STEPS):
                page.keyboard.press(keys[at % len(keys)])
                page.wait_for_timeout(150)
            told[name] = page.evaluate("einthoven.debug().then(told => told.page.map.step_ms)")
        browser.close()
    return told


def served(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """A center on a data folder, and where its pages are."""
    words = ["serve", "--data", str(folder), "--port", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "einthoven", *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if "the wall is at" in line:
            return process, line.split("the wall is at ")[1].split(",")[0].strip()
    raise SystemExit("the center did not start")


def measured(days: float, browser: bool) -> dict[str, Any]:
    """Every figure; three minutes for thirty days."""
    month = Month(days)
    root = Path(tempfile.mkdtemp(prefix="einthoven-review-"))
    try:
        began = time.perf_counter()
        write_center(root / "data", month, time.time_ns())
        told: dict[str, Any] = {"days": days, "stored_s": round(time.perf_counter() - began)}
        told["recomputed_24_h"] = recomputed(month)
        process, url = served(root / "data")
        try:
            told["answers_ms_first_then_p50"] = answers(url, month.stop)
            told["relabelling"] = relabelling(url, month.stop)
            if browser:
                told["step_ms"] = steps(url)
        finally:
            process.terminate()
            process.wait(60)
        return told
    finally:
        shutil.rmtree(root)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--no-browser", action="store_true")
    given = parser.parse_args()
    print(json.dumps(measured(given.days, not given.no_browser), indent=2))


if __name__ == "__main__":
    main()
