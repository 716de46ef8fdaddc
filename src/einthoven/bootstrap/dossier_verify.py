"""``einthoven verify FILE.zip``: a record on request checked anywhere, against the center's key (R37)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from einthoven.base.chain import link
from einthoven.base.errors import InputError
from einthoven.bootstrap.progress import progress_bar
from einthoven.edges.exchange.bundle import Checked, check, key_id

AUDIT: Final = "audit.jsonl"
_TEXTS: Final = ("actor", "action", "subject", "detail")
_KEY: Final = re.compile(r"[0-9a-fA-F]{64}")
_PRINTED: Final = re.compile(r'\{"key": "([0-9a-fA-F]{64})"\}')
"""As ``einthoven peer key`` prints it."""


def verify_dossier(path: Path, key: str | None) -> int:
    """Check an archive and say what was found.

    Args:
        key: the center's public key, 64 hexadecimal digits, or a file that holds them.

    Returns:
        0 where everything is as that center signed it, 1 where not.

    Raises:
        InputError: no key was given, or it is none.
    """
    if key is None:
        raise InputError(
            f"{path}: an archive is checked against the key of the center that is said to have made it: "
            "--key, as einthoven peer key prints it there"
        )
    public = public_key(key)
    with progress_bar(f"verifying {path}", "bytes") as tell:
        found = check(path, public, lambda name: name == AUDIT, tell)
    faults = [*found.faults, *chain_faults(found.kept.get(AUDIT))]
    for fault in faults:
        click.echo(f"DAMAGED  {fault}")
    _tell(found, public)
    good = found.signed and not faults
    looked = f"{found.files} files, {found.size / 1e6:.1f} MB"
    click.echo(f"{'whole' if good else 'NOT as that center signed it'}: {looked}")
    return 0 if good else 1


def public_key(text: str) -> bytes:
    """A public key as it is written, or as a file holds it.

    Raises:
        InputError: it is neither.
    """
    path = Path(text)
    if _KEY.fullmatch(text.strip()) is None and path.is_file():
        text = path.read_text("utf-8", "replace")[:200]
    printed = _PRINTED.fullmatch(text.strip())
    if printed is not None:
        text = printed[1]
    if _KEY.fullmatch(text.strip()) is None:
        raise InputError(f"--key: {text.strip()[:80]!r} is no public key (want 64 hexadecimal digits)")
    return bytes.fromhex(text.strip())


def _tell(found: Checked, public: bytes) -> None:
    told = found.manifest or {}
    who = f"key {key_id(public)}"
    if found.signed:
        click.echo(f"signed   by {who}, as given")
    elif _KEY.fullmatch(found.signer) is not None:
        click.echo(f"SIGNED   not by {who}, as given; it names key {key_id(bytes.fromhex(found.signer))}")
    else:
        click.echo(f"SIGNED   not by {who}, as given")
    if told:
        days = told.get("dates_of_service")
        when = " to ".join(map(str, days)) if isinstance(days, list) else ""
        click.echo(
            f"record   {told.get('patient', '')}, {when}, {told.get('stream', '')} of "
            f"{told.get('center') or 'a center without a name'}, made {told.get('made', '')}"
        )


def chain_faults(content: bytes | None) -> list[str]:
    """What is wrong with the lines of an audit: each must hash to what it says, and follow its neighbour.

    A line without its details (another person's) cannot be hashed here; what stands before and after it must
    fit all the same.
    """
    if content is None:
        return [f"{AUDIT}: is missing"]
    return list(_faults(content))[:20]


def _faults(content: bytes) -> Iterator[str]:
    last: tuple[int, str] | None = None
    for number, text in enumerate(content.splitlines(), 1):
        try:
            line: dict[str, Any] = json.loads(text)
            before, seq = bytes.fromhex(line["before"]), line["seq"]
            whole = not (line["detail"] is None and "withheld" in line)
            texts = tuple(str(line[name]).encode() for name in _TEXTS)
            digest = link(before, seq, line["at"], line["deed"], (texts[0], texts[1], texts[2], texts[3]))
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            yield f"{AUDIT}, line {number}: is no line of an audit ({error})"
            return
        if whole and digest.hex() != line["hash"]:
            yield f"{AUDIT}, line {number} (number {seq} of the audit): its hash is another"
        if last is not None and seq <= last[0]:
            yield f"{AUDIT}, line {number}: number {seq} of the audit does not follow {last[0]}"
        if last is not None and seq == last[0] + 1 and line["before"] != last[1]:
            yield f"{AUDIT}, line {number}: does not follow the line before it"
        last = seq, line["hash"]
