"""Who answers when a visitor calls: rings, speaks, reads back; some calls reach a machine."""

from __future__ import annotations

from einthoven.base.instants import SECOND
from einthoven.sim.telephone import RINGS, SPEAKS, VOICEMAIL_EVERY, Ringing, Telephone


def ringing(call: int, tier: str = "emergent", begun: int = 0) -> Ringing:
    say = "Waveling, Mei-Lan: Asystole, 6.8 s, from 2026-01-01T00:00:00Z. asystole: any"
    return Ringing(call, "s000001", "Dr. Phil Physician", "cardiologist", say, tier, begun)


def test_it_rings_then_somebody_answers_then_reads_back() -> None:
    telephone = Telephone()
    telephone.started(ringing(5))
    assert [one["state"] for one in telephone.step(0).values()] == ["ringing"]
    assert telephone.step(RINGS - 1) == {}
    (told,) = telephone.step(RINGS).values()
    assert told["state"] == "answered"
    assert told["lines"] == ["Dr. Phil Physician here, cardiologist. Please go on."]
    (told,) = telephone.step(SPEAKS).values()
    assert told["lines"][1] == "I read back: Waveling, Mei-Lan: Asystole, 6.8 s."
    assert "emergency department" in told["lines"][2]


def test_a_call_that_is_over_is_told_no_more() -> None:
    telephone = Telephone()
    telephone.started(ringing(5))
    telephone.step(SPEAKS)
    telephone.ended(5)
    telephone.ended(6)
    assert telephone.step(SPEAKS + SECOND) == {5: None}
    assert telephone.step(SPEAKS + 2 * SECOND) == {}


def test_the_first_call_is_answered_and_one_now_and_then_is_not() -> None:
    telephone, reached = Telephone(), []
    for call in range(1, 2 * VOICEMAIL_EVERY + 1):
        telephone.started(ringing(call, "daily"))
        reached.append(telephone.step(SPEAKS)[call]["state"])
        telephone.ended(call)
    assert reached == [*["answered"] * (VOICEMAIL_EVERY - 1), "voicemail"] * 2
