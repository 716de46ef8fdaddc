"""dcmtk's ``storescp``, an archive that is not ours, as a real process on a free port."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from einthoven.edges.exchange.dicom_store import Archive


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def archive(folder: Path, *options: str) -> Iterator[Archive]:
    """A running ``storescp`` that keeps what it takes in ``folder``."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    process = subprocess.Popen(
        ["storescp", "-aet", "ARCHIVE", "-od", str(folder), *options, str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 5).close()
                break
            except OSError:
                assert process.poll() is None, "storescp ended"
                assert time.monotonic() < until, "storescp does not listen"
        yield Archive("ARCHIVE", "127.0.0.1", port)
    finally:
        process.kill()
        process.wait(30)
