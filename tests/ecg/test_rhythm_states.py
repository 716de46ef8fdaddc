"""Whatever beats come: nothing breaks, what opens closes, a copied state goes on as the original would."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.ecg.rhythm_cases import RATE_MHZ, heart

from einthoven.base.thresholds import Thresholds, shipped
from einthoven.ecg.findings import (
    ACTION,
    CLOSE,
    COLUMNS,
    END,
    KIND,
    OPEN,
    SEQ,
    START,
    TOLD,
    UPDATE,
    WITHDRAW,
    fold,
)
from einthoven.ecg.kinds import (
    BY_CODE,
    EXTREME_BRADYCARDIA,
    EXTREME_TACHYCARDIA,
    PAUSE,
    SINUS_RHYTHM,
)
from einthoven.ecg.rhythm import Seconds, blank, follow, rows_of, vector
from einthoven.ecg.rhythm_layout import ROWS_MAX, WORDS

# Beats that come in stretches of one kind, as hearts do, and any beat now and then.
STRETCH = st.tuples(
    st.sampled_from("NNNSVVFQPnvs"),
    st.sampled_from([210, 300, 390, 400, 590, 650, 800, 1100, 1300, 1600, 2300, 3500, 9000]),
    st.sampled_from(["", "p160", "p230", "p290", "-", "p160b2", "p120b2", "b3", "p40b2", "~^", "~v", "="]),
    st.integers(1, 24),
)
PIECES = st.lists(STRETCH, min_size=1, max_size=12)
SHARE = st.integers(0, 2**32 - 1)


def beats(pieces: list[tuple[str, int, str, int]], seed: int) -> NDArray[np.void]:
    """Stretches of beats, their intervals a little uneven, some provisional classes wrong."""
    chance = np.random.default_rng(seed)
    text = " ".join(
        f"{letter}{rr + int(chance.integers(-30, 30))}{more}"
        for letter, rr, more, count in pieces
        for _ in range(count)
    )
    rows = heart(text)
    wrong = chance.random(len(rows)) < 0.1
    rows["early"][wrong] = chance.choice([1, 5, 9], wrong.sum())
    return rows


def seconds_of(rows: NDArray[np.void], seed: int) -> Seconds:
    """Some seconds unfit, some in fibrillation of the atria or the ventricles, each in stretches."""
    chance = np.random.default_rng(seed)
    count = int(rows["sample"][-1]) // 250 + 1 + int(chance.integers(0, 20))
    made = Seconds.quiet(count)
    for row, share, value in ((made.usable, 0.3, 0), (made.vf_open, 0.2, 1), (made.af_open, 0.3, 1)):
        if chance.random() < share:
            first = int(chance.integers(0, count))
            row[first : first + int(chance.integers(1, 40))] = value
    return made


def all_rows(rows: NDArray[np.void], seconds: Seconds, thresholds: Thresholds) -> NDArray[np.float64]:
    return rows_of(rows, seconds, RATE_MHZ, thresholds)


@settings(max_examples=120, deadline=None)
@given(PIECES, SHARE)
def test_what_opens_closes_and_none_twice_at_once(pieces: list[tuple[str, int, str, int]], seed: int) -> None:
    rows = beats(pieces, seed)
    told = all_rows(rows, seconds_of(rows, seed), shipped())
    held: dict[int, tuple[int, float]] = {}
    seqs: set[int] = set()
    for row in told:
        kind, action, seq = int(row[KIND]), int(row[ACTION]), int(row[SEQ])
        assert kind in BY_CODE
        assert np.isfinite(row).all()
        if action == OPEN:
            assert seq not in seqs, "a running number is used again"
            assert kind not in {open_kind for open_kind, _ in held.values()}
            held[seq] = kind, row[START]
            assert row[END] == -1
        elif action == UPDATE:
            assert seq in held
            held[seq] = kind, row[START]
        elif action == CLOSE:
            held.pop(seq, None)
            assert row[START] <= row[END] <= row[TOLD]
        else:
            assert action == WITHDRAW
            held.pop(seq)
        seqs.add(seq)
        assert row[START] <= row[TOLD]
    assert held == {}
    assert sorted(seqs) == list(range(1, len(seqs) + 1))


@settings(max_examples=60, deadline=None)
@given(PIECES, SHARE, st.integers(0, 10_000))
def test_a_copied_state_goes_on_as_the_original(
    pieces: list[tuple[str, int, str, int]], seed: int, cut: int
) -> None:
    rows = beats(pieces, seed)
    seconds = seconds_of(rows, seed)
    stop, th = len(seconds.usable), vector(shipped())
    whole = all_rows(rows, seconds, shipped())
    out = np.zeros((len(whole) + 16 * ROWS_MAX, COLUMNS))
    state = blank()[0]
    at = cut % (stop + 1)
    given_seconds = (seconds.usable, seconds.vf_open, seconds.af_open)
    n, ready = follow(state, th, rows, *given_seconds, 0, at, 0, RATE_MHZ, False, out, 0)
    again = np.frombuffer(state.tobytes(), np.float64).copy()
    n, _ = follow(again, th, rows, *given_seconds, at, stop, ready, RATE_MHZ, at < stop, out, n)
    if at == stop:
        return
    assert np.array_equal(out[:n], whole)


@settings(max_examples=60, deadline=None)
@given(PIECES, SHARE, st.integers(1500, 3000), st.integers(1500, 3000))
def test_a_higher_limit_of_pauses_adds_none(
    pieces: list[tuple[str, int, str, int]], seed: int, one: int, other: int
) -> None:
    rows = beats(pieces, seed)
    seconds = seconds_of(rows, seed)
    low, high = sorted((one, other))
    sets = [
        {
            (finding.start, finding.end)
            for finding in fold(
                all_rows(rows, seconds, shipped().changed({"pause.detect.interval_ms": limit}))
            )
            if finding.kind.code == PAUSE
        }
        for limit in (low, high)
    ]
    assert sets[1] <= sets[0]


@settings(max_examples=40, deadline=None)
@given(PIECES, SHARE)
def test_without_sure_beats_nothing_is_found(pieces: list[tuple[str, int, str, int]], seed: int) -> None:
    rows = beats(pieces, seed)
    rows["conf"] = 0.2
    rows["early"] = 1
    seconds = Seconds.quiet(int(rows["sample"][-1]) // 250 + 1)
    kinds = {int(row[KIND]) for row in all_rows(rows, seconds, shipped())}
    assert kinds <= {EXTREME_BRADYCARDIA, EXTREME_TACHYCARDIA, SINUS_RHYTHM}  # these know of no classes


@pytest.mark.parametrize("rate_mhz", [100_000, 128_000, 250_000, 360_000, 1_000_000])
def test_the_sampling_rate_changes_nothing_but_the_samples(rate_mhz: int) -> None:
    text = "20*N800 V500 8*V400 N1000 20*N1300 V600 N1400 V600 N1400 V600 N1400 N3000 40*N1400"
    rows = heart(text)
    at_250 = [(f.kind.name, f.start / 250, f.end) for f in fold(all_rows(rows, quiet_of(rows), shipped()))]
    rows["sample"] = rows["sample"] * rate_mhz // RATE_MHZ
    seconds = Seconds.quiet(int(rows["sample"][-1]) * 1000 // rate_mhz + 1)
    got = fold(rows_of(rows, seconds, rate_mhz, shipped()))
    assert [f.kind.name for f in got] == [name for name, _, _ in at_250]
    for finding, (_, start, _) in zip(got, at_250, strict=True):
        assert abs(finding.start * 1000 / rate_mhz - start) < 0.03


def quiet_of(rows: NDArray[np.void]) -> Seconds:
    return Seconds.quiet(int(rows["sample"][-1]) // 250 + 1)


def test_the_state_is_small() -> None:
    assert WORDS * 8 <= 3584
