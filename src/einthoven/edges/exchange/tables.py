"""Tables of what was found as CSV and Parquet (R41), a batch of rows at a time, all of them or none."""

from __future__ import annotations

import io
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from pyarrow import csv, parquet

from einthoven.edges.exchange.atomic import PendingFile, make_folder, sync_folder
from einthoven.interop.recording import Progress, Recording
from einthoven.interop.tables import TABLES, Column, Rows, rows_of

Form = Literal["csv", "parquet"]
_TYPES: dict[str, Any] = {
    "whole": pa.int64(),
    "real": pa.float64(),
    "text": pa.string(),
    "time": pa.timestamp("us", "UTC"),
    "flag": pa.bool_(),
}


class _Sink(io.RawIOBase):
    """A pending file as a library writes to it; the file is closed by its owner."""

    def __init__(self, file: PendingFile) -> None:
        super().__init__()
        self._file = file
        self._at = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Append bytes."""
        piece = bytes(data)
        self._file.write(piece)
        self._at += len(piece)
        return len(piece)

    def tell(self) -> int:
        """How many bytes were written."""
        return self._at


def write_tables(
    folder: Path,
    recording: Recording,
    form: Form,
    tables: Iterable[str] = tuple(TABLES),
    progress: Progress = lambda _done, _total: None,
) -> list[Path]:
    """Write tables as ``FOLDER/NAME.TABLE.csv`` or ``.parquet``; their paths.

    Args:
        folder: where; made if it is not there.
        recording: whose findings.
        form: of the files.
        tables: which.
        progress: called with (tables done, tables in all).

    Raises:
        InputError: a file is in the folder's way.
        StoreError: the disk does not take them; none was changed then.
    """
    make_folder(folder)
    wanted = list(tables)
    paths = [folder / f"{recording.name}.{table}.{form}" for table in wanted]
    with ExitStack() as stack:
        files = [stack.enter_context(PendingFile(path)) for path in paths]
        for done, (table, file) in enumerate(zip(wanted, files, strict=True)):
            _write(file, recording, table, form)
            file.sync()
            progress(done + 1, len(wanted))
        for file in files:
            file.keep()
    sync_folder(folder)
    return paths


def _write(file: PendingFile, recording: Recording, table: str, form: Form) -> None:
    schema = _schema(recording, table)
    with pa.PythonFile(_Sink(file), "w") as sink:
        if form == "csv":
            writer = csv.CSVWriter(sink, schema)
        else:
            writer = parquet.ParquetWriter(sink, schema, compression="zstd")
        with writer:
            for rows in rows_of(recording, table):
                writer.write_table(_batch(rows, schema))


def _batch(rows: Rows, schema: Any) -> Any:
    return pa.Table.from_arrays([pa.array(rows[field.name], field.type) for field in schema], schema=schema)


def _schema(recording: Recording, table: str) -> Any:
    told = {
        "recording": recording.name,
        "rate_hz": f"{recording.layout.rate_hz:g}",
        "leads": " ".join(recording.layout.names),
        "analysis": recording.made_by,
    }
    return pa.schema([_field(column) for column in TABLES[table]], metadata=told)


def _field(column: Column) -> Any:
    return pa.field(column.name, _TYPES[column.sort], metadata={"unit": column.unit, "says": column.says})
