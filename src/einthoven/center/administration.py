"""What those who answer for the service change: people, papers, sites, stations (R16, R17, R42).

One act each, by name and fields; the desk does them for pages, the console for commands. Every act reads the
registers and gives the deeds of the change, or says in one line which field is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError, NotFoundError, RefusedError
from einthoven.base.instants import MILLISECOND, Instant
from einthoven.center.act_fields import Fields, whole
from einthoven.surveillance import staff_changes, stations
from einthoven.surveillance.roles import Role
from einthoven.surveillance.staff import StaffBook
from einthoven.surveillance.stations import StationBook

Change: TypeAlias = Callable[["Registers", Fields, Instant], list[Draft]]


@dataclass(frozen=True, slots=True)
class Registers:
    """The books that are changed.

    Attributes:
        by: number of whoever changes them; 0 for the console.
        on_file: whether a document of this digest is on file.
    """

    staff: StaffBook
    places: StationBook
    by: int
    on_file: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Administered:
    """An act of administration.

    Attributes:
        fields: that it may have.
        made: name in the deed's body of the number that its answer tells.
        do: decides it.
    """

    fields: tuple[str, ...]
    made: str
    do: Change


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise InputError(f"{name}: want a text")
    return value


def _texts(fields: Fields, name: str) -> list[str]:
    """A list of texts, or one text with commas, blanks or lines between them."""
    value = fields.get(name)
    if isinstance(value, str):
        return value.replace(",", " ").split()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InputError(f"{name}: want a list of texts")
    return [one for one in value if isinstance(one, str)]


def _instant(fields: Fields, name: str) -> Instant:
    """Whole milliseconds since 1970, as pages tell time."""
    value = fields.get(name)
    if type(value) is not int:
        raise InputError(f"{name}: want a date (whole milliseconds since 1970)")
    return value * MILLISECOND


def _four_eyes(to: Registers, fields: Fields) -> None:
    """Nobody says of themselves that they are qualified: a second person or the console does."""
    if to.by and fields.get("person") == to.by:
        words = "your own papers are entered by somebody else: another supervisor or administrator"
        raise RefusedError("four_eyes", f"{words}, or einthoven staff on the center's own machine")


def _practice(fields: Fields) -> int | None:
    return None if fields.get("practice") is None else whole(fields, "practice")


def _document(to: Registers, fields: Fields) -> str:
    """The digest of a document that is on file; empty where a paper has none."""
    digest = _text(fields, "document")
    if digest and not to.on_file(digest):
        raise NotFoundError(f"document: {digest[:64]!r} is not on file")
    return digest


# ---- places ----------------------------------------------------------------------------------------------


def _site_add(to: Registers, fields: Fields, _now: Instant) -> list[Draft]:
    return stations.add_site(to.places, *_site(fields))


def _site_change(to: Registers, fields: Fields, _now: Instant) -> list[Draft]:
    return stations.change_site(to.places, whole(fields, "site"), *_site(fields))


def _site_close(to: Registers, fields: Fields, _now: Instant) -> list[Draft]:
    return stations.close_site(to.places, whole(fields, "site"), _text(fields, "why"))


def _site(fields: Fields) -> tuple[str, str, str, list[str]]:
    name, address, territory = (_text(fields, one) for one in ("name", "address", "territory"))
    return name, address, territory, _texts(fields, "networks")


def _station_register(to: Registers, fields: Fields, _now: Instant) -> list[Draft]:
    name, key, kind = (_text(fields, one) for one in ("name", "key", "kind"))
    return stations.register_station(to.places, name, whole(fields, "site"), key, kind)


def _station_change(to: Registers, fields: Fields, _now: Instant) -> list[Draft]:
    """Name, site and kind anew; the key it has stays where none is given."""
    number = whole(fields, "station")
    known = to.places.stations.get(number)
    if known is None:
        raise NotFoundError(f"station: there is no station {number}")
    if not known.active and "key" not in fields:
        # With the key it had, whatever it was retired for would be let in again.
        words = f"station: {known.name} is retired: another key, or a link for its screen, brings it back"
        raise RefusedError("retired", words)
    key = _text(fields, "key") if "key" in fields else known.public_key
    name, kind = _text(fields, "name"), _text(fields, "kind")
    return stations.change_station(to.places, number, name, whole(fields, "site"), key, kind)


def _station_retire(to: Registers, fields: Fields, _now: Instant) -> list[Draft]:
    return stations.retire_station(to.places, whole(fields, "station"), _text(fields, "why"))


# ---- people ----------------------------------------------------------------------------------------------


def _join(to: Registers, fields: Fields, _now: Instant) -> list[Draft]:
    roles = _texts(fields, "roles")
    _administered(to, roles)
    return staff_changes.join(
        to.staff, _text(fields, "name"), _text(fields, "login"), roles, _practice(fields)
    )


def _change(to: Registers, fields: Fields, _now: Instant) -> list[Draft]:
    person, roles = whole(fields, "person"), _texts(fields, "roles")
    _administered(to, roles)
    known = to.staff.members.get(person)
    if known is not None and to.by == person:
        if set(roles) != {role.value for role in known.roles}:
            words = "roles: your own are changed by somebody else: another administrator"
            raise RefusedError("four_eyes", f"{words}, or einthoven staff on the center's own machine")
        if _practice(fields) != known.practice:
            raise RefusedError("four_eyes", "practice: your own is changed by somebody else")
    name, login = _text(fields, "name"), _text(fields, "login")
    return staff_changes.change(to.staff, person, name, login, roles, _practice(fields))


def _administered(to: Registers, roles: list[str]) -> None:
    """Whoever becomes the first administrator switches sign-in on, and must be able to sign in then."""
    if Role.ADMINISTRATOR.value in roles and to.staff.administrators() == 0:
        words = "roles: the first administrator is made by the command einthoven administrator"
        raise RefusedError("first_administrator", words)


def _leave(to: Registers, fields: Fields, _now: Instant) -> list[Draft]:
    return staff_changes.leave(to.staff, whole(fields, "person"), _text(fields, "why"))


def _return(to: Registers, fields: Fields, _now: Instant) -> list[Draft]:
    person = whole(fields, "person")
    _administered(to, [role.value for role in staff_changes.member_of(to.staff, person).roles])
    return staff_changes.come_back(to.staff, person)


def _works_from(to: Registers, fields: Fields, _now: Instant) -> list[Draft]:
    _four_eyes(to, fields)
    site = whole(fields, "site")
    if site not in to.places.sites or not to.places.sites[site].active:
        raise NotFoundError(f"site: there is no open site {site}")
    return staff_changes.works_from(to.staff, whole(fields, "person"), site)


def _practice_add(to: Registers, fields: Fields, _now: Instant) -> list[Draft]:
    return staff_changes.add_practice(to.staff, _text(fields, "name"))


def _practice_rename(to: Registers, fields: Fields, _now: Instant) -> list[Draft]:
    return staff_changes.rename_practice(to.staff, whole(fields, "practice"), _text(fields, "name"))


def _credential(to: Registers, fields: Fields, _now: Instant) -> list[Draft]:
    _four_eyes(to, fields)
    kind, number, issuer = (_text(fields, one) for one in ("kind", "number", "issuer"))
    since, expires = _instant(fields, "since_ms"), _instant(fields, "expires_ms")
    person, document = whole(fields, "person"), _document(to, fields)
    return staff_changes.credential(to.staff, person, kind, number, issuer, since, expires, document)


def _credential_end(to: Registers, fields: Fields, now: Instant) -> list[Draft]:
    """It counts no more from now on."""
    kind, number, why = (_text(fields, one) for one in ("kind", "number", "why"))
    return staff_changes.end_credential(to.staff, whole(fields, "person"), kind, number, why, now)


def _training(to: Registers, fields: Fields, _now: Instant) -> list[Draft]:
    _four_eyes(to, fields)
    topic, by = _text(fields, "topic"), _text(fields, "by")
    on, expires = _instant(fields, "on_ms"), _instant(fields, "expires_ms")
    person, document = whole(fields, "person"), _document(to, fields)
    return staff_changes.training(to.staff, person, topic, on, expires, by, document)


SITE = ("name", "address", "territory", "networks")
STATION = ("name", "site", "kind", "key")
PERSON = ("name", "login", "roles", "practice")
CREDENTIAL = ("person", "kind", "number", "issuer", "since_ms", "expires_ms", "document")

ADMINISTRATION: Mapping[str, Administered] = MappingProxyType(
    {
        "site.add": Administered(SITE, "site", _site_add),
        "site.change": Administered(("site", *SITE), "site", _site_change),
        "site.close": Administered(("site", "why"), "site", _site_close),
        "station.register": Administered(STATION, "station", _station_register),
        "station.change": Administered(("station", *STATION), "station", _station_change),
        "station.retire": Administered(("station", "why"), "station", _station_retire),
        "staff.join": Administered(PERSON, "person", _join),
        "staff.change": Administered(("person", *PERSON), "person", _change),
        "staff.leave": Administered(("person", "why"), "person", _leave),
        "staff.return": Administered(("person",), "person", _return),
        "staff.works_from": Administered(("person", "site"), "person", _works_from),
        "practice.add": Administered(("name",), "practice", _practice_add),
        "practice.rename": Administered(("practice", "name"), "practice", _practice_rename),
        "credential.add": Administered(CREDENTIAL, "person", _credential),
        "credential.end": Administered(("person", "kind", "number", "why"), "person", _credential_end),
        "training.add": Administered(
            ("person", "topic", "on_ms", "expires_ms", "by", "document"), "person", _training
        ),
    }
)
"""Every act of administration; who may do it stands in ``surveillance.roles.ACTS``."""
