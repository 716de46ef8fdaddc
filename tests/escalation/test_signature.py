"""A signature is bound to exactly what was signed, and says who, when and what for (R21, R27)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.errors import InputError, RefusedError
from einthoven.base.instants import from_iso
from einthoven.escalation.signature import (
    COMPONENTS,
    MEANINGS,
    PRESCRIBES,
    Signature,
    canonical,
    digest,
    from_body,
    sign,
    verify,
)

NOON = from_iso("2026-11-21T17:00:00Z")
CONTENT = canonical({"limits": {"pause.urgent.interval_ms": 3500}, "why": "syncope, José"})


def signed(**more: object) -> Signature:
    given: dict = {
        "content": CONTENT,
        "signer": 5,
        "name": "Dr A. Fib",
        "at": NOON,
        "meaning": PRESCRIBES,
        "components": ("password", "code"),
        "first": True,
    }
    return sign(**(given | more))


def test_it_shows_printed_name_time_and_meaning() -> None:
    assert signed().shown() == "I prescribe these criteria. Dr A. Fib, 2026-11-21T17:00:00.000Z"


def test_it_verifies_after_the_journal_and_fits_nothing_else() -> None:
    kept = from_body(json.loads(json.dumps(signed().body())))
    assert kept == signed()
    assert verify(CONTENT, kept).ok
    assert verify(CONTENT + b" ", kept).reasons == ("the content is not what was signed",)


@given(st.integers(0, len(CONTENT) - 1), st.integers(1, 255))
def test_any_changed_byte_fails(place: int, change: int) -> None:
    wrong = bytearray(CONTENT)
    wrong[place] ^= change
    assert not verify(bytes(wrong), signed()).ok


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("content", digest(b"other")),
        ("signer", 6),
        ("name", "Dr B. Fib"),
        ("at", NOON + 1),
        ("meaning", "I have seen it"),
        ("components", ("password",)),
        ("seal", "0" * 64),
    ],
)
def test_any_changed_field_fails(field: str, value: object) -> None:
    assert not verify(CONTENT, replace(signed(), **{field: value})).ok


@pytest.mark.parametrize("name", ["content", "signer", "name", "at", "meaning", "components", "seal"])
def test_a_missing_field_fails(name: str) -> None:
    body = dict(signed().body())
    del body[name]
    assert not verify(CONTENT, from_body(body)).ok


ENOUGH = [
    (("password", "code"), True, True),
    (("password", "passkey"), True, True),
    (("passkey-verified",), True, True),
    (("password",), True, False),
    (("code", "passkey"), True, False),
    (("passkey",), True, False),
    ((), True, False),
    (("password",), False, True),
    (("code",), False, True),
    ((), False, False),
]
"""21 CFR 11.200(a)(1): two components at the first signing, one of them at later ones."""


@pytest.mark.parametrize(("components", "first", "enough"), ENOUGH)
def test_components(components: tuple[str, ...], first: bool, enough: bool) -> None:
    if enough:
        assert verify(CONTENT, signed(components=components, first=first)).ok
        return
    which = "the first signature of a session takes 2" if first else "a signature takes 1"
    with pytest.raises(RefusedError, match=f"^components: {which} sorts of proof"):
        signed(components=components, first=first)


def test_what_is_no_signature() -> None:
    for more, words in (
        ({"components": ("password", "smile")}, "components: not known: smile"),
        ({"meaning": "hello"}, "meaning: a signature means one of"),
        ({"name": "  "}, "name: a signature needs the signer's printed name"),
    ):
        with pytest.raises(RefusedError, match=words):
            signed(**more)
    assert PRESCRIBES in MEANINGS
    assert all(COMPONENTS.values())


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=8,
    )
)
def test_one_content_has_one_way_of_writing(value: object) -> None:
    content = {"a": value, "b": 1}
    try:
        written = canonical(content)
    except InputError:
        assert "\\ud" in json.dumps(value)
        return
    assert canonical(dict(reversed(content.items()))) == written
    assert canonical(json.loads(written)) == written


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), object(), {1: 2}.keys()])
def test_what_json_does_not_have_cannot_be_signed(bad: object) -> None:
    with pytest.raises(InputError, match="content cannot be signed"):
        canonical({"x": bad})
