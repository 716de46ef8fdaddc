"""Numbers of callers as lines write them: E.164, national, SIP addresses, withheld."""

from __future__ import annotations

import pytest
from tests.edges.telephony import media_wire as wire
from tests.edges.telephony.board import Board
from tests.edges.telephony.test_media_call import a_call

from einthoven.edges.telephony.sip_offer import number_of


@pytest.mark.parametrize(
    ("header", "number"),
    [
        ('"Doe, Jane" <sip:+15555550100@pbx.example;user=phone>;tag=1', "+15555550100"),
        ("<sip:+1-555-555-0100;ext=7@pbx.example>", "+15555550100"),
        ("sip:0171%205550100@10.1.2.3", "01715550100"),
        ("<sips:5555550100:secret@pbx.example>", "5555550100"),
        ("<tel:+1-555-555-0100;phone-context=example.com>", "+15555550100"),
        ("<sip:alice@pbx.example>", "alice"),
        ("<sip:pbx.example>", ""),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', ""),
        ("<sip:Restricted@pbx.example>", ""),
        ("<sip:%00evil%0d%0a@pbx.example>", "?evil??"),
        ("<mailto:jane@clinic.example>", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_number_is_what_stands_before_the_host(header: str | None, number: str) -> None:
    assert number_of(header) == number


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("+15555550100", "+15555550100"),
        ("sip:+15555550100@198.51.100.7;user=phone", "+15555550100"),
        ("tel:+1-555-555-0100", "+15555550100"),
        ("client:bob", "client:bob"),
        ("Anonymous", ""),
        ("RESTRICTED", ""),
        ("unknown", ""),
        ("+266696687", ""),
        ("+7378742833", ""),
        ("+86282452253", ""),
        ("sip:anonymous@anonymous.invalid", ""),
        ("", ""),
    ],
)
def test_a_stream_s_caller_is_a_number_or_nobody(told: str, number: str) -> None:
    """ANONYMOUS and its like are dialled as digits where a service knows nothing else: +266696687."""
    board = Board()
    call, _wire = a_call(board)
    call.received(wire.start(caller=told))
    assert call.caller == number
