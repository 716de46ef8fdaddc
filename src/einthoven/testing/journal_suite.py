"""What any journal, secrets and sessions must do: one suite for those in SQLite and those in memory.

A test class inherits ``JournalSuite`` and gives a fixture ``facts``.
"""
# ruff: noqa: D102 - the name of a test says what it tests

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from einthoven.base.chain import GENESIS, link
from einthoven.base.deeds import Deed, Draft, Json, numbered
from einthoven.base.errors import StoreError, UnfitError
from einthoven.base.instants import MINUTE, SECOND, from_iso
from einthoven.center.desk_ports import (
    HL7,
    Journal,
    Notice,
    Posted,
    Posting,
    Secret,
    SecretKind,
    Secrets,
    Session,
    Sessions,
    Tried,
)
from einthoven.enrollment.register import AuditLine

NOON = from_iso("2026-11-21T12:00:00Z")


class AuditQuestions(Protocol):
    """What the suite asks beside the ports."""

    def audit(self, after: int = ..., limit: int = ...) -> list[AuditLine]: ...


class DeskFacts(Protocol):
    """What the suite uses."""

    @property
    def journal(self) -> Journal: ...
    @property
    def secrets(self) -> Secrets: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def reader(self) -> AuditQuestions: ...

    def flush(self) -> None: ...


class Answers(list[StoreError | None]):
    """A ``done`` that remembers."""

    def __call__(self, error: StoreError | None) -> None:
        self.append(error)


def deed(number: int, kind: str = "case.taken", subject: str = "case 5", **body: Json) -> Deed:
    """A deed of a nurse."""
    return Deed(number, NOON + number * SECOND, "staff 3", kind, subject, body)


def notice(id_: str = "n-1", text: str = "asystole", at: int = NOON) -> Notice:
    """A message."""
    return Notice(id_, "email", "dr@example.org", {"subject": "ä 心", "text": text}, at)


def appended(
    facts: DeskFacts, deeds: Sequence[Deed], outbox: Sequence[Notice] = (), tried: Sequence[Tried] = ()
) -> StoreError | None:
    """Append and wait; what ``done`` was told, exactly once."""
    told = Answers()
    facts.journal.append(deeds, outbox, told, tried)
    facts.flush()
    (answer,) = told
    return answer


def assert_chained(lines: Sequence[AuditLine], texts: Sequence[bytes]) -> None:
    """Every line's hash is over the one before it."""
    last = GENESIS
    for line, text in zip(lines, texts, strict=True):
        who = (line.actor.encode(), line.action.encode(), line.subject.encode(), text)
        last = link(last, line.seq, line.at, line.deed, who)
        assert line.hash == last


_TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
_NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
BODIES = st.dictionaries(
    _TEXTS,
    st.recursive(
        st.none() | st.booleans() | _NUMBERS | _TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)
_SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]


