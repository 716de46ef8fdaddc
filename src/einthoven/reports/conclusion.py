"""What stands first on a report: the usual rhythm and rate, then what matters, gravest first, then what was
not found and in how much time (R25)."""

from __future__ import annotations

from einthoven.ecg.measure_record import FIBRILLATION
from einthoven.reports.clock import lasting
from einthoven.reports.episodes import Episodes, Event
from einthoven.reports.report import GRAVE, NOTABLE, PLAIN, Gravity, Line, Shown
from einthoven.reports.sections import PATTERNS, Made
from einthoven.reports.words import count, gravity_of, name_of, number, phrase, share

FIRST = (
    "ventricular-fibrillation",
    "ventricular-flutter",
    "asystole",
    "torsade-de-pointes",
    "sustained-ventricular-tachycardia",
    "ventricular-tachycardia",
    "nonsustained-ventricular-tachycardia",
    "av-block-3",
    "av-block-high-grade",
    "capture-failure",
    "sensing-failure",
    "av-block-2-mobitz-2",
    "av-block-2-to-1",
)
"""Told one kind a line, in this order; then pauses, fibrillation of the atria, ectopy and the rest."""
LATER = (
    "supraventricular-tachycardia",
    "extreme-bradycardia",
    "extreme-tachycardia",
    "bradycardia",
    "sinus-bradycardia",
    "tachycardia",
    "sinus-tachycardia",
    "accelerated-idioventricular-rhythm",
    "idioventricular-rhythm",
    "av-block-2-mobitz-1",
    "av-block-1",
    "junctional-rhythm",
    "st-elevation",
    "st-depression",
)
NEGATIVES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ventricular tachycardia", FIRST[3:7]),
    ("ventricular fibrillation", FIRST[:2]),
    ("AF or flutter", tuple(sorted(FIBRILLATION))),
    ("pause", ("pause", "asystole")),
    ("AV block of second or third degree", (*FIRST[7:9], *FIRST[11:13], "av-block-2-mobitz-1")),
)
"""What a reader looks for first, and by which kinds it would have been found."""
BASES = (
    "sinus-rhythm",
    "sinus-bradycardia",
    "sinus-tachycardia",
    *sorted(FIBRILLATION),
    "paced-rhythm",
    "junctional-rhythm",
    "accelerated-idioventricular-rhythm",
    "idioventricular-rhythm",
    "supraventricular-tachycardia",
    *FIRST[:8],
)
SOUND_LEAST_S = 60.0
"""In less time than this nothing is said not to have been found."""
SLOW = frozenset({"extreme-bradycardia", "bradycardia", "sinus-bradycardia"})
VT = FIRST[3:7]
LITTLE_SHARE = 75.0
"""Less of the time analysed than this, percent, is notable."""
NOTABLE_SHARE = 10.0
"""Ectopic beats are notable from this share of all beats on, percent."""


def conclusion_of(made: Made) -> tuple[Line, ...]:
    """The sentences."""
    if not made.totals.beats["all"]:
        return (_nothing(made),)
    lines = [_kind(made, one) for one in made.totals.of(*FIRST)]
    lines += _pauses(made) + _atria(made) + _symptoms(made)
    lines += [_ectopy(made, which) for which in ("ventricular", "supraventricular")]
    lines += [_kind(made, one) for one in made.totals.of(*LATER)]
    lines.sort(key=lambda line: (GRAVE, NOTABLE, PLAIN).index(line.gravity))
    every = [_usual(made), *lines, _negatives(made), _time(made)]
    return tuple(line for line in every if line.text)


def _nothing(made: Made) -> Line:
    totals = made.totals
    why = "nothing was received" if not totals.stored_s else "no heartbeat was found in what was received"
    return Line(f"Nothing can be said of this time: {why}.", NOTABLE)


