"""Notices to further recipients: no name of the patient, one id for one thing, never sufficient (R23)."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.base.instants import from_iso
from einthoven.escalation.criteria import Met
from einthoven.escalation.notices import REPORT, TELEPHONE, WHATS, Occasion, notice_id, notices, recipient

NOON = from_iso("2026-11-21T17:00:00Z")
MET = Met(
    "pause.urgent.interval_ms", "urgent", 4200, 4000, "ms", "urgent: pause by day: 4200 ms (at least 4000 ms)"
)
OCCASION = Occasion(
    "Heart Center", "opened", 17, 5, 2, "urgent", NOON, (MET,), "https://center.example/case/5"
)
FIELDS = {
    "key": "on-call",
    "channel": "email",
    "to": "on-call@practice.example",
    "tiers": ["urgent", "emergent"],
    "whats": ["opened", "exhausted"],
}
EMAIL = recipient(FIELDS)
HOOK = recipient(FIELDS | {"key": "hook", "channel": "webhook", "to": "https://hook.example/x?y=1"})


def test_a_notice_holds_values_and_no_name() -> None:
    mail, hook = notices([EMAIL, HOOK], OCCASION)
    assert mail.subject == "[Heart Center] urgent: s000017, case 5"
    assert mail.text.splitlines()[:4] == [
        "urgent: s000017, case 5: met a criterion; a physician is being called.",
        "Since 2026-11-21T17:00:00.000Z.",
        "- urgent: pause by day: 4200 ms (at least 4000 ms)",
        "Open it: https://center.example/case/5",
    ]
    assert "does not replace the telephone call" in mail.text
    assert (hook.json["additional"], hook.json["sufficient"]) == (True, False)
    assert hook.json["met"][0]["value"] == 4200
    assert json.loads(json.dumps(hook.json)) == hook.json
    assert (hook.to, hook.channel) == ("https://hook.example/x?y=1", "webhook")


def test_only_who_wants_to_know() -> None:
    assert notices([EMAIL], replace(OCCASION, tier="daily")) == []
    assert notices([EMAIL], replace(OCCASION, what="reached")) == []
    assert len(notices([EMAIL], replace(OCCASION, what="exhausted", tier="emergent"))) == 1


def test_a_recipient_of_one_practice_hears_of_its_patients_alone() -> None:
    ours = recipient(FIELDS | {"practice": 1})
    assert (ours.practice, EMAIL.practice) == (1, None)
    told = [len(notices([EMAIL, ours], replace(OCCASION, practice=number))) for number in (None, 1, 2)]
    assert told == [1, 2, 1]


def test_a_recipient_of_the_ladder_hears_where_they_are_called() -> None:
    called = recipient(FIELDS | {"contact": "x" * 60})
    assert (called.contact, EMAIL.contact) == ("x" * 60, "")
    among = [frozenset(), frozenset({"fib"}), frozenset({"fib", "x" * 60})]
    assert [len(notices([called], replace(OCCASION, contacts=keys))) for keys in among] == [0, 0, 1]
    both = recipient(FIELDS | {"contact": "fib", "practice": 2})
    assert notices([both], replace(OCCASION, contacts=among[1], practice=1)) == []


def test_the_patient_is_named_where_the_center_lets_it_and_nowhere_else() -> None:
    (plain,) = notices([EMAIL], OCCASION)
    assert "patient" not in plain.json
    assert "Patient:" not in plain.text
    (named,) = notices([EMAIL], replace(OCCASION, patient="Doe, Jane"))
    assert named.json["patient"] == "Doe, Jane"
    assert "Patient: Doe, Jane" in named.text.splitlines()
    assert named.subject == plain.subject


def test_the_id_is_that_of_the_facts() -> None:
    first = notice_id(EMAIL, OCCASION)
    assert (uuid.UUID(first).version, uuid.UUID(first).variant) == (8, uuid.RFC_4122)
    assert notice_id(recipient(dict(FIELDS)), replace(OCCASION, met=(), link="", center="Renamed")) == first
    others = [
        notice_id(HOOK, OCCASION),
        *(
            notice_id(EMAIL, replace(OCCASION, **change))
            for change in (
                {"what": "reached"}, {"stream": 18}, {"number": 3}, {"tier": "emergent"}, {"rounds": 1},
                {"at": NOON + 1},
            )
        ),
    ]  # fmt: skip
    assert len({first, *others}) == 8


def test_every_occasion_has_words() -> None:
    everything = recipient(FIELDS | {"whats": list(WHATS)})
    for what in WHATS:
        (made,) = notices([everything], replace(OCCASION, what=what, case=None))
        of = {REPORT: ", report 2", TELEPHONE: ", telephone call 2"}.get(what, "")
        assert made.text.startswith(f"urgent: s000017{of}: ")
        assert made.subject == f"[Heart Center] urgent: s000017{of}"


BAD = [
    ({"key": "A b"}, "key: 'A b': want"),
    ({"key": None}, "key: "),
    ({"channel": "fax"}, "channel: 'fax': want one of email, webhook"),
    ({"to": "nobody"}, "to: 'nobody': want an e-mail address"),
    ({"to": "a@b.example\nBcc: c@d.example"}, "want an e-mail address"),
    ({"to": "a@b"}, "want an e-mail address"),
    ({"to": None}, "want an e-mail address"),
    ({"channel": "webhook", "to": "http://hook.example/"}, "want an https URL"),
    ({"channel": "webhook", "to": "https://hook.example/ x"}, "want an https URL"),
    ({"channel": "webhook", "to": "file:///etc/passwd"}, "want an https URL"),
    ({"tiers": []}, "tiers: want a list of daily, urgent, emergent"),
    ({"tiers": ["detect"]}, "tiers: want"),
    ({"whats": "opened"}, "whats: want a list of opened"),
    ({"practice": 0}, "practice: '0': want the number of a practice"),
    ({"practice": True}, "practice: 'True': want"),
    ({"practice": "3"}, "practice: '3': want"),
    ({"contact": "x" * 61}, "want the key of a person of a ladder"),
    ({"contact": None}, "contact: 'None': want"),
    ({"key": "x" * 41}, "want 1 to 40 of a-z"),
    ({"sms": 1, "fax": 2}, "fax: a recipient has no such field"),
]


@pytest.mark.parametrize(("change", "words"), BAD)
def test_what_is_no_recipient(change: dict, words: str) -> None:
    with pytest.raises(InputError) as caught:
        recipient(FIELDS | change)
    assert words in str(caught.value)


def test_a_webhook_on_this_machine_needs_no_tls() -> None:
    for to in ("http://127.0.0.1:8025/x", "http://localhost/", "http://[::1]:80/"):
        assert recipient(FIELDS | {"channel": "webhook", "to": to}).to == to


@given(st.text(max_size=60))
def test_an_address_never_breaks_a_line(to: str) -> None:
    for channel in ("email", "webhook"):
        try:
            made = recipient(FIELDS | {"channel": channel, "to": to})
        except InputError:
            continue
        assert made.to.isprintable()
        assert " " not in made.to
