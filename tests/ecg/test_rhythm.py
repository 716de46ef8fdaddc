"""What the rhythm rules say of hearts written as text: a table from docs/thresholds.md."""

from __future__ import annotations

import pytest
from tests.ecg.rhythm_cases import found, said

CALM = "10*N800"  # beats at 800 … 8000 ms

VENTRICULAR = {
    "one alone": (f"{CALM} V500 N1100 3*N800", []),
    "a couplet": (f"{CALM} V500 V400 N1000 N800", ["ventricular-couplet 8500-8900"]),
    "a couplet at the end of the samples": (f"{CALM} V500 V400", ["ventricular-couplet 8500-8900"]),
    "three beats, fast": (f"{CALM} V500 2*V400 N1000", ["ventricular-run 8500-9300"]),
    "four beats just over 100 a minute": (
        f"{CALM} V500 3*V592 N1000",
        ["nonsustained-ventricular-tachycardia 8500-10276"],
    ),
    "four beats at 100 a minute are none": (
        f"{CALM} V500 3*V600 N1000",
        ["accelerated-idioventricular-rhythm 8500-10300"],
    ),
    "thirty seconds": (
        f"{CALM} V500 75*V400 N1000",
        ["sustained-ventricular-tachycardia 8500-38500"],
    ),
    "not quite thirty seconds": (
        f"{CALM} V500 74*V400 N1000",
        ["nonsustained-ventricular-tachycardia 8500-38100"],
    ),
    "at 75 a minute": (f"{CALM} V800 6*V800 N800", ["accelerated-idioventricular-rhythm 8800-13600"]),
    "at 40 a minute": (f"{CALM} V1500 6*V1500 N1500", ["idioventricular-rhythm 9500-18500"]),
    "a fusion beat within goes on": (
        f"{CALM} V500 4*V400 F400 3*V400 N1000",
        ["nonsustained-ventricular-tachycardia 8500-11700"],
    ),
    "a normal beat within ends it": (
        f"{CALM} V500 4*V400 N400 4*V400 N1000",
        [
            "nonsustained-ventricular-tachycardia 8500-10100",
            "nonsustained-ventricular-tachycardia 10900-12100",
        ],
    ),
    "it speeds up": (
        f"{CALM} V800 3*V800 6*V400 N1000",
        [
            "accelerated-idioventricular-rhythm 8800-11200",
            "nonsustained-ventricular-tachycardia 11200-13600",
        ],
    ),
    "doubtful beats start nothing": (f"{CALM} v500 6*v400 N1000", []),
    "a doubtful one within counts": (
        f"{CALM} V500 V400 v400 2*V400 N1000",
        ["nonsustained-ventricular-tachycardia 8500-10100"],
    ),
    "three sure ones and a doubtful one are no tachycardia": (
        f"{CALM} V500 V400 v400 V400 N1000",
        ["ventricular-run 8500-9700"],
    ),
    "a doubtful one makes no couplet": (f"{CALM} V500 v400 N1000", []),
    "twisting about the line": (
        f"{CALM} V500^ 4*V320~^ 4*V320~v 4*V320~^ N1000",
        ["torsade-de-pointes 8500-12340"],
    ),
    "fast groups with gaps and no normal beat between": (
        f"{CALM} V500 2*V280 3*(V1360 2*V270) N1000",
        ["nonsustained-ventricular-tachycardia 8500-14760"],
    ),
    "a normal beat between groups parts them": (
        f"{CALM} V500 2*V280 2*(N1360 V400 2*V270) N1000",
        ["ventricular-run 8500-9060", "ventricular-run 10820-11360", "ventricular-run 13120-13660"],
    ),
    "a wide one without a P wave between is of the run": (
        f"{20 * 'N800 '} V500 5*V280= 2*(n800~-w200 V270= V280=) N1000p160",
        ["nonsustained-ventricular-tachycardia 16500-20600"],
    ),
    "uneven groups are no tachycardia": (
        f"{CALM} V500 V200 V370 3*(V1360 V200 V370) N1000",
        ["ventricular-run 8500-14860"],
    ),
    "bidirectional is no torsade": (
        f"{CALM} V500^ 4*(V320~v V320~^) N1000",
        ["nonsustained-ventricular-tachycardia 8500-11060"],
    ),
}

PATTERNS = {
    "bigeminy": (f"{CALM} V500 N1100 V500 N1100 V500 3*N1100", ["ventricular-bigeminy 8500-11700"]),
    "two are not enough": (f"{CALM} V500 N1100 V500 3*N1100", []),
    "trigeminy": (
        f"{CALM} V500 3*(N1100 N800 V500) 3*N1100",
        ["ventricular-trigeminy 8500-15700"],
    ),
    "bigeminy of doubtful beats": (f"{CALM} 5*(v500 N1100) 2*N800", []),
    "atrial bigeminy": (f"{CALM} 3*(S500 N900) 3*N800", ["atrial-bigeminy 8500-11300"]),
    "a couplet ends bigeminy": (
        f"{CALM} 4*(V500 N1100) V500 V400 4*N1000",
        ["ventricular-bigeminy 8500-14900", "ventricular-couplet 14900-15300"],
    ),
    "nine in a minute are many": (
        f"{CALM} 9*(V500 N1100 N800 N800 N800) 70*N800",
        ["frequent-ventricular-beats 8500-40500"],
    ),
    "eight in a minute are not": (f"{CALM} 8*(V500 N1100 N800 N800 N800) 70*N800", []),
}

