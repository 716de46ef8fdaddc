"""The record of a service period on request: its parts in the order of L34997, with what is missing (R36).

L34997, "Documentation Requirements" 5 and 6. Missing things never stop it: a part that is not there says why.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from einthoven.base.deeds import Deed
from einthoven.base.ids import stream_name
from einthoven.billing.service import ServiceRecord
from einthoven.center.audit_words import words as in_words
from einthoven.center.desk_books import Books
from einthoven.center.dossier_blocks import (
    Attachment,
    Block,
    Clock,
    Lacks,
    Section,
    facts,
    head,
    person,
    table,
    text,
)
from einthoven.center.dossier_others import theirs, words
from einthoven.center.service_record import Reading, Stored
from einthoven.enrollment.order_states import OrderRecord
from einthoven.enrollment.periods import ServicePeriod
from einthoven.enrollment.statements import QUESTIONS
from einthoven.review.case import Case

TRAIL_MOST: Final = 4000
"""Lines of the audit that are printed, the last ones; ``audit.jsonl`` holds all of them."""


@dataclass(frozen=True, slots=True)
class Trail:
    """A line of the audit about the patient."""

    seq: int
    at: int
    actor: str
    action: str
    subject: str


@dataclass(frozen=True, slots=True)
class Determined:
    """What a payer's policy said, as ``billing.determine.determination_json`` writes it, and of what."""

    title: str
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Matter:
    """What a record is made of.

    Attributes:
        books, stored, record, reading: the period and the books that tell of it.
        cases: every case of the patient, by onset.
        versions: deeds with a version of the order, in order.
        determined: what the policy said at the dates that matter; ``why_not`` why nothing was determined.
        trail: lines of the audit, in order.
        strips: keys of the strips of each case.
        tracings: by telephone: call and strip → keys of its rows, with what stands over each.
        on_file: whether a document of a digest is on file.
        withheld: numbers of the lines of the audit whose details are another person's.
    """

    books: Books
    stored: Stored
    record: ServiceRecord
    reading: Reading
    cases: Sequence[Case] = ()
    versions: Sequence[Deed] = ()
    determined: Sequence[Determined] = ()
    why_not: str = ""
    trail: Sequence[Trail] = ()
    strips: Mapping[int, Sequence[tuple[str, str]]] = field(default_factory=dict)
    tracings: Mapping[tuple[int, int], Sequence[tuple[str, str]]] = field(default_factory=dict)
    on_file: Callable[[str], bool] = lambda _digest: True
    withheld: frozenset[int] = frozenset()

    @property
    def clock(self) -> Clock:
        """How instants are printed."""
        return Clock(self.record.zone)

    @property
    def until(self) -> int:
        """The end of what is told of: of the service, or now."""
        ended = self.stored.ended
        return max(self.stored.began, self.reading.now if ended is None else min(ended, self.reading.now))

    @property
    def order(self) -> OrderRecord | None:
        """The order of the service; None for one of somebody who was on record for it by mistake."""
        order = self.books.orders.of_stream(self.record.stream)
        return None if order is None or theirs(self.books, self.record.stream, order) else order


# ---- 1: the order ------------------------------------------------------------------------------------------


def order_section(matter: Matter) -> Section:
    """The order with every version of it, its signature and the papers that came with it."""
    lacks, blocks, attached = Lacks(), list[Block](), list[Attachment]()
    order = matter.order
    if order is None:
        blocks.append(lacks.add(_without(matter)))
        blocks.append(facts(_enrolled(matter)))
    else:
        blocks += _order(matter, order, lacks)
        blocks += list(_versions(matter))
    blocks += _service(matter)
    blocks += _extensions(matter, lacks)
    for title, digest in [*([] if order is None else _papers(order)), *_extending(matter)]:
        attached.append(Attachment(title, digest, "documents"))
        if not matter.on_file(digest):
            blocks.append(lacks.add(f"{title}: it is not on file."))
    state = lacks.state(order is not None)
    return Section(
        "order", "The order for the service", "documentation 5, R29", state, tuple(lacks.missing),
        tuple(blocks), tuple(attached),
    )  # fmt: skip


def _without(matter: Matter) -> str:
    """Why there is no order here."""
    if matter.books.orders.of_stream(matter.record.stream) is None:
        return "No order on file: the patient was enrolled without one."
    return "The service began under an order of another person, put right since: it is theirs, and not here."


def _versions(matter: Matter) -> Iterator[Block]:
    """The newest version whole, then of each older one what it said otherwise."""
    later: dict[str, str] | None = None
    for deed in reversed(matter.versions):
        body: Mapping[str, Any] = deed.body
        said = dict(flat(body["content"]))
        yield head(f"Version {body['version']}")
        by = person(matter.books, deed.actor)
        yield text(f"{matter.clock.at(deed.at)}, {by}: {in_words(deed.kind)}")
        if later is None:
            yield facts(said)
        else:
            other = {label: said.get(label, "not said") for label in {**said, **later}}
            differs = {label: value for label, value in other.items() if later.get(label) != said.get(label)}
            yield text("It said otherwise than the version after it:" if differs else "It said the same.")
            yield facts(differs)
        later = said


