"""The table of thresholds: what it says (part G.2 of the domain's facts), what it takes, what it refuses."""

from __future__ import annotations

import contextlib
import tomllib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.base.thresholds import POSITIONS, SHIPPED, TIERS, define, load, position, shipped

TEXT = (resources.files("einthoven.base") / SHIPPED).read_text()

PROPOSED = {
    "ventricular_fibrillation.detect.duration_s": 4,
    "asystole.detect.duration_s": 4,
    "pause.detect.interval_ms": 2000,
    "pause.daily.interval_ms": 3000,
    "pause.urgent.interval_ms": 4000,
    "pause.urgent.interval_in_af_ms": 5000,
    "pause.emergent.interval_ms": 6000,
    "pause.emergent.interval_with_symptom_ms": 3000,
    "bradycardia.daily.rate_bpm": 50,
    "bradycardia.urgent.rate_bpm": 40,
    "bradycardia.urgent.duration_s": 60,
    "bradycardia.emergent.rate_bpm": 30,
    "bradycardia.emergent.duration_s": 30,
    "vt.detect.beats": 4,
    "vt.detect.rate_bpm": 100,
    "vt.daily.beats": 3,
    "vt.urgent.beats": 4,
    "vt.emergent.beats": 15,
    "vt.emergent.rate_bpm": 120,
    "vt.emergent.duration_s": 30,
    "svt.detect.rate_bpm": 150,
    "svt.urgent.rate_bpm": 150,
    "svt.urgent.duration_s": 60,
    "svt.emergent.rate_bpm": 180,
    "svt.emergent.duration_s": 60,
    "atrial_fibrillation.detect.duration_s": 60,
    "atrial_fibrillation.urgent.fast_bpm": 150,
    "atrial_fibrillation.urgent.slow_bpm": 40,
    "atrial_fibrillation.emergent.fast_bpm": 180,
    "avb.detect.pr_ms": 200,
    "avb.emergent.rate_bpm": 40,
    "pvc.detect.per_min": 8,
    "pvc.urgent.runs_per_h": 6,
    "st.detect.level_uv": 100,
    "st.urgent.level_uv": 200,
    "paced.emergent.pause_ms": 3000,
    "technical.emergent.no_data_at_risk_s": 600,
    "technical.urgent.lead_off_s": 300,
    "technical.urgent.battery_pct": 10,
    "technical.urgent.gateway_off_s": 1800,
}


@pytest.mark.parametrize("key", PROPOSED)
def test_the_shipped_table_is_the_proposed_one(key: str) -> None:
    assert shipped()[key] == PROPOSED[key]


def test_every_entry_is_whole() -> None:
    for key, entry in shipped().entries.items():
        assert key.count(".") == 2
        assert entry.tier in TIERS
        assert entry.low <= entry.value <= entry.high
        assert entry.version == shipped().rules[entry.rule] >= 1
        assert entry.only in ("", "lower", "higher")


def test_every_emergent_number_moves_one_way() -> None:
    emergent = [entry for entry in shipped().entries.values() if entry.tier == "emergent"]
    assert len(emergent) > 10
    assert all(entry.only for entry in emergent)


@pytest.mark.parametrize(
    ("key", "taken", "refused"),
    [
        ("pause.emergent.interval_ms", 5000, 6001),
        ("bradycardia.emergent.rate_bpm", 35, 29),
        ("bradycardia.emergent.duration_s", 20, 31),
        ("vt.emergent.beats", 10, 16),
        ("vt.emergent.rate_bpm", 110, 130),
        ("svt.emergent.rate_bpm", 170, 190),
        ("atrial_fibrillation.emergent.fast_bpm", 170, 190),
        ("avb.emergent.rate_bpm", 50, 39),
        ("paced.emergent.pause_ms", 2500, 3500),
        ("ventricular_fibrillation.detect.duration_s", 3, 5),
        ("ventricular_fibrillation.emergent.any", 1, 0),
    ],
)
def test_an_emergent_number_is_never_made_less_sensitive(key: str, taken: float, refused: float) -> None:
    assert shipped().changed({key: taken})[key] == taken
    with pytest.raises(InputError, match=key.replace(".", r"\.")):
        shipped().changed({key: refused})


