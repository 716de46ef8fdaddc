"""ISHNE ECG files on disk to samples (R41)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import RecordError
from einthoven.interop import ishne


def is_ishne(path: Path) -> bool:
    """Whether a file begins as an ISHNE file; False where there is none."""
    try:
        with path.open("rb") as file:
            return file.read(len(ishne.ECG_MAGIC)) == ishne.ECG_MAGIC
    except OSError:
        return False


def read_ishne(path: Path) -> tuple[ishne.IshneHeader, NDArray[np.int16], list[str]]:
    """Header, int16[n, leads] (lead faults are ``INVALID_SAMPLE``), and what a reader should know.

    Raises:
        RecordError: not an ISHNE file, damaged or cut short; one line naming the file.
    """
    try:
        with path.open("rb") as file:
            head = file.read(ishne.FIXED)
            head += file.read(ishne.header_size(head, str(path)) - ishne.FIXED)
            header = ishne.parse_header(head, str(path))
            data = np.fromfile(file, "<i2")
    except OSError as error:
        raise RecordError(f"{path}: {error.strerror or 'cannot be read'}") from error
    leads = len(header.leads)
    there = len(data) // leads
    wanted = header.samples
    if there < wanted and header.samples % leads == 0:
        wanted = header.samples // leads  # some writers count the samples of all leads together
    notes = [] if header.sound else ["the header does not fit its checksum: it may be damaged"]
    if there < wanted or wanted not in {there, header.samples}:
        raise RecordError(
            f"{path}: {there} samples where the header says {header.samples}: the file is cut short"
        )
    if there > wanted:
        notes.append(f"{there} samples where the header says {wanted}: the first {wanted} are read")
    samples = data[: wanted * leads].reshape(wanted, leads).astype(np.int16, copy=False)
    return header, ishne.stored(samples, header.shift), notes
