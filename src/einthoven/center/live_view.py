"""What a screen may ask of the live socket, checked before anything acts on it.

Every limit has its reason; a request beyond one is refused as a whole with a line that says why, and what the
screen showed before goes on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeAlias

from einthoven.base.errors import InputError
from einthoven.base.ids import StreamId, parse_stream
from einthoven.base.layout import LEADS_MAX

STREAMS_MAX = 128
"""Streams of one view: two full pages of 64 tiles. More cannot be watched on one screen."""
COLUMNS_PER_SECOND_MIN = 10.0
"""Coarser than this a QRS is one column wide: use the envelope."""
COLUMNS_PER_SECOND_MAX = 2000.0
"""Twice the highest sampling rate: nothing finer exists."""
HISTORY_MAX_S = 20.0
"""What the ward keeps at hand; longer stretches come from the store."""
EPOCH_MAX = 2**32 - 1


@dataclass(frozen=True, slots=True)
class View:
    """What a screen shows.

    Attributes:
        epoch: the screen's number of this view, repeated in every wave message made for it.
        streams: the streams in the order asked, each with its leads in the order asked (empty: all).
        columns_per_second: device pixels per second of signal.
        history: seconds before now to send at once.
    """

    epoch: int
    streams: tuple[tuple[StreamId, tuple[int, ...]], ...]
    columns_per_second: float
    history: float


@dataclass(frozen=True, slots=True)
class Visible:
    """The tab was shown or hidden; a hidden one gets no waves, and everything else."""

    value: bool


@dataclass(frozen=True, slots=True)
class Reload:
    """The screen missed a change and wants a snapshot."""


Request: TypeAlias = View | Visible | Reload


def parse_request(text: str) -> Request:
    """The request in one text message.

    Raises:
        InputError: not JSON, an unknown type, or a field out of range; says which.
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError("not JSON") from error
    if not isinstance(body, dict):
        raise InputError("not a JSON object")
    match body.get("type"):
        case "view":
            return _view(body)
        case "visible":
            if not isinstance(body.get("value"), bool):
                raise InputError("visible: value must be true or false")
            return Visible(body["value"])
        case "reload":
            return Reload()
        case other:
            raise InputError(f"type {other!r:.40}: want view, visible or reload")


def _view(body: dict[str, object]) -> View:
    epoch = body.get("epoch")
    if isinstance(epoch, bool) or not isinstance(epoch, int) or not 0 <= epoch <= EPOCH_MAX:
        raise InputError(f"view: epoch must be 0 to {EPOCH_MAX}")
    asked = body.get("streams")
    if not isinstance(asked, list):
        raise InputError("view: streams must be a list")
    if len(asked) > STREAMS_MAX:
        raise InputError(f"view: {len(asked)} streams, at most {STREAMS_MAX} on one screen")
    streams = tuple(_stream(entry) for entry in asked)
    if len({stream for stream, _ in streams}) != len(streams):
        raise InputError("view: a stream is named twice")
    return View(
        epoch,
        streams,
        _number(body, "columns_per_second", COLUMNS_PER_SECOND_MIN, COLUMNS_PER_SECOND_MAX),
        _number(body, "history", 0.0, HISTORY_MAX_S, default=0.0),
    )


def _stream(entry: object) -> tuple[StreamId, tuple[int, ...]]:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise InputError("view: each stream is an object with an id")
    leads = entry.get("leads", [])
    if not isinstance(leads, list) or len(leads) > LEADS_MAX:
        raise InputError(f"view: leads of {entry['id']:.12} must be a list of at most {LEADS_MAX}")
    for lead in leads:
        if isinstance(lead, bool) or not isinstance(lead, int) or not 0 <= lead < LEADS_MAX:
            raise InputError(f"view: lead {lead!r:.12} of {entry['id']:.12} is not 0 to {LEADS_MAX - 1}")
    if len(set(leads)) != len(leads):
        raise InputError(f"view: a lead of {entry['id']:.12} is named twice")
    return parse_stream(entry["id"]), tuple(leads)


def _number(
    body: dict[str, object], name: str, least: float, most: float, default: float | None = None
) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise InputError(f"view: {name} must be {least:g} to {most:g}")
    return float(value)
