"""``einthoven send``: DICOM files to an archive."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path

import click

from einthoven.base.errors import InputError
from einthoven.bootstrap.progress import progress_bar
from einthoven.edges.exchange.dicom_store import parse_archive, store


def send_files(
    files: Sequence[Path], to: str, calling: str, timeout_s: float, trust: Path | None, *, tls: bool
) -> tuple[dict[str, object], int]:
    """Send DICOM files; what became of them, JSON-ready, and the exit code: 1 if one is not known to be kept.

    Args:
        files: as ``edges.exchange.dicom_store.store``.
        to: ``AET@host:port``.
        calling: our application entity title.
        timeout_s: patience, seconds.
        trust: certificates to trust instead of the system's; means TLS.
        tls: whether to connect by TLS.

    Raises:
        InputError: a file, a name or a certificate cannot be used.
        RefusedError: the archive cannot be reached or takes no association.
    """
    archive = parse_archive(to)
    context = _context(trust) if tls or trust is not None else None
    with progress_bar(f"to {archive}", "files") as told:
        results = store(files, archive, calling=calling, timeout_s=timeout_s, tls=context, told=told)
    for one in results:
        if one.outcome != "stored":
            words = {
                "warning": "kept, with a warning",
                "refused": "not kept",
                "unknown": "not known to be kept",
            }
            click.echo(f"einthoven: {one.path}: {words[one.outcome]}: {one.why}", err=True)
    lost = [one for one in results if one.outcome in {"refused", "unknown"}]
    answer: dict[str, object] = {
        "to": str(archive),
        "kept": len(results) - len(lost),
        "warnings": sum(one.outcome == "warning" for one in results),
        "not_kept": [str(one.path) for one in results if one.outcome == "refused"],
        "not_known": [str(one.path) for one in results if one.outcome == "unknown"],
    }
    return answer, 1 if lost else 0


def _context(trust: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if trust is None else str(trust))
    except (OSError, ssl.SSLError) as error:
        raise InputError(f"{trust}: not a file of certificates: {error}") from error
