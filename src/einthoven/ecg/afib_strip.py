"""What a short strip of one lead shows as a whole: normal rhythm, atrial fibrillation, another rhythm, or
noise.

For strips of seconds to a minute, as a patient's own recorder sends them: too short for the stage that
follows a stream (``afib_kernels``). The classes are those of the PhysioNet/CinC challenge of 2017 (Clifford
et al.).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError
from einthoven.base.layout import Layout
from einthoven.ecg.afib_strip_values import FEW, NAMES, strip_values
from einthoven.ecg.analyze import analyze
from einthoven.ecg.trees import Forest, chances, load_forest
from einthoven.ecg.waves import delineate_record

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I16 = NDArray[np.int16]
StripClass = Literal["normal", "atrial-fibrillation", "other-rhythm", "noisy"]
CLASSES: tuple[StripClass, ...] = ("normal", "atrial-fibrillation", "other-rhythm", "noisy")
"""N, A, O and ~ of the challenge, in the order of the forest's classes."""
MODEL = "afib_strip"
EVIDENCE = ("rr_median", "rr_spread", "cells", "entropy", "early", "late", "p_mean", "like_low_share")
"""Values told with a verdict."""


@dataclass(frozen=True, slots=True)
class StripVerdict:
    """Class of a strip.

    Attributes:
        label: the likeliest class; noisy when there are too few beats to tell.
        chances: probability of each class.
        values: what it rests on, by the names of ``EVIDENCE``; empty with too few beats.
        beats: int64[n], sample indices of the beats found.
    """

    label: StripClass
    chances: dict[StripClass, float]
    values: dict[str, float]
    beats: I64


def measure_strip(samples: I16, layout: Layout) -> tuple[F64, I64]:
    """Values of a strip, float64[len(NAMES)], all NaN with too few beats; and its beats.

    Args:
        samples: int16[n, 1].
        layout: its rate and lead.
    """
    if len(layout.leads) != 1:
        raise InputError(f"a strip of {len(layout.leads)} leads; it has to be one")
    analysis = analyze(samples, layout)
    at = analysis.beats["sample"].astype(np.int64)
    if len(at) < FEW:
        return np.full(len(NAMES), np.nan), at
    waves = delineate_record(samples, layout, analysis.beats, steady=False)
    return strip_values(samples[:, 0].astype(np.float64), layout.rate_hz, at, waves, analysis.went_by), at


def classify_short_strip(samples: I16, layout: Layout, forest: Forest | None = None) -> StripVerdict:
    """Judge a strip of one lead.

    Args:
        samples: int16[n, 1].
        layout: its rate and lead.
        forest: another judge than the one in the package.

    Raises:
        InputError: more than one lead, or as ``analyze``.
    """
    values, beats = measure_strip(samples, layout)
    if len(beats) < FEW:
        return StripVerdict("noisy", dict(zip(CLASSES, (0.0, 0.0, 0.0, 1.0), strict=True)), {}, beats)
    judge = load_forest(MODEL) if forest is None else forest
    sums = judge.scores(values[None, :])[0]
    chances(sums)
    named = dict(zip(NAMES, values.tolist(), strict=True))
    return StripVerdict(
        CLASSES[int(sums.argmax())],
        dict(zip(CLASSES, sums.tolist(), strict=True)),
        {name: named[name] for name in EVIDENCE},
        beats,
    )
