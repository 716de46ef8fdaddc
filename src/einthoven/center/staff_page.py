"""People and places as those who answer for the service see them (R16, R17)."""

from __future__ import annotations

from einthoven.base.instants import DAY, Instant
from einthoven.center.desk_books import Books
from einthoven.center.desk_shapes import Shape, ms
from einthoven.surveillance.papers import WARNING, credential_state, runs_out, training_state
from einthoven.surveillance.qualification import qualified
from einthoven.surveillance.roles import Permission, Role, permissions_of
from einthoven.surveillance.staff import Member
from einthoven.surveillance.stations import TERRITORIES, Station, StationKind


def staff_page(books: Books, now: Instant) -> Shape:
    """``GET /api/desk/staff``: everybody, those who left too, with their papers and what runs out."""
    staff, recognised = books.surveil.staff, books.surveil.recognised
    return {
        "people": [_member(books, one, now) for _, one in sorted(staff.members.items())],
        "practices": [{"id": one.number, "name": one.name} for one in staff.practices.values()],
        "sites": [
            {"id": site.number, "name": site.name}
            for _, site in sorted(books.surveil.stations.sites.items())
            if site.active
        ],
        "roles": [role.value for role in Role],
        "recognised": {"kinds": list(recognised.kinds), "topics": list(recognised.topics)},
        "warn_days": WARNING // DAY,
    }


def _member(books: Books, one: Member, now: Instant) -> Shape:
    surveil = books.surveil
    recognised, duty = surveil.recognised, surveil.watches.duties.get(one.number)
    station = None if duty is None else surveil.stations.stations.get(duty.station)
    site = surveil.stations.sites.get(one.site or 0)
    watches = Permission.WATCH_HOLD in permissions_of(one.roles)
    judged = qualified(one, now, recognised)
    end = runs_out(one, now, recognised)
    return {
        "id": one.number,
        "name": one.name,
        "login": one.login,
        "roles": sorted(role.value for role in one.roles),
        "practice": one.practice,
        "active": one.active,
        "changed_ms": ms(one.changed),
        "watches": watches,
        "qualified": judged.ok,
        "reasons": list(judged.reasons) if watches and one.active and not judged.ok else [],
        "runs_out_ms": ms(end if end is not None and end - now <= WARNING else None),
        "works_from": "" if site is None else site.name,
        "station": "" if station is None else station.name,
        "credentials": [
            {
                "kind": paper.kind,
                "number": paper.number,
                "issuer": paper.issuer,
                "since_ms": ms(paper.since),
                "expires_ms": ms(paper.expires),
                "ended_ms": ms(paper.ended),
                "why": paper.why,
                "document": paper.document,
                "state": credential_state(paper, one.credentials, now).value,
                "recognised": paper.kind in recognised.kinds,
            }
            for paper in one.credentials
        ],
        "trainings": [
            {
                "topic": done.topic,
                "on_ms": ms(done.on),
                "expires_ms": ms(done.expires),
                "by": done.by,
                "document": done.document,
                "state": training_state(done, one.training, now).value,
                "required": done.topic in recognised.topics,
            }
            for done in one.training
        ],
    }


def sites_page(books: Books, now: Instant) -> Shape:
    """``GET /api/desk/sites``: sites with their stations, and which of these are alive."""
    places = books.surveil.stations
    stations: dict[int, list[Shape]] = {}
    for _, station in sorted(places.stations.items()):
        stations.setdefault(station.site, []).append(_station(books, station, now))
    return {
        "sites": [
            {
                "id": site.number,
                "name": site.name,
                "address": site.address,
                "territory": site.territory,
                "networks": list(site.networks),
                "active": site.active,
                "changed_ms": ms(site.changed),
                "stations": stations.get(site.number, []),
                "waiting": [
                    {"station": link.station, "name": link.name, "expires_ms": ms(link.expires)}
                    for link in places.links.values()
                    if link.site == site.number and link.expires > now
                ],
            }
            for _, site in sorted(places.sites.items())
        ],
        "territories": dict(TERRITORIES),
        "kinds": [kind.value for kind in StationKind],
    }


def _station(books: Books, one: Station, now: Instant) -> Shape:
    surveil = books.surveil
    people = [person for person, duty in surveil.watches.duties.items() if duty.station == one.number]
    seen = surveil.proofs.seen.get(one.number)
    return {
        "id": one.number,
        "name": one.name,
        "kind": one.kind.value,
        "active": one.active,
        "changed_ms": ms(one.changed),
        "key": one.public_key[:16],
        "alive": one.active and surveil.proofs.alive(one.number, now, surveil.limits.silence),
        "seen_ms": ms(seen),
        "people": [books.name(person) for person in people],
        "watches": sum(surveil.watches.load(person) for person in people),
    }
