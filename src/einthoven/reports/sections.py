"""The parts of a report: figures and tables as they are printed (R25)."""

from __future__ import annotations

from dataclasses import dataclass

from einthoven.base.thresholds import Thresholds
from einthoven.ecg.kinds import BY_NAME
from einthoven.ecg.measure_record import FIBRILLATION
from einthoven.reports.clock import ClockFace, lasting
from einthoven.reports.episodes import Episodes, weight
from einthoven.reports.figures import Figure
from einthoven.reports.report import Column, Row, Section, Shown, Table
from einthoven.reports.totals import Totals
from einthoven.reports.words import DASH, count, name_of, number, phrase, share

CONDUCTION = (
    "pause",
    "av-block-1",
    "av-block-2-mobitz-1",
    "av-block-2-mobitz-2",
    "av-block-2-to-1",
    "av-block-high-grade",
    "av-block-3",
)
PACING = ("paced-rhythm", "capture-failure", "sensing-failure")
PATTERNS = {
    "ventricular": ("ventricular-bigeminy", "ventricular-trigeminy"),
    "supraventricular": ("atrial-bigeminy",),
}
EVENTS_MOST = 40
"""Episodes listed one by one."""
PACED_LEAST = 0.001
"""Share of beats that must be paced for a pacemaker to be told of, where no rhythm of it was found."""
NO_RHYTHM = ("frequent-", "rhythm-undetermined", "analysis-lost", "st-", "extreme-")
"""Kinds that are no rhythm and stand elsewhere."""


@dataclass(frozen=True, slots=True)
class Made:
    """What sections are made of: the days, how times are printed, from what on something is a finding."""

    totals: Totals
    face: ClockFace
    limits: Thresholds

    def shown(self, label: str, name: str, places: int = 0, when: bool = False) -> Shown:
        """One figure of the days."""
        one = self.totals.figures[name]
        return self.of(label, one, places, when)

    def counted(self, value: int) -> str:
        """How many as printed; a dash where nothing was analysed, for none seen is not none there."""
        return number(value) if self.totals.beats["all"] else DASH

    def of(self, label: str, one: Figure, places: int = 0, when: bool = False) -> Shown:
        """A figure as printed; ``when``: with the time it was at."""
        if one.value is None:
            return Shown(label, DASH, one.unit, one.reason, one)
        text = share(one.value) if one.unit == "%" else number(one.value, places)
        return Shown(label, text, printed(one.unit), self.face.time(one.at_ms) if when else "", one)


def printed(unit: str) -> str:
    """A unit as printed behind a number: counts have none."""
    return {"1/min": "/min", "1/h": "/h", "beats": "", "couplets": "", "runs": ""}.get(unit, unit)


def sections_of(made: Made) -> tuple[Section, ...]:
    """All parts, in the order that a reader asks; parts about what was not found are left out where the
    conclusion says so."""
    parts = [
        rates(made),
        rhythms(made),
        ectopy(made, "ventricular", "Ventricular ectopy"),
        ectopy(made, "supraventricular", "Supraventricular ectopy"),
        conduction(made),
        pacing(made),
        intervals(made),
        variability(made),
        symptoms(made),
        events(made),
        wear(made),
    ]
    return tuple(part for part in parts if part is not None)


def rates(made: Made) -> Section:
    """Beats and rates."""
    days = made.totals.days
    told = sum(day.minutes_told for day in days)
    fast, slow = sum(day.minutes_fast for day in days), sum(day.minutes_slow for day in days)
    part = "" if told else "no minute with a rate"
    return Section(
        "rate",
        "Heart rate",
        (
            Shown("Beats", number(made.totals.beats["all"])),
            made.shown("Mean rate", "rate_mean"),
            made.shown("Lowest, 8 intervals", "rate_least_8_beats", when=True),
            made.shown("Highest, 8 intervals", "rate_most_8_beats", when=True),
            made.shown("Longest RR", "rr_longest", when=True),
            Shown("Minutes over 100/min", number(fast) if told else DASH, "min", part),
            Shown("Minutes under 50/min", number(slow) if told else DASH, "min", part),
        ),
    )


