"""Which verdicts a second reader reads again: every emergent one, and of the others a drawn share.

The draw is reproducible: it comes of a seed, the case, the reader and the verdict, so that anybody may check
that nobody chose.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from einthoven.base.errors import InputError
from einthoven.review.case import Verdict
from einthoven.review.facts import Tier

SHARES: Mapping[Verdict, float] = {
    Verdict.TRUE: 0.05,
    Verdict.ARTEFACT: 0.10,
    Verdict.NOT_MEETING: 0.10,
    Verdict.RELABEL: 0.10,
}
"""Share that is read again; what ends without a call is read more often, for nobody else will look at it."""


@dataclass(frozen=True, slots=True)
class SamplingPlan:
    """How verdicts are drawn.

    Attributes:
        seed: of the center; changing it changes what is drawn from then on.
        by_verdict: share of each verdict, 0 … 1.
        by_reader: share of single readers, such as new ones; the larger of both counts.
    """

    seed: str = "einthoven"
    by_verdict: Mapping[Verdict, float] = field(default_factory=lambda: SHARES)
    by_reader: Mapping[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check it.

        Raises:
            InputError: a share is none.
        """
        shares = [(f"verdict {key}", value) for key, value in self.by_verdict.items()]
        shares += [(f"staff {reader}", value) for reader, value in self.by_reader.items()]
        for name, share in shares:
            if not 0 <= share <= 1:
                raise InputError(f"sampling: {name}: share {share:g} is not within 0 … 1")

    def share(self, verdict: Verdict, reader: int) -> float:
        """Share of a reader's verdicts of one kind that is read again."""
        return max(self.by_verdict.get(verdict, 0.0), self.by_reader.get(reader, 0.0))


@dataclass(frozen=True, slots=True)
class Draw:
    """Whether a verdict is read again, and what was compared."""

    due: bool
    why: str
    share: float
    draw: float


def drawn(seed: str, case: int, reader: int, verdict: Verdict) -> float:
    """A number of [0, 1) that nobody can choose: 53 bits of SHA-256."""
    text = f"{seed}|{case}|{reader}|{verdict.value}"
    return (int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 11) / 2**53


def draw(plan: SamplingPlan, case: int, tier: Tier, reader: int, verdict: Verdict) -> Draw:
    """Whether the verdict that ``reader`` gives on a case is read again."""
    share, number = plan.share(verdict, reader), drawn(plan.seed, case, reader, verdict)
    if tier is Tier.EMERGENT:
        return Draw(True, "every emergent case is read twice", share, number)
    compared = f"{number:.4f} was drawn, {share:g} of {verdict} verdicts of staff {reader} are read twice"
    return Draw(number < share, compared, share, number)
