"""Quality control at the desk: counted from the deeds of real verdicts, for those who lead and audit."""

from __future__ import annotations

import pytest
from tests.center.desk_house import DeskHouse

from einthoven.base.deeds import Deed, Json
from einthoven.base.errors import InputError, RefusedError
from einthoven.center.desk_door import Who


def house_with_readings() -> DeskHouse:
    """Ruiz was read again twice and agreed with once; Sato's one verdict waits."""
    house = DeskHouse(patients=1)
    for name in ("Ruiz, Tom", "Sato, Mei"):
        house.hire(name)
    lead = house.hire("Ode, Kemi", role="supervisor")
    for case, by, agrees in ((1, 1, True), (2, 1, False), (3, 2, None)):
        kinds: list[tuple[str, dict[str, Json]]] = [("opened", {"group": "af"})]
        kinds.append(("verdict", {"by": by, "verdict": "true"}))
        kinds.append(("overread_due", {"reader": by, "verdict": "true"}))
        if agrees is not None:
            said = "true" if agrees else "artefact"
            kinds.append(("overread", {"by": lead, "verdict": said, "agrees": agrees}))
        for kind, body in kinds:
            house.books.agreement.apply(
                Deed(1, house.clock.wall(), "staff 1", f"case.{kind}", f"case {case}", {"case": case, **body})
            )
    return house


def test_the_least_agreement_stands_first() -> None:
    house = house_with_readings()
    told = house.room.ask(Who(3, None, ""), "agreement", {})
    readers = told["readers"]
    assert isinstance(readers, list)
    assert [(one["name"], one["given"], one["read"], one["share"]) for one in readers] == [
        ("Ruiz, Tom", 2, 2, 0.5),
        ("Sato, Mei", 1, 0, None),
    ]
    differed = told["differed"]
    assert isinstance(differed, list)
    assert [(one["case"], one["reader"], one["by"]) for one in differed] == [(2, "Ruiz, Tom", "Ode, Kemi")]


def test_it_is_not_for_those_who_are_read_and_days_are_checked() -> None:
    house = house_with_readings()
    with pytest.raises(RefusedError, match="not for your roles"):
        house.room.ask(Who(1, None, ""), "agreement", {})
    for days in ("0", "401", "x", "²"):
        with pytest.raises(InputError, match="days: want a whole number"):
            house.room.ask(Who(3, None, ""), "agreement", {"days": days})
