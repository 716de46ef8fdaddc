"""The commands of the telephone path: a strip into a call's sound, and out of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def telephone() -> None:
    """A strip as a tone over an ordinary telephone: make its sound, and read it again."""


@telephone.command("encode")
@click.argument("record")
@click.option("-o", "--out", required=True, type=FILE, help="Sound to write: .wav or .flac.")
@click.option(
    "--profile", default="simulated", show_default=True, help="Kind of transmitter (docs/telephone.md)."
)
@click.option("--lead", default="", help="Name or number of the lead [the first].")
@click.option(
    "--from", "start_s", default=0.0, show_default=True, type=click.FloatRange(0, 1e7), help="Seconds."
)
@click.option("--seconds", type=click.FloatRange(1, 3600), help="How much [60, or to the end if less].")
@click.option(
    "--speed", default=1, show_default=True, type=click.IntRange(1, 3), help="Times as fast as recorded."
)
@click.option(
    "--rate", default=8000, show_default=True, type=click.IntRange(8000, 192_000), help="Of the sound."
)
@click.option(
    "--coding", default="mu", show_default=True, type=click.Choice(("mu", "a", "pcm")), help="Of a WAV."
)
def encode_(record: str, out: Path, **given: Any) -> None:
    """Write the sound that a transmitter plays of RECORD: WFDB without extension, EDF+ or ISHNE."""
    from einthoven.bootstrap.telephone import Wanted, encode

    click.echo(json.dumps(encode(record, out, Wanted(**given)), ensure_ascii=False))
    sys.stdout.flush()


@telephone.command("decode")
@click.argument("sound", type=FILE)
@click.option("-o", "--out", required=True, type=FILE, help="WFDB record to write, without extension.")
@click.option("--profile", help="Kind of transmitter [told from its calibration, if it plays one].")
@click.option(
    "--channel", default=0, show_default=True, type=click.IntRange(0, 1), help="Of a recording of two."
)
@click.option("--json", "as_json", is_flag=True, help="Tell all that was measured, second by second.")
def decode_(sound: Path, out: Path, profile: str | None, channel: int, as_json: bool) -> int:
    """Write the strips in the recorded call SOUND (WAV or FLAC) as records: OUT, OUT-2, OUT-3 …

    What cannot be told is said, never guessed: without calibration and profile a record is in hertz. Gaps
    hold no samples. Of a file that is damaged or cut short all that is good is taken, and it is said. The
    exit code is 1 where no strip was found.
    """
    from einthoven.bootstrap.telephone import decode

    def progress(done_s: float, whole_s: float) -> None:
        if sys.stderr.isatty():
            click.echo(f"{done_s / 60:.0f} of {whole_s / 60:.0f} min", err=True)

    told = decode(sound, out, profile, channel, progress)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        for line in _lines(told):
            click.echo(line)
    sys.stdout.flush()
    return 0 if told["strips"] else 1


def _db(value: float | None) -> str:
    return "not known" if value is None else f"{value:g} dB"


def _lines(told: dict[str, Any]) -> list[str]:
    lines = [
        f"{one['record']}: {one['samples'] / one['rate_hz']:.1f} s from {one['start_s']:.1f} s, "
        f"{one['centre_hz']:.0f} Hz, gaps {100 * one['gap']:.1f} %, SNR {_db(one['snr_db'])}"
        + "".join(f"; {note}" for note in one["notes"])
        for one in told["strips"]
    ]
    fault = [f"{told['sound']}: {told['fault']}"] if told["fault"] else []
    dialled = [f"dialled: {told['dialled']}"] if told["dialled"] else []
    other = f" of channel {told['channel'] + 1} of 2; the other: --channel {1 - told['channel']}"
    none = f"{told['sound']}: no strip in {told['seconds']:.1f} s{other if told['channels'] > 1 else ''}"
    return [*fault, *lines, *([] if lines else [none]), *dialled]
