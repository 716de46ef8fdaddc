"""One finding of a stream as the live analysis tells it, and what may be said of it afterwards."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple, get_args

from einthoven.base.instants import Instant
from einthoven.base.thresholds import Thresholds
from einthoven.ecg.analyze import made_by
from einthoven.ecg.findings import Finding, named_values, strip
from einthoven.ecg.kinds import (
    BY_CODE,
    NSVT,
    SUSTAINED_VT,
    TORSADE,
    VENTRICULAR_TACHYCARDIA,
    Kind,
    Priority,
    Stage,
)
from einthoven.ecg.words import in_full

STAGES: tuple[str, ...] = get_args(Stage)
"""Their places are kept in the store: only ever add at the end."""
State = Literal["open", "closed", "withdrawn", "interrupted"]
NEAR_S = 2.0
"""Two findings of a kind whose onsets are nearer than this are one, found by two analyses."""


EARLY = frozenset({VENTRICULAR_TACHYCARDIA, NSVT, SUSTAINED_VT, TORSADE})
"""Kinds that are told on the first classes of beats."""


class Key(NamedTuple):
    """What a finding is known by within its stream: first sample of its run, stage, the stage's number."""

    run: int
    stage: int
    seq: int


@dataclass(frozen=True, slots=True)
class Made:
    """By what a finding was made, as kept with it.

    Attributes:
        by: version of the analysis and of the table of thresholds.
        rule: version of the rule; None where it was not kept.
        limits: what its values were compared with, by name of the value.
    """

    by: str
    rule: int | None
    limits: Mapping[str, float]


NOT_KEPT = Made("", None, {})


class Reason(StrEnum):
    """Why a finding that was told does not hold; the names are kept in the store."""

    RECLASSED = "reclassed"
    NOT_BORNE_OUT = "not-borne-out"
    WENT_ON = "went-on"
    LATE = "late"
    LOST = "lost"
    REPLAYED = "replayed"
    OVERRULED = "overruled"


WORDS: Mapping[Reason, str] = {
    Reason.RECLASSED: "the final classes of its beats do not bear it out",
    Reason.NOT_BORNE_OUT: "what came after it does not bear it out",
    Reason.WENT_ON: "told where the samples ended for a while; those that followed do not bear it out",
    Reason.LATE: "samples that came late do not bear it out",
    Reason.LOST: "the samples it was found in were analysed anew and do not bear it out",
    Reason.REPLAYED: "not found again when the stored samples were gone through anew",
    Reason.OVERRULED: "overruled by a finding that was told later",
}


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """That a finding which was told does not hold.

    Attributes:
        reason: why.
        sample: of the step that took it back, where samples say when.
        at: center time at which that was kept, where it was.
        by: the finding that overrules it, as people write it, or ``""``.
        gave_way: another analysis went through its samples: what that found stands in its place.
    """

    reason: Reason
    sample: int | None = None
    at: Instant | None = None
    by: str = ""
    gave_way: bool = False

    @property
    def words(self) -> str:
        """The reason as people write it."""
        return f"overruled by {self.by}" if self.by else WORDS[self.reason]


class Maker:
    """What findings are made by: this analysis, with one table of thresholds."""

    def __init__(self, thresholds: Thresholds) -> None:
        self.by = made_by(thresholds)
        limits = thresholds.values()
        self._made = {
            kind.code: Made(self.by, kind.version, kind.compared(limits)) for kind in BY_CODE.values()
        }

    def of(self, kind: Kind) -> Made:
        """What a finding of a kind is made by."""
        return self._made[kind.code]


