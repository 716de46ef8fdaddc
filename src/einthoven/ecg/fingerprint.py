"""A number that changes with the source of the kernels.

numba keeps compiled code on disk and looks only at the file of the function it compiled, not at the files of
what that function calls. A kernel that closes over this number is compiled anew when any of them changes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from functools import cache
from importlib import resources

SOURCES = (
    "afib_features.py",
    "afib_flutter.py",
    "afib_flutter_layout.py",
    "afib_kernels.py",
    "beats.py",
    "decide_kernels.py",
    "design.py",
    "detect_kernels.py",
    "fast_kernels.py",
    "fibrillation.py",
    "fibrillation_asystole.py",
    "fibrillation_features.py",
    "fibrillation_layout.py",
    "fibrillation_leads.py",
    "findings.py",
    "holes.py",
    "jit.py",
    "kernels.py",
    "kinds.py",
    "pacing.py",
    "pacing_wake.py",
    "quality_kernels.py",
    "quality_repeats.py",
    "rhythm_conduction.py",
    "rhythm_ectopic.py",
    "rhythm_extreme.py",
    "rhythm_groups.py",
    "rhythm_kernels.py",
    "rhythm_layout.py",
    "rhythm_p_march.py",
    "rhythm_p_strange.py",
    "rhythm_p_waves.py",
    "rhythm_pacer.py",
    "rhythm_rate.py",
    "rhythm_signal.py",
    "rhythm_sinus.py",
    "rhythm_slots.py",
    "rhythm_ventricular.py",
    "room.py",
    "stages.py",
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
    "waves_live.py",
    "waves_p.py",
    "waves_p_live.py",
    "weight_kernels.py",
)

MODELS = ("afib", "beats_final", "beats_first", "fibrillation")
DECIDING = ("analyze.py", "bay.py", "evidence.py", "measure_st.py", "measure_trends.py", "settle.py")
"""What else findings rest on, and no compiled kernel."""


def crc_of(names: Iterable[str], package: str = "einthoven.ecg", crc: int = 0) -> int:
    """CRC-32 over files of a package, in the order given, going on from ``crc``."""
    folder = resources.files(package)
    for name in names:
        crc = zlib.crc32(folder.joinpath(name).read_bytes(), crc)
    return crc


@cache
def fingerprint() -> int:
    """CRC-32 over the kernels' sources and forests: what compiled code is kept under."""
    crc = crc_of(["thresholds.py"], "einthoven.base")
    return crc_of([*SOURCES, *(f"models/{name}.npz" for name in MODELS)], crc=crc)


@cache
def decision() -> int:
    """CRC-32 over all that decides, the shipped table of thresholds too: named in findings as the version of
    the analysis, and kept with saved steps (R13)."""
    return crc_of(DECIDING, crc=crc_of(["thresholds.toml"], "einthoven.base", fingerprint()))