def rhythms(made: Made) -> Section:
    """Burden of the atria's fibrillation and flutter, and every rhythm that was found."""
    totals = made.totals
    af = totals.of(*sorted(FIBRILLATION))
    seconds = totals.value("af_seconds") or 0.0
    none = "none" if totals.beats["all"] else DASH
    shown = [
        made.shown("AF/flutter burden", "af_burden"),
        Shown("AF/flutter time", lasting(seconds) if seconds else none, figure=totals.figures["af_seconds"]),
        Shown("AF/flutter episodes", made.counted(sum(one.count for one in af))),
    ]
    if af:
        longest = max((one.longest for one in af), key=lambda one: one.length)
        time = lasting(longest.length / totals.first.rate_hz)
        shown.append(Shown("Longest AF/flutter", time, note=made.face.time(longest.at_ms)))
        shown.append(made.shown("Mean rate in AF/flutter", "af_rate_mean"))
    rows = [
        _rhythm(made, one)
        for one in sorted(totals.episodes.values(), key=lambda one: (-rank(one.kind), -one.total_s))
        if is_rhythm(one.kind)
    ]
    table = Table(
        "Rhythms found",
        (
            Column("Rhythm", number=False),
            Column("Episodes"),
            Column("Together", number=False),
            Column("Longest", number=False),
            Column("at", number=False),
            Column("Fastest", "/min"),
        ),
        tuple(rows),
    )
    return Section("rhythm", "Rhythm and AF burden", tuple(shown), (table,) if rows else ())


def is_rhythm(kind: str) -> bool:
    """Whether episodes of a kind are a rhythm."""
    return kind not in CONDUCTION[:1] and not kind.endswith("-couplet") and not kind.startswith(NO_RHYTHM)


def rank(kind: str) -> int:
    """How grave a rhythm is."""
    known = BY_NAME.get(kind)
    return 0 if known is None else {"high": 3, "medium": 2, "low": 1, "none": 0}[known.priority]


def _rhythm(made: Made, one: Episodes) -> Row:
    rate_hz = made.totals.first.rate_hz
    fastest = None if one.fastest is None else one.fastest.rate
    cells = (
        name_of(one.kind),
        number(one.count),
        lasting(one.total_s),
        phrase(one.longest, rate_hz) or lasting(one.longest.length / rate_hz),
        made.face.time(one.longest.at_ms),
        number(fastest or None),
    )
    return Row(cells, one.longest.start, one.longest.end)


def ectopy(made: Made, which: str, title: str) -> Section:
    """Beats of one kind of ectopy: single, in couplets and runs, where most, which pattern."""
    totals = made.totals
    shown = [
        made.shown("Beats", f"{which}_beats"),
        made.shown("Share of beats that count", f"{which}_share"),
        made.shown("Most in an hour", f"{which}_most_an_hour", when=True),
        made.shown("Couplets", f"{which}_couplets"),
        made.shown("Runs of 3 or more", f"{which}_runs"),
    ]
    if totals.value(f"{which}_runs"):
        shown.append(made.shown("Longest run", f"{which}_run_longest", when=True))
        shown.append(made.shown("Fastest run", f"{which}_run_fastest", when=True))
    for one in totals.of(*PATTERNS[which]):
        time = f"{lasting(one.total_s)} together"
        shown.append(Shown(name_of(one.kind), number(one.count), note=time))
    note = "Runs are beats in a row; tachycardias and rhythms are found by rules of their own."
    note = note if totals.value(f"{which}_runs") else ""
    left_out = totals.beats[which] - totals.beats[f"{which}_ectopic"]
    if left_out:
        af = "" if which == "ventricular" else "AF, flutter, "
        where = f"{af}ventricular fibrillation or where beats could not be told from noise"
        note += f" {count(left_out, 'beat')} of that class in {where} not counted."
    if which == "ventricular" and totals.beats.get("fusion"):
        note += f" {count(totals.beats['fusion'], 'fusion beat')} not counted among them."
    return Section(which, title, tuple(shown), note=note.strip())


