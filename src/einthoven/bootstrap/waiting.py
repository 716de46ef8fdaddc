"""Changes of findings that are not known to be kept: in order, of each finding its latest word, bounded."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice, takewhile
from threading import Lock

from einthoven.base.ids import StreamId
from einthoven.center.found import Key, News, Told

WAITING_MAX = 200_000
"""Changes that wait at the most, some 150 MB: hours of findings of ten thousand patients, of which only the
latest word each is held."""
LET_GO = 10
"""One part in so many is let go at a time where more would wait: the sorting is paid for rarely."""
LEAST_PRESSING = {"none": 0, "low": 1, "medium": 2, "high": 3}
NO_FINDING = 4


class WaitingNews:
    """A queue in which a finding's later word takes the place of its earlier one.

    Not where something between them says what of the stream holds at all, nor of what is being handed over,
    nor where the number is used for another onset: those the facts must hear of one after the other. The
    ward's thread calls ``add``, ``hand_over`` and what asks; the facts' thread ``passed``.

    Attributes:
        last: number of the newest change that was ever added.
    """

    def __init__(self, most: int = WAITING_MAX) -> None:
        self._most = most
        self._news: dict[int, News] = {}
        self._place: dict[tuple[StreamId, Key], int] = {}
        self._fixed: dict[StreamId, int] = {}
        self._handed = -1
        self._lock = Lock()
        self.last = -1

    def __len__(self) -> int:
        return len(self._news)

    def add(self, news: Iterable[News]) -> int:
        """Put changes at the end, or in their place; how many others had to be let go for them."""
        with self._lock:
            for one in news:
                self._add(one)
            return self._let_go() if len(self._news) > self._most else 0

    def _add(self, one: News) -> None:
        if isinstance(one, Told):
            at = (one.stream, one.finding.key)
            place = self._place.get(at, -1)
            before = self._news.get(place)
            free = place > max(self._handed, self._fixed.get(one.stream, -1))
            if free and isinstance(before, Told) and before.finding.start == one.finding.start:
                self._news[place] = one
                return
            self._place[at] = self.last + 1
        else:
            self._fixed[one.stream] = self.last + 1
        self.last += 1
        self._news[self.last] = one

    def _let_go(self) -> int:
        """The least pressing, the oldest of like ones first."""
        idle = [(_pressing(one), number) for number, one in self._news.items() if number > self._handed]
        gone = sorted(idle)[: len(self._news) - self._most + self._most // LET_GO]
        for _, number in gone:
            self._drop(number)
        return len(gone)

    def _drop(self, number: int) -> None:
        one = self._news.pop(number)
        if isinstance(one, Told) and self._place.get((one.stream, one.finding.key)) == number:
            del self._place[one.stream, one.finding.key]
        elif self._fixed.get(one.stream) == number:
            del self._fixed[one.stream]

    def hand_over(self, count: int) -> list[News]:
        """The first so many, which are under way from now until ``passed``."""
        with self._lock:
            batch = list(islice(self._news.items(), count))
            self._handed = batch[-1][0] if batch else -1
            return [one for _, one in batch]

    def passed(self, kept: bool) -> None:
        """What was handed over is done with, or waits again."""
        with self._lock:
            if kept:
                for number in list(takewhile(lambda number: number <= self._handed, self._news)):
                    self._drop(number)
            self._handed = -1

    def reached(self, number: int) -> bool:
        """Whether nothing waits that was added as this number or before."""
        with self._lock:
            return next(iter(self._news), number + 1) > number


def _pressing(one: News) -> int:
    return LEAST_PRESSING[one.finding.priority] if isinstance(one, Told) else NO_FINDING
