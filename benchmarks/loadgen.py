"""Load generator: ``python -m benchmarks.loadgen --keys FOLDER --seconds 60``.

Every transmitter has its own key and its own TLS connection, and sends real ECG. Prints one JSON
object: what was sent and acknowledged, latency from frame to durable acknowledgement, CPU a message;
``--ledger`` keeps what was acknowledged of which stream, to be reconciled with the center's store
(``reconcile``).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import resource
import sys
import time
from array import array
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.load_client import LATENCY_MS, Fleet, cpu_s, percentile
from benchmarks.load_signal import Signal, real_ecg
from numpy.typing import NDArray

from einthoven.base.ids import parse_stream
from einthoven.base.layout import Layout, Lead
from einthoven.base.spans import SpanSet
from einthoven.sim.wire import Credentials


@dataclass(frozen=True, slots=True)
class Plan:
    """One run.

    Attributes:
        keys: key files, parsed.
        seconds: of steady sending.
        ramp_s: over which connections are made.
        frame_s: seconds in a frame.
        codec: 0 plain, 1 coded.
        storm: connections cut at once half-way; 0: none.
        drain_s: longest wait for the last acknowledgements.
        link: instead of the one in the keys.
        first: number of the first transmitter (which ECG it plays).
        uvloop: whether to run on uvloop.
        handshakes: connections being made at once.
    """

    keys: list[dict[str, Any]]
    seconds: float = 60.0
    ramp_s: float = 10.0
    frame_s: float = 1.0
    codec: int = 1
    storm: int = 0
    drain_s: float = 30.0
    link: str = ""
    first: int = 0
    uvloop: bool = True
    handshakes: int = 1000


def read_keys(path: Path, number: int | None = None) -> list[dict[str, Any]]:
    """Key files of a folder (``*.key`` or ``*.json``), or one a line in a file."""
    if path.is_dir():
        files = sorted([*path.glob("*.key"), *path.glob("*.json")])[:number]
        return [json.loads(file.read_text()) for file in files]
    lines = path.read_text().splitlines()[:number]
    return [json.loads(line) for line in lines if line.strip()]


def credentials_of(key: dict[str, Any]) -> Credentials:
    """What the link needs of a key file."""
    return Credentials(
        str(key["transmitter"]),
        parse_stream(str(key["stream"])),
        bytes.fromhex(key["private_key"]),
        str(key["link"]),
        str(key["certificate"]),
    )


def signal_of(key: dict[str, Any], frame_s: float, kind: int) -> tuple[Signal, Layout]:
    """The signal and layout for transmitters enrolled like this one."""
    rate, leads = float(key["rate_hz"]), [str(name) for name in key["leads"]]
    layout = Layout(rate, tuple(Lead(name, gain=200.0, resolution=12) for name in leads))
    return Signal(real_ecg(rate, len(leads)), round(rate * frame_s), kind), layout


def run(plan: Plan) -> dict[str, Any]:
    """Carry a plan out in this process; figures, latency histogram and ledger."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = len(plan.keys) + 512
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    signal, layout = signal_of(plan.keys[0], plan.frame_s, plan.codec)
    credentials = [credentials_of(key) for key in plan.keys]

    async def play() -> dict[str, Any]:
        fleet = Fleet(
            credentials, signal, layout, plan.frame_s, plan.link, plan.first + 1, plan.first, plan.handshakes
        )
        return await _play(plan, fleet)

    if plan.uvloop:
        import uvloop

        return uvloop.run(play())
    return asyncio.run(play())


async def _play(plan: Plan, fleet: Fleet) -> dict[str, Any]:
    await fleet.connect(plan.ramp_s)
    connected = fleet.streaming
    cpu, begun = cpu_s(), time.perf_counter()
    before = fleet.start()
    storm: dict[str, Any] = {}
    if plan.storm:
        await asyncio.sleep(plan.seconds / 2)
        storm = await _storm(fleet, plan.storm)
    await asyncio.sleep(max(0.0, plan.seconds - (time.perf_counter() - begun)))
    fleet.stop()
    cpu, wall = cpu_s() - cpu, time.perf_counter() - begun
    left = await fleet.drain(plan.drain_s)
    counts = fleet.counts
    figures = {
        "transmitters": len(fleet.clients),
        "connected": connected,
        "seconds": round(wall, 2),
        "frame_bytes": round(fleet.signal.bytes_per_frame, 1),
        "sent": counts.sent,
        "resent": counts.resent,
        "acquired": sum(client.next for client in fleet.clients),
        "acknowledged": sum(client.settled().total for client in fleet.clients) // fleet.frame,
        "unacknowledged": left,
        "repeated_acknowledgements": counts.repeats,
        "connections": counts.connects,
        "lost_connections": counts.losses,
        "refusals": counts.refusals,
        "generator_cpu_us_per_message": round(cpu / max(1, counts.sent + counts.resent - before) * 1e6, 1),
        "generator_late_ms_max": round(counts.late_tick_ms, 1),
        "connect_ms_p50": _round(np.percentile(counts.connect_ms, 50) if counts.connect_ms else None),
        "connect_ms_p99": _round(np.percentile(counts.connect_ms, 99) if counts.connect_ms else None),
        "storm": storm,
    }
    ledger = {
        client.credentials.stream: (client.number, [tuple(span) for span in client.settled()])
        for client in fleet.clients
    }
    await fleet.close()
    return {"figures": figures, "latency": list(counts.latency), "ledger": ledger}


