"""How a report words what was found: numbers as printed, episodes in a phrase."""

from __future__ import annotations

from einthoven.ecg.kinds import BY_NAME, WORDS
from einthoven.ecg.words import in_full
from einthoven.reports.clock import lasting
from einthoven.reports.episodes import Event
from einthoven.reports.report import GRAVE, NOTABLE, PLAIN, Gravity

DASH = "–"
GRAVITY: dict[str, Gravity] = {"high": GRAVE, "medium": NOTABLE, "low": PLAIN, "none": PLAIN}
COUNTED = frozenset(
    {
        "nonsustained-ventricular-tachycardia",
        "supraventricular-run",
        "torsade-de-pointes",
        "ventricular-run",
        "ventricular-tachycardia",
    }
)
"""Kinds whose episodes are told by their beats rather than by their time."""


def name_of(kind: str) -> str:
    """A kind of finding as people write it."""
    known = BY_NAME.get(kind)
    return kind.replace("-", " ").capitalize() if known is None else in_full(known)


def gravity_of(kind: str) -> Gravity:
    """How grave a kind is on a report: by the priority of its alarm."""
    known = BY_NAME.get(kind)
    return PLAIN if known is None else GRAVITY[known.priority]


def number(value: float | None, places: int = 0) -> str:
    """A number as printed: thousands apart, a true minus; a dash where there is none."""
    if value is None:
        return DASH
    text = f"{value:,.{places}f}".replace(",", "\u202f")
    zero = text.strip("-0.\u202f") == ""
    return text.lstrip("-") if zero else text.replace("-", "\u2212")


def share(value: float | None) -> str:
    """A percentage as printed: what is there is never printed as none."""
    if value is None:
        return DASH
    if 0.0 < value < 0.05:
        return "< 0.1"
    if 99.95 <= value < 100.0:
        return "> 99.9"
    return number(value, 1)


def count(value: int, one: str, many: str = "") -> str:
    """``1 episode``, ``3 episodes``."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def phrase(event: Event, rate_hz: float) -> str:
    """An episode in a phrase: ``12 beats at 168/min``; ``3.4 s, P wave not conducted``; ``2 h 10 min``."""
    parts: list[str] = []
    rr = event.number("rr_ms")
    beats, rate = event.number("beats"), event.rate
    if event.kind == "pause":
        parts.append(f"{number((rr or 0.0) / 1000.0, 1)} s" if rr else "")
        parts.append(coded("cause", event.number("cause")))
    elif event.kind.startswith("st-"):
        level, lead = event.number("level_uv"), event.values.get("lead")
        parts.append("" if level is None else f"{number(level)} µV")
        parts.append(f"lead {lead}" if isinstance(lead, str) else "")
        parts.append(lasting(event.length / rate_hz))
    elif event.kind in COUNTED and beats:
        at = f" at {number(rate)}/min" if rate else ""
        parts.append(f"{count(int(beats), 'beat')}{at}")
    else:
        parts.append(lasting(event.length / rate_hz))
        if rate:
            parts.append(f"{number(rate)}/min")
    if event.early:
        parts.append("going on since before")
    if event.open:
        parts.append("still going on at the end")
    return ", ".join(part for part in parts if part)


def coded(name: str, value: float | None) -> str:
    """The words of an evidence value that is a code; ``""`` where it says nothing."""
    if value is None or not value:
        return ""
    return WORDS[name].get(int(value), "")
