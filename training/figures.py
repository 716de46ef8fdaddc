"""Figures by cross-validation, kept beside the scripts that find them: ``training/figures.json``.

What a shipped model makes of the records it was grown on says little; what models make of records they have
not seen only the training can say. Each script writes its own part; ``python -m benchmarks.accuracy`` reads
them.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("figures.json")


def keep(script: str, told: dict[str, Any], path: Path = PATH) -> None:
    """Write one script's figures in the place of its former ones; those of others stay."""
    every = kept(path)
    every[script] = _plain(told)
    path.write_text(json.dumps(dict(sorted(every.items())), indent=1, ensure_ascii=False) + "\n")


def _plain(value: Any) -> Any:
    """``None`` for what is not a number: where there was nothing to find."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def kept(path: Path = PATH) -> dict[str, Any]:
    """The figures of every script, by its name."""
    every: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    return every
