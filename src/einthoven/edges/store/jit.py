"""One typed decorator for the store's numba kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def kernel(function: Kernel) -> Kernel:
    """Compile ``function`` once per machine (cached on disk); it runs without the interpreter lock."""
    return cast(Kernel, njit(cache=True, nogil=True)(function))
