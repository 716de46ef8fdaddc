"""The noises of the noise stress test alone, without any heart, are no rhythm."""

import pytest
from tests.records.records import load, need

from einthoven.base.layout import Layout
from einthoven.ecg.analyze import analyze

pytestmark = pytest.mark.records

NEVER = {
    "pause", "asystole", "ventricular-fibrillation", "ventricular-flutter", "ventricular-tachycardia",
    "sustained-ventricular-tachycardia", "atrial-fibrillation", "atrial-flutter",
}  # fmt: skip


def seconds(leads, name):
    """Seconds of each kind in half an hour of noise."""
    samples, layout = load(need("nstdb"), name)
    found = analyze(samples[:, leads].copy(order="C"), Layout(layout.rate_hz, layout.leads[leads]))
    told = {}
    for finding in found.findings:
        told[finding["kind"]] = told.get(finding["kind"], 0) + finding["closed"] - finding["opened"]
    return told


@pytest.mark.parametrize("leads", [slice(0, 2), slice(0, 1), slice(1, 2)], ids=["both", "first", "second"])
@pytest.mark.parametrize(("name", "lost_s"), [("em", 900), ("ma", 1700)])
def test_electrodes_that_move_and_muscles_are_loss_of_analysis(name, lost_s, leads):
    told = seconds(leads, name)
    assert not NEVER & set(told)
    assert told.get("sinus-rhythm", 0) <= 20
    assert told["analysis-lost"] >= lost_s
