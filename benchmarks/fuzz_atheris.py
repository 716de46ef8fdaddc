"""One target under atheris, in a process of its own: libFuzzer ends the process when the time is up.

The numba kernels run as plain Python here, so that coverage guides into them and numpy checks every index.
"""

from __future__ import annotations

import os
import sys
import warnings


def main() -> None:
    """``python -m benchmarks.fuzz_atheris TARGET [libFuzzer's options and corpus folders]``."""
    os.environ["NUMBA_DISABLE_JIT"] = "1"
    import atheris

    with atheris.instrument_imports(include=["einthoven.link", "einthoven.base"]):
        from benchmarks.fuzz_targets import TARGETS

        from einthoven.link import codec

    def trailing_zeros(value: int) -> int:
        return (int(value) & -int(value)).bit_length() - 1 if int(value) else 64

    codec._trailing_zeros = trailing_zeros  # type: ignore[misc]  # a machine instruction when compiled
    warnings.simplefilter("ignore", RuntimeWarning)  # numbers wrap, as they do in the compiled kernels
    target = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
