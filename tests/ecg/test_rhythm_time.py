"""When findings are told, and what noise, fibrillation and provisional classes do to them."""

from __future__ import annotations

import numpy as np
import pytest
from tests.ecg.rhythm_cases import RATE_MHZ, found, heart, quiet, said

from einthoven.base.thresholds import shipped
from einthoven.ecg.findings import ACTION, CLOSE, COLUMNS, KIND, OPEN, TOLD, UPDATE, V0, WITHDRAW, Fold
from einthoven.ecg.kinds import BY_CODE, NSVT, PAUSE, VENTRICULAR_BIGEMINY, VENTRICULAR_TACHYCARDIA
from einthoven.ecg.rhythm import Seconds, blank, find, follow, rows_of, vector
from einthoven.ecg.rhythm_kernels import beat, spike

CALM = "10*N800"


def told(text: str, early: dict[int, int] | None = None, more_s: int = 0, end: bool = True) -> np.ndarray:
    """Rows of a heart; ``early`` gives some beats (by number) another provisional class."""
    rows = heart(text)
    for number, code in (early or {}).items():
        rows["early"][number] = code
    return rows_of(rows, quiet(rows, more_s), RATE_MHZ, shipped(), end)


def of(rows: np.ndarray, *kinds: int) -> list[tuple[int, int]]:
    """Action and second of telling of the rows of some kinds."""
    return [(int(row[ACTION]), int(row[TOLD]) // 250) for row in rows if int(row[KIND]) in kinds]


def test_ventricular_tachycardia_is_told_in_the_second_of_its_fourth_beat() -> None:
    # Beats at 8500, 8900, 9300, 9700 ms: the second that ends at 10 s tells it.
    rows = told(f"{CALM} V500 20*V400 N1000 3*N800")
    assert of(rows, VENTRICULAR_TACHYCARDIA, NSVT)[0] == (OPEN, 10)
    assert rows[0][V0 + 5] == 1  # on provisional beats
    assert of(rows, VENTRICULAR_TACHYCARDIA)[1][0] == UPDATE
    assert [row[V0 + 5] for row in rows if int(row[ACTION]) == UPDATE] == [0]
    assert of(rows, NSVT)[-1][0] == CLOSE


def test_final_classes_withdraw_what_provisional_ones_told() -> None:
    rows = told(f"{CALM} N500 5*N400 N1000 3*N800", early=dict.fromkeys(range(10, 16), 5))
    assert [action for action, _ in of(rows, VENTRICULAR_TACHYCARDIA)] == [OPEN, WITHDRAW]
    folded = Fold()
    folded.add(rows)
    assert folded.findings() == []
    assert [finding.withdrawn for finding in folded.findings(withdrawn=True)] == [True]


def test_a_run_of_provisional_beats_tells_only_once() -> None:
    rows = told(f"{CALM} N500 30*N400 N1000 3*N800", early=dict.fromkeys(range(10, 41), 5))
    assert [action for action, _ in of(rows, VENTRICULAR_TACHYCARDIA)] == [OPEN, WITHDRAW]


def test_what_final_classes_ended_is_not_opened_again_by_provisional_ones() -> None:
    text = f"{CALM} V500 6*V400 20*N400 N1000"
    for first, want in ((10, [OPEN, UPDATE, CLOSE]), (14, [OPEN, CLOSE])):
        early = dict.fromkeys(range(10, first), 1) | dict.fromkeys(range(first, 37), 5)
        rows = told(text, early=early)
        assert [action for action, _ in of(rows, VENTRICULAR_TACHYCARDIA, NSVT)] == want


def test_without_provisional_classes_it_is_told_two_beats_later() -> None:
    rows = told(f"{CALM} V500 20*V400 N1000", early=dict.fromkeys(range(10, 31), 1))
    assert of(rows, VENTRICULAR_TACHYCARDIA)[0] == (OPEN, 11)


def test_sustained_is_told_while_it_lasts() -> None:
    rows = told(f"{CALM} V500 100*V400", end=False)
    names = [BY_CODE[int(row[KIND])].name for row in rows]
    assert [name for name in names if name != "extreme-tachycardia"] == [
        "ventricular-tachycardia",
        "ventricular-tachycardia",
        "sustained-ventricular-tachycardia",
    ]
    assert of(rows, 12) == [(UPDATE, 40)]  # 38.5 s, and final two beats later


def test_a_long_pause_is_told_after_three_seconds() -> None:
    rows = told("10*N800 N6000 3*N800")
    assert of(rows, PAUSE) == [(OPEN, 11), (CLOSE, 16)]
    finding = found("10*N800 N6000 3*N800")[0]
    assert (finding.start * 4, finding.end, finding.values[0]) == (8000, 3500, 6000)


def test_a_pause_is_withdrawn_when_a_beat_is_found_in_it_late() -> None:
    rows = heart("10*N800 N1900 N1900 5*N800")
    late = 10
    without = np.delete(rows, late)
    seconds = quiet(rows)
    known = (seconds.usable, seconds.vf_open, seconds.af_open)
    state, th, out = blank()[0], vector(shipped()), np.zeros((2000, COLUMNS))
    n, ready = follow(state, th, without, *known, 0, 11, 0, RATE_MHZ, False, out, 0)
    assert (of(out[:n], PAUSE), ready) == ([(OPEN, 11)], late)
    n, _ = follow(state, th, rows, *known, 11, len(seconds.usable), ready, RATE_MHZ, True, out, n)
    assert [action for action, _ in of(out[:n], PAUSE)] == [OPEN, WITHDRAW]


def test_a_pause_without_end_stays_open() -> None:
    rows = told("10*N800", more_s=20, end=False)
    assert of(rows, PAUSE) == [(OPEN, 11)]


@pytest.mark.parametrize(
    ("text", "bad", "want"),
    [
        ("10*N800 N4000 3*N800", {10}, []),
        ("10*N800 N4000 9*N800", {17}, ["pause 8000-12000"]),
        (f"{CALM} V500 V400 N1000 3*N800", {8}, []),
        (f"{CALM} V500 8*V400 N1000 3*N800", {8, 9, 10, 11, 12}, []),
    ],
)
def test_unfit_seconds_start_nothing(text: str, bad: set[int], want: list[str]) -> None:
    seconds = quiet(heart(text))
    seconds.usable[[second for second in bad if second < len(seconds.usable)]] = 0
    assert said(found(text, seconds=seconds)) == want


def test_loss_of_analysis_is_a_finding_and_closes_the_others() -> None:
    text = f"{CALM} V500 100*V400"
    seconds = quiet(heart(text))
    seconds.usable[30:45] = 0
    assert said(found(text, seconds=seconds)) == [
        "nonsustained-ventricular-tachycardia 8500-30000",
        "analysis-lost 30000-45000",
        "nonsustained-ventricular-tachycardia 45300-48500",
    ]


def test_nine_unfit_seconds_are_no_loss() -> None:
    seconds = Seconds.quiet(54)
    seconds.usable[20:29] = 0
    assert found("60*N900", seconds=seconds) == []


def test_fibrillation_of_the_ventricles_ends_the_tachycardia() -> None:
    text = f"{CALM} V500 60*V400"
    seconds = quiet(heart(text))
    seconds.vf_open[20:] = 1
    assert said(found(text, seconds=seconds)) == ["nonsustained-ventricular-tachycardia 8500-18900"]


def test_beats_in_fibrillation_of_the_ventricles_are_none() -> None:
    rows = heart("100*V300 N3500 N3500")
    seconds = quiet(rows)
    seconds.vf_open[:] = 1
    assert find(rows, seconds, RATE_MHZ, shipped()) == []


def test_in_atrial_fibrillation_supraventricular_beats_mean_nothing() -> None:
    text = f"{CALM} 5*S400 3*N900 3*(S500 N900) 30*N700 N1300 20*N380"
    assert said(found(text, af=True)) == []


def test_a_pause_in_atrial_fibrillation_says_so() -> None:
    (finding,) = found(f"{CALM} N2500 3*N800", af=True)
    assert finding.kind.code == PAUSE
    assert finding.values[1] == 3
    assert finding.values[5] == 1


def test_bigeminy_is_over_with_the_second_normal_beat() -> None:
    # The second normal beat comes at 17.2 s and is final two beats later, at 18.8 s.
    rows = told(f"{CALM} 5*(V500 N1100) 10*N800")
    assert of(rows, VENTRICULAR_BIGEMINY) == [(OPEN, 14), (CLOSE, 19)]


def test_blocks_end_where_atrial_fibrillation_begins() -> None:
    text = "60*N900p260"
    seconds = quiet(heart(text))
    seconds.af_open[40:] = 1
    (block,) = (f for f in found(text, seconds=seconds) if f.kind.name == "av-block-1")
    assert 37_000 <= block.end * 4 <= 40_000


@pytest.mark.parametrize(
    ("text", "pulses", "want"),
    [
        ("4*P800", [8740, 9540, 10340], []),
        ("P1600 2*P800", [8740, 9540, 10340], []),
        ("P2400 P800", [8740, 9540, 10340], [("capture-failure", OPEN), ("capture-failure", CLOSE)]),
        ("P3200", [8740, 9540], [("capture-failure", OPEN)]),
        ("N700 N800 P800", [8850, 9650, 10240], [("sensing-failure", OPEN), ("sensing-failure", CLOSE)]),
        ("N700 N800 P800", [8400, 10240], []),
    ],
)
def test_pulses_of_a_pacemaker(text: str, pulses: list[int], want: list[tuple[str, int]]) -> None:
    """Ten paced beats up to 8000 ms, then others, then what is said of pulses at these milliseconds."""
    state, th, out, n = blank()[0], vector(shipped()), np.zeros((40, COLUMNS)), 0
    w = state.view(np.int64)
    for row in heart(f"10*P800 {text}"):
        n = beat(
            state, w, th, row["sample"], row["rr_ms"], row["code"], 1.0, 120, -1.0, 0, -1, -1.0, 0.0,
            RATE_MHZ, out, n,
        )  # fmt: skip
    before = n
    for pulse in pulses:
        n = spike(state, w, th, pulse * 250 // 1000, RATE_MHZ, out, n)
    assert [(BY_CODE[int(row[KIND])].name, int(row[ACTION])) for row in out[before:n]] == want


def test_pulses_say_nothing_while_no_beat_is_paced() -> None:
    state, th, out, n = blank()[0], vector(shipped()), np.zeros((40, COLUMNS)), 0
    w = state.view(np.int64)
    for row in heart("10*N800"):
        n = beat(
            state, w, th, row["sample"], row["rr_ms"], row["code"], 1.0, 90, -1.0, 0, -1, -1.0, 0.0, RATE_MHZ,
            out, n,
        )  # fmt: skip
    assert spike(state, w, th, 1000, RATE_MHZ, out, spike(state, w, th, 900, RATE_MHZ, out, n)) == n
