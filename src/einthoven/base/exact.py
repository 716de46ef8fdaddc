"""JSON that any reader takes back as it was written, which is what deeds and audit lines are kept as."""

from __future__ import annotations

import json


def exact_json(value: object) -> str:
    """The text of a value, without white space.

    Raises:
        TypeError: something in it is no JSON, as an object of a class.
        ValueError: a number in it is not finite, or a text is none: half of a surrogate pair, which a browser
            sends where somebody cut a sign in two, is in no UTF-8 (RFC 8259, 8.1).
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text.encode()
    return text
