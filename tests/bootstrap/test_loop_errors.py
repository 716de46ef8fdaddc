"""Connections that break in the middle of TLS are no page on anybody's screen; defects are."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import pytest

from einthoven.bootstrap.loop_errors import is_network, quiet

TOLD = [
    ("the error", {"exception": ConnectionResetError(104, "reset")}, True),
    ("only its class, as the network library tells it", {"exception": ConnectionResetError}, True),
    ("TLS", {"exception": ssl.SSLError(1, "wrong version")}, True),
    ("a defect", {"exception": KeyError("x")}, False),
    ("no error at all", {"message": "a task was destroyed"}, False),
]


@pytest.mark.parametrize(("context", "network"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD])
def test_what_the_loop_tells(context: dict[str, Any], network: bool) -> None:
    passed_on: list[dict[str, Any]] = []

    class Loop(asyncio.AbstractEventLoop):
        def default_exception_handler(self, context: dict[str, Any]) -> None:
            passed_on.append(context)

    assert is_network(context) is network
    quiet(Loop(), context)
    assert passed_on == ([] if network else [context])
