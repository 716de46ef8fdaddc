"""Calls that are read whole: recordings that were handed in, and sound from the disk (R6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from einthoven.answering.call import Played
from einthoven.base.errors import EinthovenError, RecordError
from einthoven.base.instants import SECOND, Instant
from einthoven.center.call_ear import Began, CallEar, Heard, Whole
from einthoven.center.call_ports import Sounds
from einthoven.center.call_strips import StripSoFar
from einthoven.telephone.profiles import Profile, profile, shipped


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """A call that was read again."""

    strips: dict[int, StripSoFar]
    found: dict[int, list[dict[str, Any]]]
    digits: str


HeardOfFile: TypeAlias = tuple[list[Heard], str, dict[int, StripSoFar]]


def as_said(played: Played | None, own: Profile | None) -> Profile | None:
    """The recorder as a person said, or else the patient's own.

    Args:
        own: what is known of the caller's.
    """
    if played is None:
        return own
    found = profile(played.profile) if played.profile in shipped() else own
    if not played.speed or found is None:
        return found
    return replace(found, name=f"{found.name} at {played.speed}", speeds=(played.speed,))


def name_of(profile: Profile | None) -> str:
    """Of a recorder; ``""`` where it is not known."""
    return "" if profile is None else profile.name


def heard_of_file(rate: int, sound: Sounds, profile: Profile | None, now: Instant) -> tuple[list[Heard], str]:
    """All of a recording, dated as if it had ended now; and why it ended."""
    ear, heard, samples = CallEar(profile, rate), list[Heard](), 0
    why = "the end of the recording"
    try:
        for block in sound:
            samples += len(block)
            heard += ear.sound(block)
    except RecordError as error:
        why = f"the recording is damaged from here on: {error}"
    except EinthovenError as error:
        why = f"the recording could not be read on: {error}"
    began = now - samples * SECOND // rate
    return [_moved(one, began) for one in [*heard, *ear.end()]], why


def _moved(one: Heard, by: Instant) -> Heard:
    match one:
        case Began():
            return replace(one, at=one.at + by)
        case Whole():
            return replace(one, opened_at=one.opened_at + by, closed_at=one.closed_at + by)
        case _:
            return one
