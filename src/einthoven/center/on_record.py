"""What is told of findings: those that hold, and those that somebody may have seen and that do not hold.

What was shown stays on record. Of two sorts of findings nobody needs to hear again: what was overruled before
it was told, and what gave way to an analysis that found the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from einthoven.center.found import EARLY, NEAR_S, LiveFinding, Reason, Withdrawal
from einthoven.ecg.findings import Finding
from einthoven.ecg.kinds import (
    BRADYCARDIA,
    SINUS_BRADYCARDIA,
    SINUS_TACHYCARDIA,
    SVT,
    TACHYCARDIA,
    VENTRICULAR_FIBRILLATION,
    VENTRICULAR_FLUTTER,
)
from einthoven.ecg.settle import overruled_by
from einthoven.ecg.words import in_full

LIKE: tuple[Collection[int], ...] = (
    EARLY,
    frozenset({BRADYCARDIA, SINUS_BRADYCARDIA}),
    frozenset({TACHYCARDIA, SINUS_TACHYCARDIA, SVT}),
    frozenset({VENTRICULAR_FIBRILLATION, VENTRICULAR_FLUTTER}),
)
"""Kinds that one finding may have one after the other."""


def like(kind: int) -> Collection[int]:
    """The codes of the kinds that a finding of ``kind`` may be known by."""
    return next((codes for codes in LIKE if kind in codes), frozenset({kind}))


def as_told(findings: Iterable[LiveFinding]) -> list[LiveFinding]:
    """Findings of one stream, each as it stands beside the others, in the order given.

    Args:
        findings: all that touch a stretch, those that gave way among them or not.
    """
    kept = _without_doubles(list(findings))
    standing = [one for one in kept if one.withdrawal is None]
    overruled = {
        one.key: by
        for one, by in zip(standing, overruled_by([one.finding for one in standing]), strict=True)
        if by is not None
    }
    told = []
    for one in kept:
        by = overruled.get(one.key)
        if by is None:
            told.append(one)
        elif _was_shown(one.finding, by):
            sample = max(by.opened_told, one.finding.closed_told or 0 if one.start < by.start else 0)
            end = max(one.start, sample) if one.end is None else one.end
            taken_back = Withdrawal(Reason.OVERRULED, sample, by=in_full(by.kind))
            told.append(replace(one, finding=replace(one.finding, end=end), taken_back=taken_back))
    return told


def _was_shown(one: Finding, by: Finding) -> bool:
    """Whether a finding was told before the one that overrules it, or held when it was told."""
    if one.opened_told < by.opened_told:
        return True
    return one.start < by.start and one.closed_told != one.opened_told


def _without_doubles(findings: Sequence[LiveFinding]) -> list[LiveFinding]:
    """Without what gave way to the same: of several that gave way to nothing the first is told."""
    gave_way = [one for one in findings if one.taken_back is not None and one.taken_back.gave_way]
    if not gave_way:
        return list(findings)
    others = [one for one in findings if one.taken_back is None or not one.taken_back.gave_way]
    alone = set()
    for one in sorted(gave_way, key=lambda one: (one.told, one.key)):
        if not any(_the_same(one, other) for other in others):
            others.append(one)
            alone.add(one.key)
    hidden = {one.key for one in gave_way} - alone
    return [one for one in findings if one.key not in hidden]


def _the_same(one: LiveFinding, other: LiveFinding) -> bool:
    near = NEAR_S * one.rate_hz
    return (
        other.finding.kind.code in like(one.finding.kind.code)
        and (other.end is None or other.end >= one.start - near)
        and other.start <= (one.start if one.end is None else one.end) + near
    )