def _papers(order: OrderRecord) -> list[tuple[str, str]]:
    """Title and digest of each paper that belongs to an order."""
    found = [
        (f"{one.name or one.kind or 'document'} of the order", one.sha256) for one in order.order.documents
    ]
    signature = order.order.signature
    if signature is not None and signature.document:
        found.append((f"Signature on paper, {signature.name}", signature.document))
    return list({digest: (title, digest) for title, digest in found}.values())


def _service(matter: Matter) -> list[Block]:
    """What became of the service under it: extension, and stays in a facility, in which none is counted."""
    clock, record = matter.clock, matter.record
    told = {
        "Service": f"{clock.at(record.started)} to {clock.at(record.ended)}",
        "Extended beyond 30 days": record.extended,
        "Interrupted": "; ".join(
            f"{clock.at(one.start)} to {clock.at(one.stop)}, {one.where}{one.why and f': {one.why}'}"
            for one in record.interruptions
        ),
        "Earlier services": "; ".join(f"{one.words} ({one.where})" for one in record.earlier),
    }
    return [head("The service under it"), facts(told)]


def _extensions(matter: Matter, lacks: Lacks) -> Iterator[Block]:
    """Each time the limit was moved: by whose words, and the document; more than 30 days needs them (R33)."""
    clock, books = matter.clock, matter.books
    extensions = books.service.of(matter.record.stream).extensions
    rows = []
    for one in extensions:
        told = clock.at(one.at)
        if one.document:
            paper = f"joined behind this part, SHA-256 {one.document[:12]}…"
        elif books.actor(one.by) == one.said_by:
            paper = "put on record by the physician, signed in"
        else:
            paper = "none"
            lacks.add(f"Extension of {told}: no document of {one.said_by} is on file, only the words.")
        on_record = f"{told}, {person(books, one.by)}"
        rows.append(
            (on_record, f"{one.days} days", clock.at(one.limit), f"{one.said_by}: {one.words}", paper)
        )
    if rows:
        columns = ("On record", "More", "Until", "The physician's words", "Document")
        yield table((19, 8, 19, 30, 16), columns, rows)


def _extending(matter: Matter) -> list[tuple[str, str]]:
    """Title and digest of what physicians wrote about extensions."""
    extensions = matter.books.service.of(matter.record.stream).extensions
    found = {one.document: (f"Extension of {matter.clock.at(one.at)}, {one.said_by}", one.document)
             for one in extensions if one.document}  # fmt: skip
    return list(found.values())


def _order(matter: Matter, order: OrderRecord, lacks: Lacks) -> list[Block]:
    clock, signature = matter.clock, order.order.signature
    signed = ""
    if signature is None:
        lacks.add("The order is not signed.")
    else:
        signed = f"{signature.name}, {signature.at} ({signature.how}), under version {order.signed_version}"
        if signature.legible is False:
            lacks.add("The signature under the order cannot be read.")
    named = order.order.patient.name
    if words(named) != words(matter.record.patient):
        lacks.add(f"The order names another patient: {named or 'nobody'}.")
    for one in order.lacks:
        lacks.add(f"The order lacks: {one.words} ({one.where})")
    told = {
        "Order": f"{order.number}, {order.state}, version {order.version}",
        "Received": f"{clock.at(order.received)} by {order.source} from {person(matter.books, order.sender)}",
        "Signature": signed or "none",
        "Service": f"{stream_name(matter.record.stream)}, period {matter.record.period}",
    }
    return [facts(told), *(Block("warn", words) for words in lacks.missing)]


def _enrolled(matter: Matter) -> dict[str, str]:
    """What the enrollment says, where there is no order."""
    told = matter.stored.enrolled
    physician = told.physician
    return {
        "Enrolled": matter.clock.at(told.period.started),
        "Patient": told.patient.name,
        "Born": told.patient.birth_date,
        "Transmitter": means_of(told.period),
        "Ordering physician": "" if physician is None else f"{physician.name}, NPI {physician.npi}",
        "Telephone": "" if physician is None else physician.telephone,
    }


def means_of(period: ServicePeriod) -> str:
    """What ECG came with: the transmitter, or the telephone."""
    return "none: strips by telephone" if period.telephone else period.transmitter


def flat(content: object, where: str = "") -> list[tuple[str, str]]:
    """A JSON value as lines of label and value; what is empty is left out, a statement has its question."""
    if isinstance(content, Mapping):
        return [line for key, value in content.items() for line in flat(value, f"{where}.{key}".lstrip("."))]
    if isinstance(content, list | tuple):
        return [line for place, value in enumerate(content, 1) for line in flat(value, f"{where} {place}")]
    if content in (None, "", 0) and content is not False:
        return []
    words = {True: "yes", False: "no"}.get(content) if isinstance(content, bool) else str(content)
    return [(_label(where), words or "")]


