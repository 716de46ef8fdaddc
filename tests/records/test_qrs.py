"""QRS detection on public records, EC57 rules, first five minutes excluded: the figures may only rise."""

import numpy as np
import pytest
from tests.records.records import DS1, DS2, PACED, load, need, qrs

from einthoven.ecg.analyze import analyze

pytestmark = [
    pytest.mark.records,
    pytest.mark.filterwarnings(
        "ignore:unclosed file:ResourceWarning"
    ),  # the scorer leaves that to the collector
]

PINNED = [
    # database, records, sensitivity, positive predictivity, tolerance (0: tuned on; else: report only)
    ("mitdb", DS1, 99.895, 99.973, 0.0),
    ("mitdb", DS2, 99.92, 99.92, 0.03),
    ("mitdb", PACED, 99.98, 99.97, 0.03),
]


@pytest.mark.parametrize(("database", "names", "se", "pp", "tolerance"), PINNED, ids=["DS1", "DS2", "paced"])
def test_gross_figures(database, names, se, pp, tolerance):
    sensitivity, predictivity, each = qrs(need(database), names)
    assert sensitivity >= se - tolerance
    assert predictivity >= pp - tolerance
    if tolerance == 0.0:
        assert min(min(both) for both in each.values()) > 98.0


def test_beats_lie_on_the_qrs_complex_within_tens_of_milliseconds():
    from tests.records.records import scorer

    folder, judge = need("mitdb"), scorer()
    for name in ("101", "119", "215"):
        found = analyze(*load(folder, name)).beats["sample"]
        reference = judge.read_ann(str(folder / f"{name}.atr"), 360.0)
        beats = reference.time[np.isin(reference.code, list(judge.BEAT))]
        nearest = abs(beats[:, None] - found[None, :]).min(axis=1) / 360
        assert np.median(nearest) < 0.010
        assert np.percentile(nearest, 95) < 0.030
