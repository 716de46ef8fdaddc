"""The content of a report as it is kept, with a figure of each sort."""

from __future__ import annotations

from einthoven.base.instants import HOUR, MILLISECOND
from einthoven.reports.figures import Figure
from einthoven.reports.report import (
    Column,
    Line,
    Person,
    Report,
    Row,
    Section,
    Service,
    Shown,
    Strip,
    Table,
    Trace,
    content,
)

RATE = 250.0
DAY = 24 * 3600 * 250


def kept(start: int, stream: str = "s000001", beats: int = 0) -> bytes:
    """A daily report from an instant on."""
    began = start // MILLISECOND
    whole = {"start": 0, "end": DAY, "at_ms": began}
    lowest = (began * MILLISECOND + 2 * HOUR) // MILLISECOND
    figures = {
        "mean": Figure("rate_mean", 71.4962, "1/min", count=100_000, **whole),
        "lowest": Figure("rate_least_8_beats", 41.0, "1/min", 1_800_000, 1_802_900, 9, lowest),
        "pvc": Figure("ventricular_beats", 1204.0, "beats", count=1204, **whole),
        "vlf": Figure("vlf", 1500.25, "ms²", count=1, **whole),
        "none": Figure("sdann", None, "ms", count=0, reason="no value", **whole),
    }
    rhythms = Table(
        "Rhythms found",
        (Column("Rhythm", number=False), Column("Episodes"), Column("Fastest", "/min")),
        (Row(("Atrial fibrillation", "3", "148"), 5_000, 9_000), Row(("Something new", "1", "1"))),
    )
    trace = Trace("II", 200.0, 0, (*range(-5, 5), None))
    strip = Strip(5_000, 5_011, began + 20_000, "00:00:20", "AF begins", "longest", RATE, (trace,), ())
    report = Report(
        kind="daily",
        title="Daily report",
        person=Person("Doe, Jane"),
        service=Service("2026-11-20", began, began + 24 * HOUR // MILLISECOND, stream=stream),
        made_by="1/live-1.0/2026.1",
        rate_hz=RATE,
        leads=("II",),
        filter="none",
        conclusion=(Line("Atrial fibrillation, 3 episodes."), Line("No pause.")),
        headline=(Shown("Mean rate", "71.5", "/min", figure=figures["mean"]),),
        sections=(
            Section(
                "rate",
                "Heart rate",
                (
                    Shown("Beats", f"10000{beats}"),
                    Shown("Mean rate", "71.5", "/min", figure=figures["mean"]),
                    Shown("Lowest, 8 intervals", "41", "/min", "02:00", figures["lowest"]),
                ),
            ),
            Section(
                "ventricular", "Ventricular ectopy", (Shown("Beats", "1\u202f204", figure=figures["pvc"]),)
            ),
            Section("rhythm", "Rhythm and AF burden", (), (rhythms,)),
            Section(
                "variability",
                "Heart rate variability",
                (
                    Shown("VLF", "1\u202f500.3", figure=figures["vlf"]),
                    Shown("SDANN", "–", figure=figures["none"]),
                ),
            ),
        ),
        charts=(),
        strips=(strip, Strip(0, 0, None, "", "", "", RATE, (), ())),
    )
    return content(report)
