"""The ``wfdb`` package, the judge of what is read and written here, and where the real ECG is."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest

with warnings.catch_warnings():  # its own import warns of a deprecation in pandas
    warnings.simplefilter("ignore")
    import wfdb

DATA = Path(os.environ.get("EINTHOVEN_DATA") or Path(__file__).parents[3] / "shared" / "data")
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no real ECG: set EINTHOVEN_DATA")
quiet = pytest.mark.filterwarnings("ignore:The inplace keyword")
"""For tests that call ``wfdb``: it trips over a deprecation of pandas."""

__all__ = ["DATA", "needs_data", "quiet", "wfdb"]