class DeedSuite:
    """Deeds and their audit lines."""

    def test_deeds_are_kept_in_order_each_with_an_audit_line(self, facts: DeskFacts) -> None:
        assert facts.journal.last() == 0
        assert facts.journal.read() == []
        drafts = [Draft("watch.held", "watch 1", {"station": 2}), Draft("case.opened", "case 1")]
        deeds = numbered(drafts, 0, "staff 3", NOON)
        assert appended(facts, deeds) is None
        assert appended(facts, [deed(3, word="ä 心", list=[1, None, 0.5])]) is None
        deeds = [*deeds, deed(3, word="ä 心", list=[1, None, 0.5])]
        assert facts.journal.read() == deeds
        assert facts.journal.last() == 3
        lines = facts.reader.audit()
        assert [
            (line.deed, line.at, line.actor, line.action, line.subject, line.detail) for line in lines
        ] == [(one.number, one.at, one.actor, one.kind, one.subject, dict(one.body)) for one in deeds]
        texts = [b'{"station":2}', b"{}", '{"word":"ä 心","list":[1,null,0.5]}'.encode()]
        assert_chained(lines, texts)

    def test_no_deeds_at_all_are_done(self, facts: DeskFacts) -> None:
        assert appended(facts, []) is None
        assert facts.reader.audit() == []

    def test_deeds_are_read_in_pages_and_by_kind(self, facts: DeskFacts) -> None:
        kinds = ["case.taken", "watch.held", "case.closed"]
        deeds = [deed(number, kinds[number % 3], f"case {number % 2}") for number in range(1, 13)]
        assert appended(facts, deeds) is None
        journal = facts.journal
        assert journal.read(limit=5) + journal.read(after=5) == deeds
        assert journal.read(after=12) == []
        for kind in kinds:
            assert journal.read_kinds([kind]) == [one for one in deeds if one.kind == kind]
        both = [one for one in deeds if one.kind != "watch.held"]
        assert journal.read_kinds({"case.taken", "case.closed"}, after=4) == [
            one for one in both if one.number > 4
        ]
        assert journal.read_kinds(kinds, limit=4) == deeds[:4]
        assert journal.read_kinds(kinds, subject="case 1") == [
            one for one in deeds if one.subject == "case 1"
        ]
        assert journal.read_kinds([]) == journal.read_kinds(["no.such"]) == []

    @pytest.mark.parametrize("numbers", [[2], [0], [1, 3], [1, 1], [2, 1], [-1]])
    def test_deeds_that_do_not_follow_are_not_kept(self, facts: DeskFacts, numbers: list[int]) -> None:
        told = appended(facts, [deed(number) for number in numbers], [notice()])
        assert isinstance(told, UnfitError)
        assert "does not follow" in str(told)
        assert (facts.journal.last(), facts.reader.audit()) == (0, [])
        assert facts.journal.posted("n-1") is None
        assert appended(facts, [deed(1)]) is None

    def test_what_comes_behind_one_that_failed_fails_too(self, facts: DeskFacts) -> None:
        told = Answers()
        facts.journal.append([deed(1)], [], told)
        facts.journal.append([deed(2, bad=float("nan"))], [], told)
        facts.journal.append([deed(3)], [], told)
        facts.journal.append([deed(2)], [], told)
        facts.flush()
        assert [type(one) for one in told] == [type(None), UnfitError, UnfitError, type(None)]
        assert [one.number for one in facts.journal.read()] == [1, 2]

    @pytest.mark.parametrize("wrong", [{"x": object()}, {"x": float("inf")}, {"x": "\ud800"}, {"x": b"y"}])
    def test_a_body_that_is_no_json_is_not_kept(self, facts: DeskFacts, wrong: dict[str, Json]) -> None:
        assert isinstance(appended(facts, [replace(deed(1), body=wrong)]), UnfitError)
        assert facts.reader.audit() == []

    @pytest.mark.parametrize("wrong", [replace(deed(1), actor=""), replace(deed(1), kind="")])
    def test_a_deed_of_nobody_or_nothing_is_not_kept(self, facts: DeskFacts, wrong: Deed) -> None:
        assert isinstance(appended(facts, [wrong]), UnfitError)
        assert (facts.journal.last(), facts.reader.audit()) == (0, [])

    @settings(max_examples=60, deadline=None, suppress_health_check=_SHARED)
    @given(body=BODIES)
    def test_any_body_comes_back_as_it_was(self, facts: DeskFacts, body: dict[str, Json]) -> None:
        number = facts.journal.last() + 1
        one = replace(deed(number), body=body)
        assert appended(facts, [one]) is None
        assert facts.journal.read(after=number - 1) == [one]
        line = facts.reader.audit(after=number - 1)[0]
        assert (line.deed, line.detail) == (number, body)

    def test_a_look_at_a_patient_leaves_a_line(self, facts: DeskFacts) -> None:
        assert appended(facts, [deed(1)]) is None
        told = Answers()
        facts.journal.note("staff 3", "patient.read", "s000001", {"what": "case 5"}, NOON, told)
        facts.journal.note("staff 3", "patient.read", "s000002", {"x": float("nan")}, NOON, told)
        facts.journal.note("", "patient.read", "s000002", {}, NOON, told)
        facts.flush()
        assert [type(one) for one in told] == [type(None), UnfitError, UnfitError]
        first, second = facts.reader.audit()
        assert (second.actor, second.action, second.subject, second.detail, second.deed) == (
            "staff 3",
            "patient.read",
            "s000001",
            {"what": "case 5"},
            0,
        )
        assert_chained([first, second], [b"{}", b'{"what":"case 5"}'])

    def test_the_last_sign_of_life_is_kept(self, facts: DeskFacts) -> None:
        assert facts.journal.last_alive() is None
        told = Answers()
        facts.journal.alive(NOON, told)
        facts.journal.alive(NOON + SECOND)
        facts.flush()
        assert (facts.journal.last_alive(), told, facts.reader.audit()) == (NOON + SECOND, [None], [])


