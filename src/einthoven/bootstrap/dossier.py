"""The record of a service period on request: one archive, made from a data folder, served or not (R36, R37).

Everything is read beside whoever writes; nothing in the folder changes but the center's key, where it had
none.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from einthoven import __version__
from einthoven.base.deeds import Deed
from einthoven.base.errors import EinthovenError, InputError, StoreError
from einthoven.base.ids import StreamId, stream_name
from einthoven.base.instants import Instant, to_iso
from einthoven.billing.determine import determination_json, determine_order, determine_service
from einthoven.bootstrap import dossier_data as data
from einthoven.bootstrap.dossier_ecg import Tracings, ecg_files, gaps, strips_of, telephoned_of
from einthoven.bootstrap.dossier_room import HEAD, PAPERS, Room, ecg_bytes, room_for
from einthoven.bootstrap.dossier_sound import sound_files
from einthoven.bootstrap.peers import KEYS_FOLDER, ensure_seed
from einthoven.bootstrap.policies import policies_of
from einthoven.bootstrap.service_records import FACTS_FILE, OpenFolder, open_books
from einthoven.center.dossier import Determined, Matter, Trail, means_of
from einthoven.center.dossier_blocks import Attachment, Section
from einthoven.center.dossier_others import theirs, withheld
from einthoven.center.dossier_watch import sections
from einthoven.center.report_standing import standing_of
from einthoven.center.service_record import service_record
from einthoven.edges.exchange.bundle import Bundle, key_id, public_of
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.documents import Documents
from einthoven.edges.store.facts_reader import FactsReader
from einthoven.edges.store.facts_service import stream_named
from einthoven.edges.store.facts_trail import ChainedLine, head_of, trail
from einthoven.edges.store.report_files import ReportFiles
from einthoven.edges.typeset.dossier_pdf import Cover, Joined, dossier_pdf
from einthoven.edges.typeset.pdf import Paper, typeset
from einthoven.enrollment.order_book import VERSIONS
from einthoven.reports.read import report_from
from einthoven.reports.report import Strip

Tell = Callable[[int, str], None]
"""Hears how far it is: per cent, and what is done now."""
PAPER: Final[Paper] = "us-letter"


def _nobody(_done: int, _what: str) -> None:
    return None


Enclosed = Callable[[OpenFolder, Instant], Mapping[str, bytes]]
"""Makes files by name of a folder that is open, at an instant."""


def nothing_enclosed(_opened: OpenFolder, _now: Instant) -> Mapping[str, bytes]:
    """The record alone."""
    return {}


@dataclass(slots=True)
class Gathered:
    """What a record is made of, read and not yet written.

    Attributes:
        matter: of its pages.
        parts: its sections.
        strips: those printed.
        joined: key of a section → what is joined behind it.
        files: reports and documents as they are, by name in the archive.
        lines: of the audit; ``head`` number and hash of its last line.
        damaged: what of the ECG could not be read.
    """

    matter: Matter
    parts: Sequence[Section]
    strips: Mapping[str, Strip]
    joined: dict[str, list[Joined]]
    files: dict[str, bytes]
    lines: Sequence[ChainedLine]
    head: tuple[int, bytes]
    damaged: list[str] = field(default_factory=list)


def make_dossier(
    folder: Path,
    period: str,
    out: Path,
    now: Instant,
    tell: Tell = _nobody,
    enclose: Enclosed = nothing_enclosed,
) -> dict[str, object]:
    """Write the record of a service period; what was written, JSON-ready.

    Args:
        folder: the center's data folder.
        period: its stream (``s000017``) or its number.
        out: the archive; written whole or not at all.
        now: center time; the same instant and folder give the same bytes.
        tell: hears how far it is.
        enclose: what goes into the same archive, under the same signed list, by name.

    Raises:
        InputError, NotFoundError: no data folder, no such period, or nowhere to write to.
        StoreError: the folder cannot be read, or the archive cannot be written.
        StoreFullError: there is no room for it beside what the center keeps for samples.
    """
    if out.is_dir() or not out.parent.is_dir():
        raise InputError(f"{out}: {'is a folder' if out.is_dir() else 'its folder is not there'}")
    stream = named(folder, period)
    seed = ensure_seed(folder / KEYS_FOLDER)
    tell(2, "reading decisions")
    opened = open_books(folder, {stream})
    try:
        room = room_for(opened, out.parent)
        ecg = ecg_bytes(opened, stream)
        room.want(ecg + PAPERS)
        gathered = _gather(opened, stream, now, tell)
        gathered.files.update(enclose(opened, now))
        pdf = _paper(opened, gathered, now, seed, tell)
        partial = out.with_name(out.name + ".part")
        try:
            made = _write(opened, gathered, pdf, partial, now, seed, tell, room, ecg)
            partial.replace(out)
        except OSError as error:
            raise StoreError(f"{out}: {error.strerror or error}") from error
        finally:
            partial.unlink(missing_ok=True)
    finally:
        opened.close()
    tell(100, "done")
    return made | {"file": str(out)}


def named(folder: Path, period: str) -> StreamId:
    """The stream of a period of a data folder; NotFoundError where there is no such."""
    if not (folder / FACTS_FILE).is_file():
        raise InputError(f"{folder}: is no data folder (it has no {FACTS_FILE})")
    facts = FactsReader(folder / FACTS_FILE)
    try:
        return stream_named(facts.ask, period)
    finally:
        facts.close()


# ---- reading -----------------------------------------------------------------------------------------------


def _gather(opened: OpenFolder, stream: StreamId, now: Instant, tell: Tell) -> Gathered:
    stored, reading = opened.periods.read(stream), opened.reading(now)
    record = service_record(opened.books, stored, reading)
    cases = sorted(opened.cases.values(), key=lambda case: (case.onset_at, case.number))
    lines = list(trail(opened.facts.ask, stream))
    documents, reports = Documents(RealDisk(opened.folder)), ReportFiles(RealDisk(opened.folder))
    order = opened.books.orders.of_stream(stream)
    versions: Sequence[Deed] = ()
    if order is not None and not theirs(opened.books, stream, order):
        versions = opened.journal.read_kinds(VERSIONS, limit=1000, subject=f"order {order.number}")
    matter = Matter(
        opened.books,
        stored,
        record,
        reading,
        cases,
        versions,
        withheld=withheld(opened.books, stream, lines),
        trail=[Trail(one.seq, one.at, one.actor, one.action, one.subject) for one in lines],
        on_file=lambda digest: documents.has(digest) or _there(reports, digest),
    )
    determined, why_not = _determined(opened, matter)
    tell(12, "cutting strips")
    strips, keys = strips_of(opened, stream, cases, matter.clock)
    tracings: Tracings = {}
    if record.telephone:
        more, tracings = telephoned_of(opened, stream, matter.clock)
        strips |= more
    matter = replace(matter, determined=determined, why_not=why_not, strips=keys, tracings=tracings)
    parts = sections(matter)
    gathered = Gathered(matter, parts, strips, {}, {}, lines, head_of(opened.facts.ask))
    if record.telephone:
        gathered.files.update(sound_files(opened.folder, matter, gathered.damaged))
    tell(20, "fetching reports")
    _fetch(opened, gathered, documents, reports)
    return gathered


def _there(reports: ReportFiles, digest: str) -> bool:
    try:
        reports.get(digest)
    except EinthovenError:
        return False
    return True


def _determined(opened: OpenFolder, matter: Matter) -> tuple[list[Determined], str]:
    """What the policy in force said at the date of the order and of the service; why nothing, otherwise."""
    record, order = matter.record, matter.order
    if order is None:
        return [], "Nothing was determined: there is no order on file, so neither payer nor place are known."
    own = getattr(opened.settings, "policies", "")
    try:
        policies = policies_of(opened.folder / own if own else None)
    except InputError as error:
        return [], f"Nothing was determined: {error}"
    asked = order.order.start or record.first_day
    first = determine_order(order.order, date.fromisoformat(asked), policies, record.earlier)
    last = determine_service(order.order, record, date.fromisoformat(record.last_day), policies)
    return [
        Determined(f"The order, at {asked}", determination_json(first)),
        Determined(f"The service as it was measured, at {record.last_day}", determination_json(last)),
    ], ""


def _fetch(opened: OpenFolder, gathered: Gathered, documents: Documents, reports: ReportFiles) -> None:
    """Reports and documents that are joined, and put beside the pages as they are."""
    for part in gathered.parts:
        for one in part.attached:
            found = _fetched(opened, gathered, one, documents, reports)
            if found is not None:
                gathered.joined.setdefault(part.key, []).append(Joined(one.title, found, one.mark))
    for number in opened.books.reports.of_stream.get(gathered.matter.record.stream, ()):
        report = opened.books.reports.reports[number]
        if report.misfiled is not None:
            continue  # it is somebody else's: their name is not for whoever reads this record
        try:
            gathered.files[f"reports/{number:05d}.json"] = reports.get(report.content)
            for edition, digest in enumerate(report.pdfs, 1):
                gathered.files[f"reports/{number:05d}-{edition}.pdf"] = reports.get(digest)
        except EinthovenError as error:
            gathered.damaged.append(f"report {number}: {error}")


def _fetched(
    opened: OpenFolder, gathered: Gathered, one: Attachment, documents: Documents, reports: ReportFiles
) -> bytes | None:
    try:
        if one.shelf == "documents":
            content, kind = documents.read(one.digest)
            ending = {"application/pdf": "pdf", "image/png": "png"}.get(kind, "jpg")
            gathered.files[f"documents/{one.digest}.{ending}"] = content
            return content
        if one.shelf == "reports":
            return reports.get(one.digest)
        report = opened.books.reports.report(int(one.digest.split()[-1]))
        standing = standing_of(opened.books, report, 0, gathered.matter.record.zone)
        return typeset(report_from(reports.get(report.content)), standing, PAPER)
    except (EinthovenError, OSError) as error:
        gathered.damaged.append(f"{one.title}: {error}")
        return None


# ---- writing -----------------------------------------------------------------------------------------------


def _paper(opened: OpenFolder, gathered: Gathered, now: Instant, seed: bytes, tell: Tell) -> bytes:
    tell(25, "setting pages")
    matter = gathered.matter
    record, told, clock = matter.record, matter.stored.enrolled, matter.clock
    order, public = matter.order, public_of(seed)
    physician = told.physician.name if told.physician is not None else ""
    about = {
        "Patient": record.patient,
        "Born": told.patient.birth_date,
        "Dates of service": f"{record.first_day} to {record.last_day}",
        "Service": f"{stream_name(record.stream)}, period {record.period}",
        "Transmitter": means_of(told.period),
        "Ordered by": order.order.orderer.name if order is not None else physician,
        "Center": opened.settings.center_name,
        "Supervising physician": record.supervisor,
        "Times": f"on the clocks of {record.zone}",
        "Made": f"{clock.at(now)}, einthoven {__version__}",
        "Signed by": f"key {key_id(public)} (manifest.sig over manifest.json; einthoven verify checks it)",
    }
    note = (
        "● complete   ◐ partly   ○ missing   – nothing was due. The data beside these pages is in the same "
        "archive: see manifest.json."
    )
    cover = Cover(
        record.patient,
        f"{record.first_day} to {record.last_day}",
        opened.settings.center_name,
        tuple((label, value) for label, value in about.items() if value),
        note,
        now,
        PAPER,
    )
    return dossier_pdf(cover, gathered.parts, gathered.joined, gathered.strips)


def _write(
    opened: OpenFolder,
    gathered: Gathered,
    pdf: bytes,
    path: Path,
    now: Instant,
    seed: bytes,
    tell: Tell,
    room: Room,
    ecg: int,
) -> dict[str, object]:
    record, stream = gathered.matter.record, gathered.matter.record.stream
    holes = gaps(opened, stream)
    made = data.files(gathered.matter, gathered.lines, gathered.head, holes, opened.facts.timeline(stream))
    beside = {"dossier.pdf": pdf, **made, **gathered.files}
    room.want(ecg + sum(len(content) + HEAD for content in beside.values()))
    with path.open("wb") as out:
        path.chmod(0o600)
        bundle = Bundle(out)
        for name, content in beside.items():
            bundle.add(name, content)
            room.wrote(out, len(content))
        tell(60, "copying the ECG")
        total = max(1, len(opened.reader.segments(stream)) * 3)
        for place, (name, content) in enumerate(ecg_files(opened, stream, gathered.damaged)):
            bundle.add(f"ecg/{name}", content)
            room.wrote(out, len(content))
            if place % 50 == 0:
                tell(60 + 38 * min(place, total) // total, "copying the ECG")
        points = [
            {"part": one.title, "state": str(one.state), "reasons": list(one.reasons)}
            for one in gathered.parts
        ]
        told: dict[str, Any] = {
            "made": to_iso(now),
            "software": f"einthoven {__version__}",
            "center": opened.settings.center_name,
            "patient": record.patient,
            "stream": stream_name(stream),
            "period": record.period,
            "dates_of_service": [record.first_day, record.last_day],
            "parts": points,
            "damaged": gathered.damaged,
        }
        manifest = bundle.close(told, seed)
        out.flush()
        os.fsync(out.fileno())
    missing = [f"{one.title}: {reason}" for one in gathered.parts for reason in one.reasons]
    return {
        "stream": stream_name(stream),
        "period": record.period,
        "files": len(bundle.files),
        "bytes": path.stat().st_size,
        "key": manifest["key"],
        "complete": not missing,
        "missing": missing,
        "damaged": gathered.damaged,
    }