SUPRAVENTRICULAR = {
    "a couplet": (f"{CALM} S500 S400 4*N900", ["supraventricular-couplet 8500-8900"]),
    "three": (f"{CALM} S500 2*S400 4*N900", ["supraventricular-run 8500-9300"]),
    "a rhythm that becomes faster and stays so": (f"{CALM} 2*S700 9*N700", []),
    "three slow ones are no run": (f"{CALM} S700 2*S650 4*N900", []),
    "sudden, regular, fast": (
        f"{CALM} N350 19*N350 10*N900",
        ["supraventricular-tachycardia 8000-15000"],
    ),
    "sudden and fast, the first interval longer": (
        f"{CALM} S390 29*S300 10*N900",
        ["supraventricular-tachycardia 8000-17088", "supraventricular-run 8388-17088"],
    ),
    "sudden and fast, later on no more regular than chance makes it": (
        f"{CALM} S390 2*S300 12*(S320 S285) 10*N900",
        ["supraventricular-run 8388-16248"],
    ),
    "sudden and fast, but irregular": (f"{CALM} 10*(N350 N300) 10*N900", []),
    "fast by and by is no such thing": (
        f"{CALM} 4*N700 4*N600 4*N550 4*N500 4*N460 4*N420 20*N390 10*N900",
        [],
    ),
}

RATES = {
    "under 50 for over a minute, P waves seen": (
        f"{CALM} 50*N1300p160 10*N800p160",
        ["sinus-bradycardia 8000-73000"],
    ),
    "the same, P waves unknown": (f"{CALM} 50*N1300 10*N800", ["bradycardia 8000-73000"]),
    "under 50 for less than a minute": (f"{CALM} 40*N1300 10*N800", []),
    "under 30 for thirty seconds": (
        "10*N1248 20*N2100 10*N800",
        ["bradycardia 1248-54480", "pause", "pause"],
    ),
    "over 120 for over a minute, P waves seen": (
        f"{CALM} 8*N650p160 150*N470p160 10*N800p160",
        ["sinus-tachycardia"],
    ),
    "over 120 for over a minute, P waves unknown": (f"{CALM} 8*N650 150*N470 10*N800", ["tachycardia"]),
    "ten doubtful beats in a row are no rate": (f"{CALM} 300*n300 10*N800", []),
    "it swings with breath": (
        "20*(N760p150 N800p150 N880p150 N940p150 N880p150 N800p150)",
        ["sinus-arrhythmia"],
    ),
    "one in three is missing": ("25*(N800p150 N1600p150)", []),
    "it swings, P waves unknown": ("20*(N760 N800 N880 N940 N880 N800)", []),
}


PAUSES = {
    "two seconds": (f"{CALM} N2000 3*N800", ["pause 8000-10000"]),
    "not quite": (f"{CALM} N1990 3*N800", []),
    "behind a ventricular beat": (f"{CALM} V500 N2100 3*N800", ["pause 8500-10600"]),
    "between doubtful beats": (f"{CALM} n800 N2500 n2500 3*N800", []),
    "of a slow heart, only the first": ("40*N2100", ["bradycardia 2100-84000", "pause 2100-4200"]),
    "three seconds in a slow heart are one": ("6*N1500 N3600 3*N1500", ["pause 9000-12600"]),
}

