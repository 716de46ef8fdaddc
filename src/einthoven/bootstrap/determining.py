"""``einthoven determine``: an order file, a date, the policies; the answer as text or JSON."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from einthoven.base.errors import FaultsError, InputError
from einthoven.billing.determine import determination_json, determine_order
from einthoven.bootstrap.clock import RealClock
from einthoven.bootstrap.policies import policies_of
from einthoven.enrollment.order_read import parse

ORDER_BYTES_MAX = 1_000_000
WIDTH = 100
COVERED = "covered"


def determine_file(path: Path, on: str | None, *, as_json: bool, policies: Path | None) -> int:
    """Print the determination of an order file; the exit code: 0 covered, 1 any other answer.

    Raises:
        InputError: the file is no order, the date none or in the future, a policy refused; every fault.
    """
    held = policies_of(policies)
    now = RealClock().wall()
    day = date_of_service(on, datetime.fromtimestamp(now / 1e9, UTC).date())
    order, faults = parse(_json(path), now)
    if faults:
        raise FaultsError("\n".join(f"{path}: {one.where or 'order'}: {one.words}" for one in faults))
    told = determination_json(determine_order(order, day, held))
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else text_of(told))
    sys.stdout.flush()
    return 0 if told["outcome"] == COVERED else 1


def date_of_service(given: str | None, today: date) -> date:
    """The date asked for; today where none is.

    Raises:
        InputError: it is no date, or in the future.
    """
    if given is None:
        return today
    try:
        day = date.fromisoformat(given)
    except ValueError as error:
        raise InputError(f"--date: {given!r} is no date (want YYYY-MM-DD)") from error
    if day > today:
        raise InputError(f"--date: {day} is in the future (today is {today}, UTC)")
    return day


def text_of(told: Mapping[str, Any]) -> str:
    """A determination as lines: the answer, what stands against it, what is open, what is met."""
    lines = [told["summary"], _policy_line(told)]
    policy = told["policy"]
    if policy is not None:
        lines += [f"  held in part: {policy['missing']}"] if policy["partial"] else []
        lines += [f"  {mark}" for mark in policy["marks"]]
    if told["cautions"]:
        lines += ["", f"Look at this ({len(told['cautions'])})"]
        for one in told["cautions"]:
            lines += _wrapped(f"! {one['words']}", "  ", "      ")
            lines += [
                line
                for look in one["looks"]
                for line in _wrapped(f"{look['where'] or '–'}: {look['words']}", "      ")
            ]
    clauses = told["clauses"]
    for title, stands in (
        ("Stands against it", "against"),
        ("Not documented", "open"),
        ("Met", "for"),
    ):
        chosen = [one for one in clauses if one["stands"] == stands]
        if chosen:
            lines += ["", f"{title} ({len(chosen)})"]
            lines += [line for one in chosen for line in _clause(one, stands)]
    aside = [one["id"] for one in clauses if one["stands"] == "aside"]
    if aside:
        lines += ["", f"Does not apply here ({len(aside)})", *_wrapped(", ".join(aside), "  ")]
    if told["change"]:
        lines += ["", "What would change it"]
        for one in told["change"]:
            lines += _wrapped(f"{one['where'] or '–'}: {one['words']}", "  ")
    return "\n".join(lines)


def _policy_line(told: Mapping[str, Any]) -> str:
    policy = told["policy"]
    if policy is None:
        return f"date of service {told['date']}"
    until = policy["to"] or "open"
    return (
        f"date of service {told['date']}; {policy['id']} {policy['version']}, {policy['title']}, "
        f"{policy['from']} to {until}"
    )


def _clause(one: Mapping[str, Any], stands: str) -> list[str]:
    sign = {"against": "✗", "open": "?", "for": "✓"}[stands]
    where = f" [{one['line']}]" if one["line"] else ""
    lines = _wrapped(f"{sign} {one['id']}: {one['text']}{where}", "  ", "      ")
    if stands != "for":
        for fact in one["facts"]:
            lines += _wrapped(_fact(fact), "      ")
        lines += [
            line
            for ask in one["asks"]
            for line in _wrapped(f"ask the {ask['whom']} ({ask['where']}): {ask['words']}", "      ")
        ]
    return lines


def _fact(fact: Mapping[str, Any]) -> str:
    value = {None: "not documented", True: "yes", False: "no"}.get(fact["value"], fact["value"])
    said = f' "{fact["words"]}"' if fact["words"] else ""
    return f"{fact['label']}: {value}{said}{', ' + fact['where'] if fact['where'] else ''}"


def _wrapped(text: str, indent: str, later: str | None = None) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=later or indent + "  ")


def _json(path: Path) -> object:
    name = "standard input" if str(path) == "-" else str(path)
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise InputError(f"{name}: {error.strerror or error}") from error
    if len(raw) > ORDER_BYTES_MAX:
        raise InputError(f"{name}: {len(raw)} bytes, an order has at most {ORDER_BYTES_MAX}")
    try:
        return json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: is no JSON: {error}") from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose fields stand there once: of two answers to one question none is taken."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"field {twice[:40]!r} stands there twice in one object")
    return made
