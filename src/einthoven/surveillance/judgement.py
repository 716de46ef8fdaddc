"""A judgement with its reasons: whether somebody or something is fit, and the sentences that say why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule found.

    Attributes:
        ok: whether every condition holds.
        reasons: a sentence each: what fails, or, where nothing does, what it rests on.
        rule: name of the rule.
        version: of the rule; goes up whenever it judges otherwise.
    """

    ok: bool
    reasons: tuple[str, ...]
    rule: str
    version: int = 1

    @property
    def words(self) -> str:
        """The reasons in one line."""
        return "; ".join(self.reasons)


def judged(rule: str, wrong: Iterable[str], right: Iterable[str], version: int = 1) -> Judgement:
    """Fit if nothing is wrong; its reasons are what is wrong, else what is right."""
    faults = tuple(wrong)
    return Judgement(not faults, faults or tuple(right), rule, version)