@dataclass(frozen=True, slots=True)
class LiveFinding:
    """One finding of a stream as it is now.

    Attributes:
        key: what it is known by.
        finding: what the stages told, after the last row.
        late: found in samples that came late.
        rate_hz: sampling rate, for what is reckoned in seconds.
        interrupted: it was open when the analysis began anew without it: its end is not known.
        made: by what it was made.
        taken_back: why it does not hold, where something else than its stage says so.
        was: codes of the kinds under which it was told before it took this one, in order.
    """

    key: Key
    finding: Finding
    late: bool
    rate_hz: float
    interrupted: bool = False
    made: Made = NOT_KEPT
    taken_back: Withdrawal | None = None
    was: tuple[int, ...] = ()

    @property
    def id(self) -> str:
        """A name for outside, unique within the stream."""
        return f"{self.key.run}-{self.key.stage}-{self.key.seq}"

    @property
    def kind(self) -> str:
        """Name of its kind."""
        return self.finding.kind.name

    @property
    def words(self) -> str:
        """Its kind as people write it."""
        return in_full(self.finding.kind)

    @property
    def told_as(self) -> list[str]:
        """The kinds under which it was told before, as people write them."""
        return [in_full(BY_CODE[code]) for code in self.was]

    @property
    def priority(self) -> Priority:
        """Of the alarm it may raise (IEC 60601-1-8)."""
        return self.finding.kind.priority

    @property
    def start(self) -> int:
        """Sample of its onset."""
        return self.finding.start

    @property
    def end(self) -> int | None:
        """Sample of its end, None while open."""
        return self.finding.end

    @property
    def told(self) -> int:
        """Sample of the step that told it first."""
        return self.finding.opened_told

    @property
    def state(self) -> State:
        """Open, closed, interrupted (its end is not known), or withdrawn: told, and not so."""
        if self.withdrawal is not None:
            return "withdrawn"
        if self.interrupted:
            return "interrupted"
        return "open" if self.finding.end is None else "closed"

    @property
    def withdrawal(self) -> Withdrawal | None:
        """Why and when it was taken back; None where it holds."""
        if self.taken_back is not None or not self.finding.withdrawn:
            return self.taken_back
        early = self.finding.kind.code in EARLY
        return Withdrawal(Reason.RECLASSED if early else Reason.NOT_BORNE_OUT, self.finding.closed_told)

    @property
    def values(self) -> Mapping[str, float | str | None]:
        """The values compared, by name."""
        return named_values(self.finding)

    @property
    def strip(self) -> tuple[int, int]:
        """First and last sample of the piece of ECG that shows it."""
        first, last = strip(self.finding, self.rate_hz)
        return first, last

    @property
    def rule(self) -> str:
        """The rule that found it."""
        return self.finding.kind.rule

    @property
    def version(self) -> str:
        """Versions of that rule (``?`` where it was not kept), of the analysis and of the thresholds."""
        return f"{'?' if self.made.rule is None else self.made.rule}/{self.made.by}"

    @property
    def limits(self) -> Mapping[str, float]:
        """What the values were compared with, by name of the value."""
        return self.made.limits


@dataclass(frozen=True, slots=True)
class Told:
    """A finding of a stream is new or changed."""

    stream: int
    finding: LiveFinding


@dataclass(frozen=True, slots=True)
class Replaced:
    """Findings of a stream with an onset in ``[start, stop)`` hold no longer, but for those of ``run``
    (None: not even those)."""

    stream: int
    start: int
    stop: int
    run: int | None

    @property
    def reason(self) -> Reason:
        """Why they do not hold."""
        return Reason.LOST if self.run is None else Reason.LATE


@dataclass(frozen=True, slots=True)
class Gone:
    """These findings of a stream hold no longer: another analysis passes through what they were found in."""

    stream: int
    keys: frozenset[Key]


@dataclass(frozen=True, slots=True)
class Renewed:
    """After a restart: samples that a life of the center that ended may have seen are gone through again.

    Of the findings with an onset in ``[start, stop)`` that were told at sample ``told`` or later, only those
    of ``keys`` hold, and what is told from now on.
    """

    stream: int
    start: int
    stop: int
    told: int
    keys: frozenset[Key]


@dataclass(frozen=True, slots=True)
class OnlyOpen:
    """After a restart: these findings of a stream are open and no others; what was open besides was
    interrupted."""

    stream: int
    keys: frozenset[Key]


class Asked(NamedTuple):
    """Findings that are asked for: those that touch ``[start, stop)``, by onset and key.

    Attributes:
        limit: the first so many.
        gave_way: also those that gave way to a later analysis.
        kinds: only of these kinds; None for all.
        after: only behind that onset and key; None from the first.
    """

    start: int = 0
    stop: int = 2**62
    limit: int = 10_000
    gave_way: bool = False
    kinds: Collection[int] | None = None
    after: tuple[int, Key] | None = None


News = Told | Replaced | Gone | Renewed | OnlyOpen
