"""The limits of ``family.toml``: figures with units, words and how sure they are (R39)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from einthoven.base.errors import FaultsError
from einthoven.billing.codes.code import Mark
from einthoven.billing.toml_lines import parse

SHIPPED: Final = "family.toml"
NAMES: Final = (
    "immediate.within_s",
    "immediate.share",
    "immediate.p99_s",
    "attended.share",
    "attended.gap_s",
    "queryable.hours",
    "notified.share",
    "patch.hours",
    "holter.short_h",
)
_KEYS: Final = {"value", "unit", "words", "mark"}


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: ``name`` as in ``NAMES``, its value in ``unit`` (``""``: a share), why, how sure."""

    name: str
    value: float
    unit: str
    words: str
    mark: Mark


Limits = Mapping[str, Limit]


@cache
def shipped() -> Limits:
    """The limits that come with the package.

    Raises:
        FaultsError: the shipped file is faulty.
    """
    return load((resources.files(__package__) / SHIPPED).read_text("utf-8"), SHIPPED)


def load(text: str, source: str) -> Limits:
    """Limits out of a file; every one of ``NAMES``, and no other.

    Raises:
        FaultsError: faults, each with file and line.
        InputError: the text is no TOML.
    """
    toml = parse(text, source)
    found: dict[str, Limit] = {}
    faults: list[str] = []
    for group, table in toml.content.items():
        for name, given in (table if isinstance(table, dict) else {}).items():
            key = f"{group}.{name}"
            fault = _fault(key, given)
            if fault:
                faults.append(f"{toml.at(group, name)}: {key}: {fault}")
                continue
            found[key] = Limit(key, float(given["value"]), given["unit"], given["words"], Mark(given["mark"]))
    if not faults:
        faults += [f"{source}: {name} is missing" for name in NAMES if name not in found]
    if faults:
        raise FaultsError("\n".join(faults))
    return found


def _fault(key: str, given: object) -> str:
    if key not in NAMES:
        return "there is no such limit"
    if not isinstance(given, dict) or set(given) != _KEYS:
        return f"want {', '.join(sorted(_KEYS))}"
    value = given["value"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e6:
        return f"{value!r} is no number from 0 on"
    if key.endswith(".share") and value > 1:
        return f"a share of {value:g}: want 0 to 1"
    if given["mark"] not in list(Mark):
        return f"no such mark {given['mark']!r}"
    return (
        "" if all(isinstance(given[name], str) for name in ("unit", "words")) else "words and unit are texts"
    )
