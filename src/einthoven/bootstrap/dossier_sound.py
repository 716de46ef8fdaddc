"""Of the record on request: the sound of a patient's calls, or its hashes where it is too much (R6, R36)."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path
from typing import Final

from einthoven.base.errors import EinthovenError, NotFoundError
from einthoven.center.dossier import Matter
from einthoven.center.dossier_calls import calls_of, strips_in
from einthoven.edges.store.call_sound import CallTapes
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.web.telephone import wav_of

SOUND_MOST: Final = 64 << 20
"""Bytes of sound that go into a record: two hours and more of G.711; of what is beyond only the hashes do."""


def sound_files(folder: Path, matter: Matter, damaged: list[str], most: int = SOUND_MOST) -> dict[str, bytes]:
    """``sound/call-7.wav`` of each call, first come first in, and ``sound.csv`` with every hash.

    A call in which another patient's strip came too is theirs as well: its sound stays at the center.
    """
    tapes, files, room = CallTapes(RealDisk(folder)), dict[str, bytes](), most
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("call", "bytes", "sha256", "samples lost", "in this record"))
    for call in calls_of(matter):
        try:
            content, lost = wav_of(tapes.read(call.number))
        except NotFoundError as error:  # it never came to sound: nobody answered, and nothing was heard
            table.writerow((call.number, 0, "", "", f"no: {error}"))
            continue
        except (EinthovenError, OSError) as error:
            table.writerow((call.number, "", "", "", f"no: {error}"))
            damaged.append(f"sound of call {call.number}: {error}")
            continue
        why = "yes"
        if len(strips_in(matter, call)) < len(call.strips) or call.stream != matter.record.stream:
            why = "no: another patient's strip is in it"
        elif len(content) > room:
            why = "no: too much sound for one record; the center has it"
        else:
            room -= len(content)
            files[f"sound/call-{call.number}.wav"] = content
        table.writerow((call.number, len(content), hashlib.sha256(content).hexdigest(), lost, why))
    return files | {"sound.csv": out.getvalue().encode()}
