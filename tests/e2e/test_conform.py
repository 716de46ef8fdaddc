"""``einthoven conform`` finds nothing to say against our own center."""

from __future__ import annotations

from tests.e2e.processes import Serving, einthoven


def test_our_own_center_conforms(center: Serving) -> None:
    enrolled = center.enroll(250, "II,V1")
    ran = einthoven("conform", center.url, "--key", enrolled.key)
    assert (ran.code, ran.err) == (0, ""), ran.out
    lines = ran.out.splitlines()
    assert all(line.startswith("ok  ") for line in lines[:-1])
    assert lines[-1] == f"{len(lines) - 1} checks, 0 differ"
    assert len(lines) > 40
