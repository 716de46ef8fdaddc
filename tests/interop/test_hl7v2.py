"""The text of HL7 v2: any text survives a field, what is none is refused by segment and field."""

from __future__ import annotations

from contextlib import suppress

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.interop.messages import ADT

from einthoven.base.errors import MessageError
from einthoven.interop import hl7v2
from einthoven.interop.hl7v2 import CHARSETS, Delimiters, escaped, parse, unescaped, write

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
TEXT = ANY | st.text("|^~\\&#\r\n\x0b\x1cXF. é", max_size=12)
WILD = (
    st.binary(max_size=200)
    | st.text("MSH|^~\\&\rPID1", max_size=60).map(str.encode)
    | st.binary(max_size=60).map(lambda tail: ADT.encode() + tail)
)
FILLED = TEXT.filter(bool)
HEAD = {3: "A", 9: ("ADT", "A01", "ADT_A01"), 10: "1", 11: "P", 12: "2.5.1"}


@given(TEXT)
def test_any_text_survives_a_field(text: str) -> None:
    message = parse(write([("MSH", HEAD), ("NTE", {3: text})]))
    assert message.get("NTE", 3) == text


@given(FILLED, FILLED, FILLED, FILLED, FILLED)
def test_any_text_survives_in_components_subcomponents_and_repetitions(
    a: str, b: str, c: str, d: str, e: str
) -> None:
    message = parse(write([("MSH", HEAD), ("PID", {3: [(a, (b, c)), d], 5: e})]))
    assert [message.get("PID", 3), message.get("PID", 3, 2), message.get("PID", 3, 2, 2)] == [a, b, c]
    assert (message.get("PID", 3, repeat=2), message.get("PID", 5)) == (d, e)
    assert message.repeats("PID", 3) == 2


@given(ANY, st.permutations("|^~\\&"))
def test_any_text_survives_with_other_delimiters(text: str, signs: list[str]) -> None:
    delimiters = Delimiters("".join(signs))
    field = escaped(text, delimiters)
    assert not set(field.replace(delimiters.escape, "")) & (set(signs) - {delimiters.escape})
    assert unescaped(field, delimiters) == text


@given(
    st.text(st.sampled_from("Müllerß ÀÉ|^\\~&\r"), max_size=20),
    st.sampled_from(["8859/1", "8859/15", "UNICODE UTF-8", "GB 18030-2000"]),
)
def test_the_character_set_that_msh_18_names_is_that_of_the_message(text: str, charset: str) -> None:
    raw = write([("MSH", HEAD), ("NTE", {3: text})], charset)
    message = parse(raw)
    assert message.get("NTE", 3) == text
    assert message.charset == CHARSETS[charset]
    assert hl7.parse(raw, encoding=CHARSETS[charset])["MSH"][0][18][0] == charset


@given(WILD)
def test_whatever_comes_is_taken_apart_or_refused(raw: bytes) -> None:
    with suppress(MessageError):
        message = parse(raw)
        for name in message.names():
            for field in range(1, 12):
                with suppress(MessageError):
                    message.get(name, field, 2, 2)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "MSH: a message begins with MSH, not ''"),
        (b"PID|1", "MSH: a message begins with MSH"),
        (b"MSH", "MSH[1]-2: want four or five delimiters"),
        (b"MSH|^~\\&", None),
        (b"MSH|^^\\&|A", "are no delimiters"),
        (b"MSH|^~\\|A", "are no delimiters"),
        (b"MSHA^~\\&AB", "want four or five"),
        (b"MSH|^~\\&|A\rpid|1", "segment 2: 'pid|1' begins no segment"),
        (b"MSH|^~\\&|A\r\rPID|1", "segment 2: '' begins no segment"),
        (b"MSH|^~\\&|A\rMSH|^~\\&|B", "a second MSH"),
        (b"MSH|^~\\&|\xff", "MSH[1]-18: byte 9 is no utf-8"),
        (b"MSH|^~\\&|" + 15 * b"|" + b"UNICODE UTF-16|", "'UNICODE UTF-16' is no character set"),
        (b"MSH|^~\\&|" + 15 * b"|" + b"8859/1~ISO IR87", "one character set a message"),
        (b"MSH|^~\\&|A\r" + 2_000 * b"NTE|1\r", "2001 segments"),
        (b"MSH|^~\\&|A\rPID|1||" + 1_000_000 * b"~", "1000008 parts, at most 10000"),
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused_by_its_place(raw: bytes, words: str | None) -> None:
    if words is None:
        assert parse(raw).names() == ["MSH"]
        return
    with pytest.raises(MessageError) as error:
        parse(raw)
    assert words in str(error.value)


def test_a_message_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hl7v2, "MESSAGE_MAX", 100)
    with pytest.raises(MessageError, match="at most 100"):
        parse(ADT.encode())


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("a\\F\\b\\S\\c\\R\\d\\T\\e\\E\\", "a|b^c~d&e\\"),
        ("\\H\\loud\\N\\", "loud"),
        ("one\\.br\\two\\.sp2\\three", "one\ntwo\n\nthree"),
        ("\\XC3A9\\", "é"),
        ("\\P\\", "#"),
        ("\\.sp999\\", 100 * "\n"),
    ],
)
def test_escape_sequences_of_others_are_understood(field: str, text: str) -> None:
    assert unescaped(field, hl7v2.PLAIN) == text


@pytest.mark.parametrize("field", ["a\\F", "\\Z1\\", "\\XZZ\\", "\\XFF\\", "\\C2842\\", "\\.sp1e9\\", "\\\\"])
def test_an_escape_sequence_that_is_none_names_its_field(field: str) -> None:
    message = parse(f"MSH|^~\\&|A\rPID|1||{field}".encode())
    with pytest.raises(MessageError, match=r"PID\[1\]-3: "):
        message.get("PID", 3)


def test_the_fields_of_another_system_are_where_it_put_them() -> None:
    message = parse(ADT.replace("\r", "\r\n").encode())
    assert message.names() == ["MSH", "EVN", "PID", "PV1"]
    assert (message.get("MSH", 1), message.get("MSH", 2), message.get("MSH", 9, 2)) == ("|", "^~\\&", "A01")
    assert message.get("PID", 3, 4, 2) == "1.2.3"
    assert [message.get("PID", 3, 4, repeat=one) for one in (2, 3)] == ["SSA", "REGION"]
    assert message.get("PID", 5, 9) == message.get("PID", 99) == message.get("ZZZ", 1) == ""
    assert message.get("PID", 5, 1, 2) == ""


def test_half_of_a_sign_is_never_sent() -> None:
    with pytest.raises(ValueError, match="cut in two"):
        write([("MSH", HEAD), ("NTE", {3: "\ud83d"})])
