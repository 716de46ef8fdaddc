"""Which pieces of ECG a report shows, and cutting them out of the samples (R25, R26, R36)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from einthoven.base.layout import INVALID_SAMPLE
from einthoven.base.spans import SpanSet
from einthoven.ecg.beats import GOOD, NORMAL
from einthoven.ecg.measure_beats import SYMBOLS
from einthoven.ecg.measure_record import BLIND
from einthoven.reports.clock import ClockFace
from einthoven.reports.day import Day
from einthoven.reports.episodes import Episodes, Event, weight
from einthoven.reports.report import Strip, Trace
from einthoven.reports.study import Study
from einthoven.reports.totals import Totals
from einthoven.reports.words import name_of, number, phrase

Read = Callable[[int, int], NDArray[np.int16]]
"""Samples ``[start, stop)`` of the stretch: int16[n, leads]; ``INVALID_SAMPLE`` where there are none."""
STRIP_S = 7.0
"""Seconds of a strip: 175 mm at 25 mm/s, what a page is wide."""
LEAD_IN_S = 1.6
"""Seconds before what a strip is about."""
DAILY_MOST, FINAL_MOST = 12, 24
"""Strips that are chosen for a daily report, and for one over the whole service."""
LEADS_MOST = 3
"""Leads of a strip: the first three that were fit for use, so that four strips fit a page."""
SYMPTOMS_FIRST = 4
"""Symptoms that come before less grave episodes; others come behind them."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Strips wanted of some kinds of finding: how many of the longest, and of the fastest or slowest."""

    kinds: tuple[str, ...]
    longest: int = 1
    fastest: int = 0
    slowest: int = 0


WISHES: tuple[Wish, ...] = (
    Wish(("ventricular-fibrillation", "ventricular-flutter"), longest=2),
    Wish(("asystole",), longest=2),
    Wish(("sustained-ventricular-tachycardia", "torsade-de-pointes", "ventricular-tachycardia"), 2, 1),
    Wish(("nonsustained-ventricular-tachycardia",), 1, 1),
    Wish(("av-block-3", "av-block-high-grade"), longest=2),
    Wish(("capture-failure", "sensing-failure")),
    Wish(("pause",), longest=2),
    Wish(("atrial-fibrillation",), 1, 1, 1),
    Wish(("atrial-flutter",), 1, 1),
    Wish(("av-block-2-mobitz-2", "av-block-2-to-1")),
    Wish(("supraventricular-tachycardia",), 1, 1),
    Wish(("extreme-bradycardia", "bradycardia", "sinus-bradycardia"), 0, 0, 1),
    Wish(("extreme-tachycardia", "tachycardia", "sinus-tachycardia"), 0, 1),
    Wish(("ventricular-run", "accelerated-idioventricular-rhythm", "idioventricular-rhythm"), 1, 1),
    Wish(("av-block-2-mobitz-1",)),
    Wish(("junctional-rhythm",)),
    Wish(("supraventricular-run",), 1, 1),
    Wish(("st-elevation",)),
    Wish(("st-depression",)),
    Wish(("ventricular-bigeminy", "ventricular-trigeminy")),
    Wish(("ventricular-couplet",)),
    Wish(("atrial-bigeminy", "supraventricular-couplet")),
    Wish(("av-block-1",)),
    Wish(("paced-rhythm",)),
)
"""In order of what a physician has to see first."""
LONGEST = ("longest", "second longest", "third longest")
STEADY = 1.25
"""Usual beats are shown where no interval is longer than the shortest by more than this."""
BY_HAND, SYMPTOM, MORE_SYMPTOMS, EXTREME, USUAL = -1, 10 * 7 + 5, 10 * len(WISHES), 10 * len(WISHES) + 1, 9999
"""Ranks of what is no wish, whose rank is ten times its place: chosen by a technician; felt by the patient,
behind what is gravest; extremes of the rate; the usual rhythm, last."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A strip to be cut: from where (sample of the stream), of what, and how much it matters.

    Attributes:
        start: first sample of the strip.
        rank: 0 is the gravest; strips of a lower rank go first.
        weight: among those of a rank, the larger goes first.
        caption, why: as in ``report.Strip``.
        verdict: what a technician said of it, or ``""``.
        kind: of the episode that it shows, or ``""``.
        leads: that it is about; others are shown where there is room.
    """

    start: int
    rank: int
    weight: float
    caption: str
    why: str
    verdict: str = ""
    kind: str = ""
    leads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """A strip with what it was chosen by, so that the strips of many days can be chosen among."""

    choice: Choice
    strip: Strip


