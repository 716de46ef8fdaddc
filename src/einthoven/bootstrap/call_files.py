"""Recordings that are handed in: looked at, put on file, read as the sound of a call (R6)."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import NotFoundError, RecordError, StoreDamagedError
from einthoven.center.call_ports import FileRoom, HandedIn, Sounds
from einthoven.edges.exchange.call_files import looked_at, sound_of
from einthoven.edges.store.disk import Disk
from einthoven.edges.store.sound_store import MAX_BYTES, SoundStore
from einthoven.edges.web.file_door import Kept

REMEMBERED: Final = 200
"""Recordings of which it is told how far they are read."""


@dataclass(slots=True)
class _Reading:
    handed: HandedIn
    samples: int = 0
    state: str = "reading"
    why: str = ""


class FiledRecordings:
    """Recordings on file; implements ``center.call_ports.FiledSounds``.

    Args:
        disk: of the data folder.
    """

    def __init__(self, disk: Disk) -> None:
        self.store = SoundStore(disk)

    def again(self, digest: str, channel: int) -> tuple[int, Sounds]:
        """Rate and sound of a recording that was handed in.

        Raises:
            NotFoundError: there is none.
            RecordError: its bytes are not what they were, or no sound.
        """
        name = f"recording {digest[:12]}"
        try:
            with io.BufferedReader(self.store.open(digest)) as file:
                return looked_at(file, name, channel).rate, self.sound(digest, name, channel)
        except StoreDamagedError as error:
            raise RecordError(str(error)) from error

    def sound(self, digest: str, name: str, channel: int) -> Iterator[NDArray[np.float64]]:
        """The sound of a recording; read as it is asked for."""
        with io.BufferedReader(self.store.open(digest)) as file:
            yield from sound_of(file, name, channel)


class CallFiles:
    """Takes recordings; implements ``edges.web.telephone_files.FileDoor``.

    Args:
        filed: where they lie.
        room: the center's calls.
    """

    def __init__(self, filed: FiledRecordings, room: FileRoom) -> None:
        self._filed = filed
        self._room = room
        self._reading: OrderedDict[int, _Reading] = OrderedDict()

    @property
    def most(self) -> int:
        """Bytes of the largest that is taken."""
        return MAX_BYTES

    def keep(self, content: bytes, name: str, channel: int) -> Kept:
        """Look at a recording and put it on file.

        Raises:
            InputError: it is no sound that is taken; nothing is kept then.
            StoreError, OSError: it could not be written.
        """
        found = looked_at(io.BytesIO(content), name, channel)
        digest = self._filed.store.put(content, name)
        return Kept(digest, found.rate, found.channels, found.seconds, found.missing_s)

    def filed(self, digest: str) -> int | None:
        """The call that the same bytes came in as before."""
        return self._room.filed(digest)

    def begin(self, handed: HandedIn) -> int:
        """Make the call, and let it be read.

        Raises:
            RefusedError: there is no room for it.
        """
        reading = _Reading(handed)
        number = self._room.file(handed, self._told(reading))
        self._reading[number] = reading
        while len(self._reading) > REMEMBERED:
            self._reading.popitem(last=False)
        return number

    def state(self, number: int) -> dict[str, object]:
        """How far a recording is read: reading, done, damaged.

        Raises:
            NotFoundError: no such call of a recording since the center started.
        """
        one = self._reading.get(number)
        if one is None:
            raise NotFoundError(f"call {number} is no recording that is being read")
        handed = one.handed
        return {
            "call": number,
            "name": handed.name,
            "rate": handed.rate,
            "seconds": round(handed.seconds, 3),
            "read_s": round(one.samples / handed.rate, 3),
            "state": one.state,
            "why": one.why,
        }

    def _told(self, reading: _Reading) -> Iterator[NDArray[np.float64]]:
        """The sound, counted as it is read; on the room's thread."""
        handed = reading.handed
        try:
            for block in self._filed.sound(handed.digest, handed.name, handed.channel):
                reading.samples += len(block)
                yield block
        except (RecordError, StoreDamagedError, NotFoundError, OSError) as error:
            reading.state, reading.why = "damaged", str(error)
            raise error if isinstance(error, RecordError) else RecordError(str(error)) from error
        reading.state = "done"
