"""Which leads a finding rests on: those that were fit for use over its strip."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.beats import LEAD_OFF, NOISY, SATURATED, UNKNOWN
from einthoven.ecg.kinds import Kind

NOT_MEASURED = (LEAD_OFF, SATURATED, UNKNOWN)
MOST = 0.5
"""Share of the seconds of a strip in which a lead must be fit for use."""


def leads_of(kind: Kind, grades: NDArray[np.uint8], names: Sequence[str]) -> list[str]:
    """Names of the leads that were fit for use in most seconds of a strip.

    Fit is what detection takes; for fibrillation and asystole, whatever was measured: there, noise and a flat
    line are what is judged.

    Args:
        kind: of the finding.
        grades: uint8[seconds, leads] over its strip.
        names: of all leads.
    """
    if not len(grades):
        return []
    if kind.stage == "fibrillation":
        fit = ~np.isin(grades, NOT_MEASURED)
    else:
        fit = grades <= NOISY
    return [name for name, share in zip(names, fit.mean(axis=0).tolist(), strict=True) if share >= MOST]
