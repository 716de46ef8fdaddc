"""Beats of a span, sealed and not, for whoever judges them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.base.ids import StreamId
from einthoven.edges.web.deps import WebDeps
from einthoven.edges.web.stored import merged_beats, sealed_beats
from einthoven.reports.review_labels import labelled


async def beats_between(deps: WebDeps, stream: StreamId, start: int, stop: int) -> NDArray[np.void]:
    """``BEAT`` rows of ``[start, stop)`` in order; reads the store on a reading thread.

    Raises:
        BusyError: too many reads are waiting.
    """
    unsealed = deps.ward.beats(stream, start, stop)
    sealed, _ = await deps.reads.run(
        lambda: sealed_beats(deps.reader, stream, start, stop, lambda: deps.lost(stream))
    )
    facts = deps.census.facts(stream) or deps.facts(stream)
    if facts is None:
        return unsealed
    rows = merged_beats(sealed, unsealed, facts.layout.rate_hz)
    return labelled(rows, deps.review.labels(stream)[1], facts.layout.rate_hz)