def conduction(made: Made) -> Section:
    """Pauses and blocks."""
    totals = made.totals
    least = made.limits["pause.detect.interval_ms"] / 1000.0
    pauses = totals.of("pause")
    shown = [
        Shown(f"Pauses of {number(least, 1)} s or more", made.counted(pauses[0].count if pauses else 0)),
        made.shown("Longest RR", "rr_longest", when=True),
    ]
    rows = tuple(
        Row(
            (
                name_of(one.kind),
                number(one.count),
                phrase(one.longest, totals.first.rate_hz),
                made.face.time(one.longest.at_ms),
            ),
            one.longest.start,
            one.longest.end,
        )
        for one in totals.of(*CONDUCTION)
    )
    columns = (
        Column("Finding", number=False),
        Column("Episodes"),
        Column("Longest", number=False),
        Column("at", number=False),
    )
    table = (Table("Pauses and blocks found", columns, rows),) if rows else ()
    note = "" if rows or not totals.beats["all"] else "No pause and no AV block was found."
    longest = totals.value("rr_longest")
    if longest is not None and longest >= 1000.0 * least and not pauses:
        note += " The longest interval is no pause by its rule, which looks at what is round it."
    return Section("conduction", "Pauses and conduction", tuple(shown), table, note.strip())


def pacing(made: Made) -> Section | None:
    """What a pacemaker did; None where none was seen."""
    found = made.totals.of(*PACING)
    paced = made.totals.beats.get("paced", 0)
    total = max(1, made.totals.beats["all"])
    if not found and paced < PACED_LEAST * total:
        return None
    shown = [Shown("Paced beats", number(paced)), Shown("of all beats", share(100.0 * paced / total), "%")]
    shown += [Shown(name_of(one.kind), number(one.count), note=lasting(one.total_s)) for one in found]
    return Section("pacing", "Pacemaker", tuple(shown))


def intervals(made: Made) -> Section:
    """Intervals of the average beat, and ST lead by lead; of one day."""
    totals, days = made.totals, made.totals.days
    shown: list[Shown] = []
    if len(days) == 1:
        for label, name in (
            ("PR", "pr"),
            ("QRS", "qrs"),
            ("QT", "qt"),
            ("QTc Fridericia", "qtc_fridericia"),
            ("QTc Bazett", "qtc_bazett"),
        ):
            if name in totals.figures:
                shown.append(made.shown(label, name))
    told, untold = untold_apart(shown)
    rows = []
    for place, name in enumerate(totals.first.leads):
        leads = [day.leads_st[place] for day in days]
        low = min((one.least for one in leads), key=_low)
        high = max((one.most for one in leads), key=_high)
        middle = leads[0].middle.value if len(leads) == 1 else None
        reason = "" if low.value is not None else low.reason
        cells = (
            name,
            number(low.value),
            "" if low.value is None else made.face.time(low.at_ms),
            number(middle),
            number(high.value),
            "" if high.value is None else made.face.time(high.at_ms),
            reason,
        )
        rows.append(Row(cells, low.start, high.end))
    note = "ST 80 ms behind the J point against the PR segment, of the average beat."
    columns = (
        Column("Lead", number=False),
        Column("ST lowest", "µV"),
        Column("at", number=False),
        Column("Median", "µV"),
        Column("ST highest", "µV"),
        Column("at", number=False),
        Column("", number=False),
    )
    table = Table("ST", columns, tuple(rows), note)
    episodes = [
        Shown(name_of(one.kind), number(one.count), note=phrase(one.longest, totals.first.rate_hz))
        for one in totals.of("st-elevation", "st-depression")
    ]
    return Section("intervals", "Intervals and ST", (*told, *episodes), (table,), untold)


def _low(one: Figure) -> tuple[bool, float]:
    return one.value is None, one.value or 0.0


def _high(one: Figure) -> tuple[bool, float]:
    return one.value is not None, one.value or 0.0


VARIABILITY = (
    ("SDNN", "sdnn", 0),
    ("SDANN", "sdann", 0),
    ("SDNN index", "sdnn_index", 0),
    ("RMSSD", "rmssd", 0),
    ("pNN50", "pnn50", 1),
    ("Triangular index", "triangular", 1),
    ("VLF", "vlf", 0),
    ("LF", "lf", 0),
    ("HF", "hf", 0),
    ("LF/HF", "lf_hf", 2),
)


def variability(made: Made) -> Section | None:
    """Variability of the normal intervals of a day (Task Force of ESC and NASPE 1996); over several days it
    stands in their table."""
    if len(made.totals.days) > 1:
        return None
    every = [made.shown(label, name, places) for label, name, places in VARIABILITY]
    told, untold = untold_apart(every)
    note = "Of intervals between normal beats, atrial fibrillation and flutter left out."
    return Section("variability", "Heart rate variability", told, note=f"{note} {untold}".rstrip())