def choose(
    day: Day, study: Study, most: int = DAILY_MOST, extra: Iterable[Choice] = ()
) -> tuple[list[Choice], int]:
    """The strips of a day, gravest first, none twice.

    Args:
        day: its figures.
        study: what they are of.
        most: strips that are chosen.
        extra: those that people chose; they come first and are all shown.

    Returns:
        (the strips, how many more were worth one).
    """
    rate, by_hand = day.rate_hz, list(extra)
    wanted = [
        choice
        for rank, wish in enumerate(WISHES)
        for kind in day.episodes
        if kind.kind in wish.kinds
        for choice in _of_kind(kind, wish, 10 * rank, rate)
    ]
    wanted += by_hand + _felt(day) + _extremes(day) + _usual(study)
    return apart(wanted, rate, most)


def apart(wanted: Iterable[Choice], rate_hz: float, most: int) -> tuple[list[Choice], int]:
    """The gravest of ``wanted`` that do not show the same, one of the usual beats at their end, and how many
    were left out. What people chose is all kept, beyond ``most``; a symptom that another strip shows is named
    there."""
    kept: list[Choice] = []
    for choice in sorted(wanted, key=lambda one: (one.rank, -one.weight, one.start)):
        near = [other for other in kept if abs(choice.start - other.start) <= 0.5 * STRIP_S * rate_hz]
        if not near or choice.rank == BY_HAND:
            kept.append(choice)
        elif choice.rank in (SYMPTOM, MORE_SYMPTOMS):
            place = kept.index(near[0])
            kept[place] = replace(near[0], caption=f"{near[0].caption}. {choice.caption}")
    by_hand = [choice for choice in kept if choice.rank == BY_HAND]
    usual = [choice for choice in kept if choice.rank == USUAL][:1]
    rest = [choice for choice in kept if choice.rank not in (BY_HAND, USUAL)]
    chosen = rest[: max(0, most - len(usual))]
    return by_hand + chosen + usual, len(rest) - len(chosen)


def _of_kind(kind: Episodes, wish: Wish, rank: int, rate_hz: float) -> list[Choice]:
    picked: list[tuple[Event, str]] = []
    by_length = sorted(kind.listed, key=lambda one: (-weight(one), one.start))
    picked += [(one, _why(kind, word)) for one, word in zip(by_length[: wish.longest], LONGEST, strict=False)]
    if wish.fastest and kind.fastest is not None:
        picked.append((kind.fastest, _why(kind, "fastest")))
    if wish.slowest and kind.slowest is not None:
        picked.append((kind.slowest, _why(kind, "slowest")))
    return [_choice(one, rank, why, rate_hz) for one, why in picked]


def _why(kind: Episodes, by: str) -> str:
    return "the only one" if kind.count == 1 else f"{by} of {number(kind.count)}"


def _choice(one: Event, rank: int, why: str, rate_hz: float) -> Choice:
    """A strip that begins a moment before the episode; what is shorter than a strip stands in its middle."""
    lead_in = LEAD_IN_S * rate_hz
    spare = STRIP_S * rate_hz - one.length
    before = max(lead_in, 0.5 * spare) if spare > 0 else lead_in
    text = phrase(one, rate_hz)
    caption = f"{name_of(one.kind)}: {text}" if text else name_of(one.kind)
    lead = one.values.get("lead")
    leads = (lead,) if isinstance(lead, str) else ()
    start = max(0, round(one.start - before))
    return Choice(start, rank, weight(one), caption, why, one.verdict, one.kind, leads)


def _felt(day: Day) -> list[Choice]:
    out = []
    for place, mark in enumerate(day.symptoms):
        what = ", ".join(mark.symptoms) or "patient's button"
        start = max(0, round(mark.sample - 0.5 * STRIP_S * day.rate_hz))
        rate = "" if mark.rate is None else f", {number(mark.rate)}/min"
        rank = SYMPTOM if place < SYMPTOMS_FIRST else MORE_SYMPTOMS
        out.append(Choice(start, rank, 0.0, f"Symptom: {what}{rate}", "marked by the patient"))
    return out


def _extremes(day: Day) -> list[Choice]:
    out = []
    for name, words in (("rate_least_8_beats", "Lowest rate"), ("rate_most_8_beats", "Highest rate")):
        figure = day.figures.get(name)
        if figure is None or figure.value is None:
            continue
        middle = (figure.start + figure.end) / 2
        start = max(0, round(middle - 0.5 * STRIP_S * day.rate_hz))
        caption = f"{words}: {number(figure.value)}/min over 8 intervals"
        out.append(Choice(start, EXTREME, 0.0, caption, "extreme", kind=name))
    return out


