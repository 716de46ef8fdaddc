"""Quality control: how often second readers agree, by who read first and by kind of case (``sampling``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from einthoven.base.deeds import Deed
from einthoven.base.instants import DAY, Instant

KEPT_DAYS = 400
"""Days whose counts are kept: a year and what a report of it needs."""
DISAGREED_KEPT = 50
"""Readings that differed and are listed, the last ones."""


@dataclass(slots=True)
class Counts:
    """Verdicts of one kind.

    Attributes:
        given: how many.
        due: of those, were to be read again.
        read: of these, were.
        agreed: of those, with the same verdict.
    """

    given: int = 0
    due: int = 0
    read: int = 0
    agreed: int = 0

    def __iadd__(self, other: Counts) -> Counts:
        self.given += other.given
        self.due += other.due
        self.read += other.read
        self.agreed += other.agreed
        return self


@dataclass(frozen=True, slots=True)
class Differed:
    """Two readers said different things of one case."""

    case: int
    at: Instant
    reader: int
    first: str
    by: int
    second: str
    group: str


Key = tuple[int, int, str]
"""Day of the verdict (UTC, since 1970), who gave it, group of the case."""


@dataclass(slots=True)
class AgreementBook:
    """Counts of verdicts and second readings, by day, reader and group.

    Attributes:
        counts: of the last ``KEPT_DAYS``.
        differed: readings that differed, the last ones.
    """

    counts: dict[Key, Counts] = field(default_factory=dict)
    differed: list[Differed] = field(default_factory=list)
    _groups: dict[int, str] = field(default_factory=dict)
    _given: dict[int, Key] = field(default_factory=dict)
    _due: dict[int, tuple[Key, str]] = field(default_factory=dict)
    _day: int = 0

    KINDS: ClassVar[frozenset[str]] = frozenset(
        {
            "case.opened",
            "case.verdict",
            "case.undone",
            "case.overread_due",
            "case.overread",
            "case.archived",
        }
    )

    def apply(self, deed: Deed) -> None:
        """Take one deed; other kinds change nothing."""
        body = cast("Mapping[str, Any]", deed.body)
        if deed.kind == "case.archived":
            for number in body["cases"]:
                for table in (self._groups, self._given, self._due):
                    cast("dict[int, object]", table).pop(number, None)
            return
        if deed.kind not in self.KINDS:
            return
        case = body["case"]
        if deed.kind == "case.opened":
            self._groups[case] = body["group"]
        elif deed.kind == "case.verdict":
            self._given[case] = key = (deed.at // DAY, body["by"], self._groups.get(case, ""))
            self._of(key).given += 1
        elif deed.kind == "case.undone":
            self._undone(case)
        elif deed.kind == "case.overread_due":
            key = self._given.get(case, (deed.at // DAY, body["reader"], self._groups.get(case, "")))
            self._due[case] = key, body["verdict"]
            self._of(key).due += 1
        else:
            self._read(case, body, deed.at)

    def _of(self, key: Key) -> Counts:
        if key[0] > self._day:
            self._day = key[0]
            for old in [one for one in self.counts if one[0] <= self._day - KEPT_DAYS]:
                del self.counts[old]
        return self.counts.setdefault(key, Counts())

    def _undone(self, case: int) -> None:
        key = self._given.pop(case, None)
        if key is not None:
            self._of(key).given -= 1
        due = self._due.pop(case, None)
        if due is not None:
            self._of(due[0]).due -= 1

    def _read(self, case: int, body: Mapping[str, Any], at: Instant) -> None:
        due = self._due.pop(case, None)
        if due is None:
            return
        key, first = due
        counts = self._of(key)
        counts.read += 1
        if body["agrees"]:
            counts.agreed += 1
            return
        self.differed.append(Differed(case, at, key[1], first, body["by"], body["verdict"], key[2]))
        del self.differed[:-DISAGREED_KEPT]

    def by_reader(self, since: Instant) -> dict[int, Counts]:
        """Counts of verdicts given since a day, by who gave them."""
        return self._sums(since, lambda key: key[1])

    def by_group(self, since: Instant) -> dict[str, Counts]:
        """The same by kind of case."""
        return self._sums(since, lambda key: key[2])

    def _sums(self, since: Instant, name: Callable[[Key], Any]) -> dict[Any, Counts]:
        found: dict[Any, Counts] = {}
        for key, counts in self.counts.items():
            if key[0] >= since // DAY:
                sums = found.setdefault(name(key), Counts())
                sums += counts
        return found