class OutboxSuite:
    """Messages to the outside."""

    def test_a_message_is_due_from_when_it_was_decided(self, facts: DeskFacts) -> None:
        late = notice("n-0", at=NOON + 2)
        assert appended(facts, [deed(1)], [late, notice("n-2"), notice("n-1")]) is None
        journal = facts.journal
        assert journal.due(NOON - 1) == []
        assert [one.notice.id for one in journal.due(NOON + 1)] == ["n-1", "n-2"]
        assert [one.notice.id for one in journal.due(NOON + 2)] == ["n-1", "n-2", "n-0"]
        assert [one.notice.id for one in journal.due(NOON + 2, limit=1)] == ["n-1"]
        assert journal.posted("n-0") == Posted(late, Posting.QUEUED, 0, NOON + 2, "")
        assert journal.posted("n-9") is None

    def test_a_lane_of_its_own_keeps_back_no_other(self, facts: DeskFacts) -> None:
        hospital = Notice("h-1", HL7, "mllp://127.0.0.1:1", {"message": "MSH", "control": "1"}, NOON)
        assert appended(facts, [deed(1)], [hospital, notice()]) is None
        assert [one.notice.id for one in facts.journal.due(NOON)] == ["n-1"]
        assert [one.notice.id for one in facts.journal.due(NOON, 100, HL7)] == ["h-1"]

    def test_the_same_message_is_kept_once(self, facts: DeskFacts) -> None:
        assert appended(facts, [deed(1)], [notice(), notice()]) is None
        assert appended(facts, [], [notice()]) is None
        assert len(facts.journal.due(NOON)) == 1
        told = appended(facts, [deed(2)], [notice(text="another")])
        assert isinstance(told, UnfitError)
        assert "n-1 is kept with another content" in str(told)
        assert facts.journal.last() == 1

    def test_a_try_moves_it_and_the_deed_that_tells_it_is_kept_with_it(self, facts: DeskFacts) -> None:
        assert appended(facts, [], [notice()]) is None
        again = Tried("n-1", Posting.FAILED, 1, NOON + MINUTE, "450 later")
        assert appended(facts, [deed(1, "notice.failed")], tried=[again]) is None
        assert facts.journal.due(NOON + MINUTE - 1) == []
        assert facts.journal.due(NOON + MINUTE) == [
            Posted(notice(), Posting.FAILED, 1, NOON + MINUTE, "450 later")
        ]
        assert (
            appended(facts, [deed(2, "notice.sent")], tried=[Tried("n-1", Posting.SENT, 2, None, "250 ok")])
            is None
        )
        assert facts.journal.due(NOON * 2) == []
        assert facts.journal.posted("n-1") == Posted(notice(), Posting.SENT, 2, None, "250 ok")
        for state, due in ((Posting.FAILED, NOON), (Posting.GIVEN_UP, None)):
            told = appended(facts, [deed(3)], tried=[Tried("n-1", state, 3, due, "")])
            assert isinstance(told, UnfitError)
        assert isinstance(appended(facts, [], tried=[Tried("n-9", Posting.SENT, 1, None, "")]), UnfitError)
        assert facts.journal.last() == 2

    @pytest.mark.parametrize(
        ("state", "due"), [(Posting.SENT, NOON), (Posting.FAILED, None), (Posting.QUEUED, None)]
    )
    def test_settled_and_due_do_not_go_together(
        self, facts: DeskFacts, state: Posting, due: int | None
    ) -> None:
        assert appended(facts, [], [notice()]) is None
        assert isinstance(appended(facts, [], tried=[Tried("n-1", state, 1, due, "")]), UnfitError)
        assert facts.journal.posted("n-1") == Posted(notice(), Posting.QUEUED, 0, NOON, "")

    @pytest.mark.parametrize(
        "wrong", [{"id": ""}, {"channel": ""}, {"to": ""}, {"content": {"x": float("nan")}}]
    )
    def test_a_message_to_nobody_is_not_kept(self, facts: DeskFacts, wrong: dict[str, object]) -> None:
        assert isinstance(appended(facts, [deed(1)], [replace(notice(), **wrong)]), UnfitError)  # type: ignore[arg-type]
        assert facts.journal.last() == 0


