"""What healthchain's models of CDS Hooks, which we did not write, make of our services and answers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.interop.cds_calls import answers, call
from tests.interop.test_cds import told

from einthoven.interop.cds import discovery

PYTHON = Path(__file__).resolve().parents[2] / ".tools" / "healthchain" / "bin" / "python"
JUDGE = """
import json, sys
from healthchain.models import CDSRequest, CDSResponse
from healthchain.models.responses.cdsdiscovery import CDSServiceInformation
given = json.load(sys.stdin)
CDSServiceInformation.model_validate(given["services"])
for one in given["calls"]:
    CDSRequest.model_validate(one)
cards = [CDSResponse.model_validate(one) for one in given["answers"]]
print(json.dumps([[str(card.indicator.value) for card in one.cards] for one in cards]))
"""


@pytest.mark.foreign
def test_another_reads_our_services_and_answers() -> None:
    calls = [
        call(),
        call(said=answers(screening=True)),
        call(said=answers(high_risk_vt_vf=True)),
        call("order-select", said=answers(low_risk=None)),
    ]
    given: dict[str, Any] = {
        "services": discovery(),
        "calls": [{**one, "prefetch": {}} for one in calls],
        "answers": [told(one) for one in calls],
    }
    run = subprocess.run(
        [PYTHON, "-c", JUDGE], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert json.loads(run.stdout.splitlines()[-1]) == [["info"], ["warning"], ["critical"], ["warning"]]
