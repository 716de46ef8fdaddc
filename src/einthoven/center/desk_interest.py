"""What one station is told of a desk: what its person may know and, in a big center, what concerns them.

Up to ``WHOLE_MAX`` patients everybody who may know it is told of everything. In a bigger center a technician
is told of their own patients, of everybody whom nobody watches, of what is offered to them, and of cases that
nobody holds; whoever answers for the center still of everything. It is asked for every change and every
station, so it looks only at the entity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from einthoven.base.ids import stream_name
from einthoven.base.instants import Instant
from einthoven.center.desk_books import Books
from einthoven.center.desk_door import Who
from einthoven.center.desk_news import Entity
from einthoven.surveillance.roles import Permission, reaches_all

WHOLE_MAX = 600
"""Patients in service up to which everybody is told of everything: fifteen stations of 40."""
OFFERED = ("offered", "offered_on")
"""States of a watch in which somebody may accept it."""


@dataclass(slots=True)
class Interest:
    """What one page wants to know (``desk_news.Filter``).

    Attributes:
        books: of the desk.
        who: who sits there.
        sees: whether they may know of an entity at all.
        own: in a big center, only what concerns them.
        mine: names of the streams that they watch or have accepted.
        opened: names of those of other practices at whom they may look for now.
    """

    books: Books
    who: Who
    sees: Callable[[str, Entity], bool] = lambda _key, _entity: False
    own: bool = False
    mine: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()
    _all: frozenset[Permission] = field(default_factory=frozenset)
    _bound: bool = True

    def look(self, now: Instant) -> frozenset[str]:
        """Once a second: who they are now, whom they watch and see; the streams of which that has changed."""
        surveil = self.books.surveil
        member = surveil.staff.members.get(self.who.staff)
        need = (Permission.READ_CASE, Permission.READ_CENTER)
        reach = member is not None and all(reaches_all(member.roles, each) for each in need)
        self._bound = member is None or not member.active or not reach
        answers = Permission.READ_METRICS in surveil.permissions(self.who.staff)
        self.own = not self._bound and not answers and len(surveil.watches.services) > WHOLE_MAX
        mine = frozenset[str]()
        if self.own:
            watches = surveil.watches
            numbers = watches.by_person.get(self.who.staff, ())
            mine = frozenset(stream_name(watches.live[number].stream) for number in numbers)
        opened = frozenset[str]()
        if self._bound:
            opened = frozenset(map(stream_name, surveil.staff.opened(self.who.staff, now)))
        changed = (mine ^ self.mine) | (opened ^ self.opened)
        self.mine, self.opened = mine, opened
        return changed

    def __call__(self, key: str, entity: Entity) -> bool:
        """Whether the page is told of an entity."""
        if self._bound or key == "legs":
            return self.sees(key, entity)
        return not self.own or self._concerns(key, cast("Mapping[str, Any]", entity))

    def _concerns(self, key: str, entity: Mapping[str, Any]) -> bool:
        match key.partition(":")[0]:
            case "watch":
                by, me = entity["by"], self.who.staff
                if by is None or by["id"] == me:
                    return True
                to = entity["offered_to"] if entity["state"] in OFFERED else None
                return to == "all" or (to is not None and to["id"] == me)
            case "patient":
                return not (entity["watched"] and entity["displayed"]) or entity["stream"] in self.mine
            case "case":
                holder = entity["held_by"]
                return holder is None or holder["id"] == self.who.staff or entity["stream"] in self.mine
            case "incident":
                return False  # of use to whoever closes them
            case _:
                return True