class AccessSuite:
    """Secrets and sessions."""

    def test_secrets_hold_until_they_are_retired(self, facts: DeskFacts) -> None:
        told, secrets = Answers(), facts.secrets
        secrets.add(3, SecretKind.PASSWORD, "", b"$argon2id$one", "console", NOON, told)
        secrets.add(3, SecretKind.PASSKEY, "blue key", b"\0\1\xff", "staff 3", NOON + 1, told)
        secrets.add(4, SecretKind.PASSKEY, "", b"four", "staff 4", NOON + 2, told)
        secrets.add(3, SecretKind.PASSWORD, "", b"$argon2id$two", "staff 3", NOON + 3, told, retire=[1])
        secrets.change(2, b"\0\2\xff", told)
        facts.flush()
        assert told == [None] * 5
        passkey = Secret(2, 3, SecretKind.PASSKEY, "blue key", b"\0\2\xff", NOON + 1)
        second = Secret(4, 3, SecretKind.PASSWORD, "", b"$argon2id$two", NOON + 3)
        assert secrets.of(3) == [passkey, second]
        assert secrets.of(3, SecretKind.PASSWORD) == [second]
        assert [one.staff for one in secrets.all(SecretKind.PASSKEY)] == [3, 4]
        secrets.retire(2, "staff 9", NOON + 4, told)
        facts.flush()
        assert told[5:] == [None]
        assert secrets.of(3) == [second]
        lines = [(line.actor, line.action, line.subject, line.detail) for line in facts.reader.audit()]
        assert lines[1:] == [
            ("staff 3", "secret.add", "staff 3", {"secret": 2, "kind": "passkey", "name": "blue key"}),
            ("staff 4", "secret.add", "staff 4", {"secret": 3, "kind": "passkey", "name": ""}),
            ("staff 3", "secret.retire", "staff 3", {"secret": 1, "kind": "password", "name": ""}),
            ("staff 3", "secret.add", "staff 3", {"secret": 4, "kind": "password", "name": ""}),
            ("staff 9", "secret.retire", "staff 3", {"secret": 2, "kind": "passkey", "name": "blue key"}),
        ]

    def test_a_secret_that_does_not_hold_is_not_touched(self, facts: DeskFacts) -> None:
        told, secrets = Answers(), facts.secrets
        secrets.add(3, SecretKind.TOTP, "", b"key", "staff 3", NOON, told)
        secrets.retire(1, "staff 3", NOON, told)
        facts.flush()
        lines = facts.reader.audit()
        secrets.retire(1, "staff 3", NOON, told)
        secrets.change(1, b"other", told)
        secrets.change(9, b"other", told)
        secrets.add(3, SecretKind.TOTP, "", b"", "staff 3", NOON, told)
        secrets.add(0, SecretKind.TOTP, "", b"x", "staff 0", NOON, told)
        secrets.add(3, SecretKind.TOTP, "", b"new", "staff 3", NOON, told, retire=[1])
        facts.flush()
        assert [type(one) for one in told] == [type(None)] * 2 + [UnfitError] * 6
        assert (secrets.of(3), facts.reader.audit()) == ([], lines)

    def test_nobody_retires_with_their_own_secret_that_of_another(self, facts: DeskFacts) -> None:
        told, secrets = Answers(), facts.secrets
        secrets.add(3, SecretKind.TOTP, "", b"three", "staff 3", NOON, told)
        secrets.add(4, SecretKind.TOTP, "", b"four", "staff 4", NOON, told, retire=[1])
        facts.flush()
        assert [type(one) for one in told] == [type(None), UnfitError]
        assert [one.value for one in secrets.all(SecretKind.TOTP)] == [b"three"]

    def test_a_session_from_begin_to_end(self, facts: DeskFacts) -> None:
        told, sessions = Answers(), facts.sessions
        token, other = bytes(range(32)), bytes(32)
        one = Session(token, 3, 2, NOON, NOON, NOON + MINUTE)
        two = Session(other, 4, None, NOON - 1, NOON, NOON + 2 * MINUTE)
        sessions.begin(one, told)
        sessions.begin(two, told)
        facts.flush()
        assert sessions.open(NOON) == [two, one]
        assert sessions.open(NOON + MINUTE) == [two]
        sessions.see(token, NOON + SECOND, NOON + 3 * MINUTE, told)
        sessions.lock(token, NOON + SECOND, "center", NOON + SECOND, told)
        facts.flush()
        assert sessions.open(NOON + 2 * MINUTE) == [
            replace(one, seen=NOON + SECOND, expires=NOON + 3 * MINUTE, locked=NOON + SECOND)
        ]
        sessions.lock(token, None, "staff 3", NOON + 2 * SECOND, told)
        sessions.end(token, "signed out", "staff 3", NOON + 3 * SECOND, told)
        sessions.end(token, "expired", "center", NOON + 4 * SECOND, told)
        facts.flush()
        assert told == [None] * 7
        assert sessions.open(NOON) == [two]
        lines = [
            (line.at - NOON, line.actor, line.action, line.subject, line.detail)
            for line in facts.reader.audit()
        ]
        assert lines == [
            (0, "staff 3", "session.begin", "staff 3", {"station": 2}),
            (-1, "staff 4", "session.begin", "staff 4", {"station": None}),
            (SECOND, "center", "session.lock", "staff 3", {"station": 2}),
            (2 * SECOND, "staff 3", "session.unlock", "staff 3", {"station": 2}),
            (3 * SECOND, "staff 3", "session.end", "staff 3", {"station": 2, "why": "signed out"}),
        ]

    def test_a_session_that_is_over_or_was_never_begun_is_not_used(self, facts: DeskFacts) -> None:
        told, sessions = Answers(), facts.sessions
        one = Session(bytes(32), 3, 2, NOON, NOON, NOON + MINUTE)
        sessions.begin(one, told)
        sessions.end(one.token, "signed out", "staff 3", NOON, told)
        facts.flush()
        lines = facts.reader.audit()
        sessions.see(one.token, NOON, NOON + MINUTE, told)
        sessions.lock(one.token, NOON, "center", NOON, told)
        sessions.begin(one, told)
        sessions.begin(replace(one, token=b"short"), told)
        sessions.end(b"?" * 32, "signed out", "staff 3", NOON, told)
        facts.flush()
        assert [type(one) for one in told] == [type(None)] * 2 + [UnfitError] * 5
        assert (sessions.open(NOON), facts.reader.audit()) == ([], lines)

    def test_a_session_ends_for_a_reason(self, facts: DeskFacts) -> None:
        told = Answers()
        facts.sessions.begin(Session(bytes(32), 3, 2, NOON, NOON, NOON + MINUTE), told)
        facts.sessions.end(bytes(32), "", "staff 3", NOON, told)
        facts.flush()
        assert [type(one) for one in told] == [type(None), UnfitError]
        assert len(facts.sessions.open(NOON)) == 1


class JournalSuite(DeedSuite, OutboxSuite, AccessSuite):
    """All of it."""
