"""ORR^O02 and ORG^O20: what became of orders that came (HL7 v2.5.1 chapter 4; docs/hl7.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from einthoven.base.instants import Instant
from einthoven.interop import hl7v2
from einthoven.interop.hl7_ack import Header, place_of
from einthoven.interop.hl7_time import stamp
from einthoven.interop.hl7v2 import Line

ANSWERS: Final = {"ORM": ("ORR", "O02", "ORR_O02"), "OMG": ("ORG", "O20", "ORG_O20")}
"""Code of the message → type of its answer."""
LACKS_MAX: Final = 40
"""What an order lacks, told in one answer."""
WORDS_MAX: Final = 250


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one order.

    Attributes:
        control: ORC-1: ``OK`` taken, ``CR`` cancelled as asked, ``XR`` changed as asked, ``UC`` and ``UX``
            cannot be cancelled or changed here: people decide it.
        placer: the sender's number.
        order: ours.
        status: ORC-5: ``HD`` held, ``SC`` ready, ``IP`` a service runs, ``CA`` cancelled.
        code: what was ordered, as it came.
        lacks: what holds it: place in the message, path and words.
        words: more to be said.
    """

    control: str
    placer: str
    order: int
    status: str
    code: tuple[str, str, str] = ("", "", "")
    lacks: tuple[tuple[str, str], ...] = ()
    words: str = ""


def answered(
    told: Header, outcomes: Sequence[Outcome], control: str, at: Instant, zone: tzinfo
) -> bytes | None:
    """The answer to a message of orders that is kept; None where the sender wants none.

    A sender of the enhanced mode gets its accept acknowledgement and nothing more, as for other messages.

    Args:
        control: control id of the answer.
    """
    kind = ANSWERS[told.code]
    lines: list[Line] = [
        (
            "MSH",
            {
                3: told.to_application,
                4: told.to_facility,
                5: told.application,
                6: told.facility,
                7: stamp(at, zone),
                9: kind,
                10: control,
                11: told.processing,
                12: hl7v2.VERSION,
            },
        ),
        ("MSA", {1: "AA", 2: told.control}),
    ]
    for one in outcomes:
        lines += [_warning(origin, words) for origin, words in one.lacks[:LACKS_MAX]]
    for one in outcomes:
        filler = (f"order-{one.order}", told.to_application or "EINTHOVEN")
        placer = tuple(one.placer.split("^"))
        lines.append(("ORC", {1: one.control, 2: placer, 3: filler, 5: one.status, 16: ("", one.words)}))
        if any(one.code):
            lines.append(("OBR", {1: "1", 2: placer, 3: filler, 4: one.code}))
    return hl7v2.write(lines, None)


def _warning(origin: str, words: str) -> Line:
    """ERR of severity W: it is kept, and something is missing of it."""
    return (
        "ERR",
        {2: place_of(origin), 3: ("101", "Required field missing", "HL70357"), 4: "W", 8: words[:WORDS_MAX]},
    )
