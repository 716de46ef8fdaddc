"""What is posted as FHIR: a ServiceRequest or a transaction Bundle, and where its references lead (R4).

Values are looked at as they come: nothing here trusts that a list is a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeAlias

from einthoven.base.errors import InputError

Json: TypeAlias = Mapping[str, Any]
REQUEST: Final = "ServiceRequest"
ENTRIES_MAX: Final = 200
_CALLED: Final = ("value", "text", "display")


@dataclass(frozen=True, slots=True)
class Node:
    """A resource and where it stands, as FHIRPath."""

    resource: Json
    origin: str


@dataclass(slots=True)
class Sent:
    """What was posted.

    Attributes:
        requests: the service requests.
        entries: type of each entry of a Bundle; empty where one resource was posted.
    """

    requests: list[Node]
    entries: list[str] = field(default_factory=list)
    _by_url: dict[str, Node] = field(default_factory=dict)
    provenance: list[Node] = field(default_factory=list)

    def find(self, told: object, base: Node) -> Node | None:
        """The resource that a reference leads to within what was posted."""
        url = told.get("reference") if isinstance(told, Mapping) else None
        if not isinstance(url, str):
            return None
        if url.startswith("#"):
            root = base.origin.partition(".contained")[0]
            return self._by_url.get(f"{root}{url}")
        return self._by_url.get(url)

    def keep(self, node: Node, url: object) -> None:
        """Let references find a resource, and those that it contains."""
        kind, id_ = node.resource.get("resourceType"), node.resource.get("id")
        if isinstance(url, str) and url:
            self._by_url[url] = node
        if isinstance(id_, str) and id_:
            self._by_url.setdefault(f"{kind}/{id_}", node)
        for origin, one in rows(node.resource, "contained", node.origin):
            inner = Node(one, origin)
            if isinstance(one.get("id"), str):
                self._by_url[f"{node.origin}#{one['id']}"] = inner


def rows(resource: Json, name: str, origin: str) -> Iterator[tuple[str, Json]]:
    """Objects of a list, each with its path; anything else is passed over, and named by ``_odd``."""
    value = resource.get(name)
    for at, one in enumerate(value if isinstance(value, list) else []):
        if isinstance(one, Mapping):
            yield f"{origin}.{name}[{at}]", one


def sent(given: object) -> Sent:
    """What was posted: a ServiceRequest, or a transaction Bundle that holds some.

    Raises:
        InputError: it is neither, or holds none; one line.
    """
    if not isinstance(given, Mapping):
        raise InputError("want a resource: a JSON object")
    kind = given.get("resourceType")
    if kind == REQUEST:
        node = Node(given, REQUEST)
        found = Sent([node])
        found.keep(node, None)
        return found
    if kind != "Bundle":
        raise InputError(f"resourceType: {str(kind)[:40]!r} is not taken: want ServiceRequest or Bundle")
    if given.get("type") != "transaction":
        raise InputError(f"Bundle.type: {str(given.get('type'))[:40]!r} is not taken: want transaction")
    return _bundle(given)


def _bundle(given: Json) -> Sent:
    listed = given.get("entry")
    entries = listed if isinstance(listed, list) else []
    if len(entries) > ENTRIES_MAX:
        raise InputError(f"Bundle.entry: {len(entries)} entries, at most {ENTRIES_MAX}")
    found = Sent([])
    for at, one in enumerate(entries):
        where = f"Bundle.entry[{at}]"
        resource = one.get("resource") if isinstance(one, Mapping) else None
        asked = one.get("request") if isinstance(one, Mapping) else None
        method = asked.get("method") if isinstance(asked, Mapping) else None
        if not isinstance(resource, Mapping):
            raise InputError(f"{where}.resource: is missing")
        if method != "POST":
            raise InputError(f"{where}.request.method: {str(method)[:20]!r} is not taken: want POST")
        node = Node(resource, f"{where}.resource")
        found.keep(node, one.get("fullUrl"))
        found.entries.append(str(resource.get("resourceType")))
        if resource.get("resourceType") == REQUEST:
            found.requests.append(node)
        elif resource.get("resourceType") == "Provenance":
            found.provenance.append(node)
    if not found.requests:
        raise InputError("Bundle.entry: holds no ServiceRequest")
    return found


# ---- values ------------------------------------------------------------------------------------------------


def codes_of(told: object) -> list[str]:
    """Codes of a CodeableConcept."""
    if not isinstance(told, Mapping):
        return []
    return [one["code"] for _, one in rows(told, "coding", "") if isinstance(one.get("code"), str)]


def words_of(told: object) -> list[str]:
    """The words of a CodeableConcept: its text, then what its codings are called."""
    if not isinstance(told, Mapping):
        return []
    found = [told.get("text"), *(one.get("display") for _, one in rows(told, "coding", ""))]
    return [one for one in found if isinstance(one, str) and one]


def called_of(told: Json) -> list[str]:
    """What something is called: its value, text or display."""
    return [told[key] for key in _CALLED if isinstance(told.get(key), str) and told[key]]


def telecom(given: Json, origin: str, system: str) -> tuple[object, str]:
    """The first telephone or fax, and its path."""
    for where, one in rows(given, "telecom", origin):
        if one.get("system") == system and one.get("value"):
            return one["value"], where
    return "", origin


def day_of(told: object) -> object:
    """The day of a date or dateTime; what is no text stays and becomes a fault."""
    return told[:10] if isinstance(told, str) else told


def days_between(start: object, end: object) -> object:
    """Days of a Period: both ends within where they are dates, else what lies between."""
    if not isinstance(start, str) or not isinstance(end, str):
        return ""
    try:
        first, last = date.fromisoformat(start[:10]), date.fromisoformat(end[:10])
    except ValueError:
        return ""
    return (last - first).days + (len(start) == len("2026-01-01") == len(end))


def days_of(told: object) -> object:
    """Days of a Quantity: days or weeks (UCUM ``d``, ``wk``)."""
    if not isinstance(told, Mapping) or told.get("value") is None:
        return ""
    value, unit = told["value"], told.get("code") or told.get("unit")
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    if unit in ("d", "day", "days") or not isinstance(whole, int):
        return whole
    return whole * 7 if unit in ("wk", "week", "weeks") else f"{whole} {unit}"


def plain(value: object) -> str:
    """A value as a note has it."""
    if isinstance(value, Mapping):
        return " ".join(called_of(value)) or str(dict(value))
    return str(value)
