"""A process that wears several transmitters on spools on disk; the torture kills it at any instant.

SIGTERM: acquire no more, send what is left, write the report, exit 0. SIGKILL is survived by the spools.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import uvloop
from benchmarks.torture_source import make_source

from einthoven.bootstrap.clock import RealClock
from einthoven.bootstrap.keys import read_key
from einthoven.bootstrap.loop_errors import quiet
from einthoven.sim.habits import Habits
from einthoven.sim.transmitter import Transmitter
from einthoven.sim.wire import Credentials
from einthoven.sim.worn import wear


def report_of(transmitter: Transmitter) -> dict[str, Any]:
    """What a transmitter's memory says at the end."""
    counters = transmitter.counters
    return {
        "stream": transmitter.identity.stream,
        "acquired": transmitter.lanes.acquired,
        "durable": [[span.start, span.stop] for span in transmitter.lanes.durable],
        "last_event": transmitter.outbox.last,
        "dials": counters.dials,
        "welcomes": counters.welcomes,
        "refusals": counters.refusals,
    }


async def run(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Wear every transmitter of the plan until SIGTERM; what their memories say at the end."""
    loop, until = asyncio.get_running_loop(), asyncio.Event()
    loop.set_exception_handler(quiet)
    loop.add_signal_handler(signal.SIGTERM, until.set)
    worn = []
    for number, one in enumerate(plan["wearers"]):
        key = read_key(Path(one["key"]))
        habits = Habits(
            frame_s=one["frame_s"],
            status_s=one["status_s"],
            codec=one["codec"],
            phase_s=number / len(plan["wearers"]) * one["frame_s"],
        )
        worn.append(
            wear(
                make_source(one["source"]),
                Credentials(key.transmitter, key.number, key.secret, one["link"], key.certificate),
                one["link"],
                RealClock(),
                Path(one["spool"]),
                until,
                habits=habits,
            )
        )
    return [report_of(transmitter) for transmitter in await asyncio.gather(*worn)]


def main() -> None:
    """``python -m benchmarks.torture_wearers PLAN.json``."""
    plan = json.loads(Path(sys.argv[1]).read_text())
    Path(plan["report"]).write_text(json.dumps(uvloop.run(run(plan))))


if __name__ == "__main__":
    main()
