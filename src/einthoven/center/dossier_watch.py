"""Of the record on request: who watched with what papers, quality control, continuity (R36)."""

from __future__ import annotations

from collections.abc import Iterator

from einthoven.center.dossier import Matter, criteria_section, order_section, trail_section
from einthoven.center.dossier_blocks import (
    Attachment,
    Block,
    Lacks,
    Section,
    facts,
    head,
    person,
    small,
    table,
    text,
    warn,
)
from einthoven.center.dossier_calls import attended_section, by_telephone, call_blocks
from einthoven.center.dossier_care import (
    VERDICTS,
    contacts_section,
    ecg_section,
    emergency_section,
    plan_blocks,
    plan_documents,
    reports_section,
    summary_section,
)
from einthoven.center.service_record import lacking, watched
from einthoven.reports.words import count
from einthoven.surveillance.continuity import Watched, percent
from einthoven.surveillance.house_plans import PlanKind, within
from einthoven.surveillance.staff import Member

WATCHED_MOST = 400
"""Stretches of watching that are printed; ``continuity.csv`` holds all of them."""


def sections(matter: Matter) -> list[Section]:
    """The whole record, in the order in which L34997 asks for it."""
    strips = by_telephone(matter)
    return [
        order_section(matter),
        criteria_section(matter),
        ecg_section(matter, call_blocks if strips else None),
        reports_section(matter),
        contacts_section(matter),
        summary_section(matter),
        staff_section(matter),
        quality_section(matter),
        emergency_section(matter),
        attended_section(matter) if strips else continuity_section(matter),
        trail_section(matter),
    ]


def stretches(matter: Matter) -> tuple[Watched, ...]:
    """Who was responsible, from when to when."""
    return watched(matter.books, matter.record.stream, matter.stored.began, matter.until, matter.reading)


# ---- 7: training and certification -------------------------------------------------------------------------


def staff_section(matter: Matter) -> Section:
    """Everybody who watched, with the papers that counted on those very days, and who supervised."""
    lacks, blocks, attached = Lacks(), list[Block](), list[Attachment]()
    blocks += _supervision(matter, lacks)
    held: dict[int, list[Watched]] = {}
    for one in stretches(matter):
        held.setdefault(one.person, []).append(one)
    strips = by_telephone(matter)
    if strips and not matter.record.calls:
        blocks.append(text("No call came in this period: nobody had one of this patient's."))
    elif not held:
        did = "taken a call of" if strips else "watched"
        blocks.append(lacks.add(f"Nobody is on record as having {did} this patient."))
    for number, parts in sorted(held.items()):
        member = matter.books.continuity.staff.members.get(number)
        blocks += list(_guest(parts, lacks) if member is None else _member(matter, member, parts, lacks))
        papers = [one.document for one in (() if member is None else member.credentials)]
        papers += [one.document for one in (() if member is None else member.training)]
        attached += [
            Attachment(f"Document of {parts[0].name}", paper, "documents")
            for paper in dict.fromkeys(papers)
            if paper
        ]
    return Section(
        "staff", f"Level of training and certification of who {'took calls' if strips else 'watched'}",
        "documentation 5, R16, R34",
        lacks.state(bool(held)), tuple(lacks.missing), tuple(blocks), tuple(attached),
    )  # fmt: skip


def _supervision(matter: Matter, lacks: Lacks) -> Iterator[Block]:
    yield head("Supervising physician")
    found = within(matter.books.house.supervisors, matter.stored.began, matter.until)
    if not found:
        yield lacks.add("No supervising physician is on record for this period.")
    for one in found:
        yield facts({"Supervises": one.words, "Since": matter.clock.day(one.since), "Why": one.why})


def _member(matter: Matter, member: Member, parts: list[Watched], lacks: Lacks) -> Iterator[Block]:
    clock = matter.clock
    yield head(member.name)
    days = sorted({clock.day(one.start) for one in parts})
    hours = sum(one.stop - one.start for one in parts) / 3.6e12
    where = sorted({f"{one.station}, {one.site}" for one in parts})
    yield facts(
        {
            "Had calls" if by_telephone(matter) else "Watched": f"{hours:.1f} h in "
            f"{count(len(parts), 'stretch', 'stretches')} "
            f"on {count(len(days), 'day')}, {days[0]} to {days[-1]}",
            "From": "; ".join(where),
            "Staff number": str(member.number),
        }
    )
    rows = [
        (
            f"{one.kind} {one.number}",
            one.issuer,
            clock.day(one.since),
            clock.day(one.stop - 1),
            _on(parts, one.since, one.stop),
        )
        for one in member.credentials
    ]
    rows += [
        (
            f"training: {one.topic}",
            one.by,
            clock.day(one.on),
            clock.day(one.expires - 1),
            _on(parts, one.on, one.expires),
        )
        for one in member.training
    ]
    yield table(
        (30, 20, 13, 13, 20), ("Paper", "Issued or given by", "From", "To", "On the days of watching"), rows
    )
    wrong = lacking(member, parts, matter.reading.recognised)
    if wrong:
        yield lacks.add(f"{member.name}: {wrong}")


def _on(parts: list[Watched], since: int, stop: int) -> str:
    """Whether a paper counted in these stretches."""
    good = [since <= one.start and one.stop <= stop for one in parts]
    if all(good):
        return "valid on each"
    some = any(one.start < stop and since < one.stop for one in parts)
    return "valid on some" if some else "not valid"


