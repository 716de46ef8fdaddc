"""The ward of the demo: enough patients, all different, records first, and it runs on real sockets."""

from __future__ import annotations

import numpy as np
import pytest
from tests.sim.fake_center import FakeCenter

from einthoven.base.errors import InputError
from einthoven.base.instants import SECOND
from einthoven.base.layout import Layout, Lead
from einthoven.link.identity import NO_CERTIFICATE, public_key
from einthoven.sim.demo import LoadedRecord, plan, stage
from einthoven.sim.network import Network
from einthoven.sim.wire import Credentials
from einthoven.testing.clock import VirtualClock
from einthoven.testing.scheduler import VirtualScheduler

LAYOUT = Layout(360.0, (Lead("MLII"), Lead("V5")))


def record(name: str) -> LoadedRecord:
    samples = np.random.default_rng(int(name)).integers(-300, 300, (20_000, 2)).astype(np.int16)
    return LoadedRecord(name, LAYOUT, samples)


@pytest.mark.parametrize("patients", [1, 16, 64, 500])
def test_everybody_has_a_name_a_transmitter_and_a_heart_of_their_own(patients: int) -> None:
    demo = plan(patients)
    assert len(demo.patients) == patients
    ids = [one.wearer.id for one in demo.patients]
    people = [(one.wearer.patient, one.wearer.birth_date) for one in demo.patients]
    assert len(set(ids)) == len(set(people)) == patients
    assert len({one.source.recording for one in demo.patients}) == patients
    assert len({one.playing for one in demo.patients}) == min(patients, 16)


def test_records_come_first_in_a_varied_order_and_hearts_fill_up() -> None:
    demo = plan(6, [record(name) for name in ("100", "101", "200", "208")])
    assert [one.playing for one in demo.patients] == [
        "record 200",
        "record 208",
        "record 100",
        "record 101",
        "heart well",
        "heart young",
    ]
    starts = [one.source.samples(0, 1)[0, 0] for one in demo.patients[:4]]
    assert len(set(starts)) > 1
    assert all(one.source.length is None for one in demo.patients)


def test_more_records_than_beds() -> None:
    demo = plan(2, [record(name) for name in ("100", "200", "208")])
    assert [one.playing for one in demo.patients] == ["record 200", "record 208"]


def test_acts_of_absent_patients_are_left_out() -> None:
    assert {act.transmitter for act in plan(10).scenario.acts} == {"T-106"}


def test_nobody_is_no_ward() -> None:
    with pytest.raises(InputError):
        plan(0)


def test_enrollments_say_what_the_center_asks() -> None:
    for one in plan(40, [record("100")]).patients:
        body = one.enrollment()
        assert body["rate_hz"] == one.source.layout.rate_hz
        assert body["leads"] == list(one.source.layout.names)
        assert body["transmitter"] == one.wearer.id


def test_the_ward_plays_marks_and_drop_outs() -> None:
    time = VirtualScheduler(1)
    clock = VirtualClock(time)
    demo = plan(16, [record("100"), record("200")])
    secrets = [bytes([number]) * 32 for number in range(16)]
    center = FakeCenter(
        time, clock, {number + 1: public_key(secret) for number, secret in enumerate(secrets)}
    )
    network = Network(time, lambda: time.now, center, 1)
    credentials = [
        Credentials(one.wearer.id, number + 1, secrets[number], "ws://x/link", "")
        for number, one in enumerate(demo.patients)
    ]
    assert credentials[0].identity().center == NO_CERTIFICATE
    ward = stage(demo, credentials, clock, time, network)
    ward.start()
    time.run_for(80 * SECOND)
    numbers = {one.wearer.id: number + 1 for number, one in enumerate(demo.patients)}
    away = numbers["T-111"]
    assert center.stored(away).total < 62 * 250
    assert not ward.transmitters["T-111"].streaming
    assert center.marks(numbers["T-112"])
    time.run_for(60 * SECOND)
    assert center.stored(away).total > 137 * 250
    for one in demo.patients:
        stored = center.stored(numbers[one.wearer.id])
        assert stored.total > 136 * one.source.layout.rate_hz
        assert len(stored) == 1
    ward.stop()
    time.run_for(5 * SECOND)
    assert not any(one.streaming for one in ward.transmitters.values())
