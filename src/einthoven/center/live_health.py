"""Whether the center is fit to take patients (``/readyz``): a pure question with reasons (R44)."""

from __future__ import annotations

from einthoven.base.instants import SECOND, Duration

STEP_AGE_MAX: Duration = 2 * SECOND
"""The ward steps several times a second; two seconds without one is a stall."""


def unready(storing: str, clock: str, stepped: int | None, now: int) -> list[str]:
    """Why the center is not ready, one line each; empty when it is.

    Args:
        storing: ``"ok"``, ``"full"`` or ``"failing"``, as the census has it.
        clock: ``"ok"`` or what happened to the center's clock.
        stepped: monotonic time of the ward's last step, None before the first.
        now: monotonic time.
    """
    reasons = []
    if storing != "ok":
        reasons.append(f"storing: {storing}; samples are shown and not stored")
    if stepped is None:
        reasons.append("analysis: no step yet")
    elif now - stepped > STEP_AGE_MAX:
        reasons.append(f"analysis: last step {(now - stepped) / SECOND:.1f} s ago")
    if clock != "ok":
        reasons.append(f"clock: {clock}")
    return reasons