def _guest(parts: list[Watched], lacks: Lacks) -> Iterator[Block]:
    yield head(parts[0].name)
    papers = sorted({paper for one in parts for paper in one.credentials})
    yield facts({"Papers, as the other center states them": "; ".join(papers)})
    if not papers:
        yield lacks.add(f"{parts[0].name}: the other center stated no papers.")


# ---- 8: quality control ------------------------------------------------------------------------------------


def quality_section(matter: Matter) -> Section:
    """The plan of quality control and its samples: second readings, and how often readers agreed."""
    lacks = Lacks()
    blocks = plan_blocks(matter, PlanKind.QUALITY, lacks)
    blocks.append(head("Samples: second readings of this patient's events"))
    rows = []
    for case in matter.cases:
        second = case.overread
        if second is None:
            continue
        said = "due" if second.verdict is None else VERDICTS[second.verdict]
        who = "" if second.by is None else f"{matter.books.name(second.by)}, {matter.clock.at(second.at)}"
        agree = ("yes" if second.agrees else "no") if second.done else "–"
        rows.append((str(case.number), case.title, VERDICTS[second.first], said, who, agree))
    if rows:
        columns = ("Event", "What", "First reader", "Second reader", "Who, when", "Agree")
        blocks.append(table((7, 24, 15, 15, 25, 8), columns, rows))
    else:
        blocks.append(text("No event of this patient was drawn for a second reading."))
    blocks += _agreement(matter)
    there = len(lacks.missing) == 0 or bool(rows)
    return Section(
        "quality", "Quality control of ECG surveillance, and its samples", "documentation 5",
        lacks.state(there), tuple(lacks.missing), tuple(blocks), plan_documents(matter, PlanKind.QUALITY),
    )  # fmt: skip


def _agreement(matter: Matter) -> Iterator[Block]:
    """How often second readers agreed at the whole center on the days of the service."""
    day = 86_400 * 10**9
    first, last = matter.stored.began // day, matter.until // day
    given = due = read = agreed = 0
    for (when, _reader, _group), one in matter.books.agreement.counts.items():
        if first <= when <= last:
            given, due = given + one.given, due + one.due
            read, agreed = read + one.read, agreed + one.agreed
    yield small("At the whole center on these days")
    share = percent(agreed, read)
    yield facts(
        {
            "Verdicts": str(given),
            "To be read again": str(due),
            "Read again": str(read),
            "Readers agreed": f"{agreed}, {share[:-2]} %" if share else "none was read again",
        }
    )


# ---- 10: uninterrupted surveillance ------------------------------------------------------------------------


def continuity_section(matter: Matter) -> Section:
    """The plan for uninterrupted surveillance, and the proof: share, exceptions, displays."""
    lacks, clock, stream = Lacks(), matter.clock, matter.record.stream
    blocks = plan_blocks(matter, PlanKind.CONTINUITY, lacks)
    blocks.append(head("Proof"))
    told = matter.record.attendance
    if told is None:
        blocks.append(lacks.add("No watch of this patient is on record: nothing is proved."))
    else:
        book = matter.books.continuity
        shares = book.shares(stream, matter.stored.began, matter.until, matter.reading.proved)
        if told.unproved or shares is None:
            blocks.append(lacks.add(f"The proof has a hole: {told.unproved}"))
        else:
            blocks.append(
                facts(
                    {
                        "In service": f"{clock.at(shares.start)} to {clock.at(shares.stop)}",
                        "Watched by a qualified person and displayed": _share(shares.covered, shares.service),
                        "Watch held": _share(shares.held, shares.service),
                        "On a display": _share(shares.shown, shares.service),
                    }
                )
            )
        blocks += _exceptions(matter, lacks)
    blocks += _turns(matter)
    return Section(
        "continuity", "Uninterrupted surveillance: plan and proof", "documentation 5, R9, R14, R15",
        lacks.state(told is not None), tuple(lacks.missing), tuple(blocks),
        plan_documents(matter, PlanKind.CONTINUITY),
    )  # fmt: skip


def _share(part: int, whole: int) -> str:
    return f"{percent(part, whole)} %"


def _exceptions(matter: Matter, lacks: Lacks) -> Iterator[Block]:
    stream, clock = matter.record.stream, matter.clock
    if matter.books.continuity.missed is not None:
        return
    found = matter.books.continuity.report(matter.stored.began, matter.until, matter.reading.proved, [stream])
    lapses = [one for row in found.rows for one in row.lapses]
    yield small("Exceptions")
    if not lapses:
        yield text("None: watched by a qualified person and displayed at every moment.")
        return
    lacks.add(
        f"{count(len(lapses), 'exception', 'exceptions')} to uninterrupted surveillance, with the cause."
    )
    rows = []
    for one in lapses:
        closed = (
            f"{person(matter.books, one.closed_by)}, {clock.at(one.closed_at)}: {one.note}"
            if one.closed_by
            else "open"
        )
        rows.append((clock.at(one.start), clock.lasting(one.start, one.stop), one.cause, closed))
    yield table((22, 14, 28, 28), ("From", "For", "Cause", "Closed"), rows)


def _turns(matter: Matter) -> Iterator[Block]:
    clock, parts = matter.clock, stretches(matter)
    if not parts:
        return
    yield head("Who watched, when and where")
    if len(parts) > WATCHED_MOST:
        yield warn(f"The first {WATCHED_MOST} of {len(parts)} stretches; continuity.csv holds all.")
    rows = [
        (clock.at(one.start), clock.lasting(one.start, one.stop), one.name, f"{one.station}, {one.site}")
        for one in parts[:WATCHED_MOST]
    ]
    yield table((22, 16, 20, 34), ("From", "For", "Who", "Where"), rows)
