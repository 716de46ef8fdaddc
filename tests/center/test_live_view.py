"""What a screen may ask, and with which words it is refused."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.base.errors import InputError
from einthoven.center.live_view import Reload, View, Visible, parse_request

GOOD = {
    "type": "view",
    "epoch": 7,
    "streams": [{"id": "s000017", "leads": [0, 1]}, {"id": "s000018"}],
    "columns_per_second": 94.5,
    "history": 10,
}


def test_the_three_requests() -> None:
    assert parse_request(json.dumps(GOOD)) == View(7, ((17, (0, 1)), (18, ())), 94.5, 10.0)
    assert parse_request('{"type":"visible","value":false}') == Visible(False)
    assert parse_request('{"type":"reload"}') == Reload()


REFUSED = [
    ("{", "not JSON"),
    ("[" * 5000, "not JSON"),
    ("[]", "not a JSON object"),
    ('{"type":"dance"}', "type 'dance'"),
    ('{"type":"visible","value":1}', "true or false"),
    ({"epoch": -1}, "epoch"),
    ({"epoch": 2**32}, "epoch"),
    ({"epoch": True}, "epoch"),
    ({"streams": "s1"}, "must be a list"),
    ({"streams": [{"id": f"s{n:06d}"} for n in range(1, 130)]}, "129 streams, at most 128"),
    ({"streams": [{"id": "s000017"}, {"id": "17"}]}, "named twice"),
    ({"streams": ["s000017"]}, "object with an id"),
    ({"streams": [{"id": "x"}]}, "not a stream"),
    ({"streams": [{"id": "s1", "leads": [12]}]}, "lead 12"),
    ({"streams": [{"id": "s1", "leads": [True]}]}, "lead True"),
    ({"streams": [{"id": "s1", "leads": [1, 1]}]}, "named twice"),
    ({"streams": [{"id": "s1", "leads": [*range(12), 0]}]}, "at most 12"),
    ({"columns_per_second": 9.9}, "columns_per_second must be 10 to 2000"),
    ({"columns_per_second": 2001}, "columns_per_second"),
    ({"columns_per_second": float("nan")}, "columns_per_second"),
    ({"columns_per_second": "94"}, "columns_per_second"),
    ({"history": 21}, "history must be 0 to 20"),
    ({"history": -1}, "history"),
]


@pytest.mark.parametrize(("asked", "why"), REFUSED)
def test_what_is_refused_says_why(asked: object, why: str) -> None:
    text = asked if isinstance(asked, str) else json.dumps(GOOD | asked)  # type: ignore[operator]
    with pytest.raises(InputError, match=why) as caught:
        parse_request(text)
    assert "\n" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries({"type": st.just("view")}, optional={key: JSON for key in GOOD if key != "type"})
)
def test_whatever_comes_is_taken_or_refused(body: dict[str, object]) -> None:
    with contextlib.suppress(InputError):
        assert isinstance(parse_request(json.dumps(body)), View)
