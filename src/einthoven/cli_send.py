"""The command that sends what was exported to the archive of a hospital."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=FILE)
@click.option("--to", required=True, metavar="AET@HOST:PORT", help="The archive.")
@click.option("--as", "calling", default="EINTHOVEN", show_default=True, metavar="AET", help="Our own title.")
@click.option(
    "--timeout", default=30, show_default=True, type=click.IntRange(1, 3600), help="Seconds to wait."
)
@click.option("--tls", is_flag=True, help="Connect by TLS.")
@click.option("--trust", type=FILE, metavar="PEM", help="Certificates to trust instead of the system's; TLS.")
def send(files: tuple[Path, ...], to: str, calling: str, timeout: int, tls: bool, trust: Path | None) -> int:
    """Send DICOM FILEs to an archive by C-STORE, and say what it answered for each.

    A PDF among them goes as a document into the study of the others. All files are looked at before the
    first is sent. Exits 0 when the archive has taken every one, 1 when one was refused or went unanswered
    (named on stderr), 2 when nothing was sent.

    \b
    einthoven export s000001 --data center -o out --format dicom
    einthoven send out/*.dcm report.pdf --to ARCHIVE@pacs.example:104
    """
    from einthoven.bootstrap.dicom import send_files

    answer, code = send_files(files, to, calling, timeout, trust, tls=tls)
    click.echo(json.dumps(answer, ensure_ascii=False))
    sys.stdout.flush()
    return code
