"""Payer policies of a center: those that come with the package and a site's own folder (docs/policies.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TypeAlias

from einthoven.base.errors import InputError
from einthoven.base.instants import Instant
from einthoven.billing.determine import determination_json, determine_order
from einthoven.billing.policy import Policies
from einthoven.billing.policy_read import load
from einthoven.billing.policy_told import payer_json
from einthoven.billing.service import Earlier
from einthoven.billing.shipped import files, shipped
from einthoven.center import order_known
from einthoven.center.desk_books import Books
from einthoven.edges.store.facts_reader import FactsReader
from einthoven.enrollment.order import Order
from einthoven.settings import Settings

Determine: TypeAlias = Callable[[Order, str, Sequence[Earlier]], Mapping[str, object]]


def policies_of(folder: Path | None) -> Policies:
    """The shipped policies and those of a folder, checked together; the shipped ones alone for None.

    Raises:
        InputError: a file cannot be read, or is refused; every fault, with file and line.
    """
    if folder is None:
        return shipped()
    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder of policies")
    own = []
    for path in sorted(folder.glob("*.toml")):
        try:
            own.append((str(path), path.read_text("utf-8")))
        except OSError as error:
            raise InputError(f"{path}: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: is not UTF-8 text") from error
    if not own:
        raise InputError(f"{folder}: holds no policy (*.toml)")
    return load([*files(), *own])


def site_policies(folder: Path, settings: Settings) -> Policies:
    """Those of a center on a data folder.

    Raises:
        InputError: as ``policies_of``.
    """
    return policies_of(folder / settings.policies if settings.policies else None)


def determined_by(policies: Policies) -> Determine:
    """What the pages ask: an order, a date of service and earlier services that the center knows of; the
    determination as JSON."""

    def determine(order: Order, on: str, earlier: Sequence[Earlier] = ()) -> Mapping[str, object]:
        return determination_json(determine_order(order, date.fromisoformat(on), policies, earlier))

    return determine


class Register:
    """What the center itself knows beside an order: earlier services of its patient, the day, the policies.

    The register is read on the event loop, over a connection of its own: two looks into indexes, which no
    longer reading of another thread keeps waiting.

    Args:
        books: the desk's; they are told what is held here.
        policies: those of the center.
        facts: ``facts.sqlite``.
    """

    def __init__(self, books: Books, policies: Policies, facts: Path) -> None:
        self._books = books
        self._reader = FactsReader(facts)
        self.determine = determined_by(policies)
        books.determine = self.determine
        books.held = lambda order, on: payer_json(policies, order, date.fromisoformat(on))
        books.known = self._reader.of_person

    def earlier(self, order: Order, practice: int | None) -> Sequence[Earlier]:
        """Services of an order's patient here; of one practice alone, or None for every one."""
        return order_known.before(self._books, order_known.known(self._books, order, practice))

    def today(self, now: Instant) -> str:
        """The date at the center."""
        return self._books.today(now)

    def close(self) -> None:
        """Close the connection."""
        self._reader.close()
