"""Reports of a paper center: figures in the form of real ones, a day that is over, people of two roles."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from tests.browser.signing_paper import SigningPaper

from einthoven.base.instants import DAY
from einthoven.reports.figures import Figure
from einthoven.reports.life_due import Service
from einthoven.reports.life_states import About
from einthoven.reports.report import (
    GRAVE,
    NOTABLE,
    Chart,
    Column,
    Line,
    Person,
    Report,
    Row,
    Section,
    Series,
    Shown,
    Stretch,
    Strip,
    Table,
    Tick,
    Trace,
)
from einthoven.reports.report import Service as Printed

RATE = 250
WAVES = ((0.12, 0.12, 0.03), (0.27, -0.12, 0.008), (0.3, 1.1, 0.012), (0.33, -0.25, 0.01), (0.56, 0.3, 0.05))
"""Of a beat: when, s; how high, mV; how wide, s."""


def beat(phase: float) -> float:
    """A heart's beat in millivolts, ``phase`` in seconds after its R wave's 0.3 s before."""
    waves = (
        (0.12, 0.12, 0.03),
        (0.27, -0.12, 0.008),
        (0.3, 1.1, 0.012),
        (0.33, -0.25, 0.01),
        (0.56, 0.3, 0.05),
    )
    return sum(height * math.exp(-(((phase - at) / width) ** 2)) for at, height, width in waves)


def strip(start: int, caption: str) -> Strip:
    """Seven seconds of two leads."""
    values = [round(200 * beat((sample / RATE) % 0.84)) for sample in range(7 * RATE)]
    traces = (
        Trace("II", 200.0, 0, tuple(values)),
        Trace("V1", 200.0, 0, tuple(round(-0.5 * value) for value in values)),
    )
    beats = tuple((round((0.3 + n * 0.84) * RATE), "N") for n in range(8))
    return Strip(
        start,
        start + 7 * RATE,
        None,
        "Tue 14 Nov 03:12:07 UTC",
        caption,
        "longest pause",
        250.0,
        traces,
        beats,
    )


def shown(label: str, value: float, unit: str, start: int = 0, note: str = "") -> Shown:
    """A figure that came of some samples."""
    figure = Figure(label, value, unit, start, start + 2500, 100)
    return Shown(label, f"{value:g}", unit, note, figure)


def rates() -> Chart:
    """The heart rate of a day, with an episode."""
    values = tuple(68 + 14 * math.sin(n / 22) + (30 if 100 < n < 118 else 0) for n in range(288))
    return Chart(
        name="rate",
        title="Heart rate",
        unit="/min",
        alt="Heart rate over the day, 44 to 128 per minute",
        seconds=86400.0,
        step_s=300.0,
        low=40.0,
        high=140.0,
        series=(Series("mean", "line", values),),
        stretches=(Stretch("af", "AF", 30000.0, 35400.0),),
        ticks=tuple(Tick(hour * 3600.0, f"{(8 + hour) % 24:02d}") for hour in range(0, 25, 4)),
    )


def hours() -> Table:
    """Hour by hour."""
    columns = Column("hour", number=False), Column("mean", "/min"), Column("V", "beats"), Column("pauses")
    rows = [(f"{8 + hour:02d}:00", str(64 + hour), str(hour % 5), "0") for hour in range(6)]
    return Table("Hour by hour", columns, tuple(Row(cells, at * 900000) for at, cells in enumerate(rows)))


def figures(about: About, edition: int) -> dict[str, Any]:
    """A report such as the center makes."""
    pause = 17_280_000
    ectopy = shown("single", 298, ""), shown("couplets", 7, ""), shown("longest run", 3, "beats", 500)
    report = Report(
        kind="daily",
        title="Daily report",
        person=Person(f"Patient, {about.stream}", "1950-02-28"),
        service=Printed(
            dates="14 to 15 Nov 2023",
            stream=f"s{about.stream:06d}",
            physician="Dr. Weber",
            transmitter="T-100",
        ),
        made_by="einthoven 0.1",
        rate_hz=250.0,
        leads=("II", "V1"),
        filter="0.05 to 40 Hz",
        conclusion=(
            Line(f"Pause of 3.{edition} s at 03:12, sinus arrest, no symptom.", GRAVE, pause, pause + 1000),
            Line("Atrial fibrillation for 1 h 30 min (6.3 %), fastest 128/min.", NOTABLE, 7_500_000),
            Line("Otherwise sinus rhythm, 44 to 96/min, mean 68/min."),
        ),
        headline=(
            shown("mean rate", 68, "/min"),
            shown("slowest", 44, "/min", 17_000_000, "03:41"),
            shown("fastest", 128, "/min", 7_600_000, "16:22"),
            shown("AF burden", 6.3, "%", 7_500_000),
            shown("longest pause", 3 + edition / 10, "s", pause, "03:12"),
            shown("V beats", 312, "", 100),
            shown("worn", 23.2, "h"),
        ),
        sections=(
            Section("v", "Ventricular ectopy", ectopy),
            Section("hours", "Hours", (), (hours(),), "Hours of less than 10 min are left out."),
        ),
        charts=(rates(),),
        strips=(strip(pause, "Pause, 3.1 s"),),
        notes=("No technician has read this day yet.",),
    )
    return asdict(report)


class ReportPaper(SigningPaper):
    """Patient 17 of practice 1 has a day that is over; a second physician works there."""

    def __init__(self) -> None:
        super().__init__()
        signed = self.signed
        signed.house.join("second", "physician", practice=1)
        # The desk's staff book is another than sign-in's here: it reads the same journal.
        for deed in signed.house.facts.journal.read(signed.room.desk.record.number):
            signed.room.desk.record.replay([deed])
        signed.paper.maker.write = figures
        now = signed.clock.wall()
        signed.paper.worn.told = [Service(17, now - DAY)]
        signed.paper.work(now)

    def work(self) -> None:
        """Let the center make and issue what is due."""
        self.do(lambda: self.signed.paper.work(self.center.clock.wall()))

    @property
    def number(self) -> int:
        """The newest report."""
        return max(self.signed.books.reports.reports)
