"""The audit read newest first: SQLite answers what plain Python over all lines answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from einthoven.base.deeds import Deed
from einthoven.center.audited import AuditAsked, AuditFound, selected
from einthoven.edges.store.facts import Facts
from einthoven.edges.store.facts_audit import read_audit
from einthoven.testing.journal_suite import NOON

ACTORS = ("staff 3", "staff 4", "center", "transmitter T-1")
SUBJECTS = ("s000001", "s000002", "case 1", "case 2", "patient 7", "staff 3", "staff 4", "site 1")
ACTIONS = ("read.window", "read_window", "watch.lost", "watch.held", "staff.left", "refused")


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facts]:
    """Three hundred lines: two patients with a case each, and everything else anyhow."""
    facts = Facts(Path(tmp_path_factory.mktemp("audit")) / "facts.sqlite", NOON)
    journal = facts.journal
    journal.note("center", "period.open", "s000001", {"patient": 7}, NOON, lambda _error: None)
    opened = [Deed(n, NOON + n, "center", "case.opened", f"case {n}", {"stream": n}) for n in (1, 2)]
    journal.append(opened, [], lambda _error: None)
    for n in range(300):
        actor, subject = ACTORS[n % 4], SUBJECTS[n * 7 % 8]
        journal.note(actor, ACTIONS[n * 5 % 6], subject, {"n": n}, NOON + n * 10, lambda _error: None)
    facts.flush()
    yield facts
    facts.close()


ASKED = st.builds(
    AuditAsked,
    below=st.none() | st.integers(1, 320),
    limit=st.integers(1, 40),
    stream=st.none() | st.sampled_from([1, 2, 3]),
    person=st.sampled_from(["", "staff 3", "staff 9"]),
    kinds=st.sampled_from([(), ("read.",), ("watch.", "refused"), ("staff.left",), ("read_window",)]),
    since=st.none() | st.integers(NOON - 10, NOON + 3100),
    until=st.none() | st.integers(NOON - 10, NOON + 3100),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ASKED)
def test_sqlite_answers_as_plain_python(facts: Facts, asked: AuditAsked) -> None:
    assert read_audit(facts.reader.ask, asked) == selected(facts.reader.audit(), asked)


def test_page_after_page_gives_every_line_once(facts: Facts) -> None:
    everything = [line.seq for line in facts.reader.audit() if line.action.startswith("watch.")]
    got, below = [], None
    for _ in range(1000):
        found = read_audit(facts.reader.ask, AuditAsked(below, 10, kinds=("watch.",)))
        got += [line.seq for line in found.lines]
        below = found.next
        if below is None:
            break
    assert got == everything[::-1]


def test_what_is_about_a_patient_is_their_stream_their_cases_and_their_person(facts: Facts) -> None:
    found = read_audit(facts.reader.ask, AuditAsked(stream=1, limit=500))
    assert {line.subject for line in found.lines} == {"s000001", "case 1", "patient 7"}
    assert found.next is None


def test_an_empty_audit_is_an_empty_page() -> None:
    assert selected([], AuditAsked()) == AuditFound([], None)
