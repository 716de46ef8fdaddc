"""Borders of the waves on the QT database, against the manual ones (``.q1c``): figures may only get better.

Per annotated beat, *better* takes the lead whose border is nearer, as is usual for this database; *all leads*
is the one answer that ``--waves`` writes. Mean and spread (SD) of the error in ms; the SD both over all beats
and as the mean of the records' own. Three records are excerpts of report-only ones: only in the total.
"""

from pathlib import Path

import numpy as np
import pytest
from tests.records.records import DS1, load, need

from einthoven.ecg.analyze import analyze
from einthoven.ecg.beats import BEAT, NORMAL
from einthoven.ecg.waves import Waves, delineate_record
from einthoven.ecg.waves_kernels import P_OFF, P_ON, QRS_OFF, QRS_ON, T_OFF, T_ON

pytestmark = [pytest.mark.records, pytest.mark.filterwarnings("ignore")]

PINNED = [
    # border, better lead: mean within, SD, SD of records; all leads: mean within, SD, SD of records
    (P_ON, 2.5, 12.0, 10.1, 5.5, 16.8, 12.1),
    (P_OFF, 2.5, 10.1, 8.6, 2.7, 14.2, 10.0),
    (QRS_ON, 1.5, 6.9, 5.7, 0.7, 8.3, 6.9),
    (QRS_OFF, 2.2, 9.2, 7.4, 2.5, 12.8, 7.9),
    (T_OFF, 1.7, 21.2, 13.8, 2.0, 25.8, 16.5),
]
SENSITIVITY = 99.0


def manual(folder: Path, name: str) -> np.ndarray:
    """Borders of each annotated beat, NaN where there is none: float64[beats, 9], columns as ``waves``."""
    import wfdb

    marks = wfdb.rdann(str(folder / name), "q1c")
    waves: list[list] = []
    opened = np.nan
    for sample, symbol in zip(marks.sample, marks.symbol, strict=True):
        if symbol == "(":
            opened = sample
        elif symbol == ")":
            if waves and np.isnan(waves[-1][3]):
                waves[-1][3] = sample
            opened = np.nan
        else:
            waves.append([symbol if symbol in "ptu" else "q", opened, sample, np.nan])
            opened = np.nan
    rows = []
    for index, wave in enumerate(waves):
        if wave[0] != "q":
            continue
        row = np.full(9, np.nan)
        row[QRS_ON : QRS_ON + 3] = wave[1:]
        before, after = waves[index - 1] if index else None, waves[index + 1 : index + 2]
        if before and before[0] == "p" and wave[2] - before[2] < 150:
            row[P_ON : P_ON + 3] = before[1:]
        if after and after[0][0] == "t":
            row[T_ON : T_ON + 3] = after[0][1:]
        rows.append(row)
    return np.array(rows)


def errors_of(classed):
    """Of each record: known borders, errors in ms of the better lead and of all leads, float64[beats, 9]."""
    folder = need("qtdb")
    out = {}
    for header in sorted(folder.glob("*.hea")):
        samples, layout = load(folder, header.stem)
        beats = analyze(samples, layout).beats
        if not classed:
            beats["code"] = NORMAL
        told = delineate_record(samples, layout, beats).borders.astype(float)
        told[told < 0] = np.nan
        known = manual(folder, header.stem)
        nearest = np.abs(beats["sample"][:, None].astype(float) - known[None, :, 4]).argmin(axis=0)
        away = (told[nearest] - known[:, None]) * 1000 / layout.rate_hz
        size = np.where(np.isfinite(away[:, 1:]), np.abs(away[:, 1:]), np.inf)
        better = np.take_along_axis(away[:, 1:], size.argmin(axis=1)[:, None], axis=1)[:, 0]
        out[header.stem] = (known, better, away[:, 0])
    return out


@pytest.fixture(scope="module")
def errors():
    """The borders themselves: what a beat is called plays no part."""
    return errors_of(classed=False)


def spread(parts):
    whole = np.concatenate(parts)
    return abs(whole.mean()), whole.std(), np.mean([part.std() for part in parts])


@pytest.mark.parametrize("pinned", PINNED, ids=["P on", "P off", "QRS on", "QRS off", "T end"])
def test_borders_lie_where_a_cardiologist_put_them(errors, pinned):
    column, *limits = pinned
    better, joint = [], []
    for known, of_leads, of_all in errors.values():
        seen = np.isfinite(known[:, column])
        if seen.any():
            better.append(of_leads[seen, column][np.isfinite(of_leads[seen, column])])
            joint.append(of_all[seen, column][np.isfinite(of_all[seen, column])])
    figures = [*spread(better), *spread(joint)]
    assert all(figure <= limit for figure, limit in zip(figures, limits, strict=True)), np.round(figures, 2)


@pytest.mark.parametrize("column", [P_ON, QRS_ON, T_OFF])
def test_annotated_waves_are_seen(errors, column):
    hit = wanted = 0
    for known, _, of_all in errors.values():
        seen = np.isfinite(known[:, column])
        wanted += seen.sum()
        hit += np.isfinite(of_all[seen, column]).sum()
    assert 100 * hit / wanted >= SENSITIVITY


def rhythm_of_beats(folder: Path, name: str):
    """(sample, symbol, rhythm) of each annotated beat."""
    import wfdb

    marks = wfdb.rdann(str(folder / name), "atr")
    beat = np.isin(marks.symbol, list("NLRBAaJSVrFejnE/fQ?"))
    rhythm, current = [], ""
    for symbol, aux in zip(marks.symbol, marks.aux_note, strict=True):
        current = aux.strip("\x00") if symbol == "+" else current
        rhythm.append(current)
    return marks.sample[beat], np.array(marks.symbol)[beat], np.array(rhythm)[beat]


def test_p_waves_are_told_in_sinus_rhythm_and_not_in_atrial_fibrillation():
    folder = need("mitdb")
    told = {"(N": [0, 0], "(AFIB": [0, 0]}
    for name in [record for record in DS1 if record in {"101", "112", "122", "201", "203", "205"}]:
        samples, layout = load(folder, name)
        at, symbol, rhythm = rhythm_of_beats(folder, name)
        rows = np.zeros(len(at), BEAT)
        rows["sample"], rows["code"] = at, np.where(np.isin(symbol, list("VEr")), 5, 1)
        waves: Waves = delineate_record(samples, layout, rows)
        for kind, counts in told.items():
            mask = (rhythm == kind) & np.isin(symbol, list("NLR"))
            counts[0] += (waves.borders[mask, 0, P_ON] >= 0).sum()
            counts[1] += mask.sum()
    assert told["(N"][0] / told["(N"][1] >= 0.975
    assert told["(AFIB"][0] / told["(AFIB"][1] <= 0.03


def test_a_wrong_class_costs_the_end_of_t_little():
    """Borders are drawn to those of neighbours of the same class: normal beats called V have few."""
    better, joint = [], []
    for known, of_leads, of_all in errors_of(classed=True).values():
        seen = np.isfinite(known[:, T_OFF])
        better.append(of_leads[seen, T_OFF][np.isfinite(of_leads[seen, T_OFF])])
        joint.append(of_all[seen, T_OFF][np.isfinite(of_all[seen, T_OFF])])
    figures = [np.concatenate(parts).std() for parts in (better, joint)]
    assert figures[0] <= 23.0
    assert figures[1] <= 27.4
