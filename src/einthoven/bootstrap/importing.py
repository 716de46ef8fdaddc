"""``einthoven import``: a recording of another system becomes a service period that has ended (R41)."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import httpx

from einthoven.base.errors import InputError
from einthoven.base.instants import SECOND, Instant, from_iso, to_iso
from einthoven.bootstrap.clock import RealClock
from einthoven.bootstrap.enroll import ANSWER_S, enroll_at
from einthoven.bootstrap.keys import read_key
from einthoven.bootstrap.tools import read, send
from einthoven.edges.exchange.records import Record
from einthoven.reports.clock import zone_of
from einthoven.sim.sources import RecordSource
from einthoven.sim.transmit import CLOCKS_APART, pages_of

FASTEST = 1e6
"""Times real time: as fast as the link and the center go."""


def import_record(
    record: str,
    center: str,
    person: dict[str, object],
    *,
    transmitter: str | None = None,
    start: str | None = None,
    zone: str = "",
    token: str | None = None,
    patience: float = 120.0,
) -> dict[str, object]:
    """Open a service period, send a record into it, end it; what came of it, JSON-ready.

    The record goes through the link like any other: it is stored before it is acknowledged, analysed as it
    comes, and can be reviewed and reported like the period of a transmitter.

    Args:
        record: a WFDB path, or an EDF+ or ISHNE file.
        center: URL of the center's pages.
        person: of the enrollment: ``patient``, and ``physician`` if known.
        transmitter: what recorded it; made from the record itself if not given.
        start: when the first sample was taken, instead of what the record says.
        zone: time zone of the recorder's clock, and of ``start`` where that names none; UTC if not given.
        token: of a machine that may enroll, where the center has sign-in.
        patience: seconds without progress until it gives up.

    Raises:
        InputError: the record cannot be read or does not say when it was taken, or the center refused.
        click.exceptions.Exit: 1, not all of it is known to be there; its period is ended.
    """
    loaded = read(record)
    since = _start(record, loaded, start, zone_of(zone))
    recording = RecordSource(loaded.layout, loaded.samples).recording
    body = person | {
        "transmitter": transmitter or f"import-{recording:016x}",
        "rate_hz": loaded.layout.rate_hz,
        "leads": list(loaded.layout.names),
    }
    with tempfile.TemporaryDirectory(prefix="einthoven-") as folder:
        key_file = Path(folder) / "import.key"
        told = enroll_at(center, body, key_file, token=token)
        stream = str(told["stream"])
        try:
            sent = send(
                loaded, center, read_key(key_file), key_file, speed=FASTEST, since=since, patience=patience
            )
        finally:
            ended = _end(center, stream, token)
    return {
        "stream": stream,
        "period": told["period"],
        "patient": told["patient"],
        "transmitter": body["transmitter"],
        "samples": sent["samples"],
        "start": to_iso(since),
        "ended": ended,
    }


def _start(record: str, loaded: Record, given: str | None, zone: ZoneInfo) -> Instant:
    """When the first sample was taken: in the past, and all of the record, too."""
    since = loaded.start if given is None else from_iso(given)
    if since is None:
        raise InputError(f"{record}: it does not say when it was recorded: give --start")
    if given is None or datetime.fromisoformat(given).tzinfo is None:
        since = _by_the_wall(since, zone)
    length = round(len(loaded.samples) * SECOND / loaded.layout.rate_hz)
    if since < 0 or since + length > RealClock().wall() + CLOCKS_APART:
        whose = "its own start" if given is None else "--start"
        raise InputError(
            f"{record}: by {whose}, {to_iso(since)}, it does not lie between 1970 and now"
            + (": give --start" if given is None else "")
        )
    return since


def _by_the_wall(as_utc: Instant, zone: ZoneInfo) -> Instant:
    """What a clock on the wall of a zone showed, given as if it were UTC, as an instant."""
    wall = datetime.fromtimestamp(as_utc // SECOND, UTC).replace(tzinfo=zone)
    return round(wall.timestamp()) * SECOND + as_utc % SECOND


def _end(center: str, stream: str, token: str | None) -> str | None:
    """End the period, whatever became of the record; None, said on stderr, where that failed."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    try:
        with httpx.Client(timeout=ANSWER_S, trust_env=False, headers=headers) as client:
            answer = client.post(f"{pages_of(center)}/api/enroll/end", json={"stream": stream})
        told = answer.json()
        if answer.status_code == httpx.codes.OK:
            return str(told["ended"])
        words = str(told.get("error", answer.reason_phrase))
    except (httpx.HTTPError, ValueError, KeyError, AttributeError) as error:
        words = str(error) or type(error).__name__
    click.echo(f"einthoven: {stream}: its period is open still: {words}", err=True)
    return None
