"""Our scorer against the one that lies beside the data: the same figures, to the beat, on made-up and on real
annotations. Wherever both are run on, they must agree entirely."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.records.records import need, scorer

from einthoven.bootstrap.scoring import Job, record_beats
from einthoven.ecg.ec57 import Rules, score_record
from einthoven.ecg.ec57_report import Source, report
from einthoven.edges.exchange.annotations import write_annotation_file
from einthoven.interop.wfdb import Annotations

pytestmark = [pytest.mark.records, pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")]
RATE = 250.0
LENGTH = 12_000
MARKS = [1, 1, 1, 1, 5, 5, 9, 8, 6, 12, 13, 31, 34, 14, 14, 28, 28, 32, 33, 22, 16]
TEXTS = ["(N", "(AFIB", "(AFL", "(VT", "(VFL", "(B"]


@st.composite
def annotations(draw: st.DrawFn) -> Annotations:
    """Anything that a file may hold, beats about a second apart or on top of each other."""
    steps = draw(st.lists(st.integers(0, 300) | st.integers(0, 20), max_size=80))
    count = len(steps)
    code = draw(st.lists(st.sampled_from(MARKS), min_size=count, max_size=count))
    subs = draw(st.lists(st.sampled_from([0, 1, 16, 48, 51]), min_size=count, max_size=count))
    texts = draw(st.lists(st.sampled_from(TEXTS), min_size=count, max_size=count))
    return Annotations(
        np.cumsum(steps).astype(np.int64).reshape(-1),
        np.array(code, np.uint8),
        np.array([sub if c == 14 else 0 for sub, c in zip(subs, code, strict=True)], np.int8),
        np.zeros(count, np.uint8),
        np.zeros(count, np.int8),
        tuple(text if c == 28 else "" for text, c in zip(texts, code, strict=True)),
    )


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Annotations, Annotations]:
    """A reference, and either its like with every mark moved a little or something else altogether."""
    reference = draw(annotations())
    if not len(reference) or draw(st.booleans()):
        return reference, draw(annotations())
    count = len(reference)
    moved = draw(st.lists(st.integers(-45, 45), min_size=count, max_size=count))
    sample = np.sort(np.clip(reference.sample + np.array(moved), 0, None))
    other = draw(st.lists(st.sampled_from(MARKS), min_size=count, max_size=count))
    keep = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    code = np.where(keep, reference.code, other).astype(np.uint8)
    return reference, Annotations(
        sample, code, reference.sub, reference.chan, reference.num, reference.aux or ()
    )


def as_marks(it: Annotations):
    from einthoven.bootstrap.scoring import marks_of

    return marks_of(it, RATE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("made-up")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(both=st.lists(pairs(), min_size=1, max_size=2), start=st.sampled_from([0.0, 1.0, 5.0]))
def test_made_up_annotations_give_the_same_figures(
    folder: Path, both: list[tuple[Annotations, Annotations]], start: float
) -> None:
    judge = scorer()
    rules = Rules(start_s=start)
    scored = {}
    for number, (reference, found) in enumerate(both):
        name = f"r{number}"
        (folder / f"{name}.hea").write_text(f"{name} 0 {RATE:g} {LENGTH}\n")
        write_annotation_file(folder, name, "atr", reference)
        write_annotation_file(folder, name, "test", found)
        scored[name] = score_record(as_marks(reference), as_marks(found), RATE, LENGTH, rules)
    wanted = judge.score(str(folder), str(folder), "test", records=list(scored), start_s=start)
    told = report(scored, Source(str(folder), str(folder), "test"), rules=rules)
    assert json.loads(json.dumps(told)) == json.loads(json.dumps(wanted))


@pytest.mark.parametrize(
    ("database", "names"),
    [
        ("mitdb", ["101", "119", "203", "207"]),
        ("svdb", ["800", "802"]),
        ("vfdb", ["418", "426"]),
        ("cudb", ["cu01"]),
        ("nstdb", ["118e06"]),
    ],
)
def test_what_the_analysis_writes_gets_the_same_figures(
    tmp_path: Path, database: str, names: list[str]
) -> None:
    refdir, judge = need(database), scorer()
    scored = {name: record_beats(Job(str(refdir), name, str(tmp_path), "ein")).value for name in names}
    told = report(scored, Source(str(refdir), str(tmp_path), "ein"))
    wanted = judge.score(str(refdir), str(tmp_path), "ein", records=names)
    assert json.loads(json.dumps(told)) == json.loads(json.dumps(wanted))
