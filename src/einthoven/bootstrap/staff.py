"""``einthoven administrator`` and ``einthoven staff``: on a data folder, served or not."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import segno

from einthoven.base.errors import InputError, StoreError
from einthoven.bootstrap.clock import RealClock
from einthoven.bootstrap.people import open_people
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.documents import MAX_BYTES, Documents, checked
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.store import LOCK_FILE
from einthoven.edges.web.console import asked
from einthoven.settings import load

FACTS_FILE = "facts.sqlite"


def ask(folder: Path, command: str, body: Mapping[str, object], *, make: bool = False) -> dict[str, object]:
    """Carry a command out: by the center that runs on the folder, else on the folder itself.

    Args:
        make: whether the folder is made if it is not there.

    Raises:
        InputError: it is no data folder, or the command was refused.
        StoreError: the folder is held by something that does not answer.
    """
    if not make:
        _is_center(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    answer = asked(folder, command, body)
    if answer is None:
        answer = _on_folder(folder, command, body)
    if "error" in answer:
        raise InputError(str(answer["error"]))
    return answer


def ask_running(folder: Path, command: str, body: Mapping[str, object]) -> dict[str, object]:
    """Carry a command out by the center that runs on the folder.

    Raises:
        InputError: it is no data folder, no center runs on it, or the command was refused.
    """
    _is_center(folder)
    answer = asked(folder, command, body)
    if answer is None:
        raise InputError(f"{folder}: no center runs on it: start it first (einthoven serve)")
    if "error" in answer:
        raise InputError(str(answer["error"]))
    return answer


def _on_folder(folder: Path, command: str, body: Mapping[str, object]) -> dict[str, object]:
    try:
        release = RealDisk(folder).lock(LOCK_FILE)
    except BlockingIOError as error:
        raise StoreError(f"{folder}: is held by a center that does not answer (is it starting?)") from error
    try:
        now = RealClock().wall()
        facts = Facts(folder / FACTS_FILE, now)
        try:
            on_file = Documents(RealDisk(folder)).has
            people = open_people(facts, load(folder), now, on_file=on_file, folder=folder)
            return people.office.do(command, body, now)
        finally:
            facts.close()
    except StoreError as error:
        raise type(error)(f"{folder}: {error}") from error
    finally:
        release()


def ask_with_document(
    folder: Path, command: str, body: Mapping[str, object], document: Path | None
) -> dict[str, object]:
    """The same with a document, which is put on file first; taken away again where the change is refused.

    Raises:
        InputError: also where it is too large, or no PDF, PNG or JPEG.
    """
    if document is None:
        return ask(folder, command, {**body, "document": ""})
    _is_center(folder)
    with document.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    documents = Documents(RealDisk(folder))
    known = documents.has(checked(content, str(document)))
    digest = documents.put(content, str(document))
    try:
        return ask(folder, command, {**body, "document": digest}) | {"document": digest}
    except InputError:
        if not known:
            documents.take_away(digest)
        raise


def _is_center(folder: Path) -> None:
    if not (folder / FACTS_FILE).is_file():
        raise InputError(f"{folder}: is no data folder (it has no {FACTS_FILE})")


def administrator(folder: Path, name: str, login: str, password: str | None) -> None:
    """Make an administrator and show what they need to sign in, once."""
    body = {"name": name, "login": login, "password": password or ""}
    told = ask(folder, "administrator", body, make=True)
    uri, qr = str(told["uri"]), io.StringIO()
    segno.make(uri, micro=False).terminal(out=qr, compact=True)
    click.echo(f"{name} is administrator. Sign in as {told['login']} with password and time code.\n")
    if "password" in told:
        click.echo(f"  password:   {told['password']}   (made now and kept nowhere: write it down)")
    click.echo(f"  time code:  read this into an authenticator, or type {told['secret']}\n\n{qr.getvalue()}")
    click.echo("From now on everybody signs in. Lost: einthoven staff reset.")


def chosen_password(stdin: bool) -> str | None:
    """The password for a new administrator: read from a pipe, or asked for at a terminal; None: make one."""
    if stdin:
        given = sys.stdin.readline().rstrip("\r\n")
        if not given:
            raise InputError("standard input: no password came")
        return given
    if not sys.stdin.isatty():
        return None
    words = "Password (12 characters or more; empty: one is made)"
    typed: str = click.prompt(
        words, default="", show_default=False, hide_input=True, confirmation_prompt=True
    )
    return typed or None
