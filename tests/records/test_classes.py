"""Classes of beats on public records, EC57 rules, first five minutes excluded.

DS1 taught the forests, so that its figures only guard against loss; what patients left out say is in
``docs/analysis.md``. DS2 and the noise stress test are report-only: totals, with a tolerance.
"""

import numpy as np
import pytest
from tests.records.records import DS1, DS2, load, need, scorer

from einthoven.ecg.analyze import analyze

pytestmark = [
    pytest.mark.records,
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),  # the scorer leaves that to others
]

PINNED = [
    # name, database, records, least VEB Se and +P, least SVEB Se and +P
    ("DS1", "mitdb", DS1, (98.8, 99.6), (85.0, 93.0)),
    ("DS2", "mitdb", DS2, (98.3, 96.5), (71.5, 70.0)),
    ("12 dB", "nstdb", ["118e12", "119e12"], (99.0, 99.5), (84.0, 95.0)),
]


def rates(counts):
    hit, missed, extra = counts
    return 100 * hit / (hit + missed), 100 * hit / (hit + extra)


@pytest.mark.parametrize("case", PINNED, ids=[case[0] for case in PINNED])
def test_gross_figures_of_ectopic_beats(case):
    _, database, names, veb, sveb = case
    folder, judge = need(database), scorer()
    counts = {"veb": np.zeros(3), "sveb": np.zeros(3)}
    for name in names:
        beats = analyze(*load(folder, name)).beats
        rate, length = judge.read_header(str(folder / f"{name}.hea"))
        reference = judge.read_ann(str(folder / f"{name}.atr"), rate)
        found = judge.Ann(beats["sample"], beats["code"].astype(np.int64), np.zeros(len(beats)))
        score = judge.score_record(reference, found, rate, length)
        for kind, count in counts.items():
            count += [score[kind][key] for key in ("TP", "FN", "FP")]
    for kind, least in (("veb", veb), ("sveb", sveb)):
        found = rates(counts[kind])
        assert found[0] >= least[0], (kind, found)
        assert found[1] >= least[1], (kind, found)
