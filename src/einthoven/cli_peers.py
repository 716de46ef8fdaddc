"""The commands about other centers: whom this one trusts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from einthoven.base.errors import InputError

Command = TypeVar("Command", bound=Callable[..., Any])
FOLDER = click.Path(file_okay=False, path_type=Path)
PEM = click.Path(dir_okay=False, path_type=Path)


def _data(command: Command) -> Command:
    return click.option("--data", required=True, type=FOLDER, help="The center's data folder.")(command)


def _ask(data: Path, command: str, body: Mapping[str, object]) -> None:
    from einthoven.bootstrap.staff import ask

    click.echo(json.dumps(ask(data, command, body), ensure_ascii=False))
    sys.stdout.flush()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def peer() -> None:
    """Other centers: key, add, list, remove. On the data folder, also while serving.

    Two centers hand watches to one another once each has entered the other's key (docs/another-center.md).
    """


@peer.command("key")
@_data
def peer_key(data: Path) -> None:
    """This center's public key, for the other center to enter; made when it is first asked for."""
    _ask(data, "peer.key", {})


@peer.command("add")
@_data
@click.option("--name", required=True, help="As people here call that center.")
@click.option(
    "--key", required=True, help="Its public key, 64 hexadecimal digits (einthoven peer key there)."
)
@click.option("--url", required=True, help="Address of its pages, e.g. https://heart.example:8093.")
@click.option(
    "--certificate",
    type=PEM,
    metavar="PEM",
    help="Its pages' certificate, where no public authority certifies them: then no other is believed.",
)
def peer_add(data: Path, name: str, key: str, url: str, certificate: Path | None) -> None:
    """Trust a center: patients can be lent to it, and it can lend us patients."""
    pem = ""
    if certificate is not None:
        try:
            pem = certificate.read_text()
        except UnicodeDecodeError as error:
            raise InputError(f"{certificate}: not a certificate in PEM") from error
    _ask(data, "peer.add", {"name": name, "key": key, "url": url, "certificate": pem})


@peer.command("list")
@_data
def peer_list(data: Path) -> None:
    """Those that are trusted, and how many patients are lent to and by each."""
    _ask(data, "peer.list", {})


@peer.command("remove")
@_data
@click.argument("number", type=click.IntRange(1))
@click.option("--why", required=True, help="For the record.")
def peer_remove(data: Path, number: int, why: str) -> None:
    """Trust center NUMBER no more; what it watches of ours is lost at once, its guests leave."""
    _ask(data, "peer.remove", {"center": number, "why": why})
