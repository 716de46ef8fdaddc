"""Papers of people, from the center's own console: credentials, trainings, where somebody works from (R16).

Each answer says whether the person may watch then, and if not, what is missing: whoever enters papers sees at
once whether they are enough. Called on the sign-in thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from einthoven.base.deeds import Draft
from einthoven.base.errors import InputError, NotFoundError
from einthoven.base.instants import DAY, Instant, from_iso, to_iso
from einthoven.center.staff_office import ACTOR
from einthoven.center.station_office import Decide
from einthoven.surveillance import staff_changes
from einthoven.surveillance.qualification import Recognised, qualified
from einthoven.surveillance.staff import Member, StaffBook
from einthoven.surveillance.stations import StationBook

Answer: TypeAlias = dict[str, object]
Body: TypeAlias = Mapping[str, object]


class PapersOffice:
    """The commands.

    Args:
        staff, places: the books; read here, changed by ``decide`` alone.
        decide: where and how deeds are decided and kept.
        on_file: whether a document of this digest is on file.
        recognised: credentials and trainings that count here.
    """

    def __init__(
        self,
        staff: StaffBook,
        places: StationBook,
        decide: Decide,
        on_file: Callable[[str], bool],
        recognised: Recognised | None = None,
    ) -> None:
        self._staff = staff
        self._places = places
        self._decide = decide
        self._on_file = on_file
        self._recognised = recognised or Recognised()

    def commands(self) -> dict[str, Callable[[Body, Instant], Answer]]:
        """Those of the console, by their names."""
        return {
            "credential.add": self.add_credential,
            "credential.list": self.list_papers,
            "credential.withdraw": self.withdraw_credential,
            "training.add": self.add_training,
            "staff.works_from": self.works_from,
        }

    def add_credential(self, body: Body, now: Instant) -> Answer:
        """A credential that was seen. Fields: ``login``, ``kind``, ``number``, ``issuer``, ``issued``,
        ``expires`` (days, the last one included), ``document`` (digest, or empty).
        """
        kind, number, issuer = (_text(body, name) for name in ("kind", "number", "issuer"))
        since, until = _day(body, "issued"), _day(body, "expires") + DAY
        document = self._document(body)

        def draft(person: int) -> list[Draft]:
            return staff_changes.credential(self._staff, person, kind, number, issuer, since, until, document)

        return self._do(body, now, draft)

    def withdraw_credential(self, body: Body, now: Instant) -> Answer:
        """A credential that no longer counts, from now on. Fields: ``login``, ``kind``, ``number``,
        ``why``."""
        kind, number, why = (_text(body, name) for name in ("kind", "number", "why"))

        def draft(person: int) -> list[Draft]:
            return staff_changes.end_credential(self._staff, person, kind, number, why, now)

        return self._do(body, now, draft)

    def add_training(self, body: Body, now: Instant) -> Answer:
        """A training that was done. Fields: ``login``, ``topic``, ``by``, ``on``, ``expires`` (days, the last
        one included), ``document``."""
        topic, by = _text(body, "topic"), _text(body, "by")
        on, until = _day(body, "on"), _day(body, "expires") + DAY
        document = self._document(body)

        def draft(person: int) -> list[Draft]:
            return staff_changes.training(self._staff, person, topic, on, until, by, document)

        return self._do(body, now, draft)

    def works_from(self, body: Body, now: Instant) -> Answer:
        """The site that somebody works from. Fields: ``login``, ``site``."""
        site = body.get("site")
        if type(site) is not int or site not in self._places.sites or not self._places.sites[site].active:
            raise NotFoundError(f"site: there is no open site {str(site)[:20]}")
        return self._do(body, now, lambda person: staff_changes.works_from(self._staff, person, site))

    def list_papers(self, body: Body, now: Instant) -> Answer:
        """Papers of one person (``login``), or of everybody."""
        people = [self._called(body)] if body.get("login") else list(self._staff.members.copy().values())
        return {"people": [self._papers(one, now) for one in people]}

    def _do(self, body: Body, now: Instant, draft: Callable[[int], Sequence[Draft]]) -> Answer:
        person = self._called(body).number
        self._decide(lambda: draft(person), ACTOR, now)
        return {"staff": person, "may_watch": self._fit(self._staff.members[person], now)}

    def _fit(self, member: Member, now: Instant) -> Answer:
        judged = qualified(member, now, self._recognised)
        return {"ok": judged.ok, "reasons": list(judged.reasons)}

    def _papers(self, one: Member, now: Instant) -> Answer:
        site = self._places.sites.get(one.site or 0)
        return {
            "staff": one.number,
            "login": one.login,
            "name": one.name,
            "works_from": None if site is None else site.name,
            "may_watch": self._fit(one, now),
            "credentials": [
                {
                    "kind": paper.kind,
                    "number": paper.number,
                    "issuer": paper.issuer,
                    "issued": to_iso(paper.since),
                    "expires": to_iso(paper.expires),
                    "withdrawn": None if paper.ended is None else to_iso(paper.ended),
                    "why": paper.why,
                    "document": paper.document,
                }
                for paper in one.credentials
            ],
            "trainings": [
                {
                    "topic": done.topic,
                    "on": to_iso(done.on),
                    "expires": to_iso(done.expires),
                    "by": done.by,
                    "document": done.document,
                }
                for done in one.training
            ],
        }

    def _called(self, body: Body) -> Member:
        login = _text(body, "login")
        member = self._staff.by_login(login)
        if member is None:
            raise NotFoundError(f"login: nobody here is called {login[:40]!r}")
        return member

    def _document(self, body: Body) -> str:
        digest = _text(body, "document")
        if digest and not self._on_file(digest):
            raise NotFoundError(f"document: {digest[:64]!r} is not on file")
        return digest


def _text(body: Body, name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise InputError(f"{name}: want a text")
    return value


def _day(body: Body, name: str) -> Instant:
    """The first moment of a day, in UTC."""
    text = _text(body, name)
    try:
        if len(text) != len("2026-11-23"):
            raise InputError("")
        return from_iso(text)
    except InputError:
        raise InputError(f"{name}: {text[:40]!r} is no day (want e.g. 2028-06-30)") from None
