"""What is known of transmitters that send an ECG as a tone: data, with where it is known from (R6)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Final, Literal

from einthoven.base.errors import InputError

SHIPPED: Final = "profiles.toml"
Band = Literal["line", "near"]
Form = Literal["pulses", "even"]
_RANGES: Final = {"line": (1500.0, 2400.0), "near": (18_000.0, 20_000.0)}
_FIELDS: Final = {
    "title", "band", "centre_hz", "hz_per_mv", "polarity", "speeds", "band_hz", "range_mv", "mark", "source",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Calibration:
    """The square wave that a transmitter plays before the ECG.

    Attributes:
        hz: its frequency at single speed.
        mv: from bottom to top.
        seconds: how long it lasts at single speed.
        form: ``pulses`` rise from 0 mV, ``even`` swings about it.
    """

    hz: float
    mv: float
    seconds: float
    form: Form


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of transmitter.

    Attributes:
        name: what commands call it.
        title: one line.
        band: ``line``: 300–3400 Hz; ``near``: 18–20 kHz.
        centre_hz: frequency at 0 mV.
        hz_per_mv: deviation, > 0.
        polarity: 1: a higher tone is a positive ECG; −1: a lower one; 0: not known.
        speeds: times as fast as recorded that it may be played.
        band_hz: lower and upper corner of the ECG that it sends.
        range_mv: largest ECG, either way.
        calibration: what it plays first, None for nothing.
        mark: how sure this is: ``S`` read in a source, ``M`` from memory, ``ours``.
        source: where it is from.
    """

    name: str
    title: str
    band: Band
    centre_hz: float
    hz_per_mv: float
    polarity: int
    speeds: tuple[int, ...]
    band_hz: tuple[float, float]
    range_mv: float
    calibration: Calibration | None
    mark: str
    source: str


def parse_profiles(text: str, source: str) -> Mapping[str, Profile]:
    """Profiles of a TOML text, a table each.

    Raises:
        InputError: it is no TOML, a field is missing, unknown or out of its range; names file and table.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source}: {error}") from error
    found: dict[str, Profile] = {}
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise InputError(f"{source}: {name}: want a table [{name}]")
        try:
            found[name] = _profile(name, table)
        except (TypeError, ValueError, KeyError) as error:
            raise InputError(f"{source}: [{name}]: {error}") from error
    return MappingProxyType(found)


def _profile(name: str, table: dict[str, Any]) -> Profile:
    odd = set(table) - _FIELDS - {"calibration"}
    missing = _FIELDS - set(table)
    if odd or missing:
        raise ValueError(f"unknown {sorted(odd)}" if odd else f"missing {sorted(missing)}")
    band: Band = "near" if table["band"] == "near" else "line"
    _want(table["band"] in _RANGES, "band: line or near")
    low, high = _RANGES[band]
    centre, swing = float(table["centre_hz"]), float(table["hz_per_mv"])
    _want(low <= centre <= high, f"centre_hz {centre:g}: {low:g} to {high:g}")
    _want(10 <= swing <= 400, f"hz_per_mv {swing:g}: 10 to 400")
    _want(table["polarity"] in (-1, 0, 1), "polarity: -1, 0 or 1")
    speeds = tuple(int(one) for one in table["speeds"])
    _want(bool(speeds) and set(speeds) <= {1, 3}, "speeds: 1, 3 or both")
    _want(len(table["band_hz"]) == 2, "band_hz: two corners")
    corners = float(table["band_hz"][0]), float(table["band_hz"][1])
    _want(0 <= corners[0] < corners[1] <= 250, "band_hz: two corners, 0 to 250")
    largest = float(table["range_mv"])
    _want(largest >= 0.5 and largest * swing <= 1200, "range_mv: at least 0.5, at most 1200 Hz of deviation")
    return Profile(
        name, str(table["title"]), band, centre, swing, int(table["polarity"]), speeds, corners, largest,
        _calibration(table.get("calibration")), str(table["mark"]), str(table["source"]),
    )  # fmt: skip


def _calibration(table: dict[str, Any] | None) -> Calibration | None:
    if table is None:
        return None
    form: Form = "even" if table["form"] == "even" else "pulses"
    _want(
        set(table) == {"hz", "mv", "seconds", "form"} and table["form"] in ("even", "pulses"), "calibration"
    )
    one = Calibration(float(table["hz"]), float(table["mv"]), float(table["seconds"]), form)
    _want(3 <= one.hz <= 7, f"calibration.hz {one.hz:g}: 3 to 7")
    _want(0.2 <= one.mv <= 3, f"calibration.mv {one.mv:g}: 0.2 to 3")
    _want(1 <= one.seconds <= 20, f"calibration.seconds {one.seconds:g}: 1 to 20")
    return one


def _want(held: bool, what: str) -> None:
    if not held:
        raise ValueError(what)


@cache
def shipped() -> Mapping[str, Profile]:
    """The profiles that the package carries."""
    text = (resources.files(__package__) / SHIPPED).read_text("utf-8")
    return parse_profiles(text, SHIPPED)


def profile(name: str) -> Profile:
    """A shipped profile.

    Raises:
        InputError: there is none of that name.
    """
    try:
        return shipped()[name]
    except KeyError:
        raise InputError(f"no profile {name!r}: there are {', '.join(shipped())}") from None
