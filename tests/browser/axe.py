"""axe-core over a page: what keeps out whoever uses a keyboard or a screen reader (WCAG 2.2, A and AA)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page

FILE: Final = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
GRAVE: Final = ("serious", "critical")
RUN: Final = """async ([tags, grave]) => {
    const told = await axe.run(document, {
        runOnly: { type: "tag", values: tags },
        rules: { "label-content-name-mismatch": { enabled: false } },
        resultTypes: ["violations"],
    });
    const why = (node) => [...node.any, ...node.all, ...node.none][0]?.message;
    return told.violations
        .filter((one) => grave.includes(one.impact))
        .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(" ")}: ${why(node)}`));
}"""
"""Without axe's experimental rule of names: it wants the signs of priorities (``!!!``) read out."""


@cache
def _source() -> str:
    if not FILE.is_file():
        pytest.fail(f"{FILE} is not there: run `npm ci` in frontend")
    return FILE.read_text("utf-8")


def barriers(page: Page) -> list[str]:
    """Rule, place and reason of every serious or critical violation on the page as it stands now."""
    page.evaluate(_source())
    found: list[Any] = page.evaluate(RUN, [TAGS, GRAVE])
    return sorted({str(one) for one in found})