def test_twice_changed_it_is_still_the_shipped_value_that_bounds() -> None:
    stricter = shipped().changed({"pause.emergent.interval_ms": 5500})
    assert stricter.changed({"pause.emergent.interval_ms": 6000})["pause.emergent.interval_ms"] == 6000
    with pytest.raises(InputError):
        stricter.changed({"pause.emergent.interval_ms": 6500})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[pause.urgent]\ninterval_s = 4", "site.toml:2: pause.urgent.interval_s: no such threshold"),
        ("[pauses.urgent]\ninterval_ms = 4000", "pauses.urgent.interval_ms: no such threshold"),
        ("[pause.soon]\ninterval_ms = 4000", "pause.soon.interval_ms: no such threshold"),
        ("pause = 3", "site.toml:1: pause: no such threshold"),
        ("[pause.urgent]\ninterval_ms = 1", "pause.urgent.interval_ms: 1 ms: not within 2000 … 6000"),
        ("[pause.urgent]\ninterval_ms = '4 s'", "pause.urgent.interval_ms: not a number: '4 s'"),
        ("[pause.urgent]\ninterval_ms = true", "pause.urgent.interval_ms: not a number: True"),
        ("[pause.urgent]\ninterval_ms = nan", "pause.urgent.interval_ms: not a number"),
        ("[pause.urgent]\ninterval_ms = { value = 4000 }", "pause.urgent.interval_ms.value: no such"),
        ("[pause.urgent]\ninterval_ms = inf", "pause.urgent.interval_ms: not a number"),
        (
            "[atrial_fibrillation.urgent]\nfirst = 0.5",
            "atrial_fibrillation.urgent.first: 0.5: a flag is 0 or 1",
        ),
        ("[pause.emergent]\ninterval_ms = 6500", "may only be lowered from 6000"),
        ("[avb.emergent]\nrate_bpm = 30", "may only be raised from 40"),
        ("[pause.urgent]\ninterval_ms = 2500", "pause.urgent.interval_ms = 2500 contradicts pause.daily"),
        (
            "[pause.emergent]\ninterval_ms = 3500",
            "pause.emergent.interval_ms = 3500 contradicts pause.urgent",
        ),
        (
            "[bradycardia.detect]\nrate_bpm = 40",
            "bradycardia.daily.rate_bpm = 50 contradicts bradycardia.detect",
        ),
        ("[vt.urgent]\nbeats = 3", "vt.urgent.beats = 3 contradicts vt.detect.beats = 4"),
        ("[st.daily]\nlevel_uv = 300", "st.urgent.level_uv = 200 contradicts st.daily.level_uv = 300"),
        ("[table]\nversion = '9'", "site.toml: table: may hold a name"),
        ("[table", "site.toml: "),
        (
            "\n# a note\n[vt.detect]\n\nbeats = 3.9",
            "site.toml:5: vt.detect.beats: 3.9: beats are counted whole",
        ),
        ("vt.detect.beats = 99", "site.toml:1: vt.detect.beats: 99 beats: not within"),
        ("[vt.urgent]\nbeats = 3", "site.toml:2: vt.urgent.beats = 3 contradicts"),
        (
            f"[pause.detect]\ninterval_ms = 1{'0' * 400}",
            "site.toml:2: pause.detect.interval_ms: not a number: 10",
        ),
        (f"[pause.detect]\ninterval_ms = 1{'0' * 5000}", "site.toml: "),
        (f"a = {'[' * 5000}", "site.toml: "),
    ],
)
def test_a_site_table_that_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError) as refused:
        load(text, "site.toml")
    assert says in str(refused.value)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(InputError) as refused:
        load("[pause.urgent]\nx = 1\ninterval_ms = 1\n[vt.detect]\nbeats = 99", "site.toml")
    lines = str(refused.value).splitlines()
    assert len(lines) == 3
    assert [line.split(": ")[0] for line in lines] == ["site.toml:2", "site.toml:3", "site.toml:5"]


