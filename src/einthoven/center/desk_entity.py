"""An entity of the desk by its key, as pages see it now; None where there is no such any more."""

from __future__ import annotations

from einthoven.base.instants import Instant
from einthoven.center import call_page, desk_shapes, service_office
from einthoven.center.desk_books import Books
from einthoven.center.desk_shapes import Shape


def entity(books: Books, key: str, now: Instant) -> Shape | None:
    """The entity under a key such as ``case:5``."""
    kind, _, name = key.partition(":")
    if kind == "patient":
        return desk_shapes.patient(books, int(name[1:]), now)
    if kind == "ending":
        return service_office.ending(books, int(name[1:]), now)
    number = int(name)
    match kind:
        case "watch":
            return desk_shapes.watch(books, number, now)
        case "person":
            return desk_shapes.person(books, number)
        case "incident":
            return desk_shapes.incident(books, number)
        case "case":
            return desk_shapes.case(books, number)
        case "peer":
            return desk_shapes.peer(books, number, now)
        case "notification":
            return desk_shapes.notification(books, number, now)
        case "telephone":
            return call_page.entity(books, number)
        case _:
            return desk_shapes.emergency(books, number)
