"""What is read to patients: the shipped file, a site's own, and what is wrong with one."""

from __future__ import annotations

import pytest

from einthoven.answering.instructions import parse, shipped
from einthoven.base.errors import FaultsError, InputError

GOOD = '[[instruction]]\nid = "send"\ntitle = "Send"\nwhen = "now"\nlines = ["Press send."]\n'


def test_the_shipped_ones_tell_danger_first_of_all_what_to_do() -> None:
    of = {one.id: one for one in shipped()}
    assert {"greeting", "danger", "send", "send-fast", "mobile", "again", "end"} <= of.keys()
    assert "911" in of["danger"].lines[0]
    assert "mouthpiece" in " ".join(of["send"].lines)
    assert "noise suppression" in " ".join(of["mobile"].lines).casefold()


def test_lines_are_short_enough_to_be_read_aloud() -> None:
    assert max(len(line) for one in shipped() for line in one.lines) <= 120


def test_a_site_s_own_file_is_taken_whole() -> None:
    (one,) = parse(GOOD, "own.toml")
    assert (one.id, one.title, one.when, one.lines) == ("send", "Send", "now", ("Press send.",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[instruction", "own.toml: "),
        ("", "want 1 to 40 tables"),
        ("instruction = 1", "want 1 to 40 tables"),
        (GOOD + GOOD, "id 'send' stands twice"),
        (GOOD + "loud = true\n", "instruction 1: 'loud' is no field of it"),
        (GOOD + "[more]\n", "'more' is nothing here"),
        (GOOD.replace('"send"', '"Send it"'), "instruction 1: id: want a-z"),
        (GOOD.replace('"Send"', '" "'), "instruction 1: title: want a text"),
        (GOOD.replace('["Press send."]', "[]"), "instruction 1: lines: want 1 to 20"),
        (GOOD.replace('["Press send."]', '["a", 3]'), "instruction 1: lines: want 1 to 20"),
        ("instruction = [1]", "instruction 1: want a table"),
    ],
)
def test_a_fault_is_told_with_its_place(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse(text, "own.toml")


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(FaultsError) as told:
        parse(GOOD.replace('"Send"', "1").replace('"send"', '"S"'), "own.toml")
    assert len(str(told.value).splitlines()) == 2