def untold_apart(every: list[Shown]) -> tuple[tuple[Shown, ...], str]:
    """Figures that could be told, and of the others why not: one sentence a reason."""
    told = tuple(one for one in every if one.figure is None or one.figure.value is not None)
    reasons: dict[str, list[str]] = {}
    for one in every:
        if one not in told:
            reasons.setdefault(one.note, []).append(one.label)
    shared = {why.rpartition("; ")[0] for why in reasons}
    prefix = shared.pop() if len(shared) == 1 else ""
    words = [
        f"{', '.join(labels)} cannot be told: {why.removeprefix(prefix).removeprefix('; ')}."
        for why, labels in reasons.items()
    ]
    return told, " ".join([f"{prefix}.", *words] if prefix else words)


def symptoms(made: Made) -> Section:
    """What the patient felt, and the rhythm then."""
    marks = made.totals.symptoms
    rows = tuple(
        Row(
            (
                made.face.time(one.at_ms),
                ", ".join(one.symptoms) or "not said",
                one.severity or DASH,
                one.activity or DASH,
                ", ".join(name_of(kind) for kind in one.rhythm) or one.unknown or "nothing found",
                number(one.rate),
            ),
            one.sample,
            one.sample + 1,
        )
        for one in marks
    )
    columns = (
        Column("Time", number=False),
        Column("Symptom", number=False),
        Column("How bad", number=False),
        Column("Doing", number=False),
        Column("Found then", number=False),
        Column("Rate", "/min"),
    )
    table = (Table("Symptoms as marked by the patient", columns, rows),) if rows else ()
    note = "" if rows else "The patient marked no symptom."
    return Section("symptoms", "Symptoms", (), table, note)


def events(made: Made) -> Section | None:
    """The episodes of high and medium priority one by one: the gravest and longest, by time."""
    every = [one for kind in made.totals.episodes.values() for one in kind.listed if rank(one.kind) >= 2]
    if not every:
        return None
    every.sort(key=lambda one: (-rank(one.kind), -weight(one), one.start))
    kept = sorted(every[:EVENTS_MOST], key=lambda one: one.start)
    total = sum(kind.count for kind in made.totals.episodes.values() if rank(kind.kind) >= 2)
    rate_hz = made.totals.first.rate_hz
    rows = tuple(
        Row(
            (
                made.face.time(one.at_ms),
                name_of(one.kind),
                phrase(one, rate_hz),
                one.verdict or "not looked at",
            ),
            one.start,
            one.end,
        )
        for one in kept
    )
    columns = (
        Column("Time", number=False),
        Column("Episode", number=False),
        Column("", number=False),
        Column("Technician", number=False),
    )
    more = total - len(rows)
    note = f"{number(more)} more, less grave or shorter, are not listed." if more else ""
    table = Table("Episodes of high and medium priority", columns, rows, note)
    return Section("events", "Episodes", (), (table,))


def wear(made: Made) -> Section:
    """What was received, what could be analysed, and why the rest could not."""
    totals = made.totals
    whole = totals.seconds
    missing: dict[str, list[float]] = {}
    for band in totals.bands:
        if band.kind == "gap":
            missing.setdefault(band.cause, []).append((band.end - band.start) / totals.first.rate_hz)

    def part(seconds: float) -> str:
        return f"{share(100.0 * seconds / whole if whole else None)} %"

    shown = (
        Shown("Monitored", lasting(whole)),
        Shown("Received", lasting(totals.stored_s), note=part(totals.stored_s)),
        Shown("Analysed", lasting(totals.analysed_s), note=part(totals.analysed_s)),
        Shown("of it, beats not told from noise", lasting(totals.lost_s) if totals.lost_s else "none"),
    )
    rows = tuple(
        Row((cause, number(len(times)), lasting(sum(times)), lasting(max(times))))
        for cause, times in sorted(missing.items(), key=lambda item: -sum(item[1]))
    )
    deaf = [day for day in totals.days if day.deaf_times]
    if deaf:
        times, together = sum(day.deaf_times for day in deaf), sum(day.deaf_s for day in deaf)
        longest = max(day.deaf_longest_s for day in deaf)
        cells = ("received, no lead fit for analysis", number(times), lasting(together), lasting(longest))
        rows = (*rows, Row(cells))
    columns = (
        Column("Not analysed because", number=False),
        Column("Times"),
        Column("Together", number=False),
        Column("Longest", number=False),
    )
    table = (Table("Gaps by cause", columns, rows),) if rows else ()
    return Section("wear", "Wear time and gaps", shown, table)