def _usual(study: Study) -> list[Choice]:
    """A stretch of steady normal beats only, good in the first lead: the first from the middle on."""
    rate, span = study.rate_hz, round(STRIP_S * study.rate_hz)
    at, code = study.column("sample"), study.column("code")
    good = study.quality[:, 0] == GOOD if study.quality.shape[1] else np.zeros(0, np.bool_)
    seconds = len(good)
    length = int(np.ceil(STRIP_S)) + 1
    if seconds < length:
        return []
    whole = np.flatnonzero(np.convolve(good, np.ones(length), "valid") >= length)
    from_middle = np.roll(whole, -int((whole < seconds // 2).sum())).tolist()
    blind = SpanSet(study.spans(BLIND))
    for steadiness in (STEADY, np.inf):
        for second in from_middle:
            start = round(second * rate)
            if blind.within(start, start + span):
                continue
            first, stop = np.searchsorted(at, [start, start + span])
            if stop - first < 3 or (code[first:stop] != NORMAL).any():
                continue
            steps = np.diff(at[first:stop])
            if steps.max() <= steadiness * steps.min():
                caption = "Usual beats of this recording"
                return [Choice(study.origin + start, USUAL, 0.0, caption, "for comparison")]
    return []


def cut(choice: Choice, study: Study, read: Read, face: ClockFace) -> Cut:
    """Cut a strip out.

    Args:
        choice: which.
        study: of the stretch that it lies in.
        read: its samples, by sample of the stretch.
        face: how times are printed.
    """
    rate, layout = study.rate_hz, study.layout
    start = max(0, min(choice.start - study.origin, study.samples - 1))
    stop = min(study.samples, start + round(STRIP_S * rate))
    samples = read(start, stop)
    first, last = int(start / rate), int(np.ceil(stop / rate))
    graded = study.quality[first:last]
    traces = []
    for number_, lead in enumerate(layout.leads):
        column = samples[:, number_]
        fit = bool((graded[:, number_] == GOOD).any()) if len(graded) else True
        values = tuple(None if value == INVALID_SAMPLE else value for value in column.tolist())
        asked = choice.leads.index(lead.name) if lead.name in choice.leads else len(choice.leads)
        traces.append(((asked, not fit), number_, Trace(lead.name, lead.gain, lead.baseline, values)))
    chosen = sorted(sorted(traces, key=lambda one: one[:2])[:LEADS_MOST], key=lambda one: one[1])
    at, code = study.column("sample"), study.column("code")
    low, high = np.searchsorted(at, [start, stop])
    letters = tuple(
        (sample - start, SYMBOLS.get(kind, "?"))
        for sample, kind in zip(at[low:high].tolist(), code[low:high].tolist(), strict=True)
    )
    strip = Strip(
        start=study.origin + start,
        end=study.origin + stop,
        at_ms=study.ms(start),
        when=face.time(study.ms(start)),
        caption=choice.caption,
        why=choice.why,
        rate_hz=rate,
        traces=tuple(trace for _, _, trace in chosen),
        beats=letters,
        verdict=choice.verdict,
    )
    return Cut(choice, strip)


def among(cuts: Iterable[Cut], totals: Totals, most: int, face: ClockFace) -> tuple[list[Strip], int]:
    """The gravest of the strips of several days, and how many were left out; times as ``face`` has them.

    What a strip is (the longest of so many, the lowest rate) is told of all days together.
    """
    chosen_of = {one.choice: one.strip for one in cuts}
    wanted, strips = [], dict[tuple[int, str], Strip]()
    for choice, strip in chosen_of.items():
        if choice.rank == EXTREME and not _extreme(choice, totals):
            continue
        told = replace(choice, why=_why_of_all(choice, totals)) if choice.kind in totals.episodes else choice
        wanted.append(told)
        strips[told.start, told.kind] = strip
    chosen, left_out = apart(wanted, totals.first.rate_hz, most)
    printed = [
        replace(
            strips[one.start, one.kind],
            when=face.time(strips[one.start, one.kind].at_ms),
            why=one.why,
            caption=one.caption,
        )
        for one in chosen
    ]
    return printed, left_out


def _extreme(choice: Choice, totals: Totals) -> bool:
    """Whether a strip of a day's extreme shows that of all days."""
    figure = totals.figures[choice.kind]
    middle = (figure.start + figure.end) / 2
    return abs(middle - choice.start - 0.5 * STRIP_S * totals.first.rate_hz) < totals.first.rate_hz


def _why_of_all(choice: Choice, totals: Totals) -> str:
    every = totals.episodes[choice.kind]
    if every.count == 1:
        return "the only one"
    span = STRIP_S * totals.first.rate_hz
    for word, one in (("longest", every.longest), ("fastest", every.fastest), ("slowest", every.slowest)):
        if one is not None and choice.start <= one.start < choice.start + span and word in choice.why:
            return f"{word} of {number(every.count)}"
    return f"one of {number(every.count)}"
