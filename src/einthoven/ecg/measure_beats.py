"""Every beat of a record with what it was classed by: what a later relabelling of a whole shape rests on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.ecg.analyze import Analysis
from einthoven.ecg.beats import (
    ARTEFACT,
    FUSION,
    NORMAL,
    PACED,
    SUPRAVENTRICULAR,
    UNCLASSED,
    VENTRICULAR,
)
from einthoven.ecg.study_layout import O_CORR_PREV, O_CORR_REF, O_EARLY, O_P_SCORE, O_SHAPE, O_WIDTH

SYMBOLS = {
    NORMAL: "N",
    SUPRAVENTRICULAR: "S",
    VENTRICULAR: "V",
    FUSION: "F",
    PACED: "/",
    UNCLASSED: "Q",
    ARTEFACT: "|",
}


def beats_table(result: Analysis) -> dict[str, list[Any]]:
    """One column each, all of one length; None where it is not known.

    ``sample``; ``class`` as WFDB writes it; ``confidence`` 0–1; ``rate_bpm`` of its interval; ``template``,
    the number of its shape, counted since the samples began and never used for another shape; ``width_ms`` of
    the QRS complex; ``prematurity``, its interval over the usual one; ``likeness_usual`` and
    ``likeness_before``, 0–1, to the patient's usual beat and to the one before; ``p_score``, 0–1, how well
    the usual P wave is seen.
    """
    beats, told = result.beats, result.told
    rr = beats["rr_ms"].astype(np.float64)
    rate = np.divide(60_000.0, rr, out=np.full(len(rr), np.nan), where=rr > 0)
    table: dict[str, list[Any]] = {
        "sample": beats["sample"].tolist(),
        "class": [SYMBOLS[code] for code in beats["code"].tolist()],
        "confidence": _known(beats["conf"] / 1000.0, beats["conf"] > 0),
        "rate_bpm": _known(np.round(rate, 1), rr > 0),
    }
    if len(told) != len(beats):
        return table
    table["template"] = _known(told[:, O_SHAPE], told[:, O_SHAPE] > 0)
    table["width_ms"] = _known(told[:, O_WIDTH], told[:, O_WIDTH] > 0)
    for name, column in (
        ("prematurity", O_EARLY),
        ("likeness_usual", O_CORR_REF),
        ("likeness_before", O_CORR_PREV),
        ("p_score", O_P_SCORE),
    ):
        table[name] = _known(told[:, column] / 1000.0, told[:, column] >= 0)
    return table


def _known(values: NDArray[Any], known: NDArray[np.bool_]) -> list[Any]:
    return [
        value if is_known else None for value, is_known in zip(values.tolist(), known.tolist(), strict=True)
    ]
