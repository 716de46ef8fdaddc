"""The console's word that a record is taken out: whole, in words, and not at all where it cannot be kept."""

from __future__ import annotations

from typing import Any

import pytest

from einthoven.base.errors import InputError, StoreFullError
from einthoven.base.instants import Instant
from einthoven.center.export_office import ExportOffice
from einthoven.testing.web import EPOCH


def test_the_line_says_which_stream_and_which_part() -> None:
    kept: list[Any] = []
    office = ExportOffice(lambda *line: kept.append(line))
    body = {"stream": "s000017", "from": "2026-11-01T00:00:00Z", "to": ""}
    assert office.commands()["export"](body, EPOCH) == {"stream": "s000017"}
    detail = {"from": "2026-11-01T00:00:00Z", "to": "", "format": "wfdb"}
    assert kept == [("console", "read.export", "s000017", detail, EPOCH)]
    office.commands()["export"](body | {"format": "edf"}, EPOCH)
    assert kept[-1][3] == detail | {"format": "edf"}


def test_what_cannot_be_put_on_record_is_not_taken_out() -> None:
    def full(_actor: str, _action: str, _subject: str, _detail: object, _at: Instant) -> None:
        raise StoreFullError("no room")

    with pytest.raises(StoreFullError):
        ExportOffice(full).export({"stream": "s000017"}, EPOCH)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "stream"),
        ({"stream": 17}, "stream: want a text"),
        ({"stream": "x"}, "x"),
        ({"stream": "s000017", "format": 7}, "format: want a text of at most 40 characters"),
        ({"stream": "s000017", "to": "9" * 41}, "to: want a text of at most 40 characters"),
    ],
)
def test_a_field_that_is_wrong_is_named(body: dict[str, object], words: str) -> None:
    kept: list[Any] = []
    with pytest.raises(InputError, match=words):
        ExportOffice(lambda *line: kept.append(line)).export(body, EPOCH)
    assert kept == []
