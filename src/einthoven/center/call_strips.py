"""Strips of calls as they grow, and what is seen in one before anybody knows whose it is (R6, R26)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from einthoven.base.deeds import Json
from einthoven.base.instants import MILLISECOND, Instant
from einthoven.base.layout import INVALID_SAMPLE, Layout, Lead
from einthoven.base.thresholds import Thresholds
from einthoven.center.call_ear import Began, Heard, Whole
from einthoven.ecg.analyze import analyze
from einthoven.ecg.kinds import BY_NAME
from einthoven.ecg.words import in_full
from einthoven.escalation.criteria import judge, rank
from einthoven.escalation.measures import Context, Found
from einthoven.telephone.quality import RATE_HZ, Scale, Summary, as_json
from einthoven.telephone.receiver import Samples, millivolts

SHOWN_MOST: Final = 30 * RATE_HZ
"""Samples in one answer: what remains is asked for next."""
PLAIN: Final = Layout(float(RATE_HZ), (Lead("ECG", 1000.0),))
USUAL_HZ_PER_MV: Final = 100.0
"""Of most recorders of the trade (``telephone/profiles.toml``)."""
TIERS: Final = ("emergent", "urgent", "daily")


@dataclass(slots=True)
class StripSoFar:
    """A strip, from its first sample on.

    Attributes:
        revision: changes when what was told of its samples would read differently.
        found: what a quick look found once it is complete.
        stored: whether its sound is on the disk.
    """

    number: int
    opened_at: Instant
    centre_hz: float = 0.0
    scale: Scale = field(default_factory=Scale)
    summary: Summary | None = None
    closed_at: Instant | None = None
    found: list[dict[str, Json]] = field(default_factory=list)
    revision: int = 0
    stored: bool = True
    _hz: list[NDArray[np.float64]] = field(default_factory=list)
    _flags: list[NDArray[np.uint8]] = field(default_factory=list)

    def grow(self, more: Samples) -> None:
        """Samples came."""
        self._hz.append(more.hz)
        self._flags.append(more.flags)
        self.rescale(more.scale)

    def rescale(self, scale: Scale) -> None:
        """What is known of millivolts by now."""
        if scale != self.scale:
            self.scale = scale
            self.revision += 1

    @property
    def hz(self) -> NDArray[np.float64]:
        """Beside the centre, float64[n]."""
        self._hz = [np.concatenate([np.zeros(0), *self._hz])]
        return self._hz[0]

    @property
    def flags(self) -> NDArray[np.uint8]:
        """0 where received, uint8[n]."""
        self._flags = [np.concatenate([np.zeros(0, np.uint8), *self._flags])]
        return self._flags[0]

    def whole(self, done: Whole) -> None:
        """It is complete."""
        self.summary, self.opened_at, self.closed_at = done.summary, done.opened_at, done.closed_at
        self.rescale(done.summary.scale)

    @property
    def unfit(self) -> str:
        """Why it is not analysed; ``""`` where it is."""
        if self.scale.hz_per_mv is None:
            return "its size in millivolts is not known"
        if self.summary is not None and not self.summary.speed:
            return "the speed it was played at is not known"
        if self.summary is not None and self.summary.flat:
            return "the tone does not move: there is no ECG in it"
        return ""

    @property
    def assumed(self) -> str:
        """What a quick look assumes of it: ``size``, ``speed``, ``size and speed``; ``""`` for nothing."""
        size = ["size"] if self.scale.hz_per_mv is None else []
        speed = ["speed"] if self.summary is not None and not self.summary.speed else []
        return " and ".join(size + speed)

    def samples(self, lead: Lead, *, usual: bool = False) -> NDArray[np.int16]:
        """Its samples as a lead stores them, int16[n]; gaps are not measured. Only of one that is fit.

        Args:
            usual: where its size is not known take the usual one, for a look that decides nothing for good.
        """
        scale = self.scale
        if usual and scale.hz_per_mv is None:
            scale = replace(scale, hz_per_mv=USUAL_HZ_PER_MV)
        mv = millivolts(self.hz, scale)
        assert mv is not None
        values = np.clip(np.rint(mv * lead.gain + lead.baseline), -32767, 32767).astype(np.int16)
        values[self.flags != 0] = INVALID_SAMPLE
        return values

    def shown(self, since: int) -> dict[str, Any]:
        """From a sample on, as a page asks for it."""
        total = len(self.hz)
        first = min(max(0, since), total)
        part = slice(first, min(total, first + SHOWN_MOST))
        mv = millivolts(self.hz[part], self.scale)
        values = (self.hz[part] - self.scale.zero_hz if mv is None else mv) * 1000.0
        flags = self.flags[part]
        units = np.rint(values).astype(np.int64).tolist()
        done = self.summary
        return {
            "strip": self.number,
            "from": first,
            "total": total,
            "open": done is None,
            "unit": "mHz" if mv is None else "uV",
            "values": [None if flag else value for value, flag in zip(units, flags.tolist(), strict=True)],
            "flags": flags.tolist(),
            "centre_hz": round(self.centre_hz, 1),
            "speed": done.speed if done is not None else 0,
            "polarity": self.scale.polarity,
            "quality": self._gaps() if done is None else as_json(done),
            "scale": self.revision,
            "stored": self.stored,
            "found": self.found,
            "analysed": done is not None and not self.unfit,
            "why": self.unfit if done is not None else "it is still coming",
            "opened_ms": self.opened_at // MILLISECOND,
            "closed_ms": None if self.closed_at is None else self.closed_at // MILLISECOND,
        }

    def _gaps(self) -> dict[str, Any]:
        """Second by second while it grows: what is missing. How good the rest is, is told at its end."""
        flags = self.flags
        whole = flags[: len(flags) // RATE_HZ * RATE_HZ].reshape(-1, RATE_HZ)
        rows = enumerate(whole)
        return {
            "seconds": [
                {
                    "at": at,
                    "gap": round(float((row != 0).mean()), 3),
                    "lost": round(float((row == 1).mean()), 3),
                }
                for at, row in rows
            ]
        }


def gather(strips: dict[int, StripSoFar], heard: Sequence[Heard]) -> list[StripSoFar]:
    """Put what an ear told into strips; those that became complete."""
    done = []
    for one in heard:
        match one:
            case Began():
                strips[one.strip] = StripSoFar(one.strip, one.at, one.centre_hz)
            case Samples():
                strips[one.strip].grow(one)
            case Whole():
                strips[one.summary.number].whole(one)
                done.append(strips[one.summary.number])
            case _:
                pass
    return done


def look(strip: StripSoFar, thresholds: Thresholds) -> list[dict[str, Json]]:
    """What is found in a complete strip by the shipped criteria, gravest first; ``[]`` where there is no ECG.

    Beside the analysis of the patient's own ECG, which follows once it is known whose it is: it is there
    before anybody knows the name, knows nothing of the patient, and judges nothing for good. Where size or
    speed are not known, what it would show by the usual ones is looked for all the same, and said to be so:
    a stranger in danger must not wait for the kind of their recorder.
    """
    if not len(strip.hz) or (strip.summary is not None and strip.summary.flat):
        return []
    found, assumed = [], strip.assumed
    samples = strip.samples(PLAIN.leads[0], usual=True)
    analysis = analyze(samples[:, None], PLAIN, thresholds=thresholds)
    for one in analysis.findings:
        kind = BY_NAME.get(one["kind"])
        if kind is None or one["end_sample"] is None or one["evidence"].get("withdrawn"):
            continue
        seconds = (one["end_sample"] - one["start_sample"]) / RATE_HZ
        judged = judge(Found(one["kind"], one["evidence"]["values"], seconds), thresholds, Context())
        tier = judged.worst if judged.worst in TIERS else ""
        found.append(
            (
                -rank(tier or None),
                {
                    "kind": one["kind"],
                    "words": in_full(kind) + (f" ({assumed} assumed)" if assumed else ""),
                    "start_s": round(one["start_sample"] / RATE_HZ, 2),
                    "stop_s": round(one["end_sample"] / RATE_HZ, 2),
                    "tier": tier,
                },
            )
        )
    told: list[dict[str, Json]] = [dict(each) for _, each in sorted(found, key=lambda pair: pair[0])]
    return told
