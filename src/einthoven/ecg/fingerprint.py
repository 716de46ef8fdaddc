"""A number that changes with the source of the kernels.

numba keeps compiled code on disk and looks only at the file of the function it compiled, not at the files of
what that function calls. A kernel that closes over this number is compiled anew when any of them changes.
"""

from __future__ import annotations

import zlib
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
    "jit.py",
    "kernels.py",
    "kinds.py",
    "pacing.py",
    "pacing_wake.py",
    "quality_kernels.py",
    "rhythm_conduction.py",
    "rhythm_ectopic.py",
    "rhythm_extreme.py",
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
)


MODELS = ("afib", "beats_final", "beats_first", "fibrillation")


@cache
def fingerprint() -> int:
    """CRC-32 over the kernels' sources and forests, named in findings as the version of the analysis
    (R13)."""
    folder, base = resources.files("einthoven.ecg"), resources.files("einthoven.base")
    crc = zlib.crc32((base / "thresholds.py").read_bytes())
    for name in SOURCES:
        crc = zlib.crc32((folder / name).read_bytes(), crc)
    for name in MODELS:
        crc = zlib.crc32((folder / "models" / f"{name}.npz").read_bytes(), crc)
    return crc
