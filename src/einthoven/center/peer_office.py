"""The centers that this one trusts, from its console: ``einthoven peer`` (R15, R42)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from einthoven.base.deeds import Draft
from einthoven.base.instants import Instant, to_iso
from einthoven.center.act_fields import whole
from einthoven.center.peer_message import public_key
from einthoven.surveillance.peer_book import PeerBook, distrust, trust

ACTOR: Final = "console"
Answer: TypeAlias = dict[str, object]
Body: TypeAlias = Mapping[str, object]


class PeerOffice:
    """The commands.

    Args:
        book: of centers, as it is now.
        decide: where and how deeds are decided and kept (``bootstrap.sign_in_stores``).
        seed: this center's Ed25519 seed; made when it is first asked for.
    """

    def __init__(
        self,
        book: Callable[[], PeerBook],
        decide: Callable[[Callable[[], Sequence[Draft]], str, Instant], None],
        seed: Callable[[], bytes],
    ) -> None:
        self._book = book
        self._decide = decide
        self._seed = seed

    def commands(self) -> dict[str, Callable[[Body, Instant], Answer]]:
        """By their names."""
        return {
            "peer.key": self.key,
            "peer.add": self.add,
            "peer.list": self.list,
            "peer.remove": self.remove,
        }

    def key(self, _body: Body, _now: Instant) -> Answer:
        """This center's public key, for the other center to enter."""
        return {"key": public_key(self._seed())}

    def add(self, body: Body, now: Instant) -> Answer:
        """Trust a center. Fields: ``name``, ``key``, ``url``, ``certificate`` (PEM, may be empty)."""
        given = [body.get(name) for name in ("name", "key", "url", "certificate")]
        own = public_key(self._seed())
        self._decide(lambda: trust(self._book(), own, *given), ACTOR, now)
        return {"center": max(self._book().peers)}

    def list(self, _body: Body, _now: Instant) -> Answer:
        """Those that are trusted, and what is lent to and by each."""
        book = self._book()
        return {
            "centers": [
                {
                    "center": one.number,
                    "name": one.name,
                    "key": one.key,
                    "url": one.url,
                    "pinned": bool(one.certificate),
                    "since": to_iso(one.since),
                    "lent": len(book.lent_to(one.number)),
                    "guests": len(book.guests_of(one.number)),
                }
                for one in book.peers.values()
            ]
        }

    def remove(self, body: Body, now: Instant) -> Answer:
        """Trust a center no more: what it watches of ours is lost at once. Fields: ``center``, ``why``."""
        number = whole(body, "center")
        self._decide(lambda: distrust(self._book(), number, body.get("why")), ACTOR, now)
        return {"center": number}
