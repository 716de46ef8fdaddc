"""Capacity: one real center, thousands of transmitters with their own keys and TLS connections, a browser.

``python -m benchmarks.capacity --transmitters 10000 --seconds 600`` prints one JSON object: CPU of the server
a patient-second by thread, memory a patient, latency from frame to durable acknowledgement, from sample to
pixel, a storm of reconnects, and what reconciling the store with what was sent found.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from benchmarks.loadgen import reconcile, signal_of

from einthoven.bootstrap.keys import new_key
from einthoven.center.enroll import enroll
from einthoven.edges.intake.certificate import ensure_certificate
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.store import open_reader

ROOT = Path(__file__).resolve().parent.parent
READY_S = 120


def free_ports() -> tuple[int, int]:
    """Two free ports beside one another."""
    for _ in range(50):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            with contextlib.suppress(OSError):
                second.bind(("127.0.0.1", port + 1))
                return port, port + 1
    raise OSError("no two free ports beside one another")


def prepare(
    folder: Path, number: int, link_port: int, rate: float, leads: list[str], since: int | None = None
) -> Path:
    """Enroll ``number`` transmitters straight into the facts, from ``since`` or now on; the file of their
    keys, one a line."""
    now = time.time_ns() if since is None else since
    folder.mkdir(parents=True)
    certificate = ensure_certificate(folder / "keys", ["127.0.0.1", "localhost"], now).read_text()
    facts = Facts(folder / "facts.sqlite", now)
    lines = []
    for index in range(number):
        seed, public = new_key()
        name = f"L-{index + 1:05d}"
        body = {
            "patient": {"name": f"Load, Patient {index + 1}"},
            "transmitter": name,
            "rate_hz": rate,
            "leads": leads,
            "public_key": public.hex(),
        }
        told = enroll(facts, body, now)
        lines.append(
            json.dumps(
                {
                    "einthoven": 1,
                    "transmitter": name,
                    "stream": told["stream"],
                    "private_key": seed.hex(),
                    "link": f"wss://127.0.0.1:{link_port}/link",
                    "certificate": certificate,
                    "rate_hz": rate,
                    "leads": leads,
                }
            )
        )
    facts.close()
    keys = folder.parent / "keys.jsonl"
    keys.write_text("\n".join(lines) + "\n")
    return keys


@contextlib.contextmanager
def serving(folder: Path, web: int, link: int, segment_s: int, log: Path) -> Iterator[psutil.Process]:
    """A center as a process of its own."""
    command = [sys.executable, "-m", "einthoven", "serve", "--data", str(folder), "--port", str(web)]
    command += ["--link-port", str(link), "--segment-s", str(segment_s)]
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=ROOT)
        try:
            deadline = time.monotonic() + READY_S
            while fetch(web, "/readyz") is None:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the center did not start: {log.read_text()[-800:]}")
                time.sleep(0.1)
            yield psutil.Process(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(120)


def fetch(port: int, path: str) -> str | None:
    """A page of the center, None where it does not answer 200."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return str(answer.read().decode())
    except OSError:
        return None


def metrics(port: int) -> dict[str, float]:
    """The numbers of ``/metrics`` by name and labels."""
    found = {}
    for line in (fetch(port, "/metrics") or "").splitlines():
        match = re.match(r"^([a-zA-Z_:][^ ]*) ([-+0-9.eE]+)$", line)
        if match:
            found[match[1]] = float(match[2])
    return found


class Watcher(threading.Thread):
    """Takes the server's CPU and memory at the begin and the end of the steady part of a run."""

    def __init__(self, server: psutil.Process, web: int, begin: float, end: float) -> None:
        super().__init__(daemon=True)
        self._server, self._web = server, web
        self._begin, self._end = begin, end
        self.taken: list[tuple[float, float, int, dict[str, float]]] = []
        self.idle_rss = server.memory_info().rss

    def run(self) -> None:
        started = time.monotonic()
        for at in (self._begin, self._end):
            time.sleep(max(0.0, at - (time.monotonic() - started)))
            cpu = self._server.cpu_times()
            rss = self._server.memory_info().rss
            self.taken.append((time.monotonic(), cpu.user + cpu.system, rss, metrics(self._web)))

    def figures(self, patients: int) -> dict[str, Any]:
        """µs a patient-second, by thread; kB a patient."""
        (t0, c0, _, m0), (t1, c1, rss, m1) = self.taken
        seconds = (t1 - t0) * patients
        threads = {
            re.sub(r'.*thread="(.*)".*', r"\1", name): round((value - m0.get(name, 0.0)) / seconds * 1e6, 1)
            for name, value in m1.items()
            if name.startswith("einthoven_thread_cpu_seconds_total")
        }
        cost = (c1 - c0) / seconds
        return {
            "steady_seconds": round(t1 - t0, 1),
            "server_cpu_us_per_patient_second": round(cost * 1e6, 1),
            "transmitters_a_core": round(1 / cost) if cost else None,
            "by_thread": {name: value for name, value in threads.items() if value >= 0.1},
            "memory_kb_per_patient": round((rss - self.idle_rss) / patients / 1000, 1),
            "rss_mb": round(rss / 1e6),
            "seal_lag_s": m1.get("einthoven_store_seal_lag_seconds", 0.0),
            "sealed_segments": m1.get("einthoven_store_sealed_total", 0.0),
            "ward_waiting_blocks": m1.get("einthoven_ward_waiting_blocks", 0.0),
        }


