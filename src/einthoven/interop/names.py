"""Names of people, taken apart and put together for formats that want the parts."""

from __future__ import annotations


def parts(name: str) -> tuple[str, str]:
    """Family and given names of ``"Doe, Jane Mary"``; a name without a comma is all family name.

    What stands behind the first comma is given names: nothing is guessed from the order of words, which
    differs from country to country.
    """
    family, _, given = name.partition(",")
    return family.strip(), given.strip()


def whole(family: str, given: str, further: str = "", suffix: str = "") -> str:
    """``"Doe, Jane Mary, III"`` of its parts; those that are empty fall away."""
    first = " ".join(part for part in (given.strip(), further.strip()) if part)
    return ", ".join(part for part in (family.strip(), first, suffix.strip()) if part)
