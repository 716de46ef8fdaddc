"""The commands that send to a center or read its data folder: transmit, export, verify."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import uvloop

from einthoven.base.errors import DeliveryUnknownError, InputError, NotFoundError, RecordError, RefusedError
from einthoven.base.ids import parse_stream, stream_name
from einthoven.base.instants import Instant, from_iso, to_iso
from einthoven.base.layout import Layout
from einthoven.bootstrap.clock import RealClock
from einthoven.bootstrap.keys import KeyFile, read_key
from einthoven.bootstrap.loop_errors import quiet
from einthoven.bootstrap.progress import progress_bar
from einthoven.edges.exchange import export as exchange
from einthoven.edges.exchange.records import Record, read_record
from einthoven.edges.store.facts_reader import FactsReader
from einthoven.edges.store.store import open_reader
from einthoven.link.limits import PERMANENT, Code
from einthoven.sim.sources import RecordSource
from einthoven.sim.transmit import Progress, link_of, transmit
from einthoven.sim.wire import Credentials

FACTS_FILE = "facts.sqlite"
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
    since: Instant | None = None if start is None else from_iso(start)
    loaded = _fitting(record, key)
    credentials = Credentials(key.transmitter, key.number, key.secret, key.link, key.certificate)
    source = RecordSource(loaded.layout, loaded.samples)
    memory = key_file.with_name(key_file.name + ".dated")
    dates = memory.read_bytes() if memory.is_file() else None

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


def _fitting(record: str, key: KeyFile) -> Record:
    """The record, if the key was enrolled for its rate and number of leads."""
    loaded = read_record(record)
    for note in loaded.notes:
        click.echo(f"einthoven: note: {record}: {note}", err=True)
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
    return loaded


def _put_back(memory: Path, dates: bytes | None) -> None:
    """The center took nothing of this date: the dates that hold are those from before."""
    if dates is None:
        memory.unlink(missing_ok=True)
    else:
        memory.write_bytes(dates)


def export_stream(
    stream: str, data: Path, out: Path, *, from_: str | None, to: str | None
) -> dict[str, object]:
    """Write a stream as a WFDB record named after it; what was written and what is missing, JSON-ready.

    That it is taken out is a line of the audit, durable before a sample is read (R42).

    Raises:
        InputError: no such stream, data folder or time.
        StoreError: it could not be put on record, so nothing was taken out.
    """
    from einthoven.bootstrap.staff import ask  # with all of sign-in, which no transmitter needs

    number = parse_stream(stream)
    since = None if from_ is None else from_iso(from_)
    until = None if to is None else from_iso(to)
    if not data.is_dir():
        raise NotFoundError(f"{data}: no such data folder")
    facts = FactsReader(data / FACTS_FILE)
    try:

        def layout_of(asked: int) -> Layout | None:
            known = facts.stream(asked)
            return known.layout if known is not None else None

        if facts.stream(number) is None:
            raise NotFoundError(f"there is no stream {stream_name(number)}")
        ask(data, "export", {"stream": stream_name(number), "from": from_ or "", "to": to or ""})
        reader = open_reader(data, layout_of)
        with progress_bar(f"exporting {stream}") as tell:
            result = exchange.export_stream(reader, facts, number, out, since, until, tell)
    finally:
        facts.close()
    for hole in result.damaged:
        click.echo(
            f"einthoven: samples {hole.start} to {hole.stop} are damaged on the disk and left out "
            f"(`einthoven verify {data}` names the file)",
            err=True,
        )
    return {
        "record": str(result.header.with_suffix("")),
        "stream": stream_name(number),
        "first_sample": result.first_sample,
        "samples": result.samples,
        "damaged": sum(hole.stop - hole.start for hole in result.damaged),
        "start": None if result.start is None else to_iso(result.start),
        "holes": [
            {"start": hole.start, "stop": hole.stop, "cause": hole.cause, "declared": hole.declared}
            for hole in result.holes
        ],
    }
