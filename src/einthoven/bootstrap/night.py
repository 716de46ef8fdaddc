"""``einthoven night``: a night of staff and patients on virtual time, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import click

from einthoven.base.ids import stream_name
from einthoven.base.instants import SECOND, Duration, to_iso
from einthoven.escalation.legs import Passage, Summary
from einthoven.sim import night as script
from einthoven.sim.night_outcome import Outcome, judge_night
from einthoven.sim.night_player import NightPlayer


def shipped() -> list[str]:
    """Names of the nights that come with the package."""
    folder = resources.files(script.__package__) / "nights"
    return sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml"))


def play(source: str, seed: int | None, *, as_json: bool) -> int:
    """Play a night and print the report.

    Args:
        source: name of one that comes with the package, or a file.
        seed: of the delays; the file's own where it is None.

    Returns:
        0 where everything is as it must be, 1 where something failed.

    Raises:
        InputError: the file cannot be read, or says what cannot be.
    """
    night = script.shipped_night(source) if source in shipped() else script.load_night(Path(source))
    outcome = judge_night(NightPlayer(night, seed).play())
    click.echo(json.dumps(_told(outcome), ensure_ascii=False) if as_json else "\n".join(_lines(outcome)))
    return 1 if outcome.failures else 0


def _told(outcome: Outcome) -> dict[str, object]:
    report, played = outcome.continuity, outcome.played
    return {
        "night": played.night.name,
        "seed": played.night.seed,
        "from": to_iso(report.start),
        "to": to_iso(report.stop),
        "percent": report.percent,
        "patients": [
            {
                "stream": stream_name(row.stream),
                "percent": row.percent,
                "exceptions": [
                    {"from": to_iso(one.start), "to": to_iso(one.stop), "cause": one.cause}
                    for one in row.lapses
                ],
            }
            for row in report.rows
        ],
        "legs": [_leg(one) for one in outcome.summaries],
        "missed": [_missed(one) for one in outcome.passages],
        "figures": outcome.figures,
        "failures": outcome.failures,
    }


def _leg(one: Summary) -> dict[str, object]:
    return {
        "tier": one.tier,
        "leg": one.leg,
        "limit_s": one.limit / SECOND,
        "count": one.count,
        "p50_s": _seconds(one.p50),
        "p95_s": _seconds(one.p95),
        "missed": one.missed,
    }


def _missed(one: Passage) -> dict[str, object]:
    return {
        "case": one.case,
        "tier": one.tier,
        "leg": one.leg,
        "took_s": _seconds(one.took),
        "limit_s": _seconds(one.limit),
        "done": one.done is not None,
    }


def _seconds(value: Duration | None) -> float | None:
    return None if value is None else round(value / SECOND, 3)


def _lines(outcome: Outcome) -> Iterator[str]:
    report, night = outcome.continuity, outcome.played.night
    yield f"{night.name}, seed {night.seed}: {to_iso(report.start)} to {to_iso(report.stop)}"
    yield f"watched and displayed: {report.percent} %"
    causes: dict[tuple[int, int, str], int] = {}
    for row in report.rows:
        for one in row.lapses:
            key = one.start, one.stop, one.cause
            causes[key] = causes.get(key, 0) + 1
    for (start, stop, cause), count in sorted(causes.items()):
        patients = f"{count} patient{'s' if count > 1 else ''}"
        yield f"  {to_iso(start)}  {(stop - start) / SECOND:>6g} s  {patients:<11}  {cause}"
    yield "legs (s): limit, count, median, 95 %, missed"
    for leg in outcome.summaries:
        if leg.count or leg.missed:
            middle, most = (_seconds(value) for value in (leg.p50, leg.p95))
            yield (
                f"  {leg.tier:<9} {leg.leg:<30} {leg.limit / SECOND:>6g} {leg.count:>4} "
                f"{'-' if middle is None else f'{middle:.0f}':>6} "
                f"{'-' if most is None else f'{most:.0f}':>6} {leg.missed:>4}"
            )
    yield ", ".join(f"{name} {value:g}" for name, value in outcome.figures.items())
    yield from (f"failed: {failure}" for failure in outcome.failures)
    if not outcome.failures:
        yield "the second reading agrees to the nanosecond; no alarm was lost"
