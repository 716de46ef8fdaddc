"""The five minutes of README.md, word for word; only address, folder and record are the test's own."""

from __future__ import annotations

import shlex
import signal
from pathlib import Path

import numpy as np
from tests.e2e.processes import PATIENCE_S, Serving, begin, done, until
from tests.e2e.records import heart, written

from einthoven.edges.exchange.records import read_record
from einthoven.sim.hearts.heart import layout_of

README = Path(__file__).resolve().parents[2] / "README.md"


def commands() -> list[list[str]]:
    """What is typed in the section, without the shell's own and the center, which runs."""
    section = README.read_text().split("## Five minutes")[1].split("\n## ")[0]
    typed = "".join(section.split("```\n")[1::2])
    lines = [shlex.split(line) for line in typed.splitlines() if line.startswith("einthoven ")]
    assert lines[0] == ["einthoven", "serve", "--data", "center"]
    return [words[1:] for words in lines[1:]]


def test_five_minutes_to_a_first_patient(own_center: Serving, tmp_path: Path) -> None:
    layout, samples = record = heart(60, 11, layout_of(("MLII", "V5"), 360.0))
    own = {
        "http://127.0.0.1:8093": own_center.url,
        "mitdb/100": str(written(tmp_path, "100", record)),
        "t-100.key": str(tmp_path / "t-100.key"),
        "center": str(own_center.data),
        "out": str(tmp_path / "out"),
    }
    enroll, live, again, faster, export = ([own.get(word, word) for word in words] for words in commands())
    assert [words[0] for words in (enroll, live, again, faster, export)] == [
        *("enroll", "transmit") * 2,
        "export",
    ]
    done(*enroll)
    sending = begin(*live)
    until("her tile", lambda: own_center.streams()["s000001"]["newest_ms"])
    assert own_center.get("/patient/s000001").status_code == 200
    sending.send_signal(signal.SIGINT)
    sending.communicate(timeout=PATIENCE_S)
    done(*again)
    assert done(*faster) == {"stream": "s000002", "samples": len(samples)}
    done(*export)
    back = read_record(str(tmp_path / "out" / "s000002"))
    assert np.array_equal(back.samples, samples)
    assert back.layout.names == layout.names
