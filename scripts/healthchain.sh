#!/usr/bin/env bash
# Another's models of CDS Hooks, in an environment of their own: the tests marked foreign ask them.
set -euo pipefail
at=.tools/healthchain
[ -x "$at/bin/python" ] && "$at/bin/python" -c "import healthchain.models" 2>/dev/null && exit 0
echo "installing healthchain for the tests of CDS Hooks"
"${BIN:-.venv/bin}/python" -m venv "$at"
"$at/bin/python" -m pip install --quiet --disable-pip-version-check healthchain==0.16.1