async def _storm(fleet: Fleet, number: int) -> dict[str, Any]:
    """Cut connections; how long until all are back and caught up."""
    begun = time.perf_counter()
    counts = fleet.counts
    welcomes, dropped = counts.welcomes, fleet.drop(number)
    quarters = []
    for share in (0.5, 0.9, 0.99, 1.0):
        wanted = welcomes + round(dropped * share)
        while counts.welcomes < wanted and time.perf_counter() - begun < 120:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        quarters.append(round(time.perf_counter() - begun, 2))
    caught_up = await fleet.drain(60.0, frames=fleet.streaming)
    return {
        "cut": dropped,
        "back": counts.welcomes - welcomes,
        "back_s_p50_p90_p99_all": quarters,
        "caught_up_s": round(time.perf_counter() - begun, 2),
        "frames_behind": caught_up,
    }


def _round(value: Any) -> float | None:
    return None if value is None else round(float(value), 1)


def run_many(plan: Plan, processes: int) -> dict[str, Any]:
    """The same in several processes, added up."""
    if processes <= 1:
        return run(plan)
    parts = []
    for number in range(processes):
        low, high = (len(plan.keys) * k // processes for k in (number, number + 1))
        changed = {name: getattr(plan, name) for name in plan.__slots__}
        parts.append(
            Plan(**changed | {"keys": plan.keys[low:high], "first": low, "storm": plan.storm // processes})
        )
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        return merged(list(pool.map(run, parts)))


_WORST = ("seconds", "generator_late_ms_max", "connect_ms_p50", "connect_ms_p99")


def merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Figures of several processes as one: counts added, times the worst of them."""
    figures: dict[str, Any] = {}
    for name, value in parts[0]["figures"].items():
        values = [part["figures"][name] for part in parts]
        if name in _WORST:
            figures[name] = max((one for one in values if one is not None), default=None)
        elif name in ("generator_cpu_us_per_message", "frame_bytes"):
            figures[name] = round(float(np.mean(values)), 1)
        elif name == "refusals":
            figures[name] = {key: sum(one.get(key, 0) for one in values) for one in values for key in one}
        elif isinstance(value, int):
            figures[name] = sum(values)
        else:
            figures[name] = values
    latency = np.sum([part["latency"] for part in parts], axis=0).tolist()
    ledger = {stream: row for part in parts for stream, row in part["ledger"].items()}
    return {"figures": figures, "latency": latency, "ledger": ledger}


def summary(result: dict[str, Any]) -> dict[str, Any]:
    """The figures with the latency quantiles, JSON-ready."""
    histogram = array("q", result["latency"])
    quantiles = {f"ack_ms_p{share:g}": percentile(histogram, share / 100) for share in (50, 90, 99, 99.9)}
    longest = max((k for k, count in enumerate(histogram) if count), default=0)
    return result["figures"] | quantiles | {"ack_ms_max": longest, "ack_ms_histogram_top": LATENCY_MS}


def save_ledger(result: dict[str, Any], path: Path) -> None:
    """Write ``{stream: [transmitter number, [[start, stop], …]]}`` as JSON."""
    path.write_text(json.dumps({str(stream): row for stream, row in result["ledger"].items()}))


def reconcile(
    ledger: dict[Any, Any],
    signal: Signal,
    stored: Callable[[int], SpanSet],
    read: Callable[[int, int, int], NDArray[np.int16]],
) -> dict[str, int]:
    """Compare a ledger with a store.

    Args:
        ledger: as ``run`` returns it or ``save_ledger`` wrote it.
        signal: the one that was played (same records, rate and frame).
        stored: what is stored of a stream.
        read: samples of a stream, ``(stream, start, stop) → int16[n, leads]``.

    Returns:
        Samples acknowledged, acknowledged but not stored (``lost``), stored and different (``wrong``).
    """
    acknowledged = lost = wrong = 0
    piece = 60 * signal.frame
    for name, (number, spans) in ledger.items():
        held = stored(int(name))
        for first, last in spans:
            acknowledged += last - first
            lost += sum(gap.length for gap in held.missing(first, last))
            for span in held.within(first, last):
                for start in range(span.start, span.stop, piece):
                    stop = min(start + piece, span.stop)
                    same = read(int(name), start, stop) == signal.expected(number, start, stop)
                    wrong += int(np.sum(~np.all(same, axis=1)))
    return {"acknowledged": acknowledged, "lost": lost, "wrong": wrong}


def main(arguments: list[str] | None = None) -> int:
    """Command line; exit 1 when something acquired stayed unacknowledged."""
    parser = argparse.ArgumentParser(prog="benchmarks.loadgen", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keys", type=Path, required=True, help="folder of key files, or one key a line")
    parser.add_argument("--number", type=int, help="use so many of them")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--ramp", type=float, default=10.0, help="seconds over which to connect")
    parser.add_argument("--frame", type=float, default=1.0, help="seconds in a frame")
    parser.add_argument("--plain", action="store_true", help="send plain samples, not coded ones")
    parser.add_argument("--storm", type=int, default=0, help="cut so many connections half-way")
    parser.add_argument("--handshakes", type=int, default=1000, help="connections being made at once")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--link", default="", help="URL of the link instead of the keys'")
    parser.add_argument("--ledger", type=Path, help="file for what was acknowledged")
    given = parser.parse_args(arguments)
    keys = read_keys(given.keys, given.number)
    if not keys:
        parser.error(f"{given.keys}: no keys")
    plan = Plan(
        keys,
        given.seconds,
        given.ramp,
        given.frame,
        codec=0 if given.plain else 1,
        storm=given.storm,
        link=given.link,
        handshakes=given.handshakes,
    )
    result = run_many(plan, given.processes)
    if given.ledger:
        save_ledger(result, given.ledger)
    json.dump(summary(result), sys.stdout)
    print()
    return 1 if result["figures"]["unacknowledged"] else 0


if __name__ == "__main__":
    sys.exit(main())
