"""Build hook: a wheel always contains the built front end."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontendHook(BuildHookInterface):
    """Builds ``frontend/`` into the package when the built files are not there yet (needs Node 20)."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before the files of the wheel are collected; editable installs are left alone."""
        del build_data
        root = Path(self.root)
        index = root / "src/einthoven/edges/web/static/index.html"
        if version == "editable" or index.exists():
            return
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError(
                "the front end is not built and npm is not on the PATH: run `make frontend` first"
            )
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=root / "frontend", check=True)
        subprocess.run([npm, "run", "build"], cwd=root / "frontend", check=True)
