"""The figures of ``einthoven evaluate`` as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

APART = ("other", "notes", "left_out")
"""Entries that are no database."""
KINDS = {"qrs": "QRS", "veb": "VEB", "sveb": "SVEB"}
WIDTH = 13
LEFT_OUT_MOST = 12


def tables(told: dict[str, Any]) -> str:
    """A table a database: beats and episodes of each group, then the other forms, and what was left out."""
    lines: list[str] = []
    for name, each in told.items():
        if name not in APART:
            lines += [f"{name}, {each['meta']['n_records']} records (EC57)", *_database(each), ""]
    for name, each in told.get("other", {}).items():
        lines += [f"{name} ({each['scored_by']})", *_other(each), ""]
    for title, entries in (("Notes", told.get("notes", {})), ("Left out", told.get("left_out", {}))):
        if entries:
            lines += [title, *_listed(entries), ""]
    return "\n".join(lines)


def _database(told: dict[str, Any]) -> Iterator[str]:
    if told["missing"]:
        yield f"  counted as empty: {' '.join(told['missing'])}"
    yield _row("beats", "Se", "+P", "missed", "extra", "mean Se", "mean +P", "worst Se")
    for group, figures in told["groups"].items():
        for kind, title in KINDS.items():
            gross, average = figures[kind]["gross"], figures[kind]["average"]
            worst = figures[kind]["worst"].get("Se")
            cells = [_percent(gross["Se"], 3), _percent(gross["PP"], 3), str(gross["FN"]), str(gross["FP"])]
            cells += [_percent(average.get("Se")), _percent(average.get("PP"))]
            cells.append(f"{worst['value']:.2f} ({worst['record']})" if worst else "-")
            yield _row(f"{group} {title}", *cells)
    rhythms = [(group, name) for group, each in told["groups"].items() for name in each["rhythm"]]
    if rhythms:
        yield _row("episodes", "time Se", "time +P", "ep. Se", "ep. +P", "known s", "found s", "both s")
    for group, name in rhythms:
        yield _episodes(f"{group} {name}", told["groups"][group]["rhythm"][name]["gross"])


def _episodes(title: str, gross: dict[str, Any]) -> str:
    cells = [_percent(gross[key]) for key in ("dur_Se", "dur_PP", "ep_Se", "ep_PP")]
    cells += [f"{gross[key]:.0f}" for key in ("ref_s", "test_s", "overlap_s")]
    return _row(title, *cells)


def _other(told: dict[str, Any]) -> Iterator[str]:
    if "borders" in told:
        yield _row("ms", "annotated", "seen", "mean", "SD", "SD of recs", "better lead", "SD")
        for name, each in told["borders"].items():
            joint, better = each["all_leads"], each["better_lead"]
            cells = [joint["mean_ms"], joint["sd_ms"], joint["sd_of_records_ms"]]
            cells += [better["mean_ms"], better["sd_ms"]]
            counts = [str(each["annotated"]), str(joint["seen"])]
            yield _row(name, *counts, *(_percent(cell, 1) for cell in cells))
    elif "windows" in told:
        yield _row("windows", "Se", "Sp", "TP", "FN", "FP", "TN")
        for name, each in {"all": told["windows"], **told["records"]}.items():
            counts = [str(each[cell]) for cell in ("TP", "FN", "FP", "TN")]
            yield _row(name, _percent(each["Se"]), _percent(each["Sp"]), *counts)
    elif "alarms" in told:
        yield _row("alarms", "score", "TP", "FN", "FP", "TN")
        for name, each in told["alarms"].items():
            counts = [str(each[cell]) for cell in ("TP", "FN", "FP", "TN")]
            yield _row(name.replace("_", " "), _percent(each["score"], 1), *counts)
    elif "F1" in told:
        yield _row("F1", *told["F1"], "mean")
        yield _row(
            f"{told['strips']} strips", *(_percent(v, 3) for v in (*told["F1"].values(), told["mean_F1"]))
        )
    else:
        yield _row("episodes", "time Se", "time +P", "ep. Se", "ep. +P", "known s", "found s", "both s")
        for name, each in told["rhythm"].items():
            yield _episodes(name, each["gross"])
        if not told["rhythm"]:
            yield f"  none known, none found in {told['hours']:.1f} h"


def _listed(entries: dict[str, str]) -> Iterator[str]:
    for name, words in list(entries.items())[:LEFT_OUT_MOST]:
        yield f"  {name}: {words}"
    if len(entries) > LEFT_OUT_MOST:
        yield f"  … and {len(entries) - LEFT_OUT_MOST} more: --json has them all"


def _percent(value: float | None, places: int = 2) -> str:
    return "-" if value is None else f"{value:.{places}f}"


def _row(title: str, *cells: str) -> str:
    return f"  {title:<22}" + "".join(f"{cell:>{WIDTH}}" for cell in cells)