def watch_wall(web: int, seconds: float, out: Any) -> None:
    """A 64-tile wall in a real Chromium for so long; puts what it measured into the queue."""
    from benchmarks.wall import look

    out.put(look(f"http://127.0.0.1:{web}/", seconds))


def measure(
    number: int,
    seconds: float,
    *,
    ramp: float,
    frame: float,
    storm: int,
    segment_s: int,
    browser: bool,
    processes: int,
) -> dict[str, Any]:
    """One run from an empty folder to the reconciled store."""
    leads, rate = ["II", "V1"], 250.0
    with tempfile.TemporaryDirectory(prefix="einthoven-capacity-") as home:
        base = Path(home)
        web, link = free_ports()
        keys = prepare(base / "data", number, link, rate, leads)
        command = [sys.executable, "-m", "benchmarks.loadgen", "--keys", str(keys), "--seconds", str(seconds)]
        command += ["--ramp", str(ramp), "--frame", str(frame), "--processes", str(processes)]
        command += ["--ledger", str(base / "ledger.json"), "--storm", str(storm)]
        result: dict[str, Any] = {"transmitters": number, "frame_s": frame, "segment_s": segment_s}
        with serving(base / "data", web, link, segment_s, base / "server.log") as server:
            watcher = Watcher(server, web, ramp + seconds * 0.25, ramp + seconds * 0.95)
            wall = _start_wall(web, ramp + seconds) if browser else None
            watcher.start()
            load = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            watcher.join()
            if not load.stdout:
                raise RuntimeError(load.stderr[-2000:])
            result["load"] = json.loads(load.stdout.splitlines()[-1])
            result["server"] = watcher.figures(number)
            if wall is not None:
                result["wall"] = wall.get(timeout=120)
            final = metrics(web)
            result["log_bytes_per_patient_second"] = round(
                final["einthoven_store_bytes_total"]
                / max(1.0, final["einthoven_store_blocks_total"])
                / frame,
                1,
            )
        result["reconciled"] = _reconcile(base, keys, frame)
        result["server_log"] = (base / "server.log").read_text()[-1500:]
        shutil.rmtree(base / "data", ignore_errors=True)
    return result


def _start_wall(web: int, seconds: float) -> Any:
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    context.Process(target=watch_wall, args=(web, seconds, out), daemon=True).start()
    return out


def _reconcile(base: Path, keys: Path, frame: float) -> dict[str, int]:
    reader = open_reader(base / "data")
    ledger = json.loads((base / "ledger.json").read_text())
    first = json.loads(keys.read_text().splitlines()[0])
    signal_played, _ = signal_of(first, frame, 1)
    return reconcile(
        ledger, signal_played, reader.stored, lambda stream, low, high: reader.read(stream, low, high).samples
    )


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.capacity", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--transmitters", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--ramp", type=float, default=15.0)
    parser.add_argument("--frame", type=float, default=1.0)
    parser.add_argument("--storm", type=int, default=0)
    parser.add_argument("--segment-s", type=int, default=120, help="short, so that sealing is in the figures")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--no-browser", action="store_true")
    given = parser.parse_args(arguments)
    result = measure(
        given.transmitters,
        given.seconds,
        ramp=given.ramp,
        frame=given.frame,
        storm=given.storm,
        segment_s=given.segment_s,
        browser=not given.no_browser,
        processes=given.processes,
    )
    print(json.dumps(result, indent=1))
    return 0 if not result["reconciled"]["lost"] and not result["reconciled"]["wrong"] else 1


if __name__ == "__main__":
    sys.exit(main())
