"""The compiled kernels and the version of the findings must change with every line they are made of."""

import ast
from pathlib import Path

from einthoven import ecg
from einthoven.ecg.analyze import version
from einthoven.ecg.fingerprint import SOURCES, fingerprint

FOLDER = Path(ecg.__file__).parent


def test_every_module_that_the_kernels_use_counts():
    for name in SOURCES:
        for node in ast.walk(ast.parse((FOLDER / name).read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("einthoven.ecg."):
                used = str(node.module).rpartition(".")[2] + ".py"
                assert used in SOURCES or used == "fingerprint.py"


def test_the_version_names_it():
    assert version().endswith(f"{fingerprint():08x}")
