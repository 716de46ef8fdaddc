"""What a service period by telephone begins with: a recorder instead of a transmitter, and numbers (R6, R7).

The patient keeps a recorder that plays its strips as a tone. It has no link and no key: a public key stands
in the period's row because every period has one, and nobody has the other half of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from einthoven.base.errors import EnrollmentError, InputError
from einthoven.base.layout import Layout, Lead
from einthoven.enrollment import checks
from einthoven.enrollment.periods import TELEPHONE

RATE_HZ: Final = 250.0
GAIN: Final = 1000.0
"""Units per millivolt: a sample is a microvolt."""
LEAD: Final = "II"
"""The lead where nobody says another: held between two hands it is lead I, on the chest about II."""
RECORDING: Final = 1
"""Number of the one recording of such a stream: its sample 0 is the beginning of the period."""
NUMBERS_MOST: Final = 8
PROFILE_MOST: Final = 64
_FIELDS: Final = {"profile", "numbers", "lead"}


@dataclass(frozen=True, slots=True)
class Recorder:
    """How a patient of the telephone path sends strips.

    Attributes:
        profile: of which kind the recorder is (``telephone.profiles``), ``""``: not known.
        numbers: telephone numbers by which the caller is recognised, as typed.
        lead: what it records, as its maker says.
    """

    profile: str = ""
    numbers: tuple[str, ...] = ()
    lead: str = LEAD

    @property
    def layout(self) -> Layout:
        """One lead, 250 Hz, in microvolts."""
        return Layout(RATE_HZ, (Lead(self.lead, GAIN),))


def recorder(given: object, profiles: Collection[str]) -> Recorder:
    """The recorder that somebody typed: ``profile``, ``numbers``, ``lead``; each may be missing.

    Args:
        profiles: kinds of recorders that there are.

    Raises:
        EnrollmentError: one line naming the field.
    """
    if not isinstance(given, Mapping):
        raise EnrollmentError("telephone: want an object with profile, numbers and lead")
    odd = sorted(str(name) for name in given if name not in _FIELDS)
    if odd:
        raise EnrollmentError(f"telephone: unknown field {odd[0]!r}")
    profile = checks.line("telephone.profile", given.get("profile"), PROFILE_MOST)
    if profile and profile not in profiles:
        raise EnrollmentError(f"telephone.profile: no profile {profile!r}: there are {', '.join(profiles)}")
    lead = checks.line("telephone.lead", given.get("lead"), 24) or LEAD
    made = Recorder(profile, numbers(given.get("numbers")), lead)
    try:
        made.layout.check()
    except InputError as error:
        raise EnrollmentError(f"telephone.lead: {error}") from error
    return made


def numbers(given: object) -> tuple[str, ...]:
    """Telephone numbers, at most ``NUMBERS_MOST``, each once.

    Raises:
        EnrollmentError: no list, too many, or one that is no number.
    """
    if given is None:
        return ()
    if not isinstance(given, list | tuple):
        raise EnrollmentError("telephone.numbers: want a list of telephone numbers")
    if len(given) > NUMBERS_MOST:
        raise EnrollmentError(f"telephone.numbers: {len(given)} of them, at most {NUMBERS_MOST}")
    found = [checks.telephone(f"telephone.numbers[{at}]", one) for at, one in enumerate(given)]
    return tuple(dict.fromkeys(filter(None, found)))


def with_own(one: Recorder, telephone: str) -> Recorder:
    """Where no number was typed, the patient's own telephone is what they call from."""
    return replace(one, numbers=one.numbers or numbers([telephone]))


def inputs(one: Recorder) -> tuple[tuple[str, str], ...]:
    """What was typed of a recorder, as inputs of the decision to open its period."""
    return (("recorder", one.profile), ("numbers", "; ".join(one.numbers)))


def kept(given: Mapping[str, str]) -> Recorder:
    """The recorder in the inputs of a decision; its lead is the layout's to say."""
    return Recorder(given.get("recorder", ""), tuple(filter(None, given.get("numbers", "").split("; "))))


def place_of(number: int) -> str:
    """What stands in the transmitter's place of the period by telephone of this number, from 1."""
    return f"{TELEPHONE}{number}"


def public_key(transmitter: str) -> bytes:
    """32 bytes to stand where a transmitter's key would: a hash, so nobody has a private half of it."""
    return hashlib.sha256(f"einthoven: nobody has the key of {transmitter}".encode()).digest()
