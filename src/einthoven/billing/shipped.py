"""The policies that come with the package."""

from __future__ import annotations

from functools import cache
from importlib import resources

from einthoven.billing.policy import Policies
from einthoven.billing.policy_read import load

FOLDER = "policies"


def files() -> tuple[tuple[str, str], ...]:
    """Name and text of each shipped policy file."""
    folder = resources.files(__package__) / FOLDER
    there = (one for one in folder.iterdir() if one.name.endswith(".toml"))
    return tuple(sorted((one.name, one.read_text("utf-8")) for one in there))


@cache
def shipped() -> Policies:
    """The shipped policies.

    Raises:
        FaultsError: one of them is faulty: nothing may start.
    """
    return load(files())
