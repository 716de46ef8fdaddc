"""What else the facts know of a service period: other periods of its patient and of its transmitter (R5)."""

from __future__ import annotations

from einthoven.base.errors import NotFoundError
from einthoven.base.ids import StreamId, parse_stream
from einthoven.edges.store import facts_rows as rows
from einthoven.edges.store.facts_audit import Ask
from einthoven.enrollment.periods import ServicePeriod
from einthoven.enrollment.register import KnownPeriod


def of_person(ask: Ask, name: str, birth_date: str, patient: int = 0) -> tuple[KnownPeriod, ...]:
    """Every period of whoever has this name, upper and lower case alike, and this date of birth, by when it
    began; and those of a patient's number. Nobody is found by a name alone."""
    found = ask(
        f"SELECT {rows.KNOWN_COLUMNS} WHERE p.patient IN "
        "(SELECT id FROM patient WHERE name_key = ? AND birth_date = ? AND birth_date <> '' "
        "UNION SELECT ?) ORDER BY p.started, p.id",
        name.casefold(),
        birth_date,
        patient,
    )
    return tuple(rows.known_of(row) for row in found)


def related(ask: Ask, period: ServicePeriod) -> tuple[KnownPeriod, ...]:
    """Every other period of the same patient, or with the same transmitter, by when it began."""
    found = ask(
        f"SELECT {rows.KNOWN_COLUMNS} WHERE (p.patient = ? OR p.transmitter = ?) AND p.id != ? "
        "ORDER BY p.started, p.id",
        period.patient,
        period.transmitter,
        period.number,
    )
    return tuple(rows.known_of(row) for row in found)


def stream_named(ask: Ask, name: str) -> StreamId:
    """The stream that a name of a service period means: its stream (``s000017``), or its own number.

    Raises:
        NotFoundError: there is no such period.
        InputError: it is neither.
    """
    if not name.isdecimal():
        stream = parse_stream(name)
        found = ask("SELECT s.id FROM stream s WHERE s.id = ?", stream)
    else:
        found = ask("SELECT s.id FROM stream s WHERE s.period = ?", int(name) if len(name) < 16 else 0)
    if not found:
        raise NotFoundError(f"there is no service period {name}")
    return int(found[0][0])