def test_a_site_table_that_is_taken() -> None:
    table = load(
        "[table]\nname = 'Ward 3'\n[pause.urgent]\ninterval_ms = 3500\n[pac.detect]\nper_min = 6", "s"
    )
    assert table.name == "Ward 3"
    assert (table["pause.urgent.interval_ms"], table["pac.detect.per_min"]) == (3500, 6)
    assert table["pause.detect.interval_ms"] == 2000
    assert table.version.startswith("2026.1+")
    assert load("", "s").digest == shipped().digest
    assert load("", "s").version == shipped().version == f"2026.1+{shipped().digest}"
    assert table.version == f"2026.1+{table.digest}" != shipped().version


def test_the_same_numbers_have_the_same_digest() -> None:
    one = shipped().changed({"pac.detect.per_min": 6, "pvc.detect.per_min": 7})
    other = shipped().changed({"pvc.detect.per_min": 7.0}).changed({"pac.detect.per_min": 6})
    assert one.digest == other.digest != shipped().digest
    assert one.changed({"pac.detect.per_min": 8, "pvc.detect.per_min": 8}).version == shipped().version


def test_criteria_of_an_event() -> None:
    pause = shipped().criteria("pause")
    assert list(pause) == ["detect", "daily", "urgent", "emergent"]
    assert pause["urgent"]["interval_in_af_ms"].unit == "ms"
    assert shipped().criteria("nothing") == {}


def test_the_kernels_find_their_numbers() -> None:
    vector = shipped().changed({"pause.detect.interval_ms": 2500}).vector()
    assert len(vector) == len(POSITIONS) == len(set(POSITIONS))
    assert vector[position("pause.detect.interval_ms")] == 2500
    assert vector[position("vt.detect.beats")] == 4


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("value = 2000, unit", "value = 200, unit", "pause.detect.interval_ms: 200 is not within"),
        ('max = 6000, only = "lower"', "max = 6000", "an emergent number must say in which direction"),
        ('max = 6000, only = "lower"', 'max = 7000, only = "lower"', "reaches into the forbidden direction"),
        ('max = 6000, only = "lower"', 'max = 6000, only = "up"', "want lower or higher"),
        ("[pause.daily]", "[pause.weekly]", "pause.weekly: no such tier"),
        ("[pause.detect]", "[pose.detect]", "malformed"),
        ("lost_s = {", "gone_s = {", "analysis.detect.lost_s: missing, the kernels need it"),
        (
            'order = "rising"\nkeys = ["vt.daily.beats"',
            'order = "falling"\nkeys = ["vt.daily.beats"',
            "contradicts",
        ),
        ('keys = ["vt.daily.beats"', 'keys = ["vt.dayly.beats"', "vt.dayly.beats: no such threshold"),
        ('unit = "bpm", min = 90, max = 150', 'unit = "bpm", min = "x", max = 150', "malformed"),
    ],
)
def test_an_unsound_definition_does_not_start(before: str, after: str, says: str) -> None:
    with pytest.raises(InputError) as refused:
        define(TEXT.replace(before, after, 1), "mine.toml")
    assert says in str(refused.value)
    assert "mine.toml" in str(refused.value)


@given(st.sampled_from(sorted(shipped().entries)), st.floats(allow_nan=True, allow_infinity=True))
def test_whatever_is_set_lies_between_the_rails(key: str, value: float) -> None:
    entry = shipped().entries[key]
    changed = shipped()
    with contextlib.suppress(InputError):
        changed = changed.changed({key: value})
    assert entry.low <= changed[key] <= entry.high
    assert entry.only != "lower" or changed[key] <= entry.value
    assert entry.only != "higher" or changed[key] >= entry.value


def test_the_definition_is_plain_toml() -> None:
    assert tomllib.loads(TEXT)["pause"]["detect"]["interval_ms"]["unit"] == "ms"
