"""Every kind of finding that the analysis can tell is named and drawn by the pages."""

import json
from pathlib import Path

import pytest

from einthoven.ecg.kinds import KINDS, Kind
from einthoven.ecg.words import RHYTHMS, in_full

PAGES = Path(__file__).resolve().parents[2] / "frontend" / "src" / "protocol" / "kinds.json"
TABLE = json.loads(PAGES.read_text())
SHORT = 17
"""Letters that the title of the smallest tile and the ribbon have room for."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_has_a_long_and_a_short_name_and_is_drawn(kind: Kind):
    view = TABLE[kind.name]
    assert view["words"] == in_full(kind)
    assert 0 < len(view["short"]) <= SHORT
    assert len(view.get("brief", "AF")) < len(view["short"]) or "brief" not in view
    assert view["drawn"] in {"stretch", "tick"}
    assert view["rank"] == kind.rank


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.code in RHYTHMS], ids=lambda kind: kind.name)
def test_what_a_tile_calls_a_rhythm_is_a_stretch(kind: Kind):
    assert TABLE[kind.name]["drawn"] == "stretch"


def test_the_pages_know_of_no_other():
    assert set(TABLE) == {kind.name for kind in KINDS}
    assert len({view["short"] for view in TABLE.values()}) == len(KINDS)