def _usual(made: Made) -> Line:
    """The rhythm that took most of the time, and the rate."""
    totals = made.totals
    bases = sorted(totals.of(*BASES), key=lambda one: -one.total_s)
    base, sound = "Rhythm undetermined", totals.analysed_s - totals.lost_s
    if bases and bases[0].total_s > 0.5 * totals.analysed_s:
        base = f"{name_of(bases[0].kind)} for the most part"
    elif bases:
        base = f"Most often {_lower(name_of(bases[0].kind))}, {lasting(bases[0].total_s)} of {lasting(sound)}"
    mean, low, high = (
        totals.figures[name] for name in ("rate_mean", "rate_least_8_beats", "rate_most_8_beats")
    )
    if mean.value is None:
        return Line(f"{base}; the rate cannot be told.")
    text = f"{base}; mean rate {number(mean.value)}/min"
    if low.value is not None and high.value is not None:
        text += (
            f", lowest {number(low.value)} ({made.face.time(low.at_ms)}), "
            f"highest {number(high.value)} ({made.face.time(high.at_ms)})"
        )
    return Line(f"{text}.", PLAIN, low.start, low.end)


def _lower(name: str) -> str:
    """A name within a sentence: ``sinus rhythm``, but ``AV block``, ``VT``."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _kind(made: Made, one: Episodes) -> Line:
    rate_hz = made.totals.first.rate_hz

    def told(word: str, event: Event) -> str:
        return f"{word}{phrase(event, rate_hz)} at {made.face.time(event.at_ms)}"

    worst, parts = one.longest, []
    if one.kind in SLOW and one.slowest is not None:
        worst = one.slowest
        parts.append(told("slowest " if one.count > 1 else "", worst))
    else:
        parts.append(told("longest " if one.count > 1 else "", worst))
        fastest = one.fastest
        if one.kind.endswith("tachycardia") and fastest is not None and fastest.start != worst.start:
            parts.append(told("fastest ", fastest))
    text = f"{name_of(one.kind)}: {count(one.count, 'episode')}, {', '.join(parts)}."
    grave = one.kind in VT and any(_emergent(made, event) for event in one.listed)
    return Line(text, GRAVE if grave else gravity_of(one.kind), worst.start, worst.end)


def _emergent(made: Made, one: Event) -> bool:
    """Whether a tachycardia of the ventricles is one to be told at once."""
    beats, rate = one.number("beats") or 0.0, one.rate or 0.0
    long = one.seconds >= made.limits["vt.emergent.duration_s"]
    return long or (beats >= made.limits["vt.emergent.beats"] and rate >= made.limits["vt.emergent.rate_bpm"])


def _pauses(made: Made) -> list[Line]:
    found = made.totals.of("pause")
    if not found:
        return []
    one, least = found[0], made.limits["pause.detect.interval_ms"] / 1000.0
    longest = one.longest
    grave: Gravity = GRAVE if (longest.number("rr_ms") or 0.0) >= 3000.0 else NOTABLE
    text = (
        f"{count(one.count, 'pause')} of {number(least, 1)} s or more, longest "
        f"{phrase(longest, made.totals.first.rate_hz)} at {made.face.time(longest.at_ms)}."
    )
    return [Line(text, grave, longest.start, longest.end)]


def _atria(made: Made) -> list[Line]:
    totals = made.totals
    found = totals.of(*sorted(FIBRILLATION))
    if not found:
        return []
    names = " and ".join(name_of(one.kind) for one in found)
    longest = max((one.longest for one in found), key=lambda one: one.length)
    seconds = totals.value("af_seconds") or 0.0
    text = (
        f"{names}: {lasting(seconds)}, {share(totals.value('af_burden'))} % of the time analysed, "
        f"{count(sum(one.count for one in found), 'episode')}, "
        f"longest {lasting(longest.length / totals.first.rate_hz)} at {made.face.time(longest.at_ms)}"
    )
    rate = totals.value("af_rate_mean")
    text += f"; mean rate in it {number(rate)}/min." if rate else "."
    return [Line(text, NOTABLE, longest.start, longest.end)]


def _ectopy(made: Made, which: str) -> Line:
    totals = made.totals
    beats = totals.value(f"{which}_beats") or 0.0
    counted = totals.beats["counted" if which == "ventricular" else "counted_atrial"]
    if not counted:
        why = "every beat lies in ventricular fibrillation or noise"
        why = (
            why
            if which == "ventricular"
            else "every beat lies in AF, flutter, ventricular fibrillation or noise"
        )
        return Line(f"{which.capitalize()} ectopic beats cannot be told: {why}.")
    if not beats:
        return Line(f"No {which} ectopic beat.")
    parts = [
        f"{which.capitalize()} ectopic beats: {number(beats)} ({share(totals.value(f'{which}_share'))} %)"
    ]
    for name, one in (("couplets", "couplet"), ("runs", "run")):
        told = int(totals.value(f"{which}_{name}") or 0)
        parts.append(count(told, one) if told else f"no {one}")
    longest, fastest = totals.figures[f"{which}_run_longest"], totals.figures[f"{which}_run_fastest"]
    if longest.value is not None and fastest.value is not None:
        parts.append(f"longest {number(longest.value)} beats, fastest {number(fastest.value)}/min")
    parts += [
        f"{name_of(pattern.kind).split()[-1]} {lasting(pattern.total_s)}"
        for pattern in totals.of(*PATTERNS[which])
    ]
    heavy = (totals.value(f"{which}_share") or 0.0) >= NOTABLE_SHARE
    notable = heavy or (which == "ventricular" and longest.value is not None)
    span = (longest.start, longest.end) if longest.value is not None else (None, None)
    return Line(f"{', '.join(parts)}.", NOTABLE if notable else PLAIN, *span)


def _symptoms(made: Made) -> list[Line]:
    marks = made.totals.symptoms
    if not marks:
        return []
    told = []
    for one in marks[:3]:
        what = ", ".join(one.symptoms) or "button pressed"
        found = ", ".join(name_of(kind) for kind in one.rhythm) or one.unknown or "nothing found"
        told.append(f"{what} at {made.face.time(one.at_ms)} ({found})")
    more = f"; and {number(len(marks) - 3)} more" if len(marks) > 3 else ""
    text = f"{count(len(marks), 'symptom')} marked: {'; '.join(told)}{more}."
    return [Line(text, NOTABLE, marks[0].sample, marks[0].sample + 1)]


def _negatives(made: Made) -> Line:
    """What was looked for and not found, so that silence is not taken for it; and in how little time."""
    totals = made.totals
    sound = totals.analysed_s - totals.lost_s
    if sound < SOUND_LEAST_S:
        return Line("Too little could be analysed to say what was not found.", NOTABLE)
    none = [name for name, kinds in NEGATIVES if not totals.of(*kinds)]
    if not none:
        return Line("")
    listed = none[0] if len(none) == 1 else f"{', '.join(none[:-1])} or {none[-1]}"
    if sound < LITTLE_SHARE / 100.0 * totals.seconds:
        return Line(f"In the {lasting(sound)} that could be analysed, not found: {listed}.")
    return Line(f"Not found: {listed}.")


def _time(made: Made) -> Line:
    totals = made.totals
    whole, analysed = totals.seconds, totals.analysed_s
    part = 100.0 * analysed / whole if whole else 0.0
    text = f"Analysed {lasting(analysed)} of {lasting(whole)} ({share(min(part, 100.0))} %)"
    if totals.lost_s:
        text += f"; in {lasting(totals.lost_s)} of it beats could not be told from noise"
    little = part < LITTLE_SHARE or totals.lost_s > (1.0 - LITTLE_SHARE / 100.0) * analysed
    return Line(f"{text}.", NOTABLE if little else PLAIN)


def headline_of(made: Made) -> tuple[Shown, ...]:
    """The figures under the conclusion."""
    totals = made.totals
    pauses = totals.of("pause")
    found = tuple(one for name in VT for one in totals.of(name))
    return (
        made.shown("Mean rate", "rate_mean"),
        made.shown("Lowest", "rate_least_8_beats", when=True),
        made.shown("Highest", "rate_most_8_beats", when=True),
        made.shown("AF/flutter", "af_burden"),
        made.shown("Longest RR", "rr_longest", when=True),
        Shown("Pauses", made.counted(pauses[0].count if pauses else 0)),
        made.shown("Ventricular", "ventricular_share"),
        Shown("VT episodes", made.counted(sum(one.count for one in found))),
        made.shown("Supraventricular", "supraventricular_share"),
    )
