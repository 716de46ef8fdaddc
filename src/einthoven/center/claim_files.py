"""Files that come in about claims: which kind they are, and what they say (835, 277CA, 999, 997, FHIR)."""

from __future__ import annotations

import json

from einthoven.base.errors import InputError
from einthoven.center.claim_posting import Parsed, parsed_of
from einthoven.interop import fhir_claim_answer, x12_277ca, x12_835, x12_check

NAME_MAX = 200


def read_file(content: bytes, name: str) -> Parsed:
    """What a file says; on a thread, for a large one takes seconds.

    Raises:
        InputError: it is none that is known here, one line.
    """
    name = " ".join(name.split())[:NAME_MAX]
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")  # X12 of old systems; every byte is a letter there
    start = text.lstrip("\ufeff \r\n\t")[:1]
    if start == "{":
        return parsed_of(name, fhir_claim_answer.read(_json(text)))
    kinds = set(x12_835.kinds(text))
    if kinds & {"999", "997"}:
        return Parsed(name, (), x12_check.acknowledgements(text))
    if "277" in kinds and "835" not in kinds:
        return parsed_of(name, x12_277ca.read(text))
    return parsed_of(name, x12_835.read(text))


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is no JSON: {error}") from error