def _label(where: str) -> str:
    """A path as people read it: ``orderer.npi`` → ``Orderer, npi``; of a statement its question."""
    _, _, rest = where.partition("statements.")
    key, _, what = rest.partition(".")
    if key in QUESTIONS:
        return QUESTIONS[key].text if what == "answer" else f"{QUESTIONS[key].text} ({what})"
    label = where.replace("_", " ").replace(".", ", ")
    return label[:1].upper() + label[1:]


# ---- 2: selection criteria ---------------------------------------------------------------------------------


def criteria_section(matter: Matter) -> Section:
    """Patient selection criteria: what the policy in force said of order and service, clause by clause."""
    lacks, blocks = Lacks(), list[Block]()
    if not matter.determined:
        blocks.append(lacks.add(matter.why_not or "Nothing was determined."))
    for one in matter.determined:
        told = one.told
        policy = told.get("policy") or {}
        blocks.append(head(one.title))
        named = f"{policy.get('id', '')} version {policy.get('version', '')}: {policy.get('title', '')}"
        blocks.append(
            facts(
                {
                    "Date": str(told.get("date", "")),
                    "Policy": named if policy else "none is held for this payer, place and date",
                    "Outcome": str(told.get("outcome", "")),
                    "In one line": str(told.get("summary", "")),
                }
            )
        )
        blocks += [Block("warn", _caution(each)) for each in told.get("cautions", ())]
        blocks.append(table((9, 30, 13, 34), ("Clause", "What it asks", "Outcome", "Fact"), _clauses(told)))
        if told.get("outcome") != "covered":
            lacks.add(f"{one.title}: {told.get('outcome')}. {told.get('summary', '')}")
    there = bool(matter.determined)
    return Section(
        "criteria", "Patient selection criteria", "documentation 5, R30–R33", lacks.state(there),
        tuple(lacks.missing), tuple(blocks),
    )  # fmt: skip


def _caution(one: Mapping[str, Any]) -> str:
    looks = "; ".join(f"{look['words']} ({look['where']})" for look in one["looks"])
    return f"{one['words']} {looks}".strip()


def _clauses(told: Mapping[str, Any]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for clause in told.get("clauses", ()):
        found = [
            f"{one.get('words') or one.get('label') or one.get('name')}: {_said(one.get('value'))}"
            for one in clause["facts"]
        ]
        asks = [str(one["words"]) for one in clause.get("asks", ())]
        rows.append((str(clause["id"]), str(clause["text"]), _outcome(clause), "; ".join([*found, *asks])))
    return rows


def _outcome(clause: Mapping[str, Any]) -> str:
    """What came of a clause; one that excludes and is not met is no fault, and says so."""
    told = str(clause["outcome"])
    if clause.get("effect") != "excludes":
        return told
    return {"met": "applies: excluded", "not met": "does not apply"}.get(told, told)


def _said(value: object) -> str:
    if value is None:
        return "not on record"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# ---- the audit trail ---------------------------------------------------------------------------------------


def trail_section(matter: Matter) -> Section:
    """Everything that was done or looked at about the patient, as the chained audit has it."""
    lines = matter.trail[-TRAIL_MOST:]
    left = len(matter.trail) - len(lines)
    rows = [
        (
            str(one.seq),
            matter.clock.at(one.at),
            person(matter.books, one.actor),
            in_words(one.action),
            one.subject,
        )
        for one in lines
    ]
    blocks = [
        text(
            f"{len(matter.trail)} lines of the center's audit are about this patient. Each carries a hash "
            "over the line before it; audit.jsonl in this archive holds every line with both hashes, so that "
            "anybody can compute them again where the details are there."
        )
    ]
    if left:
        blocks.append(text(f"The {left} oldest lines are in audit.jsonl alone."))
    lacks = Lacks()
    if not lines:
        lacks.add("The audit has no line about this patient.")
    was = list(matter.books.corrections.was(matter.record.stream))
    if was:
        until = matter.clock.at(max(one.applied_at or 0 for one, _part in was))
        lines_of = f"{len(matter.withheld)} of {len(matter.trail)} lines of audit.jsonl"
        blocks.append(
            lacks.add(f"{lines_of} are without details: another person was on record until {until}.")
        )
        blocks.append(
            text(
                "The details are or may be that person's. Who did what, when, and both hashes are there; the "
                "center's own audit holds the lines whole, and proves that these are they."
            )
        )
    blocks.append(table((6, 23, 15, 31, 11), ("Line", "When", "Who", "What", "About"), rows))
    state, told = lacks.state(bool(lines)), tuple(blocks)
    return Section("audit", "Audit trail of the patient", "R37, R42", state, tuple(lacks.missing), told)
