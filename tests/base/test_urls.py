"""What of a URL people may see: never what can be a secret."""

from __future__ import annotations

import pytest

from einthoven.base.urls import place, without

HOOK = "https://hooks.example:8443/services/T0001/k7Xw2mQv9?token=s3cr3t-s3cr3t#x"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (HOOK, "https://hooks.example:8443"),
        ("https://hooks.example", "https://hooks.example"),
        ("https://hooks.example?key=1", "https://hooks.example"),
        ("https://hooks.example#key", "https://hooks.example"),
        ("https://me:word@hooks.example/x", "https://hooks.example"),
        ("https://me:wo/rd@hooks.example/x", "…"),
        ("https://[2001:db8::1]:9/x", "https://[2001:db8::1]:9"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000"),
        ("https:\\\\hooks.example\\x", "…"),
        ("a secret that was pasted here", "…"),
        ("", "…"),
    ],
)
def test_of_a_url_scheme_and_host_are_shown(url: str, shown: str) -> None:
    assert place(url) == shown


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (
            "404 Cannot POST /services/T0001/k7Xw2mQv9?token=s3cr3t-s3cr3t",
            "404 Cannot POST /…/T0001/…?token=…",
        ),
        (f"no such page: {HOOK}", "no such page: https://hooks.example:8443/…"),
        ("no hook k7Xw2mQv9 here", "no hook … here"),
        ("200 ok", "200 ok"),
    ],
)
def test_an_answer_that_repeats_the_url_is_told_without_it(words: str, left: str) -> None:
    assert without(words, HOOK) == left


@pytest.mark.parametrize("url", ["https://hooks.example", "https://hooks.example/", "nothing"])
def test_where_nothing_is_behind_the_host_words_stay(url: str) -> None:
    assert without("200 / ok https://hooks.example", url) == "200 / ok https://hooks.example"
