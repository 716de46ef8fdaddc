"""Of the record on request: the data beside the pages, as files that other programs read (R36)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from einthoven.base.instants import to_iso
from einthoven.base.timeline import Timeline
from einthoven.center.dossier import Matter
from einthoven.center.dossier_calls import by_telephone, call_rows, lapse_rows, strip_shapes
from einthoven.center.dossier_care import verdict_words
from einthoven.center.dossier_others import masked
from einthoven.center.dossier_watch import stretches
from einthoven.center.service_record import action_of, told_of
from einthoven.edges.store.facts_trail import ChainedLine
from einthoven.enrollment.order_read import to_json


def files(
    matter: Matter,
    lines: Sequence[ChainedLine],
    head: tuple[int, bytes],
    holes: Sequence[tuple[int, int, str]],
    timeline: Timeline,
) -> dict[str, bytes]:
    """Name → content of every file but reports, documents and ECG."""
    found = {
        "service-record.json": _json(_times(asdict(matter.record))),
        "events.json": _json(list(_events(matter))),
        "contacts.csv": _csv(_contacts(matter)),
        "continuity.csv": _csv(_continuity(matter)),
        "displays.csv": _csv(_displays(matter)),
        "staff.csv": _csv(_staff(matter)),
        "ecg/gaps.csv": _csv(_gaps(holes, timeline)),
        "audit.jsonl": b"".join(_line(one, one.seq in matter.withheld) for one in lines),
        "audit-heads.txt": _heads(lines, head),
    }
    if by_telephone(matter):
        found |= {"calls.csv": _csv(call_rows(matter)), "strips.json": _json(strip_shapes(matter))}
    order = matter.order
    if order is not None:
        found["order/order.json"] = _json(to_json(order.order))
        for deed in matter.versions:
            told: Any = deed.body
            body = {"version": told["version"], "at": to_iso(deed.at), "by": deed.actor, "deed": deed.kind}
            found[f"order/version-{told['version']:03d}.json"] = _json(body | {"body": told})
    for number, one in enumerate(matter.determined, 1):
        found[f"determination/{number}.json"] = _json(one.told)
    for kind, versions in matter.books.house.plans.items():
        for plan in versions:
            found[f"plans/{kind}-{plan.version:03d}.json"] = _json(_times(asdict(plan)))
    if matter.books.house.supervisors:
        found["plans/supervisors.json"] = _json(
            [_times(asdict(one)) for one in matter.books.house.supervisors]
        )
    return found


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, default=_plain) + "\n").encode()


def _plain(value: object) -> object:
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value)


_INSTANTS = frozenset(
    {"start", "stop", "started", "ended", "since", "at", "summary_signed", "summary_issued"},
)


def _times(value: Any, name: str = "") -> Any:
    """A value whose instants are written as ISO 8601."""
    if isinstance(value, dict):
        return {key: _times(one, key) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_times(one, name) for one in value]
    if name in _INSTANTS and type(value) is int:
        return to_iso(value)
    return value


def _csv(rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _iso(at: int | None) -> str:
    return "" if at is None else to_iso(at)


def _events(matter: Matter) -> Iterator[dict[str, object]]:
    for case in matter.cases:
        yield {
            "event": case.number,
            "title": case.title,
            "tier": str(case.tier),
            "onset": to_iso(case.onset_at),
            "opened": to_iso(case.opened_at),
            "closed": _iso(case.closed_at),
            "findings": [
                {"key": one.key, "kind": one.kind, "from": to_iso(one.start_at), "to": _iso(one.end_at),
                 "samples": [one.start, one.stop], "criteria": [met.words for met in one.met]}
                for one in case.findings
            ],
            "verdicts": [verdict_words(matter, one) for one in case.verdicts],
        }  # fmt: skip


def _contacts(matter: Matter) -> Iterator[tuple[object, ...]]:
    yield (
        "event", "tier", "to be told from", "call from", "call to", "by", "to", "number", "outcome",
        "reached", "role", "read back", "said", "action",
    )  # fmt: skip
    books = matter.books
    for told in told_of(books, matter.record.stream):
        action = (told.withdrawn and f"withdrawn: {told.withdrawn}") or action_of(books, told)
        begins: tuple[object, ...] = told.case, told.tier, to_iso(told.opened)
        calls = books.notify.calls.calls_of(told.number)
        for one in calls:
            said = masked(books, matter.record.stream, one.said)
            yield (
                *begins, to_iso(one.started), _iso(one.ended), books.actor(one.by), one.callee.name,
                one.callee.number, one.outcome or "", one.person, one.person_role, one.readback, said,
                action,
            )  # fmt: skip
        if not calls:
            yield (*begins, *[""] * 10, action)


def _continuity(matter: Matter) -> Iterator[tuple[object, ...]]:
    yield "what", "from", "to", "person", "credentials", "station", "site", "territory", "cause", "closed by"
    strips = by_telephone(matter)
    if strips:
        yield from lapse_rows(matter)
    for one in stretches(matter):
        papers = "; ".join(one.credentials)
        did, times = "had a call" if strips else "watched", (to_iso(one.start), to_iso(one.stop))
        yield did, *times, one.name, papers, one.station, one.site, one.territory, "", ""
    book = matter.books.continuity
    if book.missed is None and not strips:
        stop = matter.until
        told = book.report(matter.stored.began, stop, matter.reading.proved, [matter.record.stream])
        for row in told.rows:
            for lapse in row.lapses:
                closed = matter.books.actor(lapse.closed_by)
                times = to_iso(lapse.start), to_iso(lapse.stop)
                yield "exception", *times, "", "", "", "", "", lapse.cause, closed


def _displays(matter: Matter) -> Iterator[tuple[object, ...]]:
    yield "station", "name", "from", "to"
    shown = matter.books.continuity.displays(matter.record.stream, matter.stored.began, matter.until)
    for number, name, start, stop in shown:
        yield number, name, to_iso(start), to_iso(stop)


def _staff(matter: Matter) -> Iterator[tuple[object, ...]]:
    yield "staff", "name", "paper", "number", "issuer", "from", "to", "withdrawn", "document", "in the US"
    staff = matter.books.continuity.staff.members
    for who in matter.record.watchers:
        member = staff.get(who.person)
        us = {True: "yes", False: "no", None: "not known"}[who.in_us]
        if member is None:
            yield who.person, who.name, "; ".join(who.credentials), "", "", "", "", "", "", us
            continue
        for one in member.credentials:
            yield (
                who.person, who.name, one.kind, one.number, one.issuer, to_iso(one.since),
                to_iso(one.expires), _iso(one.ended), one.document, us,
            )  # fmt: skip
        for done in member.training:
            times = to_iso(done.on), to_iso(done.expires)
            yield who.person, who.name, f"training: {done.topic}", "", done.by, *times, "", done.document, us


def _gaps(holes: Sequence[tuple[int, int, str]], timeline: Timeline) -> Iterator[tuple[object, ...]]:
    yield "first sample", "sample behind the last", "from", "to", "cause"
    for start, stop, cause in holes:
        yield start, stop, _iso(timeline.instant_of(start)), _iso(timeline.instant_of(stop)), cause


def _line(one: ChainedLine, withheld: bool) -> bytes:
    told: dict[str, object] = {
        "seq": one.seq,
        "at": one.at,
        "actor": one.actor,
        "action": one.action,
        "subject": one.subject,
        "detail": None if withheld else one.detail,
        "deed": one.deed,
        "before": one.before.hex(),
        "hash": one.hash.hex(),
    }
    if withheld:
        told["withheld"] = "another person's data, or such as may be"
    return (json.dumps(told, ensure_ascii=False) + "\n").encode()


def _heads(lines: Sequence[ChainedLine], head: tuple[int, bytes]) -> bytes:
    """Heads of the chain at the first and last line here and at its end: ``einthoven verify DATA --heads``
    proves on the center's own data that these very lines lie in its audit."""
    told = dict.fromkeys([*((one.seq, one.hash) for one in (*lines[:1], *lines[-1:])), head])
    return "".join(f"{seq}:{digest.hex()}\n" for seq, digest in told if seq).encode()
