"""Which findings hold: one rule for the record, the live wall and the history.

Atrial fibrillation is told up to minutes after its onset. What was said of the atria and of conduction until
then does not hold; nor does what was said of beats within ventricular fibrillation. A finding is overruled
when at least half of it lies within. Nor do the atria fibrillate while the ventricles do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from einthoven.ecg.findings import Finding
from einthoven.ecg.kinds import (
    ANALYSIS_LOST,
    ASYSTOLE,
    ATRIAL_BIGEMINY,
    AV_BLOCK_1,
    AV_BLOCK_2_TO_1,
    AV_BLOCK_HIGH_GRADE,
    BY_CODE,
    FREQUENT_SUPRAVENTRICULAR,
    JUNCTIONAL,
    MOBITZ_1,
    MOBITZ_2,
    SINUS_ARRHYTHMIA,
    SINUS_BRADYCARDIA,
    SINUS_RHYTHM,
    SINUS_TACHYCARDIA,
    SUPRAVENTRICULAR_COUPLET,
    SUPRAVENTRICULAR_RUN,
    SVT,
    UNDETERMINED,
    Kind,
)

ATRIAL_KINDS = frozenset(
    {
        SVT,
        SUPRAVENTRICULAR_RUN,
        SUPRAVENTRICULAR_COUPLET,
        ATRIAL_BIGEMINY,
        FREQUENT_SUPRAVENTRICULAR,
        SINUS_BRADYCARDIA,
        SINUS_RHYTHM,
        SINUS_TACHYCARDIA,
        SINUS_ARRHYTHMIA,
        AV_BLOCK_1,
        MOBITZ_1,
        MOBITZ_2,
        AV_BLOCK_2_TO_1,
        AV_BLOCK_HIGH_GRADE,
        JUNCTIONAL,
        UNDETERMINED,
    }
)
"""What cannot be said in atrial fibrillation and flutter."""


def overrules(kind: Kind) -> bool:
    """Whether findings of a kind overrule others."""
    return kind.stage in ("afib", "flutter", "fibrillation") and kind.code != ASYSTOLE


OVERRULING = frozenset(code for code, kind in BY_CODE.items() if overrules(kind))
"""Codes of the kinds that overrule others."""


def overruled_by(findings: Sequence[Finding]) -> list[Finding | None]:
    """For each finding the one that overrules it, of several the one told first; None where it holds.

    Args:
        findings: all of one stream or record that touch the stretch; a withdrawn one overrules nothing and is
            overruled by nothing.
    """
    told = sorted((one for one in findings if not one.withdrawn and overrules(one.kind)), key=_told)
    ventricles = [one for one in told if one.kind.stage == "fibrillation"]
    atria = [one for one in told if one.kind.stage != "fibrillation"]
    return [None if one.withdrawn else _overruling(one, ventricles, atria) for one in findings]


def settled(findings: Sequence[Finding]) -> list[Finding]:
    """Without what others overrule."""
    return [one for one, by in zip(findings, overruled_by(findings), strict=True) if by is None]


def _told(finding: Finding) -> tuple[int, int]:
    return finding.opened_told, finding.start


def _overruling(finding: Finding, ventricles: Sequence[Finding], atria: Sequence[Finding]) -> Finding | None:
    kind = finding.kind
    if kind.stage == "afib":
        return _around(finding, ventricles)
    if kind.stage != "rhythm" or kind.code == ANALYSIS_LOST:
        return None
    found = _around(finding, ventricles)
    if kind.code in ATRIAL_KINDS:
        also = _around(finding, atria)
        if found is None or (also is not None and _told(also) < _told(found)):
            return also
    return found


def _around(finding: Finding, others: Sequence[Finding]) -> Finding | None:
    """The first of the others that has at least half of a finding within it."""
    stop = math.inf if finding.end is None else finding.end
    for other in others:
        end = math.inf if other.end is None else other.end
        if math.isinf(stop):
            inside = math.isinf(end) and other.start <= finding.start
        else:
            inside = min(stop, end) - max(finding.start, other.start) >= (stop - finding.start) / 2
        if inside:
            return other
    return None
