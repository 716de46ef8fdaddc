"""Cookies, bearer tokens and hosts: what is read of a header that anybody can write."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.center.house import House

from einthoven.center.sessions import csrf_of
from einthoven.edges.web.cookies import HEADER_MAX, bearer, dropped, kept, value_of
from einthoven.edges.web.hosts import Hosts

TOKEN = "A" * 43
COOKIES = [
    (["einthoven=x"], "x"),
    (["a=b; einthoven=x; c=d"], "x"),
    (["a=b", "einthoven=x"], "x"),
    (["einthoven=x; einthoven=y"], None),
    (["einthoven=x; einthoven=x"], None),
    (["einthoven=x", "einthoven=y"], None),
    (["Einthoven=x"], None),
    (["einthoven2=x; xeinthoven=y"], None),
    (["einthoven"], None),
    (["einthoven=; a=b"], ""),
    (["einthoven=a=b"], "a=b"),
    (['einthoven="x"'], '"x"'),
    (["einthoven=x" + ";" * HEADER_MAX], None),
    ([], None),
]


@pytest.mark.parametrize(("headers", "value"), COOKIES)
def test_a_cookie_is_there_once_or_not_at_all(headers: list[str], value: str | None) -> None:
    assert value_of(headers, "einthoven") == value


names = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=12)
values = st.text(string.ascii_letters + string.digits + "-_=", max_size=50)


@given(st.lists(st.tuples(names, values), max_size=8), names, values, st.integers(0, 8))
def test_among_others_it_is_found(others: list[tuple[str, str]], name: str, value: str, place: int) -> None:
    pairs = [(key, text) for key, text in others if key != name]
    pairs.insert(min(place, len(pairs)), (name, value))
    header = "; ".join(f"{key}={text}" for key, text in pairs)
    assert value_of([header], name) == value
    assert value_of([header, f"{name}=again"], name) is None


@given(st.lists(st.text(max_size=200), max_size=4))
def test_no_header_breaks_the_parser(headers: list[str]) -> None:
    value = value_of(headers, "einthoven")
    assert value is None or any(value in header for header in headers)
    for header in headers:
        token = bearer(header)
        assert token is None or (len(token) == 43 and header[7:] == token)
        name = Hosts.of(["center.example"], secure=True).name_of(header)
        assert name in (None, "center.example", "localhost", "127.0.0.1", "[::1]")


@given(st.text(max_size=60))
def test_no_text_is_a_session_by_chance(text: str) -> None:
    house = House()
    assert house.sessions.find(text, house.now) is None
    assert house.sessions.find(TOKEN, house.now) is None


@given(
    st.text(string.ascii_letters, min_size=43, max_size=43),
    st.text(string.ascii_letters, min_size=43, max_size=43),
)
def test_what_acts_carry_is_of_one_session_and_does_not_tell_it(one: str, other: str) -> None:
    assert len(csrf_of(one)) == 64
    assert (csrf_of(one) == csrf_of(other)) == (one == other)
    assert one not in csrf_of(one)


BEARERS = [
    (f"Bearer {TOKEN}", TOKEN),
    (f"bearer {TOKEN}", TOKEN),
    (f"Bearer {TOKEN} ", None),
    (f"Bearer  {TOKEN}", None),
    (f"Bearer {TOKEN}A", None),
    ("Bearer ", None),
    (f"Basic {TOKEN}", None),
    (TOKEN, None),
]


@pytest.mark.parametrize(("header", "token"), BEARERS)
def test_a_bearer_token_is_one_token(header: str, token: str | None) -> None:
    assert bearer(header) == token


HOSTS = [
    ("center.example", "center.example"),
    ("Center.Example:8093", "center.example"),
    ("localhost:1", "localhost"),
    ("127.0.0.1", "127.0.0.1"),
    ("[::1]:8093", "[::1]"),
    ("[fd00::7]", "[fd00::7]"),
    ("10.0.0.9:8093", "10.0.0.9"),
    ("center.example.evil.example", None),
    ("evil.example", None),
    ("center.example:port", None),
    ("center.example:123456", None),
    ("center.example/", None),
    ("center.example\n", None),
    ("127.0.0.2", None),
    ("", None),
]


@pytest.mark.parametrize(("host", "name"), HOSTS)
def test_the_pages_are_asked_for_by_configured_names(host: str, name: str | None) -> None:
    assert Hosts.of(["Center.Example", "10.0.0.9", "fd00::7"], secure=True).name_of(host) == name


def test_with_tls_only_its_own_pages_are_of_the_origin() -> None:
    assert Hosts.of([], secure=True).origins("a:1") == {"https://a:1"}
    assert Hosts.of([], secure=False).origins("a:1") == {"https://a:1", "http://a:1"}


def test_what_is_set_is_for_no_script_and_no_other_site() -> None:
    strict = "__Host-einthoven=t; Path=/; HttpOnly; SameSite=Strict; Secure"
    assert kept("__Host-einthoven", "t", secure=True) == strict
    assert kept("einthoven", "t", secure=False) == "einthoven=t; Path=/; HttpOnly; SameSite=Strict"
    lax = "x=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=5"
    assert kept("x", "t", secure=False, same_site="Lax", seconds=5) == lax
    assert "Max-Age=0" in dropped("einthoven", secure=False)
