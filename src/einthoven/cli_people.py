"""The commands about people and places: who works here, where they watch from."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])
FOLDER = click.Path(file_okay=False, path_type=Path)


def _data(command: Command) -> Command:
    return click.option("--data", required=True, type=FOLDER, help="The center's data folder.")(command)


_LOGIN = click.option("--login", required=True, help="Whose.")
_DOCUMENT = click.option(
    "--document",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PDF, PNG or JPEG of at most 10 MB, kept in the data folder.",
)


@click.command()
@_data
@click.option("--name", required=True, help="Complete name, e.g. 'Doe, Jane'.")
@click.option("--login", required=True, help="What is typed to sign in.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, one line.")
def administrator(data: Path, name: str, login: str, password_stdin: bool) -> None:
    """Make an administrator; with the first one, sign-in is on. Also while serving.

    Asks for a password, or makes one, and prints the time code's secret as a QR code for an authenticator.
    """
    from einthoven.bootstrap.staff import administrator as make
    from einthoven.bootstrap.staff import chosen_password

    make(data, name, login, chosen_password(password_stdin))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def staff() -> None:
    """Who works here, and their papers. On the data folder, also while serving."""


@staff.command("add")
@_data
@click.option("--name", required=True, help="Complete name, e.g. 'Roe, Richard'.")
@click.option("--login", required=True, help="What is typed to sign in.")
@click.option(
    "--role",
    "roles",
    required=True,
    multiple=True,
    help="technician, supervisor, physician, … (again for more).",
)
@click.option("--practice", type=int, help="Of physicians and their office: its number.")
def staff_add(data: Path, name: str, login: str, roles: tuple[str, ...], practice: int | None) -> None:
    """Somebody new: prints a temporary password, or the token of a machine (role service)."""
    _ask(data, "add", {"name": name, "login": login, "roles": list(roles), "practice": practice})


@staff.command("list")
@_data
def staff_list(data: Path) -> None:
    """Everybody, and the practices, as JSON."""
    _ask(data, "list", {})


@staff.command("reset")
@_data
@click.option("--login", required=True, help="Whose.")
def staff_reset(data: Path, login: str) -> None:
    """A new temporary password (or token): code and passkeys are void, open sessions end."""
    _ask(data, "reset", {"login": login})


@staff.command("change")
@_data
@_LOGIN
@click.option("--name", help="Their other name.")
@click.option("--role", "roles", multiple=True, help="All their roles anew (again for more).")
def staff_change(data: Path, login: str, name: str | None, roles: tuple[str, ...]) -> None:
    """Another name, or other roles."""
    _ask(data, "change", {"login": login, "name": name, "roles": list(roles)})


@staff.command("leave")
@_data
@click.option("--login", required=True, help="Who.")
@click.option("--why", required=True, help="For the record.")
def staff_leave(data: Path, login: str, why: str) -> None:
    """Somebody no longer works here: signs in no more, their sessions end."""
    _ask(data, "leave", {"login": login, "why": why})


@staff.command("practice")
@_data
@click.option("--name", required=True, help="Its name.")
def staff_practice(data: Path, name: str) -> None:
    """A new practice, to which physicians and their office belong; prints its number."""
    _ask(data, "practice", {"name": name})


@staff.command("works-from")
@_data
@_LOGIN
@click.option("--site", "place", required=True, type=click.IntRange(1), help="Number of the site.")
def staff_works_from(data: Path, login: str, place: int) -> None:
    """The site that somebody works from, for the record."""
    _ask(data, "staff.works_from", {"login": login, "site": place})


@staff.group("credential")
def credential() -> None:
    """Credentials of whoever watches: add, list, withdraw."""


@credential.command("add")
@_data
@_LOGIN
@click.option("--kind", required=True, help="RN, EMT, CCT or CRAT.")
@click.option("--number", required=True, help="As printed on it.")
@click.option("--issuer", required=True, help="Board or state that gave it.")
@click.option("--issued", required=True, metavar="DAY", help="Counts from this day on, e.g. 2026-07-01.")
@click.option("--expires", required=True, metavar="DAY", help="Counts to the end of this day, UTC.")
@_DOCUMENT
def credential_add(data: Path, document: Path | None, **told: str) -> None:
    """A credential that was seen; says whether its owner may watch now, and what is missing."""
    _ask_with(data, "credential.add", told, document)


@credential.command("list")
@_data
@click.option("--login", default="", help="Whose [everybody's].")
def credential_list(data: Path, login: str) -> None:
    """Credentials and trainings as JSON, and who may watch."""
    _ask(data, "credential.list", {"login": login})


@credential.command("withdraw")
@_data
@_LOGIN
@click.option("--kind", required=True, help="RN, EMT, CCT or CRAT.")
@click.option("--number", required=True, help="As printed on it.")
@click.option("--why", required=True, help="For the record.")
def credential_withdraw(data: Path, **told: str) -> None:
    """A credential counts no more, from now on; watches that rest on it are lost."""
    _ask(data, "credential.withdraw", told)


@staff.group("training")
def training() -> None:
    """Trainings of whoever watches: add (staff credential list shows them)."""


@training.command("add")
@_data
@_LOGIN
@click.option("--topic", required=True, help="'reading ECGs' or 'directing a patient in an emergency'.")
@click.option("--on", required=True, metavar="DAY", help="Counts from this day on.")
@click.option("--expires", required=True, metavar="DAY", help="Counts to the end of this day, UTC.")
@click.option("--by", required=True, help="Complete name of who trained.")
@_DOCUMENT
def training_add(data: Path, document: Path | None, **told: str) -> None:
    """A training that was done; says whether its owner may watch now, and what is missing."""
    _ask_with(data, "training.add", told, document)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def site() -> None:
    """Where stations stand: add, list, change, close. On the data folder, also while serving."""


_NUMBER = click.argument("number", type=click.IntRange(1))
_NETWORKS = "Network that its stations speak from, e.g. 192.0.2.0/24 (again for more)."
_TERRITORY = "US, PR, GU, VI, AS or MP."
_KIND = "wall, desk, standby or supervisor."


@site.command("add")
@_data
@click.option("--name", required=True, help="e.g. 'Main house'.")
@click.option("--address", required=True, help="Street, town, state, in one line.")
@click.option("--territory", default="US", show_default=True, help=_TERRITORY)
@click.option("--network", "networks", required=True, multiple=True, metavar="CIDR", help=_NETWORKS)
def site_add(data: Path, name: str, address: str, territory: str, networks: tuple[str, ...]) -> None:
    """A new site; prints its number."""
    told = {"name": name, "address": address, "territory": territory, "networks": list(networks)}
    _ask(data, "site.add", told)


@site.command("list")
@_data
def site_list(data: Path) -> None:
    """Every site as JSON, closed ones too."""
    _ask(data, "site.list", {})


@site.command("change")
@_data
@_NUMBER
@click.option("--name", help="Its other name.")
@click.option("--address", help="Its other address.")
@click.option("--territory", help=_TERRITORY)
@click.option("--network", "networks", multiple=True, metavar="CIDR", help=f"{_NETWORKS} Instead of all.")
def site_change(
    data: Path,
    number: int,
    name: str | None,
    address: str | None,
    territory: str | None,
    networks: tuple[str, ...],
) -> None:
    """Change what is given of site NUMBER; a closed one is open again."""
    told: dict[str, object] = {"site": number, "name": name, "address": address, "territory": territory}
    _ask(data, "site.change", told | {"networks": list(networks) or None})


@site.command("close")
@_data
@_NUMBER
@click.option("--why", required=True, help="For the record.")
def site_close(data: Path, number: int, why: str) -> None:
    """Nobody watches from site NUMBER any more; what is watched there is lost."""
    _ask(data, "site.close", {"site": number, "why": why})


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def station() -> None:
    """Screens to watch at: add, list, link, change, retire. On the data folder, also while serving."""


@station.command("add")
@_data
@click.option("--name", required=True, help="e.g. 'Desk 1'.")
@click.option("--site", "place", required=True, type=click.IntRange(1), help="Number of its site.")
@click.option("--kind", default="desk", show_default=True, help=_KIND)
def station_add(data: Path, name: str, place: int, kind: str) -> None:
    """A new station; prints the link to open in its own browser, once, within half an hour."""
    _ask(data, "station.add", {"name": name, "site": place, "kind": kind})


@station.command("list")
@_data
def station_list(data: Path) -> None:
    """Every station as JSON, retired ones too, and the links that wait to be opened."""
    _ask(data, "station.list", {})


@station.command("link")
@_data
@_NUMBER
def station_link(data: Path, number: int) -> None:
    """A link for another screen or browser of station NUMBER; brings a retired one back."""
    _ask(data, "station.link", {"station": number})


@station.command("change")
@_data
@_NUMBER
@click.option("--name", help="Its other name.")
@click.option("--site", "place", type=click.IntRange(1), help="The site it moved to.")
@click.option("--kind", help=_KIND)
def station_change(data: Path, number: int, name: str | None, place: int | None, kind: str | None) -> None:
    """Change what is given of station NUMBER; its screen stays the same."""
    _ask(data, "station.change", {"station": number, "name": name, "site": place, "kind": kind})


@station.command("retire")
@_data
@_NUMBER
@click.option("--why", required=True, help="For the record.")
def station_retire(data: Path, number: int, why: str) -> None:
    """Station NUMBER is none any more; what is watched there is lost."""
    _ask(data, "station.retire", {"station": number, "why": why})


def _ask(data: Path, command: str, body: Mapping[str, object]) -> None:
    from einthoven.bootstrap.staff import ask

    click.echo(json.dumps(ask(data, command, body), ensure_ascii=False))
    sys.stdout.flush()


def _ask_with(data: Path, command: str, body: Mapping[str, object], document: Path | None) -> None:
    from einthoven.bootstrap.staff import ask_with_document

    click.echo(json.dumps(ask_with_document(data, command, body, document), ensure_ascii=False))
    sys.stdout.flush()
