"""The command that sends a record to a center: transmit."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import uvloop

from einthoven.base.errors import DeliveryUnknownError, InputError, RecordError, RefusedError
from einthoven.base.instants import Instant, from_iso
from einthoven.base.spans import Span, SpanSet
from einthoven.bootstrap.clock import RealClock
from einthoven.bootstrap.keys import KeyFile, read_key
from einthoven.bootstrap.loop_errors import quiet
from einthoven.bootstrap.progress import progress_bar
from einthoven.edges.exchange.records import Record, read_record
from einthoven.link.limits import PERMANENT, Code
from einthoven.sim.sources import RecordSource
from einthoven.sim.transmit import Progress, link_of, transmit
from einthoven.sim.wire import Credentials

CONFLICT = Code.LAYOUT_CONFLICT.text


def transmit_record(
    record: str, center: str, key_file: Path, *, speed: float, start: str | None, patience: float
) -> dict[str, object]:
    """Send a record as a transmitter would; returns ``{"stream", "samples"}`` when all is acknowledged.

    Raises:
        InputError: the record, the key or the center cannot be used, they do not fit one another, or the
            center refused.
        click.exceptions.Exit: 1, patience is at its end; what was acknowledged stays so.
    """
    key = read_key(key_file)
    since = None if start is None else from_iso(start)
    loaded = read(record)
    _check_fit(record, loaded, key)
    return send(loaded, center, key, key_file, speed=speed, since=since, patience=patience)


def read(record: str) -> Record:
    """A record; what a reader should know of it is said on stderr."""
    loaded = read_record(record)
    for note in loaded.notes:
        click.echo(f"einthoven: note: {record}: {note}", err=True)
    return loaded


def send(
    loaded: Record,
    center: str,
    key: KeyFile,
    key_file: Path,
    *,
    speed: float,
    since: Instant | None,
    patience: float,
) -> dict[str, object]:
    """Send a record that was read; as ``transmit_record``. Its date is remembered beside the key file."""
    credentials = Credentials(key.transmitter, key.number, key.secret, key.link, key.certificate)
    source = RecordSource(loaded.layout, loaded.samples)
    memory = key_file.with_name(key_file.name + ".dated")
    dates = memory.read_bytes() if memory.is_file() else None
    holes = _holes_in(loaded) if since is not None or speed != 1.0 else []

    async def play() -> dict[str, object]:
        asyncio.get_running_loop().set_exception_handler(quiet)
        link = await link_of(center, credentials)
        with progress_bar(f"{key.stream} to {center}") as tell:

            def told(now: Progress) -> None:
                tell(now.acknowledged, now.total)

            sent = await transmit(
                source,
                credentials,
                link,
                RealClock(),
                speed=speed,
                start=since,
                patience_s=patience,
                memory=memory,
                progress=told,
                holes=holes,
            )
        return {"stream": sent.stream, "samples": sent.samples}

    try:
        return uvloop.run(play())
    except RefusedError as error:
        if error.reason in {code.text for code in PERMANENT}:
            _put_back(memory, dates)
        hint = " (enroll the transmitter again: that starts a new stream)" if error.reason == CONFLICT else ""
        raise InputError(f"the center refused {key.transmitter} on {key.stream}: {error}{hint}") from error
    except DeliveryUnknownError as error:
        click.echo(f"einthoven: {error}", err=True)
        raise click.exceptions.Exit(1) from error
    except asyncio.CancelledError as error:
        raise click.exceptions.Exit(130) from error


def _holes_in(record: Record) -> list[Span]:
    """The gaps that a file tells of its record."""
    present = SpanSet([(0, len(record.samples))] if record.present is None else record.present)
    return present.missing(0, len(record.samples))


def _check_fit(record: str, loaded: Record, key: KeyFile) -> None:
    """Refuse a record that the key was not enrolled for: another rate, or another number of leads."""
    if round(loaded.layout.rate_hz, 3) != round(key.rate_hz, 3) or len(loaded.layout.leads) != len(key.leads):
        raise RecordError(
            f"{record}: {loaded.layout.rate_hz:g} Hz × {len(loaded.layout.leads)} leads, "
            f"but {key.transmitter} was enrolled for {key.rate_hz:g} Hz × {len(key.leads)}: "
            "enroll it for this recording"
        )
    if loaded.layout.names != key.leads:
        click.echo(
            f"einthoven: note: leads {','.join(loaded.layout.names)} are sent under their own names; "
            f"enrolled were {','.join(key.leads)}",
            err=True,
        )


def _put_back(memory: Path, dates: bytes | None) -> None:
    """The center took nothing of this date: the dates that hold are those from before."""
    if dates is None:
        memory.unlink(missing_ok=True)
    else:
        memory.write_bytes(dates)
