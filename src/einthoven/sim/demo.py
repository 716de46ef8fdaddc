"""What ``einthoven demo`` plays: invented patients, real records first, simulated hearts to fill the ward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from einthoven.base.errors import InputError
from einthoven.base.layout import Layout
from einthoven.center.ports import Clock, Scheduler
from einthoven.sim.cues import CuedSource
from einthoven.sim.hearts.chance import bits, uniform
from einthoven.sim.hearts.heart import layout_of
from einthoven.sim.scenario import Scenario, Wearer, shipped
from einthoven.sim.sources import HeartSource, RecordSource, Source
from einthoven.sim.stage import Enrolled, Ground, Stage
from einthoven.sim.wire import Credentials


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WARD = "ward16"
FIRST_ID = 101
VARIED = _words(
    """
    200 208 232 201 217 207 106 231 209 119 222 104 233 118 203 100 213 221 105 228 107 223 114 202
    214 108 210 116 102 219 124 205 220 215 109 111 123 121 103 101 112 113 115 117 122 212 230 234
    """
)
"""Records of the MIT-BIH database in the order in which they make a varied ward."""
_GIVEN = _words(
    """
    Amara Bela Carmen Dov Eleni Farid Greta Hiro Ines Jamal Katya Lars Mina Nkechi Omar Paloma Qi
    Rashad Sigrid Tariq Uma Viktor Wren Ximena Yusuf Zora
    """
)
_FAMILY = _words(
    """
    Axisdale Baselineau Calibrato Depolarski Electra-Nguyen Faradayo Galvanista Hertzfeld Isoline
    Junctionova Kardiakis Leadbetter Millivolta Nodesworth Ohmura Precordial Quietheart Rhythmson
    Septumbria Telemetrova Upstroke Vectorelli Wilsonterm Xyphos Yokewire Zerocross
    """
)
CUED = ("well", "young", "fast", "pausing", "racing", "dying-battery")
"""Hearts that take cues: in sinus rhythm most of the time, so that what happens to them is seen. The quiet
ones first, as they are offered to a visitor."""
SPARE = ("well", "young", "pausing", "racing", "fast")
"""Hearts of transmitters that are in stock."""
SPARE_ID = 901
BEDS_LEAST, BEDS_CUED = 8, 4
"""From so many beds on so many are kept for simulated hearts, however many records there are."""
PRACTICE = "Practice of the demo"
PHYSICIAN = "Dr. Phil Physician"
TELEPHONE = "+1 212 555 0101"
_LEADS = (("II", "V1"), ("II", "V5"), ("II", "V1", "V5"), ("MLII", "V5"), ("II", "V2"))


@dataclass(frozen=True, slots=True)
class LoadedRecord:
    """A record that bootstrap loaded.

    Attributes:
        name: as in its file name (``"208"``).
        samples: int16[n, leads].
    """

    name: str
    layout: Layout
    samples: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class DemoPatient:
    """One patient of the demo.

    Attributes:
        wearer: transmitter, name, habits.
        source: what it measures, without end.
        playing: ``"record 208"`` or ``"heart pausing"``, to tell the user.
    """

    wearer: Wearer
    source: Source
    playing: str

    def enrollment(self) -> dict[str, object]:
        """The body of ``POST /api/enroll``, without ``public_key``."""
        wearer, layout = self.wearer, self.source.layout
        number = int(wearer.id.rsplit("-", 1)[-1]) % 100
        person: dict[str, object] = {
            "name": wearer.patient,
            "sex": wearer.sex,
            "address": f"{number} Example Lane, Springfield",
            "telephone": f"+1 555 555 01{number:02d}",
        }
        if wearer.birth_date:
            person["birth_date"] = wearer.birth_date
        return {
            "patient": person,
            "physician": {"name": PHYSICIAN, "npi": "1234567893", "telephone": TELEPHONE},
            "transmitter": wearer.id,
            "rate_hz": layout.rate_hz,
            "leads": list(layout.names),
        }


@dataclass(frozen=True, slots=True)
class Demo:
    """Who takes part, and the scenario whose acts are played on them."""

    scenario: Scenario
    patients: tuple[DemoPatient, ...]


def plan(patients: int, records: Sequence[LoadedRecord] = (), seed: int = 1) -> Demo:
    """The ward of the demo.

    Args:
        patients: how many, ≥ 1.
        records: what to replay, endlessly and from staggered positions; the rest of the ward is simulated.
        seed: of hearts and positions.

    Raises:
        InputError: no patients, or a record that no stream can hold.
    """
    if patients < 1:
        raise InputError("a ward needs at least one patient")
    ward = shipped(WARD)
    order = {name: place for place, name in enumerate(VARIED)}
    beds = patients - BEDS_CUED if patients >= BEDS_LEAST else patients
    chosen = sorted(records, key=lambda record: (order.get(record.name, len(order)), record.name))[:beds]
    people = [
        _patient(ward, number, chosen[number] if number < len(chosen) else None, seed, len(chosen))
        for number in range(patients)
    ]
    ids = {one.wearer.id for one in people}
    acts = tuple(act for act in ward.acts if not act.transmitter or act.transmitter in ids)
    wearers = tuple(one.wearer for one in people)
    return Demo(replace(ward, wearers=wearers, acts=acts, expectations=()), tuple(people))


def spare(count: int, seed: int = 1) -> tuple[DemoPatient, ...]:
    """Transmitters on the shelf: what they will send once a patient wears them; nobody is named yet."""
    ward = shipped(WARD)
    models = [next(one for one in ward.wearers if one.heart == heart) for heart in SPARE]
    made = []
    for number in range(count):
        own = bits(seed, 7, number) >> 1
        model = models[number % len(models)]
        wearer = replace(model, id=f"T-{SPARE_ID + number}", patient="", seed=own, start_s=0.0)
        source = CuedSource(HeartSource(ward.heart(wearer), own), own)
        made.append(DemoPatient(wearer, source, f"heart {wearer.heart}"))
    return tuple(made)


def stage(
    demo: Demo, credentials: Sequence[Credentials], clock: Clock, scheduler: Scheduler, ground: Ground
) -> Stage:
    """The demo's transmitters, ready to ``start()``; ``credentials`` in the order of ``demo.patients``."""
    enrolled = [
        Enrolled(one.wearer, given.identity()) for one, given in zip(demo.patients, credentials, strict=True)
    ]
    sources = {one.wearer.id: one.source for one in demo.patients}
    return Stage(demo.scenario, enrolled, clock, scheduler, ground, sources=sources)


