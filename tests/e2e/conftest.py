from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from tests.e2e.processes import Serving, end_leftovers


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_works() -> None:
    """Commands hear SIGINT here although the tests may run as a job in the background, which ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_leftovers() -> Iterator[None]:
    """A test that fails leaves no process behind."""
    yield
    end_leftovers()


@pytest.fixture(scope="session")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One center for everything that does not hurt it."""
    serving = Serving(tmp_path_factory.mktemp("center"))
    try:
        yield serving.start()
    finally:
        serving.stop()


@pytest.fixture
def own_center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A center of the test's own, to be killed, stopped or damaged."""
    serving = Serving(tmp_path_factory.mktemp("own"))
    try:
        yield serving.start()
    finally:
        serving.stop()
