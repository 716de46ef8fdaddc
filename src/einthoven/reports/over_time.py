"""Hours and days as tables, and what is drawn over time: trends with everything marked on them (R25)."""

from __future__ import annotations

from collections.abc import Callable

from einthoven.ecg.measure_record import FIBRILLATION
from einthoven.reports.clock import ClockFace, lasting
from einthoven.reports.day import Day
from einthoven.reports.hours import HOUR_S, Hour
from einthoven.reports.repolarisation import STEP_S
from einthoven.reports.report import Chart, Column, Point, Row, Section, Series, Stretch, Table, Tick
from einthoven.reports.totals import Totals
from einthoven.reports.words import DASH, name_of, number, share

TICKS_MOST = 15
HOURLY_LEAST_S = 3 * HOUR_S
"""A shorter record has no chart by the hour, and minutes on its time axis."""
MINUTELY_LEAST_S = 600
"""A shorter stretch has no chart by the minute."""
TICK_MINUTES = (1, 2, 5, 10, 15, 30)
MINUTES_MOST_DAYS = 3
"""Over more days than this the rate is drawn by the hour: a minute would be finer than the print."""
POINTS: dict[str, str] = {
    "ventricular-fibrillation": "VF",
    "ventricular-flutter": "VF",
    "asystole": "A",
    "sustained-ventricular-tachycardia": "VT",
    "ventricular-tachycardia": "VT",
    "torsade-de-pointes": "VT",
    "nonsustained-ventricular-tachycardia": "VT",
    "pause": "P",
    "av-block-3": "B",
    "av-block-high-grade": "B",
    "av-block-2-mobitz-2": "B",
    "capture-failure": "C",
    "supraventricular-tachycardia": "SVT",
}
"""What is marked on the trend of the rate with letters."""
POINTS_MOST = 60
"""Letters on one trend: more cannot be told apart. The gravest and longest stay, and one of each letter."""
LEGEND = {
    "VF": "ventricular fibrillation or flutter",
    "A": "asystole",
    "VT": "ventricular tachycardia",
    "P": "pause",
    "B": "AV block",
    "C": "capture failure",
    "SVT": "supraventricular tachycardia",
    "♦": "symptom",
}


def hours_section(day: Day, face: ClockFace) -> Section:
    """The table of hours of a day."""
    columns = (
        Column("From", number=False),
        Column("Analysed", "min"),
        Column("Beats"),
        Column("Mean", "/min"),
        Column("Low", "/min"),
        Column("High", "/min"),
        Column("Longest RR", "ms"),
        Column("Pauses"),
        Column("V"),
        Column("V pairs"),
        Column("V runs"),
        Column("S"),
        Column("S pairs"),
        Column("S runs"),
        Column("AF/flutter", "min"),
    )
    rows = tuple(_hour(one, place, face) for place, one in enumerate(day.hours))
    note = "Low and High: of eight intervals in a row. V, S: ventricular, supraventricular beats."
    return Section("hours", "Hour by hour", (), (Table("Hours", columns, rows, note),))


def _hour(one: Hour, place: int, face: ClockFace) -> Row:
    cells = (
        face.hour(one.at_ms, place),
        number(one.analysed_s / 60.0),
        number(one.beats),
        number(one.rate_mean),
        number(one.rate_low),
        number(one.rate_high),
        number(one.rr_longest_ms),
        number(one.pauses),
        number(one.ventricular),
        number(one.ventricular_couplets),
        number(one.ventricular_runs),
        number(one.supraventricular),
        number(one.supraventricular_couplets),
        number(one.supraventricular_runs),
        number(one.af_s / 60.0) if one.af_s >= 30 or not one.af_s else "< 1",
    )
    return Row(cells, one.start, one.end)


def days_section(totals: Totals, face: ClockFace) -> Section:
    """The table of days of a service."""
    columns = (
        Column("Day", number=False),
        Column("Received", "h"),
        Column("Analysed", "h"),
        Column("Beats"),
        Column("Mean", "/min"),
        Column("Low", "/min"),
        Column("High", "/min"),
        Column("Longest RR", "ms"),
        Column("Pauses"),
        Column("V"),
        Column("V runs"),
        Column("S"),
        Column("S runs"),
        Column("AF/flutter", "%"),
        Column("SDNN", "ms"),
        Column("QTcF", "ms"),
    )
    rows = tuple(_day(day, place + 1, face) for place, day in enumerate(totals.days))
    note = "Low and High: of eight intervals in a row. QTcF: median QT after Fridericia."
    return Section("days", "Day by day", (), (Table("Days", columns, rows, note),))


