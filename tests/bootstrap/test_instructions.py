"""What is read to patients at the telephone: the shipped file, or the one that the settings name."""

from __future__ import annotations

from pathlib import Path

import pytest

from einthoven.answering.instructions import shipped
from einthoven.base.errors import InputError
from einthoven.bootstrap.instructions import instructions_of
from einthoven.settings import Settings

OWN = '[[instruction]]\nid = "hello"\ntitle = "Hello"\nlines = ["Good day."]\n'


def test_without_a_file_the_shipped_ones_are_read(tmp_path: Path) -> None:
    assert instructions_of(Settings(), tmp_path) == shipped()


def test_a_site_s_own_take_their_place_whole(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN, "utf-8")
    (one,) = instructions_of(Settings(telephone_instructions="own.toml"), tmp_path)
    assert one.lines == ("Good day.",)


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"telephone_instructions: .*own\.toml: No such file"):
        instructions_of(Settings(telephone_instructions="own.toml"), tmp_path)
    (tmp_path / "own.toml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InputError, match=r"own\.toml: is no text"):
        instructions_of(Settings(telephone_instructions="own.toml"), tmp_path)
