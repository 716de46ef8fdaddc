"""What a redetermination encloses with the record on request: the letter, the facts of the claim (R40)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from einthoven.base.errors import InputError
from einthoven.base.ids import stream_name
from einthoven.base.instants import Instant
from einthoven.billing.claim import to_json
from einthoven.billing.claim_check import check_json
from einthoven.billing.claim_states import Kept
from einthoven.billing.remittance import answer_json
from einthoven.bootstrap.claims import profile_of
from einthoven.bootstrap.dossier import Enclosed, make_dossier
from einthoven.bootstrap.progress import progress_bar
from einthoven.bootstrap.service_records import OpenFolder
from einthoven.center import claim_packet
from einthoven.edges.typeset.dossier_pdf import Cover, pages_pdf
from einthoven.interop.x12 import one_set


def enclosed(number: int) -> Enclosed:
    """What makes the enclosures of a claim that was denied, of a data folder that is open.

    Raises:
        NotFoundError, RefusedError: when it is called: there is no such claim, or it was not denied.
        InputError: the billing file cannot be read.
    """

    def make(opened: OpenFolder, now: Instant) -> dict[str, bytes]:
        book = opened.books.claims
        kept = book.claim(number)
        profile = profile_of(opened.settings, opened.folder)
        text = book.file(kept.file).text if kept.file else ""
        center = profile.billing.name or opened.settings.center_name
        return packet_of(kept, (profile.carc, profile.rarc), text, center, now)

    return make


def packet_of(
    kept: Kept, own: tuple[Mapping[str, str], Mapping[str, str]], text: str, center: str, now: Instant
) -> dict[str, bytes]:
    """The enclosures by name; about a second, for a letter is set.

    Args:
        own: the site's own words of adjustment reasons and of remarks.
        text: of the 837P file in which the claim was handed in: its own set is enclosed, never others'.

    Raises:
        RefusedError: the claim was not denied, wholly or in part.
    """
    section = claim_packet.letter(kept, own)
    claim, answer = claim_packet.denied(kept)
    days = str(kept.proof.get("first_day", "")), str(kept.proof.get("last_day", "")) or claim.day
    dates = " to ".join(dict.fromkeys(filter(None, days)))
    cover = Cover(claim.patient.name.words, dates, center, (), "", now)
    told = {"claim": to_json(claim), "id": kept.id, "checks": [check_json(one) for one in kept.checks]}
    made = {
        "letter.pdf": pages_pdf(cover, section),
        "claim/claim.json": _json(told | {"proof": kept.proof}),
        "claim/determination.json": _json(kept.proof.get("determination")),
        "claim/answer.json": _json({"notice": answer.day, "answer": answer_json(answer.answer)}),
    }
    return made | ({"claim/claim.837": one_set(text, kept.set).encode("ascii")} if text else {})


def _json(told: object) -> bytes:
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def run_packet(number: int, data: Path, out: Path) -> dict[str, object]:
    """Write the packet of a denied claim of a data folder; what was written, JSON-ready.

    Raises:
        InputError, NotFoundError, RefusedError: no such folder or claim, not denied, nowhere to write to.
        StoreError: it could not be put on record, read or written.
    """
    from einthoven.bootstrap.claim_command import book_of
    from einthoven.bootstrap.clock import RealClock
    from einthoven.bootstrap.staff import ask  # with all of sign-in

    kept = book_of(data, f"claim {number}").claim(number)
    claim_packet.denied(kept)
    stream = stream_name(kept.stream)
    if out.is_dir():
        raise InputError(f"{out}: is a folder")
    ask(data, "dossier", {"stream": stream})
    with progress_bar(f"packet of {kept.id}", "%") as tell:
        return make_dossier(
            data, stream, out, RealClock().wall(), lambda done, _what: tell(done, 100), enclosed(number)
        )
