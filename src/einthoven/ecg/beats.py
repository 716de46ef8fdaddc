"""What the live analysis says of a stream: beats, and the quality of each lead and second."""

from __future__ import annotations

import numpy as np

BEAT = np.dtype(
    [
        ("sample", "<i8"),
        ("code", "u1"),
        ("late", "u1"),
        ("leads", "<u2"),
        ("rr_ms", "<u2"),
        ("pad", "<u2"),
    ]
)
"""One beat (R10).

``sample`` index of its fiducial point (the largest deflection of the QRS complex); ``code`` as WFDB numbers
annotations; ``late`` 1 when it came out of samples that arrived late (R12); ``leads`` bit mask of the leads
that took part; ``rr_ms`` interval to the beat before, milliseconds, 0 where there is none since the samples
began or the last gap.
"""

NORMAL = 1
"""WFDB annotation code N. This first step detects beats and does not yet class them."""

GOOD = 0
NOISY = 1
UNUSABLE = 2
LEAD_OFF = 3
FLAT = 4
SATURATED = 5
UNKNOWN = 255

QUALITY_NAMES: dict[int, str] = {
    GOOD: "good",
    NOISY: "noisy",
    UNUSABLE: "unusable",
    LEAD_OFF: "lead-off",
    FLAT: "flat",
    SATURATED: "saturated",
    UNKNOWN: "unknown",
}
"""Quality of one lead over one second: *good*; *noisy* (detect, do not classify); *unusable* (too noisy to
detect); *lead-off* (the transmitter measured nothing); *flat* (no signal at all); *saturated* (at the
converter's rails); *unknown* (the second is not wholly there)."""
