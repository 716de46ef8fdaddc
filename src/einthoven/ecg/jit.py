"""How kernels are compiled that only kernels call, and how they see the memory they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numba.np.numpy_support import carray

T = TypeVar("T", bound=Callable[..., Any])
_BARE: dict[str, Any] = {"nogil": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def inner(function: T) -> T:
    """Compile a function without the ways in from Python and C, which take a third of the time."""
    return cast("T", njit(**_BARE)(function))


def _to_pointer(_context: Any, _address: Any) -> tuple[Any, Any]:
    """The address as a pointer to anything."""

    def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(types.intp), code


_pointer: Any = intrinsic(_to_pointer)


@inner
def lent(array: Any) -> Any:
    """The same contiguous array, not counted: nothing notes who holds it.

    Handing an array from kernel to kernel counts its holders up and down under a lock, a fifth of the time of
    the whole analysis. What the caller holds until the kernel returns need not be counted.
    """
    return carray(_pointer(array.ctypes.data), array.shape, array.dtype)