SEEN = "20*N800p160"  # beats at 800 … 16000 ms
CONDUCTION = {
    "PR of 240 ms": ("30*N900p240 20*N900p160", ["av-block-1 900-27000"]),
    "PR of 200 ms is not long": ("40*N900p200", []),
    "PR grows until a beat drops": (
        f"{SEEN} N820p200 N820p230 N820p250 N1300p160b2 N800p200 N800p230 3*N800p160",
        ["av-block-2-mobitz-1 18460-19760"],
    ),
    "PR never changes and a beat drops": (
        f"{SEEN} N1600p160b2 4*N800p160",
        ["av-block-2-mobitz-2 16000-17600"],
    ),
    "a beat drops, its P wave was not seen": (
        f"{SEEN} N1600p160b18 4*N800p160",
        ["rhythm-undetermined 16000-17600"],
    ),
    "PR falls far behind a P wave that a T wave hides": (
        f"{SEEN} N820p200 N820p230 N820p250 N1300p160b18 4*N800p160",
        ["av-block-2-mobitz-1 18460-19760"],
    ),
    "PR falls a little behind one": (
        f"{SEEN} N820p200 N820p210 N1300p175b18 4*N800p160",
        ["rhythm-undetermined 17640-18940"],
    ),
    "every other P wave is only reckoned": (f"{SEEN} 8*N1600p160b18 4*N800p160", []),
    "three P waves, two of them only reckoned": (f"{SEEN} N1950p160b35 4*N800p160", []),
    "P waves march through": (
        f"{SEEN} 12*N1300p400b257 10*N800p160",
        ["av-block-3 16000-31600"],
    ),
    "P waves seem to march through once": (f"{SEEN} 10*N1300p160 N1300b257 10*N800p160", []),
    "a P wave that runs into the T wave is not early": ("60*N480p230", []),
    "a premature P wave that is not conducted": (f"{SEEN} N1100p160b2 4*N800p160", []),
    "a beat drops, PR unknown": ("20*N800p160 N1600b2 4*N800p160", ["rhythm-undetermined 16000-17600"]),
    "a beat is missing, P waves cannot be seen": (
        "20*N800 N1600 4*N800",
        ["rhythm-undetermined 16000-17600"],
    ),
    "every other beat is conducted": (
        f"{SEEN} 8*N1600p160b2 4*N800p160",
        ["av-block-2-to-1 16000-28800"],
    ),
    "two P waves in a row are not conducted": (
        f"{SEEN} N2400p160b3 4*N800p160",
        ["pause 16000-18400", "av-block-high-grade 16000-18400"],
    ),
    "atria and ventricles apart": (
        f"{SEEN} 5*(N1500p120b2 N1500p300b1 N1500p140b2 N1500p260b1 N1500p40b2) 10*N800p160",
        ["av-block-3 16000-53500", *2 * ["rhythm-undetermined"]],
    ),
    "regular, narrow, P waves gone": (
        f"{SEEN} 20*N1250- 4*N800p160",
        ["junctional-rhythm 16000-41000"],
    ),
    "regular and narrow, P waves never seen": ("40*N1250-", []),
    "paced": ("10*N800 20*P900 12*N800", ["paced-rhythm 8900-26000"]),
}


SINUS = {
    "P waves before the beats": ("30*N800p160", ["sinus-rhythm 800-24000"]),
    "before most of them": ("40*(N800p160 N800p160 N800-)", ["sinus-rhythm 800-96000"]),
    "ectopic beats in between": ("10*(N800p160 N800p160 V600- N1000p160)", ["sinus-rhythm 800-32000"]),
    "none": ("30*N800-", []),
    "not to be seen": ("30*N800", []),
    "too few to say": ("7*N800p160", []),
    "they vanish": ("20*N800p160 30*N800-", ["sinus-rhythm 800-25600"]),
    "they lie anywhere": (
        "20*N800p160 6*(N800p60 N800- N800p300 N800- N800p120 N800p220 N800-)",
        ["sinus-rhythm 800-24000"],
    ),
    "PR that grows and is short again": (
        "20*N800p160 10*(N850p160 N850p240 N850p280)",
        ["sinus-rhythm 800-41500"],
    ),
    "they come": ("20*N800- 30*N800p160", ["sinus-rhythm 16800-40000"]),
}


def check(text: str, want: list[str]) -> None:
    got = said(found(text))
    times = [" " in word for word in want]
    assert [line if exact else line.split()[0] for line, exact in zip(got, times, strict=False)] == want
    assert len(got) == len(want), got


@pytest.mark.parametrize("name", SINUS)
def test_sinus_rhythm_is_said_where_p_waves_are_seen(name: str) -> None:
    text, want = SINUS[name]
    assert said(found(text), sinus=True) == want


def test_atrial_fibrillation_is_no_sinus_rhythm() -> None:
    assert said(found("30*N800p160", af=True), sinus=True) == []


@pytest.mark.parametrize("name", PAUSES)
def test_pauses(name: str) -> None:
    check(*PAUSES[name])


@pytest.mark.parametrize("name", CONDUCTION)
def test_conduction(name: str) -> None:
    check(*CONDUCTION[name])


@pytest.mark.parametrize("name", VENTRICULAR)
def test_ventricular_beats_in_a_row(name: str) -> None:
    check(*VENTRICULAR[name])


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns(name: str) -> None:
    check(*PATTERNS[name])


@pytest.mark.parametrize("name", SUPRAVENTRICULAR)
def test_supraventricular_beats(name: str) -> None:
    check(*SUPRAVENTRICULAR[name])


@pytest.mark.parametrize("name", RATES)
def test_rates(name: str) -> None:
    check(*RATES[name])


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("V400~", 400 * (5 + 30)),  # of another shape: what follows it in kind is of the run
        ("V400=", 400 * 5),  # like the beats before it: a few beats of another tachycardia
    ],
)
def test_a_ventricular_run_swallows_what_follows_only_where_it_began_something(first: str, last: int) -> None:
    fast = found(f"20*N800 30*S400= {first} 4*V400= 30*S400= 5*N800~")
    (run,) = (f for f in fast if f.kind.rule == "vt")
    assert run.start * 4 == 16000 + 400 * 31
    assert run.end is not None
    assert run.end * 4 == 16000 + 400 * 30 + last
