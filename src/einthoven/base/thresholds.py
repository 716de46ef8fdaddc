"""Thresholds as data: what is detected and what of it is told whom how soon, numbers between guardrails.

``thresholds.toml`` beside this file holds every number with its unit, its shipped value, the range a site or
a physician may move it in, and the rule that uses it. A table of another site, or of one patient, is a TOML
text with the numbers that differ, ``[pause.urgent]`` / ``interval_ms = 3500``; it is checked when it is
loaded, and one that contradicts itself is refused. An emergent number may be made more sensitive, never less.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from einthoven.base.errors import FaultsError, InputError

SHIPPED = "thresholds.toml"
VALUE_MOST = 1e9
"""No threshold is larger, in no unit."""
_HEAD = re.compile(r"\s*\[\s*([A-Za-z0-9_.-]+)\s*\]")
_NAME = re.compile(r"\s*([A-Za-z0-9_.-]+)\s*=")
TIERS = ("detect", "daily", "urgent", "emergent")
"""From the least to the most pressing."""

POSITIONS: tuple[str, ...] = (
    "analysis.detect.confidence",
    "analysis.detect.lost_s",
    "analysis.detect.p_seen",
    "analysis.detect.p_absent",
    "pause.detect.interval_ms",
    "pause.daily.interval_ms",
    "bradycardia.detect.rate_bpm",
    "bradycardia.detect.duration_s",
    "bradycardia.urgent.rate_bpm",
    "bradycardia.urgent.duration_s",
    "bradycardia.emergent.rate_bpm",
    "bradycardia.emergent.duration_s",
    "tachycardia.detect.rate_bpm",
    "tachycardia.detect.duration_s",
    "svt.detect.rate_bpm",
    "svt.detect.beats",
    "svt.detect.onset_ratio",
    "svt.detect.spread",
    "supraventricular_run.detect.beats",
    "pac.detect.per_min",
    "pvc.detect.per_min",
    "bigeminy.detect.ectopic",
    "trigeminy.detect.ectopic",
    "vt.detect.beats",
    "vt.detect.rate_bpm",
    "vt.detect.sustained_s",
    "vt.detect.shape_change",
    "vt.detect.torsade_rate_bpm",
    "ivr.detect.accelerated_bpm",
    "avb.detect.pr_ms",
    "avb.detect.pr_beats",
    "avb.detect.pr_step_ms",
    "avb.detect.missing_ratio",
    "junctional.detect.beats",
    "junctional.detect.rate_bpm_max",
    "sinus_arrhythmia.detect.range_ms",
    "paced.detect.beats",
    "paced.detect.lost_spikes",
    "paced.detect.capture_ms",
    "paced.detect.sensing_ms",
    "ventricular_fibrillation.detect.duration_s",
    "asystole.detect.duration_s",
    "atrial_fibrillation.detect.duration_s",
    "st.detect.level_uv",
    "st.detect.duration_s",
    "supraventricular_run.detect.rate_bpm",
    "pause.detect.ratio",
    "extreme_rate.detect.slow_bpm",
    "extreme_rate.detect.slow_beats",
    "extreme_rate.detect.fast_bpm",
    "extreme_rate.detect.fast_beats",
    "vt.detect.noise_change",
)
"""Where the kernels find which number. Only ever appended to: compiled kernels know the positions."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number.

    Attributes:
        key: ``event.tier.name``, the unit last in the name.
        value: the value in force.
        unit: unit; ``""`` for a bare number, ``flag`` for 0 or 1.
        low: least value that may be set.
        high: greatest one.
        only: ``"lower"`` or ``"higher"`` when the number may be moved from the shipped value in that
            direction alone, else ``""``.
        rule: name of the rule that uses it.
        version: of that rule.
    """

    key: str
    value: float
    unit: str
    low: float
    high: float
    only: str
    rule: str
    version: int

    @property
    def event(self) -> str:
        """First part of the key."""
        return self.key.split(".")[0]

    @property
    def tier(self) -> str:
        """Second part of the key, one of ``TIERS``."""
        return self.key.split(".")[1]


@dataclass(frozen=True, slots=True)
class Severity:
    """Numbers that must follow one another, the least severe first; equal ones are allowed.

    Attributes:
        keys: of the thresholds.
        order: ``"rising"`` or ``"falling"``.
    """

    keys: tuple[str, ...]
    order: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """A whole, checked table.

    Attributes:
        name: who made it (``shipped``, a site, a patient's order).
        base: version of the shipped table it stands on.
        rules: version of every rule, by name.
        entries: every threshold by key.
        severities: what must not contradict itself.
    """

    name: str
    base: str
    entries: Mapping[str, Threshold]
    severities: tuple[Severity, ...]
    rules: Mapping[str, int]

    def __getitem__(self, key: str) -> float:
        """Value of ``event.tier.name``.

        Raises:
            InputError: there is no such threshold.
        """
        if key not in self.entries:
            raise InputError(f"no such threshold: {key}")
        return self.entries[key].value

    def values(self) -> dict[str, float]:
        """Every value by key."""
        return {key: entry.value for key, entry in self.entries.items()}

    def criteria(self, event: str) -> dict[str, dict[str, Threshold]]:
        """The numbers of one event by tier and name, e.g. ``criteria("pause")["urgent"]["interval_ms"]``."""
        found: dict[str, dict[str, Threshold]] = {}
        for key, entry in self.entries.items():
            if entry.event == event:
                found.setdefault(entry.tier, {})[key.split(".")[2]] = entry
        return found

    def vector(self) -> tuple[float, ...]:
        """The kernels' numbers, in the order of ``POSITIONS``."""
        return tuple(self[key] for key in POSITIONS)

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits over every key and value: equal tables have equal digests."""
        text = json.dumps(sorted(self.values().items()), separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def version(self) -> str:
        """What a finding names: the version of the shipped table, and the digest of the numbers in use."""
        return f"{self.base}+{self.digest}"

    def changed(
        self,
        overrides: Mapping[str, float],
        name: str | None = None,
        source: str = "overrides",
        lines: Mapping[str, int] = MappingProxyType({}),
    ) -> Thresholds:
        """The table with some values set, by full key.

        Args:
            overrides: ``{"pause.urgent.interval_ms": 3500}``.
            name: of the new table; None keeps this one's.
            source: named in errors, such as a file's name.
            lines: line of each key in it, for errors.

        Raises:
            FaultsError: unknown keys, values out of their range or moved in the forbidden direction, or a
                table that contradicts itself; every fault in one message, a line each.
        """
        faults: list[str] = []
        entries = dict(self.entries)
        original = shipped().entries
        for key, value in overrides.items():
            entry = entries.get(key)
            if entry is None:
                faults.append(f"{_place(source, key, lines)}: no such threshold")
                continue
            fault = _fault(original.get(key, entry), value)
            if fault:
                faults.append(f"{_place(source, key, lines)}: {fault}")
            else:
                entries[key] = replace(entry, value=float(value))
        table = replace(self, entries=entries, name=self.name if name is None else name)
        for fault in _contradictions(table):
            key, words = fault.split(" ", 1)
            faults.append(f"{_place(source, key, lines)} {words}")
        if faults:
            raise FaultsError("\n".join(faults))
        return table


def position(key: str) -> int:
    """Where in ``vector()`` a number stands."""
    return POSITIONS.index(key)


@cache
def shipped() -> Thresholds:
    """The table that comes with the package.

    Raises:
        InputError: the shipped table itself is faulty: nothing may start.
    """
    return define((resources.files(__package__) / SHIPPED).read_text(), SHIPPED)


def load(text: str, source: str) -> Thresholds:
    """The shipped table with the numbers of a site's TOML text in it.

    Args:
        text: ``[table]`` with ``name``, then ``[event.tier]`` with ``name = number``.
        source: name of the file, for errors.

    Raises:
        InputError: no TOML, or as ``Thresholds.changed``.
    """
    tables = _parsed(text, source)
    head = tables.pop("table", {})
    if not isinstance(head, dict) or set(head) - {"name"} or not isinstance(head.get("name", ""), str):
        raise InputError(f"{source}: table: may hold a name and nothing else")
    return shipped().changed(_flat(tables, source), head.get("name", source), source, _lines(text))


def define(text: str, source: str) -> Thresholds:
    """A whole table with units and ranges, as the shipped one is written.

    Raises:
        InputError: the text does not define a sound table; the message names file and key.
    """
    tables = _parsed(text, source)
    try:
        head, rules = tables.pop("table"), {name: int(v) for name, v in tables.pop("rules").items()}
        severities = tuple(
            Severity(tuple(each["keys"]), each["order"]) for each in tables.pop("severity", [])
        )
        entries = {
            entry.key: entry
            for event, table in tables.items()
            for entry in _entries(event, table, rules, source)
        }
        made = Thresholds(head["name"], head["version"], entries, severities, rules)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{source}: malformed: {error!r}") from error
    faults = [f"{key}: missing, the kernels need it" for key in POSITIONS if key not in entries]
    for entry in entries.values():
        faults += [f"{entry.key}: {fault}" for fault in _unsound(entry)]
    named = {key for severity in severities for key in severity.keys}
    for key in sorted(named - set(entries)):
        faults.append(f"{key}: no such threshold, named by severity")
    if not faults:
        faults = _contradictions(made)
    if faults:
        raise FaultsError("\n".join(f"{source}: {fault}" for fault in faults))
    return made


def _parsed(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # Besides what is no TOML: numbers of thousands of digits, and lists in lists without end.
        raise InputError(f"{source}: {str(error).split(';')[0]}") from error


def _lines(text: str) -> dict[str, int]:
    """Line of each number by its full key, where it is written plainly: ``[event.tier]``, ``name = …``."""
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if head := _HEAD.match(line):
            table = f"{head[1]}."
            found.setdefault(head[1], number)
        elif name := _NAME.match(line):
            found[f"{table}{name[1]}"] = number
    return found


def _place(source: str, key: str, lines: Mapping[str, int]) -> str:
    """File, line and key; the line of the table or of the number around it where the key has none."""
    parts = key.split(".")
    known = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    line = next((lines[part] for part in known if part in lines), None)
    return f"{source}: {key}" if line is None else f"{source}:{line}: {key}"


def _flat(tables: Mapping[str, Any], source: str, path: str = "") -> dict[str, Any]:
    """``{"pause": {"urgent": {"interval_ms": 1}}}`` as ``{"pause.urgent.interval_ms": 1}``."""
    found: dict[str, Any] = {}
    for name, value in tables.items():
        key = f"{path}{name}"
        found |= _flat(value, source, f"{key}.") if isinstance(value, dict) else {key: value}
    return found


def _entries(event: str, table: Mapping[str, Any], rules: Mapping[str, int], source: str) -> list[Threshold]:
    rule, version = table["rule"], rules[table["rule"]]
    found = []
    for tier, numbers in table.items():
        if tier == "rule":
            continue
        if tier not in TIERS:
            raise InputError(f"{source}: {event}.{tier}: no such tier, want one of {', '.join(TIERS)}")
        for name, made in numbers.items():
            surplus = set(made) - {"value", "unit", "min", "max", "only"}
            if surplus:
                raise InputError(f"{source}: {event}.{tier}.{name}: unknown {', '.join(sorted(surplus))}")
            numeric = (float(made[part]) for part in ("value", "min", "max"))
            value, low, high = numeric
            key = f"{event}.{tier}.{name}"
            found.append(Threshold(key, value, made["unit"], low, high, made.get("only", ""), rule, version))
    return found


def _unsound(entry: Threshold) -> list[str]:
    """What is wrong with one definition."""
    faults = []
    if not entry.low <= entry.value <= entry.high:
        faults.append(f"{entry.value:g} is not within {entry.low:g} … {entry.high:g}")
    if entry.only not in ("", "lower", "higher"):
        faults.append(f"only = {entry.only!r}, want lower or higher")
    if entry.tier == "emergent" and not entry.only:
        faults.append("an emergent number must say in which direction it may be moved")
    if (entry.only == "lower" and entry.high > entry.value) or (
        entry.only == "higher" and entry.low < entry.value
    ):
        faults.append("its range reaches into the forbidden direction")
    if entry.unit == "flag" and entry.value not in (0, 1):
        faults.append("a flag is 0 or 1")
    return faults


def _fault(entry: Threshold, value: object) -> str:
    """Why ``value`` may not be set, or ``""``."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= VALUE_MOST:
        return f"not a number: {str(value)[:40] if isinstance(value, int | float) else repr(value)[:40]}"
    if entry.unit == "beats" and value != int(value):
        return f"{value:g}: beats are counted whole"
    if entry.unit == "flag" and value not in (0, 1):
        return f"{value:g}: a flag is 0 or 1"
    if entry.only == "lower" and value > entry.value:
        return f"{value:g} {entry.unit}: may only be lowered from {entry.value:g}, which is less sensitive"
    if entry.only == "higher" and value < entry.value:
        return f"{value:g} {entry.unit}: may only be raised from {entry.value:g}, which is less sensitive"
    if not entry.low <= value <= entry.high:
        return f"{value:g} {entry.unit}: not within {entry.low:g} … {entry.high:g}"
    return ""


def _contradictions(table: Thresholds) -> list[str]:
    faults = []
    for severity in table.severities:
        for milder, graver in pairwise(severity.keys):
            less, more = table[milder], table[graver]
            if (less > more) if severity.order == "rising" else (less < more):
                faults.append(
                    f"{graver} = {more:g} contradicts {milder} = {less:g}: the graver comes before the milder"
                )
    return faults
