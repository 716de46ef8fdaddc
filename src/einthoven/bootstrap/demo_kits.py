"""Kits of the demo: in stock, and living once a visitor enrolls somebody with one by an order.

The transmitter of a kit begins to send as soon as its period is open, so who types an order sees the patient
on the wall within seconds. Their keys are made from a secret of the folder: the same at every start on it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from einthoven.base.deeds import CENTER, Deed, Draft
from einthoven.base.errors import EnrollmentError
from einthoven.base.ids import StreamId
from einthoven.bootstrap.demo_duty import DemoDuty
from einthoven.bootstrap.demo_watch import circumstances, secret_of
from einthoven.bootstrap.serve import Center
from einthoven.enrollment import kit_book, kit_deeds
from einthoven.enrollment.kit_states import State
from einthoven.sim import demo as play
from einthoven.sim.cues import CuedSource
from einthoven.sim.stage import Enrolled, Stage
from einthoven.sim.wire import Credentials

IN_STOCK: Final = 8
NAME: Final = "Demo center"
TELEPHONE: Final = "+1 212 555 0100"
"""Of the range that is kept for fiction."""
MODEL: Final = "Demo transmitter"
SECRET_FILE: Final = "demo-kits"


class DemoKits:
    """The shelf of the demo.

    Args:
        center: runs.
        practice: of every patient of the demo.
        keys: folder of the center's keys.
    """

    def __init__(self, center: Center, practice: int, keys: Path) -> None:
        self._center = center
        self._practice = practice
        self._tasks: set[asyncio.Task[None]] = set()
        self._secret = secret_of(keys / SECRET_FILE)
        self._spare = {one.wearer.id: one for one in play.spare(IN_STOCK)}

    def _seed(self, transmitter: str) -> bytes:
        return hmac.new(self._secret, transmitter.encode(), hashlib.sha256).digest()

    # ---- the shelf ---------------------------------------------------------------------------------------

    def stock(self) -> None:
        """Put kits on the shelf; what a folder that is kept has elsewhere comes back clean. Waits."""
        run, clock = self._center.desk, self._center.desk.room.clock
        books = run.room.desk.books
        books.center_name = books.center_name or NAME
        books.center_telephone = books.center_telephone or TELEPHONE
        book = books.kits
        for kit in list(book.kits.values()):
            if kit.transmitter in self._spare and kit.stream is not None:
                self._over(kit.stream)
        run.decide(
            lambda: [draft for name in self._spare for draft in self._back(name)], CENTER, clock.wall()
        )

    def _over(self, stream: StreamId) -> None:
        """The period of the last demo: its heart is gone."""
        with contextlib.suppress(EnrollmentError):  # over already
            self._center.service.end(stream)

    def _back(self, name: str) -> list[Draft]:
        book, one = self._center.desk.room.desk.books.kits, self._spare[name]
        kit = book.kits.get(name)
        if kit is None:
            key = Ed25519PrivateKey.from_private_bytes(self._seed(name)).public_key()
            raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
            return kit_deeds.add(
                book, name, one.source.layout, key.public_bytes(*raw), MODEL, f"SN-{name[2:]}"
            )
        shelf: dict[State, list[str]] = {
            State.ASSIGNED: [kit_book.DUE, kit_book.RETURNED, kit_book.CLEANED],
            State.WORN: [kit_book.DUE, kit_book.RETURNED, kit_book.CLEANED],
            State.DUE: [kit_book.RETURNED, kit_book.CLEANED],
            State.RETURNED: [kit_book.CLEANED],
            State.CLEANING: [kit_book.CLEANED],
            State.LOST: [kit_book.FOUND, kit_book.CLEANED],
        }
        return [Draft(kind, f"kit {name}", {"transmitter": name}) for kind in shelf.get(kit.state, [])]

    def _wears(self, name: str, stream: StreamId) -> bool:
        kit = self._center.desk.room.desk.books.kits.kits[name]
        return kit.stream == stream and kit.state in (State.ASSIGNED, State.WORN)

    # ---- in use ------------------------------------------------------------------------------------------

    def begin(self, stage: Stage, duty: DemoDuty) -> None:
        """Kits live from now on; on the event loop."""
        loop = asyncio.get_running_loop()

        def heard(deed: Deed) -> None:
            body = cast("Mapping[str, Any]", deed.body)
            if deed.kind in (kit_book.ASSIGNED, kit_book.FOLLOWED) and body["transmitter"] in self._spare:
                wear = self._worn(stage, duty, body["transmitter"], body["stream"])
                loop.call_soon(lambda: self._tasks.add(loop.create_task(wear)))
            elif deed.kind == kit_book.DUE and body["transmitter"] in self._spare:
                loop.call_soon(stage.leave, body["transmitter"])

        self._center.desk.room.desk.listeners.append(heard)

    async def _worn(self, stage: Stage, duty: DemoDuty, name: str, stream: StreamId) -> None:
        """A patient puts it on, once somebody of the shift watches for them: the first sample is watched."""
        desk, one = self._center.desk.room.desk, self._spare[name]
        told = circumstances(desk.books, [stream], self._practice)
        desk.commit(told, CENTER, self._center.desk.room.clock.wall())
        center = self._center
        key = Credentials(name, stream, self._seed(name), center.link_url, center.certificate.read_text())
        await duty.ready([stream])
        if not self._wears(name, stream):
            return  # ended before it began
        fresh = next(each for each in play.spare(IN_STOCK) if each.wearer.id == name)
        stage.join(Enrolled(one.wearer, key.identity()), fresh.source)
        if isinstance(fresh.source, CuedSource):
            duty.joins(stream, fresh.source)