def _day(day: Day, place: int, face: ClockFace) -> Row:
    def told(name: str, places: int = 0) -> str:
        one = day.figures.get(name)
        return DASH if one is None else number(one.value, places)

    pauses = sum(one.count for one in day.episodes if one.kind == "pause")
    cells = (
        face.day(day.start_ms, place),
        number(day.stored_s / HOUR_S, 1),
        number(day.analysed_s / HOUR_S, 1),
        number(day.beats["all"]),
        told("rate_mean"),
        told("rate_least_8_beats"),
        told("rate_most_8_beats"),
        told("rr_longest"),
        number(pauses),
        told("ventricular_beats"),
        told("ventricular_runs"),
        told("supraventricular_beats"),
        told("supraventricular_runs"),
        share(day.figures["af_burden"].value),
        told("sdnn"),
        told("qtc_fridericia"),
    )
    return Row(cells, day.start, day.end)


def charts_of(totals: Totals, face: ClockFace) -> tuple[Chart, ...]:
    """The trends: rate, ectopy by the hour, fibrillation by the hour, ST."""
    charts = [_rate(totals, face)] if totals.seconds >= MINUTELY_LEAST_S else []
    if totals.seconds >= HOURLY_LEAST_S:
        charts.append(_ectopy(totals, face))
        if totals.of(*sorted(FIBRILLATION)):
            charts.append(_burden(totals, face))
    if totals.seconds >= MINUTELY_LEAST_S:
        charts += _st(totals, face)
    return tuple(charts)


def _offset(totals: Totals, sample: int) -> float:
    return round((sample - totals.first.start) / totals.first.rate_hz, 1)


def _unmarked(totals: Totals) -> str:
    """How many episodes have no letter for want of room."""
    more = sum(kind.count for kind in totals.of(*POINTS)) - POINTS_MOST
    return f"{number(more)} more, less grave or shorter, have no letter" if more > 0 else ""


