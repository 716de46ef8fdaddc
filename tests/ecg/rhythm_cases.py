"""Hearts written as text, and what the rhythm stage says of them.

A beat is a letter and the interval before it in milliseconds: N, S, V, F, Q, P (paced); small letters are
doubtful beats. Behind it, in any order: ``p180`` a P wave seen 180 ms before, ``-`` none there, ``b2`` two P
waves since the beat before (16 more for each of them that was only reckoned, 256 more when they march
through), ``w140`` width, ``~`` another shape than the beat before, ``=`` the same, ``^`` and ``v`` pointing
up and down. ``5*(N800 V400)`` repeats. Sampling is at 250 Hz.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from einthoven.base.thresholds import Thresholds, shipped
from einthoven.ecg.findings import Finding
from einthoven.ecg.kinds import SINUS_RHYTHM
from einthoven.ecg.rhythm import Seconds, blank_beats, find

RATE_MHZ = 250_000
CODES = {"N": 1, "S": 9, "V": 5, "F": 6, "Q": 13, "P": 12}
_BEAT = re.compile(r"([NSVFQP])(\d+)((?:p\d+|-|b\d+|w\d+|[~=^v])*)\Z", re.IGNORECASE)
_MORE = re.compile(r"p(\d+)|b(\d+)|w(\d+)|([-~=^v])")


def spelled(text: str) -> list[str]:
    """The beats of a text, repeats written out."""
    pattern = re.compile(r"(\d+)\*(?:\(([^()]*)\)|(\S+))")
    while match := pattern.search(text):
        text = text.replace(match[0], " ".join([match[2] or match[3]] * int(match[1])), 1)
    return text.split()


def heart(text: str) -> NDArray[np.void]:
    """``rhythm.BEAT`` rows of a text."""
    words = spelled(text)
    rows = blank_beats(np.zeros(len(words), np.int64), np.zeros(len(words), np.int64), RATE_MHZ)
    at_ms = 0
    for row, word in zip(rows, words, strict=True):
        match = _BEAT.match(word)
        assert match is not None, word
        at_ms += int(match[2])
        row["sample"], row["rr_ms"] = at_ms * 250 // 1000, int(match[2])
        row["code"] = row["early"] = CODES[match[1].upper()]
        row["conf"] = 1.0 if match[1].isupper() else 0.1
        row["width_ms"] = 140 if match[1].upper() == "V" else 90
        for pr, between, width, sign in _MORE.findall(match[3]):
            if pr:
                row["p_score"], row["pr_ms"] = 1.0, int(pr)
                row["p_between"] = max(1, row["p_between"])
            elif between:
                row["p_between"] = int(between)
            elif width:
                row["width_ms"] = int(width)
            elif sign == "-":
                row["p_score"], row["p_between"] = 0.0, 0
            elif sign in "~=":
                row["shape"] = 0.6 if sign == "~" else 0.02
            else:
                row["peak_uv"] = 900.0 if sign == "^" else -900.0
    rows["rr_ms"][:1] = 0
    return rows


def quiet(rows: NDArray[np.void], more_s: int = 0) -> Seconds:
    """Good seconds up to the last beat, and some more."""
    last = int(rows["sample"][-1]) if len(rows) else 0
    return Seconds.quiet(last // 250 + 1 + more_s)


def found(
    text: str,
    thresholds: Thresholds | None = None,
    af: bool = False,
    seconds: Seconds | None = None,
    end: bool = True,
    extremes: bool = False,
) -> list[Finding]:
    """Findings of a heart; extreme rates, which come with many others, only when asked for."""
    rows = heart(text)
    known = quiet(rows) if seconds is None else seconds
    if af:
        known.af_open[:] = 1
    every = find(rows, known, RATE_MHZ, shipped() if thresholds is None else thresholds, end)
    return [f for f in every if extremes or f.kind.rule != "extreme-rate"]


def said(findings: list[Finding], sinus: bool = False) -> list[str]:
    """``kind onset-end`` in milliseconds; a trailing dash alone while open. Sinus rhythm, which most hearts
    have, is left out, or else alone."""
    said = [f"{f.kind.name} {f.start * 4}-{'' if f.end is None else f.end * 4}" for f in findings]
    return [line for line, f in zip(said, findings, strict=True) if (f.kind.code == SINUS_RHYTHM) == sinus]