def _patient(
    ward: Scenario, number: int, record: LoadedRecord | None, seed: int, records: int
) -> DemoPatient:
    wearer = ward.wearers[number] if number < len(ward.wearers) else _stranger(ward, number, seed)
    if record is not None:
        position = int(uniform(seed, 1, number) * len(record.samples))
        source: Source = RecordSource(record.layout, record.samples, loop=True, first=position)
        return DemoPatient(replace(wearer, layout=record.layout), source, f"record {record.name}")
    if records:
        # Hearts that fill up after records: begin with the ward's first, whichever bed is free.
        heart = ward.wearers[(number - records) % len(ward.wearers)]
        wearer = replace(wearer, heart=heart.heart, layout=heart.layout)
    own = bits(seed, 2, number) >> 1
    wearer = replace(wearer, seed=own)
    source = HeartSource(ward.heart(wearer), own)
    if wearer.heart in CUED:
        source = CuedSource(source, own)
    return DemoPatient(wearer, source, f"heart {wearer.heart}")


def _stranger(ward: Scenario, number: int, seed: int) -> Wearer:
    """Patients beyond the scenario's sixteen: other names, the same troubles."""
    model = ward.wearers[number % len(ward.wearers)]
    given = _GIVEN[number % len(_GIVEN)]
    family = _FAMILY[(number // len(_GIVEN) + 7 * number) % len(_FAMILY)]
    leads = model.layout.names if len(model.layout.leads) == 1 else _LEADS[number % len(_LEADS)]
    return replace(
        model,
        id=f"T-{FIRST_ID + number}",
        patient=f"{family}, {given}",
        layout=layout_of(leads, (250.0, 200.0, 360.0, 250.0)[number % 4]),
        battery=15.0 + 85.0 * uniform(seed, 3, number),
        ppm=100.0 * uniform(seed, 4, number) - 50.0,
        birth_date=f"{1935 + bits(seed, 5, number) % 65}-{1 + number % 12:02d}-{1 + number % 28:02d}",
        sex=("female", "male")[bits(seed, 6, number) % 2],
    )
