"""What each route needs of whoever asks (R42): one table, by the names of the routes.

A route that is not in the table is not served: ``guarded`` refuses to build the application.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from einthoven.surveillance.roles import Permission


@dataclass(frozen=True, slots=True)
class Need:
    """What a route needs.

    Attributes:
        session: somebody signed in.
        any_of: and one of these permissions; empty: every role.
        locked: also while the session's controls are locked: what the wall goes on reading, and unlocking.
    """

    session: bool = True
    any_of: frozenset[Permission] = frozenset()
    locked: bool = False


OPEN: Final = Need(session=False, locked=True)
"""Anybody: pages without data, signing in, what transmitters and watchdogs ask."""
SIGNED_IN: Final = Need(locked=True)
"""Whoever is signed in, locked or not: about their own session."""
OWN: Final = Need()
"""Whoever is signed in: about themselves."""
WALL: Final = Need(any_of=frozenset({Permission.READ_WALL, Permission.READ_ECG}), locked=True)
"""What a wall shows, and goes on showing while its controls are locked."""
DESK: Final = Need(any_of=frozenset({Permission.READ_CENTER, Permission.READ_CASE}), locked=True)
"""Watches, cases, calls; what of them is whose the desk decides, and each act it permits by itself."""
PLACES: Final = Need(any_of=frozenset({Permission.PLACE_CHANGE}))
"""Sites and stations. With a link of somebody who may change them a browser becomes one signed out."""
REPORT: Final = Need(any_of=frozenset({Permission.READ_REPORT}))
"""Reports; whose, the desk decides."""
CLAIMS: Final = Need(any_of=frozenset({Permission.READ_CLAIM}))
"""Files of claims."""
TAKEN: Final = Need(any_of=frozenset({Permission.EXPORT}))
"""Whole records of patients, taken away."""
FHIR: Final = Need(
    any_of=frozenset(
        {
            Permission.READ_IDENTITY,
            Permission.READ_REPORT,
            Permission.READ_CASE,
            Permission.READ_ORDER,
            Permission.READ_CLAIM,
        }
    )
)
"""Resources of FHIR; what each kind of them needs is looked at where it is read (``center.open_record``)."""
ORDERING: Final = Need(any_of=frozenset({Permission.ORDER}))
"""Systems in which orders are written, with the token of a machine that may enter orders."""
ANSWERS: Final = frozenset({Permission.ANSWER})
"""Calls of patients; who has which, the center's calls decide."""
ECG: Final = Need(any_of=frozenset({Permission.READ_ECG}))
"""Stored ECG of a patient."""

NEEDS: Final[dict[str, Need]] = {
    "page": OPEN,
    "file": OPEN,
    "asset": OPEN,
    "healthz": OPEN,
    "readyz": OPEN,
    "well-known": OPEN,
    "me": OPEN,
    "sign-in": OPEN,
    "sign-in set-up": OPEN,
    "sign-in passkey begin": OPEN,
    "sign-in passkey": OPEN,
    "sign-in oidc": OPEN,
    "sign-in oidc return": OPEN,
    "sign-in demo": OPEN,
    "station look": OPEN,
    "station use": OPEN,
    "station link": PLACES,
    "station here": PLACES,
    "demo ask": Need(any_of=frozenset({Permission.WATCH_HOLD})),
    "demo call": Need(any_of=frozenset({Permission.WATCH_HOLD})),
    "sign-out": SIGNED_IN,
    "lock": SIGNED_IN,
    "unlock": SIGNED_IN,
    "unlock passkey": SIGNED_IN,
    "confirm": OWN,
    "confirm passkey begin": OWN,
    "confirm passkey": OWN,
    "alive": OWN,
    "passkeys": OWN,
    "passkey begin": OWN,
    "passkey add": OWN,
    "passkey remove": OWN,
    "peer": OPEN,
    "staff": Need(any_of=frozenset({Permission.READ_STAFF})),
    "document": Need(any_of=frozenset({Permission.READ_STAFF})),
    "document put": Need(any_of=frozenset({Permission.CREDENTIAL_CHANGE})),
    "order document": Need(any_of=frozenset({Permission.READ_ORDER})),
    "order document put": Need(any_of=frozenset({Permission.ORDER})),
    "period document": Need(any_of=frozenset({Permission.READ_CONTACTS})),
    "period document put": Need(any_of=frozenset({Permission.SERVICE_EXTEND})),
    "staff reset": Need(any_of=frozenset({Permission.STAFF_CHANGE})),
    "telephone strip": Need(any_of=ANSWERS, locked=True),
    "telephone sound": Need(any_of=ANSWERS),
    "telephone file put": Need(any_of=ANSWERS),
    "telephone file": Need(any_of=ANSWERS),
    "telephone voice": Need(any_of=ANSWERS, locked=True),
    "metrics": Need(any_of=frozenset({Permission.READ_METRICS}), locked=True),
    "live": WALL,
    "desk": DESK,
    "desk-act": OWN,
    "desk-ask": OWN,
    "desk-ask-one": OWN,
    "desk-check": OWN,
    "desk-check-form": OWN,
    "report content": REPORT,
    "report pdf": REPORT,
    "claim answers": Need(any_of=frozenset({Permission.CLAIM})),
    "claim file": CLAIMS,
    "claim packet": Need(any_of=frozenset({Permission.CLAIM})),
    "dossier": TAKEN,
    "dossier state": TAKEN,
    "dossier file": TAKEN,
    "streams": WALL,
    "stream": WALL,
    "envelope": WALL,
    "findings": WALL,
    "window": ECG,
    "beats": ECG,
    "quality": ECG,
    "measures": ECG,
    "review": ECG,
    "shapes": ECG,
    "intervals": ECG,
    "trend": ECG,
    "jump": ECG,
    "points": ECG,
    "relabel": Need(any_of=frozenset({Permission.REVIEW})),
    "fhir-metadata": OPEN,
    "fhir-search": FHIR,
    "fhir-read": FHIR,
    "fhir-create": Need(any_of=frozenset({Permission.ORDER})),
    "fhir-transaction": Need(any_of=frozenset({Permission.ORDER})),
    "codes": OWN,
    "cds services": OPEN,
    "cds call": ORDERING,
    "cds feedback": ORDERING,
    "enroll": Need(any_of=frozenset({Permission.ENROLL})),
    "end": Need(any_of=frozenset({Permission.ENROLL})),
}
