"""The book of kits: which there are, where each is, who has it (R5). Changes by deeds alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, cast

from einthoven.base.deeds import Deed
from einthoven.base.errors import NotFoundError
from einthoven.base.ids import StreamId
from einthoven.base.layout import Layout, Lead
from einthoven.enrollment.kit_states import Event, Kit, State, moved

ADDED: Final = "kit.added"
ASSIGNED: Final = "kit.assigned"
FOLLOWED: Final = "kit.followed"
SENT: Final = "kit.sent"
DUE: Final = "kit.due"
RETURNED: Final = "kit.returned"
CLEANING: Final = "kit.cleaning"
CLEANED: Final = "kit.cleaned"
LOST: Final = "kit.lost"
FOUND: Final = "kit.found"
RETIRED: Final = "kit.retired"
SHIPPED: Final = "kit.shipped"

EVENTS: Final[Mapping[str, Event]] = {
    ASSIGNED: Event.ASSIGNED,
    FOLLOWED: Event.FOLLOWED,
    SENT: Event.SENT,
    DUE: Event.ENDED,
    RETURNED: Event.RETURNED,
    CLEANING: Event.CLEANING,
    CLEANED: Event.CLEANED,
    LOST: Event.LOST,
    FOUND: Event.FOUND,
    RETIRED: Event.RETIRED,
}
"""Kind of a deed → what it is to a kit."""


@dataclass(slots=True)
class KitBook:
    """Kits by transmitter."""

    KINDS: ClassVar[frozenset[str]] = frozenset({ADDED, SHIPPED, *EVENTS})
    kits: dict[str, Kit] = field(default_factory=dict)
    keys: dict[bytes, str] = field(default_factory=dict)
    """Public key → transmitter."""
    by_stream: dict[StreamId, str] = field(default_factory=dict)
    """Stream → the kit whose samples it holds."""

    def kit(self, transmitter: str) -> Kit:
        """A kit; NotFoundError where there is no such."""
        known = self.kits.get(transmitter)
        if known is None:
            raise NotFoundError(f"there is no kit {transmitter}")
        return known

    def apply(self, deed: Deed) -> None:
        """Take one deed; other kinds change nothing."""
        body = cast("Mapping[str, Any]", deed.body)
        if deed.kind == ADDED:
            kit = _added(deed, body)
            self.kits[kit.transmitter] = kit
            self.keys[kit.public_key] = kit.transmitter
            return
        if deed.kind == SHIPPED:
            kit = self.kits[body["transmitter"]]
            self.kits[kit.transmitter] = replace(kit, shipping=body["shipping"])
            return
        event = EVENTS.get(deed.kind)
        if event is None:
            return
        before = self.kits[body["transmitter"]]
        after = moved(before, event, deed.at)
        if event in (Event.ASSIGNED, Event.FOLLOWED):
            after = replace(
                after, stream=body["stream"], unclean=before.state is not State.STOCK, shipping="", said=""
            )
            self.by_stream[body["stream"]] = after.transmitter
        if "why" in body:
            after = replace(after, said=body["why"])
        if body.get("shipping"):
            after = replace(after, shipping=body["shipping"])
        self.kits[after.transmitter] = after


def _added(deed: Deed, body: Mapping[str, Any]) -> Kit:
    layout = Layout(body["rate_hz"], tuple(Lead(name) for name in body["leads"]))
    return Kit(
        body["transmitter"],
        layout,
        bytes.fromhex(body["public_key"]),
        body["model"],
        body["serial"],
        deed.at,
    )
