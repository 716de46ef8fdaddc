"""A report's content back as a report: what is printed again is what was signed (R13, R27)."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from einthoven.base.errors import InputError
from einthoven.reports.report import Report

_FORM = TypeAdapter(Report)


def report_from(data: bytes) -> Report:
    """The report of canonical bytes.

    Raises:
        InputError: they are no report of this form; says where.
    """
    try:
        return _FORM.validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"this is no report of the form that is printed here: {where}: {first['msg']}"
        ) from error
