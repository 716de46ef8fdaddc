"""Records taken out of a data folder, from its console: on record before a sample is read (R42)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from einthoven.base.deeds import Body
from einthoven.base.errors import InputError
from einthoven.base.ids import parse_stream, stream_name
from einthoven.base.instants import Instant

ACTOR: Final = "console"
ACTION: Final = "read.export"
DOSSIER: Final = "read.dossier"
CLAIMS: Final = "read.claims"
Answer: TypeAlias = dict[str, object]
Note: TypeAlias = Callable[[str, str, str, Body, Instant], None]
"""Keeps an audit line (actor, action, subject, detail, at); durable on return, or raises ``StoreError``."""


class ExportOffice:
    """The commands ``export``, ``dossier`` and ``claims``.

    Args:
        note: keeps an audit line.
    """

    def __init__(self, note: Note) -> None:
        self._note = note

    def commands(self) -> dict[str, Callable[[Mapping[str, object], Instant], Answer]]:
        """By their names."""
        return {"export": self.export, "dossier": self.dossier, "claims": self.claims}

    def dossier(self, body: Mapping[str, object], now: Instant) -> Answer:
        """Put down that the whole record of a period is made to be taken out. Fields: ``stream``."""
        given = body.get("stream")
        if not isinstance(given, str) or len(given) > 40:
            raise InputError("stream: want a text of at most 40 characters")
        stream = parse_stream(given)
        self._note(ACTOR, DOSSIER, stream_name(stream), {}, now)
        return {"stream": stream_name(stream)}

    def claims(self, body: Mapping[str, object], now: Instant) -> Answer:
        """Put down that claims are read at the console. Fields: ``subject`` (``claims``, ``claim 12`` …)."""
        given = body.get("subject")
        if not isinstance(given, str) or not 0 < len(given) <= 40:
            raise InputError("subject: want a text of at most 40 characters")
        self._note(ACTOR, CLAIMS, given, {}, now)
        return {"subject": given}

    def export(self, body: Mapping[str, object], now: Instant) -> Answer:
        """Put down that a stream is about to be taken out.

        Fields: ``stream``, ``from``, ``to`` (ISO 8601; empty: without that end), ``format`` (``wfdb`` if not
        given).

        Raises:
            InputError: a field is wrong; names it.
            StoreError: it is not on record, so nothing may be taken out.
        """
        given = {name: body.get(name, "") for name in ("stream", "from", "to")}
        given["format"] = body.get("format", "wfdb")
        texts = {name: value for name, value in given.items() if isinstance(value, str) and len(value) <= 40}
        for name in given.keys() - texts.keys():
            raise InputError(f"{name}: want a text of at most 40 characters")
        stream = parse_stream(texts["stream"])
        detail: Body = {"from": texts["from"], "to": texts["to"], "format": texts["format"]}
        self._note(ACTOR, ACTION, stream_name(stream), detail, now)
        return {"stream": stream_name(stream)}
