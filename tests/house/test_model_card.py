"""The model card tells the figures that training wrote."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIGURES = json.loads((ROOT / "training" / "figures.json").read_text())
CARD = (ROOT / "docs" / "model-card.md").read_text()


def test_its_figures_are_those_of_training():
    beats, afdb = FIGURES["beats"]["final"], FIGURES["afib"]["told from 60 s"]["afdb"]
    windows = FIGURES["fibrillation"]["windows"]
    wanted = {}
    for name, each in (("mitdb DS1", beats["mitdb"]), ("svdb", beats["svdb"])):
        for kind in ("veb", "sveb"):
            wanted[f"{kind.upper()}, {name}, Se / +P"] = f"{each[f'{kind}_se']} / {each[f'{kind}_pp']}"
    for what in ("time", "episodes"):
        figure = f"{afdb[f'{what}_se']} / {afdb[f'{what}_pp']}"
        wanted[f"AF told from 60 s, afdb, {what} Se / +P"] = figure
    for name in ("vfdb", "cudb"):
        wanted[f"shockable windows, {name}, Se at Sp 99 %"] = str(windows[name]["se_at_99_sp"])
    told = dict(re.findall(r"^\| ([^|]*Se[^|]*) \| ([0-9./ ]+) \|$", CARD, re.MULTILINE))
    assert told == wanted


def test_it_names_every_model():
    for path in (ROOT / "src" / "einthoven" / "ecg" / "models").glob("*.npz"):
        assert f"`{path.stem}`" in CARD
