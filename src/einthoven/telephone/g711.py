"""G.711, the codec of the telephone line: µ-law and A-law by table (ITU-T G.711, tables 1a/b and 2a/b).

Own tables of 256 values: the standard library's codec left with Python 3.13, its successor on the package
index exists only from 3.13 on, and a code of 256 values needs no more. The tests hold them against
libsndfile's. Values are on the scale of 16 bits, as every codec library has them: µ-law to ±32124, A-law to
±32256.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Law = Literal["mu", "a"]
I16 = NDArray[np.int16]
U8 = NDArray[np.uint8]
_BIAS: Final = 132
"""33 of the 14-bit code, on the scale of 16 bits."""


def _mu_values() -> I16:
    code = ~np.arange(256, dtype=np.int64) & 0xFF
    size = ((((code & 0x0F) << 3) + _BIAS) << (code >> 4 & 7)) - _BIAS
    return np.where(code & 0x80, -size, size).astype(np.int16)


def _a_values() -> I16:
    code = np.arange(256, dtype=np.int64) ^ 0x55
    part, step = code >> 4 & 7, (code & 0x0F) << 4
    size = np.where(part == 0, step + 8, (step + 0x108) << np.maximum(part - 1, 0))
    return np.where(code & 0x80, size, -size).astype(np.int16)


def _codes(values: I16) -> U8:
    """For every 16-bit value the code whose value is nearest; of two as near the one nearer to 0."""
    order = np.argsort(values, kind="stable")
    known = values[order].astype(np.int64)
    every = np.arange(-32768, 32768, dtype=np.int64)
    above = np.clip(np.searchsorted(known, every), 1, len(known) - 1)
    low, high = known[above - 1], known[above]
    down = np.where(every >= 0, every - low <= high - every, every - low < high - every)
    return order[np.where(down, above - 1, above)].astype(np.uint8)


_VALUES: Final = {"mu": _mu_values(), "a": _a_values()}
_CODES: Final = {law: _codes(values) for law, values in _VALUES.items()}


def decode(data: bytes | U8, law: Law) -> I16:
    """Samples of coded bytes, one each; every byte is a sample."""
    codes = np.frombuffer(data, np.uint8) if isinstance(data, bytes) else data
    return _VALUES[law][codes]


def encode(samples: I16, law: Law) -> U8:
    """The nearest code of every sample."""
    return _CODES[law][samples.astype(np.int32) + 32768]
