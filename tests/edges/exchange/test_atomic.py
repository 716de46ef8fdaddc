"""What a process that was killed had begun to write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from einthoven.edges.exchange.atomic import discard_parts

BEGUN = """
import os, signal, sys
from pathlib import Path
from einthoven.edges.exchange.atomic import PendingFile, write_file
folder = Path(sys.argv[1])
write_file(folder / "whole", b"whole")
with PendingFile(folder / "begun") as file:
    file.write(b"beg")
    os.kill(os.getpid(), signal.SIGTERM)
"""


def test_parts_of_the_one_that_ended_go_and_nobody_elses(tmp_path: Path) -> None:
    killed = subprocess.Popen([sys.executable, "-c", BEGUN, str(tmp_path)])
    assert killed.wait() < 0
    part = f".begun.{killed.pid}.part"
    others = f".begun.{os.getpid()}.part"
    (tmp_path / others).write_bytes(b"")
    assert {path.name for path in tmp_path.iterdir()} == {"whole", part, others}
    discard_parts(tmp_path, killed.pid)
    assert {path.name for path in tmp_path.iterdir()} == {"whole", others}
    discard_parts(tmp_path / "nowhere", killed.pid)
