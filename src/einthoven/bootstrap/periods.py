"""Service periods opened and ended by request: the facts wait for the disk on a reading thread, the wall is
told on the loop."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from einthoven.base.ids import StreamId, parse_stream, stream_name
from einthoven.base.instants import to_iso
from einthoven.center.enroll import EnrollmentFacts, end_service, enroll
from einthoven.center.ports import Clock

LOG = structlog.get_logger("einthoven.periods")


class Periods:
    """What ``edges.web.deps.WebDeps`` asks for as ``enroll`` and ``end``; called on a reading thread.

    Args:
        facts: where it is decided and written.
        clock: center time.
        changed: tells the loop that periods of these streams changed.
    """

    def __init__(
        self, facts: EnrollmentFacts, clock: Clock, changed: Callable[[list[StreamId]], object]
    ) -> None:
        self._facts, self._clock, self._changed = facts, clock, changed

    def enroll(self, body: dict[str, object]) -> dict[str, object]:
        """Open a period; as ``center.enroll.enroll``."""
        answer = enroll(self._facts, body, self._clock.wall())
        changed = [parse_stream(str(answer["stream"]))]
        if answer.get("ended"):
            changed.append(parse_stream(str(answer["ended"])))
        self._changed(changed)
        LOG.info("enrolled", stream=answer["stream"], ended=answer.get("ended"))
        return answer

    def end(self, stream: StreamId, actor: str) -> dict[str, object]:
        """End the open period of a stream; as ``center.enroll.end_service``, JSON-ready."""
        period = end_service(self._facts, stream, self._clock.wall(), actor)
        self._changed([stream])
        LOG.info("period ended", stream=stream_name(stream), actor=actor)
        assert period.ended is not None
        return {
            "stream": stream_name(stream),
            "period": period.number,
            "ended": to_iso(period.ended),
            "cause": str(period.cause),
        }
