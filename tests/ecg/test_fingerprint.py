"""The compiled kernels and the version of the findings must change with every line they are made of."""

import ast
import shutil
from pathlib import Path

import pytest

from einthoven import base, ecg
from einthoven.ecg import afib, measure_trends, rhythm, waves_cached
from einthoven.ecg import fingerprint as module
from einthoven.ecg.analyze import version
from einthoven.ecg.fingerprint import DECIDING, SOURCES, decision, fingerprint

FOLDER = Path(ecg.__file__).parent
OF_THEIR_OWN = {
    "afib": {name.removeprefix("ecg/") for name in afib.SOURCES},
    "rhythm": {name.removeprefix("ecg/") for name in rhythm.SOURCES},
    "waves": set(waves_cached.SOURCES),
    "trends": set(measure_trends.SOURCES),
}
NO_CODE_OF_A_KERNEL = {"fingerprint.py", "measure.py"}
"""What turns sources into a number; what holds results."""


def used(name: str) -> set[str]:
    """The modules of the analysis that one of them imports from, in either way of writing it."""
    found = set()
    for node in ast.walk(ast.parse((FOLDER / name).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "einthoven.ecg":
            found |= {f"{each.name}.py" for each in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("einthoven.ecg."):
            found.add(str(node.module).rpartition(".")[2] + ".py")
        elif isinstance(node, ast.Import):
            found |= {
                f"{each.name.rpartition('.')[2]}.py"
                for each in node.names
                if each.name.startswith("einthoven.ecg.")
            }
    return found - NO_CODE_OF_A_KERNEL


def test_every_module_that_the_kernels_use_counts():
    for name in SOURCES:
        assert used(name) <= set(SOURCES), name


@pytest.mark.parametrize("name", sorted(OF_THEIR_OWN))
def test_kernels_kept_apart_count_what_they_use(name):
    sources = OF_THEIR_OWN[name]
    for each in sources:
        if (FOLDER / each).exists() and each.endswith(".py"):
            assert used(each) <= sources, each


def test_both_ways_to_import_are_seen():
    assert "afib_features.py" in used("afib_kernels.py")
    assert "kinds.py" in used("words.py")


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """The two packages in a folder, where a file of theirs may be changed."""
    for package in (base, ecg):
        shutil.copytree(Path(package.__file__).parent, tmp_path / package.__name__)
    monkeypatch.setattr(module.resources, "files", lambda name: tmp_path / name)
    fingerprint.cache_clear()
    decision.cache_clear()
    yield tmp_path
    fingerprint.cache_clear()
    decision.cache_clear()


@pytest.mark.parametrize(
    "name", [*DECIDING, "kernels.py", "models/afib.npz", "../einthoven.base/thresholds.toml"]
)
def test_whatever_decides_changes_the_version(copied, name):
    before = version()
    file = copied / "einthoven.ecg" / name
    file.write_bytes(file.read_bytes() + b" ")
    fingerprint.cache_clear()
    decision.cache_clear()
    assert version() != before


def test_a_changed_number_needs_no_new_kernels(copied):
    before = fingerprint()
    file = copied / "einthoven.base" / "thresholds.toml"
    file.write_text(file.read_text().replace("value = 2000", "value = 2100"))
    fingerprint.cache_clear()
    assert fingerprint() == before


def test_the_version_names_it():
    assert version().endswith(f"{decision():08x}")
