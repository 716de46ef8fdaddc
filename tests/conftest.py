"""What holds for every test: how long an example takes says nothing on a machine that others use too.

A log that one file of tests has set up is not the next one's.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

settings.register_profile("einthoven", deadline=None)
settings.load_profile("einthoven")


@pytest.fixture(scope="module", autouse=True)
def logs_as_they_were() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)
