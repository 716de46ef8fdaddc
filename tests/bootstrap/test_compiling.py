"""Who has to wait for the compiler is told so, once; who has not, is not."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from einthoven.bootstrap.compiling import COMPILES, telling_compilation

SOURCE = """
from numba import njit

@njit(cache=True)
def kept(value):
    return value + 1

@njit(cache=True)
def kept_too(value):
    return value + 2

@njit
def never_kept(value):
    return value + 3
"""


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], Callable[[int], int]]:
    """A function of a module with kernels, as a process that was just started has it."""
    (tmp_path / "kernels.py").write_text(SOURCE)

    def function(name: str) -> Callable[[int], int]:
        spec = importlib.util.spec_from_file_location("kernels_to_compile", tmp_path / "kernels.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found: Callable[[int], int] = getattr(module, name)
        return found

    return function


def test_compiling_is_told_once_and_loading_is_not(
    load: Callable[[str], Callable[[int], int]], capsys: pytest.CaptureFixture[str]
) -> None:
    with telling_compilation():
        assert (load("kept")(1), load("kept_too")(1)) == (2, 3)
    assert capsys.readouterr().err == f"{COMPILES}\n"
    with telling_compilation():
        assert (load("kept")(1), load("kept_too")(1)) == (2, 3)
    assert capsys.readouterr().err == ""


def test_what_is_compiled_every_time_is_not_told(
    load: Callable[[str], Callable[[int], int]], capsys: pytest.CaptureFixture[str]
) -> None:
    with telling_compilation():
        assert load("never_kept")(1) == 4
    assert capsys.readouterr().err == ""


def test_nothing_is_told_outside(
    load: Callable[[str], Callable[[int], int]], capsys: pytest.CaptureFixture[str]
) -> None:
    with telling_compilation():
        pass
    assert load("kept")(1) == 2
    assert capsys.readouterr().err == ""
