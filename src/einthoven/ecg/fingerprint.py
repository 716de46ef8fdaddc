"""A number that changes with the source of the kernels.

numba keeps compiled code on disk and looks only at the file of the function it compiled, not at the files of
what that function calls. A kernel that closes over this number is compiled anew when any of them changes.
"""

from __future__ import annotations

import zlib
from functools import cache
from importlib import resources

SOURCES = (
    "kernels.py",
    "beats.py",
    "decide_kernels.py",
    "quality_kernels.py",
    "design.py",
    "study_beat.py",
    "study_context.py",
    "study_kernels.py",
    "study_layout.py",
    "study_measure.py",
    "study_shapes.py",
    "study_signal.py",
    "study_usual.py",
    "trees.py",
    "waves_beat.py",
    "waves_kernels.py",
    "waves_p.py",
    "waves_p_live.py",
)


@cache
def fingerprint() -> int:
    """CRC-32 over the kernels' sources, also named in findings as the version of the analysis (R13)."""
    folder = resources.files("einthoven.ecg")
    crc = 0
    for name in SOURCES:
        crc = zlib.crc32((folder / name).read_bytes(), crc)
    return crc
