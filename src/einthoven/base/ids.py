"""Identifiers: a stream's number and how it is written."""

from __future__ import annotations

import re
from typing import TypeAlias

from einthoven.base.errors import InputError

StreamId: TypeAlias = int
"""A stream's number, 1 … 2³²−1: the samples of one transmitter in one service period."""

_STREAM = re.compile(r"s?(\d{1,10})\Z")


def stream_name(stream: StreamId) -> str:
    """How a stream is written everywhere outside: ``s000017`` (also a valid WFDB record name)."""
    return f"s{stream:06d}"


def parse_stream(text: str) -> StreamId:
    """The stream that ``s000017`` or ``17`` names.

    Raises:
        InputError: the text names no stream.
    """
    match = _STREAM.match(text.strip())
    if match is None or not 0 < int(match[1]) < 2**32:
        raise InputError(f"not a stream (want e.g. s000017): {text!r}")
    return int(match[1])
