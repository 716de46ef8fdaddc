"""Which leads a finding rests on, and what the quality of a lead was compared with."""

import numpy as np
import pytest

from einthoven.ecg.analyze import QUALITY_LIMITS
from einthoven.ecg.beats import FLAT, GOOD, LEAD_OFF, NOISY, SATURATED, UNKNOWN, UNUSABLE
from einthoven.ecg.evidence import leads_of
from einthoven.ecg.kinds import BY_NAME
from einthoven.ecg.quality_kernels import NOISY_RATIO, UNUSABLE_RATIO

NAMES = ("II", "V1")
FIBRILLATION, ASYSTOLE, TACHYCARDIA = (
    BY_NAME[name] for name in ("ventricular-fibrillation", "asystole", "ventricular-tachycardia")
)


def over(*seconds: int) -> np.ndarray:
    """Lead II as told, second by second; V1 good throughout."""
    return np.array([[grade, GOOD] for grade in seconds], np.uint8)


@pytest.mark.parametrize("kind", [FIBRILLATION, ASYSTOLE])
@pytest.mark.parametrize(
    ("grade", "fit"),
    [
        (GOOD, True),
        (NOISY, True),
        (UNUSABLE, True),
        (FLAT, True),
        (LEAD_OFF, False),
        (SATURATED, False),
        (UNKNOWN, False),
    ],
)
def test_where_noise_and_flat_lines_are_judged_every_lead_that_measured_is_named(kind, grade, fit):
    assert leads_of(kind, over(grade, grade), NAMES) == (["II", "V1"] if fit else ["V1"])


@pytest.mark.parametrize(
    ("grade", "fit"),
    [(GOOD, True), (NOISY, True), (UNUSABLE, False), (FLAT, False), (LEAD_OFF, False), (SATURATED, False)],
)
def test_rhythms_rest_on_what_detection_takes(grade, fit):
    assert leads_of(TACHYCARDIA, over(grade, grade), NAMES) == (["II", "V1"] if fit else ["V1"])


def test_a_lead_is_named_that_was_fit_for_half_of_the_strip():
    assert leads_of(TACHYCARDIA, over(GOOD, GOOD, LEAD_OFF, LEAD_OFF), NAMES) == ["II", "V1"]
    assert leads_of(TACHYCARDIA, over(GOOD, LEAD_OFF, LEAD_OFF), NAMES) == ["V1"]
    assert leads_of(TACHYCARDIA, over(), NAMES) == []


def test_each_grade_names_the_limit_it_went_over():
    assert QUALITY_LIMITS[NOISY] == {"background_ratio": NOISY_RATIO}
    assert QUALITY_LIMITS[UNUSABLE] == {"background_ratio": UNUSABLE_RATIO}
    assert NOISY_RATIO < UNUSABLE_RATIO