def _rate(totals: Totals, face: ClockFace) -> Chart:
    long = len(totals.days) > MINUTES_MOST_DAYS
    low, high, mean = _by_hour(totals) if long else _by_minute(totals)
    known = [value for value in (*low, *high) if value is not None]
    top = max(120.0, 20.0 * -(-max(known, default=0.0) // 20.0))
    one = totals.figures["rate_mean"]
    ends = [number(totals.value(name)) for name in ("rate_least_8_beats", "rate_most_8_beats")]
    told = f"mean {number(one.value)}/min, {ends[0]} to {ends[1]}" if one.value else "not known"
    each = "hour" if long else "minute"
    return Chart(
        "rate",
        f"Heart rate, each {each}",
        "/min",
        f"Heart rate, each {each}: {told}.",
        totals.seconds,
        float(HOUR_S) if long else 60.0,
        20.0,
        min(top, 300.0),
        (Series("range", "area", low, high), Series("mean", "line", mean)),
        _stretches(totals),
        _points(totals, face),
        ticks(totals, face),
        _unmarked(totals),
    )


Values = tuple[float | None, ...]


def _by_minute(totals: Totals) -> tuple[Values, Values, Values]:
    """Lowest, highest and mean rate of each minute; a last minute of a day that is not whole is left to the
    next day."""
    parts = []
    for name in ("low", "high", "mean"):
        values: list[float | None] = []
        for day in totals.days:
            whole = max(1, round((day.end - day.start) / day.rate_hz / 60.0))
            values += getattr(day.minutes, name)[:whole]
        parts.append(tuple(values))
    return parts[0], parts[1], parts[2]


def _by_hour(totals: Totals) -> tuple[Values, Values, Values]:
    low = _hourly(totals, lambda hour: hour.rate_low, min)
    return (
        low,
        _hourly(totals, lambda hour: hour.rate_high, max),
        _hourly(totals, lambda hour: hour.rate_mean, _mean),
    )


def _hourly(
    totals: Totals, value: Callable[[Hour], float | None], join: Callable[[list[float]], float]
) -> Values:
    """Values by the hour from the first sample on: hours of days, which may begin between, are put where
    their middle lies; several in one place are joined."""
    places: list[list[float]] = [[] for _ in range(max(1, -(-round(totals.seconds) // HOUR_S)))]
    for hour in (hour for day in totals.days for hour in day.hours):
        middle = _offset(totals, (hour.start + hour.end) // 2)
        told = value(hour)
        if told is not None:
            places[min(int(middle // HOUR_S), len(places) - 1)].append(told)
    return tuple(join(told) if told else None for told in places)


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 1)


def _stretches(totals: Totals) -> tuple[Stretch, ...]:
    return tuple(
        Stretch(
            band.kind,
            band.cause or ("noise" if band.kind == "noise" else name_of(band.kind)),
            _offset(totals, band.start),
            _offset(totals, band.end),
        )
        for band in totals.bands
    )


def _points(totals: Totals, face: ClockFace) -> tuple[Point, ...]:
    every = [(one, POINTS[kind.kind]) for kind in totals.of(*POINTS) for one in kind.listed]
    order = list(dict.fromkeys(POINTS.values()))
    every.sort(key=lambda pair: (order.index(pair[1]), -pair[0].seconds, pair[0].start))
    # The longest of each letter first, so that many of one leave room for the others.
    firsts = [
        next(pair for pair in every if pair[1] == letter) for letter in dict.fromkeys(p[1] for p in every)
    ]
    kept = [*firsts, *(pair for pair in every if pair not in firsts)][:POINTS_MOST]
    points = [
        Point(letter, f"{name_of(one.kind)} {face.time(one.at_ms)}", _offset(totals, one.start))
        for one, letter in kept
    ]
    points += [
        Point("♦", f"symptom {face.time(mark.at_ms)}", _offset(totals, mark.sample))
        for mark in totals.symptoms
    ]
    return tuple(sorted(points, key=lambda point: (point.at_s, point.letter)))


def ticks(totals: Totals, face: ClockFace) -> tuple[Tick, ...]:
    """Ticks of the time axis: minutes of a short record, hours of a day, days of a service; thinned out where
    they would touch."""
    if totals.seconds < HOURLY_LEAST_S:
        return _minute_ticks(totals, face)
    if len(totals.days) > 1:
        marks = [(day.start, face.day(day.start_ms, place + 1)) for place, day in enumerate(totals.days)]
    else:
        marks = [(hour.start, face.hour(hour.at_ms, place)) for place, hour in enumerate(totals.first.hours)]
    step = -(-len(marks) // (TICKS_MOST if len(totals.days) == 1 else TICKS_MOST * 2 // 3))
    return tuple(Tick(_offset(totals, sample), label) for sample, label in marks[:: max(1, step)])


def _minute_ticks(totals: Totals, face: ClockFace) -> tuple[Tick, ...]:
    step = next((one for one in TICK_MINUTES if totals.seconds / 60 / one <= TICKS_MOST), TICK_MINUTES[-1])
    first = face.start_ms
    ahead = -first % (step * 60_000)
    count = int((totals.seconds * 1000 - ahead) / (step * 60_000)) + 1
    every = [ahead + k * step * 60_000 for k in range(max(0, count))]
    return tuple(
        Tick(at / 1000, face.time(first + at, seconds=False) if face.zone else f"{at // 60_000} min")
        for at in every
    )


def _ectopy(totals: Totals, face: ClockFace) -> Chart:
    ventricular = _hourly(totals, lambda hour: float(hour.ventricular), sum)
    supra = _hourly(totals, lambda hour: float(hour.supraventricular), sum)
    most = [
        max((value for value in values if value is not None), default=0.0) for values in (ventricular, supra)
    ]
    top = max(10.0, *most)
    words = f"at most {number(most[0])} ventricular and {number(most[1])} supraventricular"
    alt = f"Ectopic beats by the hour: {words}."
    return Chart(
        "ectopy",
        "Ectopic beats, each hour",
        "/h",
        alt,
        totals.seconds,
        float(HOUR_S),
        0.0,
        _round_up(top),
        (Series("ventricular", "bar", ventricular), Series("supraventricular", "line", supra)),
        ticks=ticks(totals, face),
    )


def _burden(totals: Totals, face: ClockFace) -> Chart:
    values = _hourly(totals, lambda hour: round(hour.af_s / 60.0, 1), lambda told: min(60.0, sum(told)))
    return Chart(
        "burden",
        "AF and flutter, minutes of each hour",
        "min",
        f"AF and flutter by the hour, together {lasting(totals.value('af_seconds') or 0.0)}.",
        totals.seconds,
        float(HOUR_S),
        0.0,
        60.0,
        (Series("AF/flutter", "bar", values),),
        ticks=ticks(totals, face),
    )


def _st(totals: Totals, face: ClockFace) -> list[Chart]:
    """One chart for all leads; none where nothing was measured."""
    series = tuple(
        Series(name, "line", tuple(value for day in totals.days for value in day.leads_st[place].trend))
        for place, name in enumerate(totals.first.leads[:3])
    )
    known = [abs(value) for one in series for value in one.values if value is not None]
    if not known:
        return []
    top = max(200.0, 100.0 * -(-max(known) // 100.0))
    alt = f"ST of {', '.join(one.label for one in series)}, between {number(-top)} and {number(top)} µV."
    return [
        Chart(
            "st", "ST, median of ten minutes", "µV", alt, totals.seconds, float(STEP_S), -top, top, series,
            ticks=ticks(totals, face),
        )
    ]  # fmt: skip


def _round_up(value: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    step = 1.0
    while True:
        for factor in (1.0, 2.0, 5.0):
            if factor * step >= value:
                return factor * step
        step *= 10.0
