"""Load every kernel before the first transmitter connects or the first telephone rings.

A kernel loads in a tenth of a second from its cache and compiles in seconds without one; neither may happen
while somebody's samples wait.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from einthoven.base.layout import Layout, Lead
from einthoven.base.thresholds import shipped
from einthoven.center.live_findings import NoFindings
from einthoven.center.ward import LiveWard
from einthoven.ecg.hrv import spectra
from einthoven.ecg.waves import delineate_record
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.log import LogSettings
from einthoven.edges.store.sealed import Sources
from einthoven.edges.store.store import Store, StoreSettings
from einthoven.edges.store.tracker import SealTimes
from einthoven.edges.web.measures import measures_body
from einthoven.link.batch import acks, decode_checked, join, parse
from einthoven.link.blocks import FrameBatch
from einthoven.link.codec import pack
from einthoven.reports.review_retold import retold
from einthoven.telephone import g711
from einthoven.telephone.dtmf import Dialled
from einthoven.telephone.modulate import modulate
from einthoven.telephone.profiles import profile
from einthoven.telephone.receiver import Receiver

RATE = 100.0
SECONDS = 40


def warm_up() -> None:
    """Send a made-up stream through parsing, decoding, log, sealing, reading and ward, on a disk."""
    with tempfile.TemporaryDirectory(prefix="einthoven-warm-") as folder:
        _through(Path(folder))
    _call()


def _call() -> None:
    """Take a made-up call with a strip in it: the first that comes shall not be late."""
    ecg = _samples(1000)[:, 0] / 400.0
    sound = modulate(ecg, RATE, profile("simulated"), 8000)
    codes = g711.encode((np.pad(sound, (0, 16_000)) * 32767).astype(np.int16), "mu")
    receiver, dialled = Receiver(8000), Dialled(8000)
    receiver.feed(g711.decode(codes, "mu"))
    receiver.lose(800)
    receiver.end()
    dialled.feed(sound[:800])


def _through(folder: Path) -> None:
    layout = Layout(RATE, (Lead("II"), Lead("V1")))
    samples = _samples(round(RATE) * SECONDS)
    ward = LiveWard()
    ward.admit(1, layout)
    sources = Sources(lambda _: layout, lambda _stream, _sample: 0, ward.beats)
    times = SealTimes(settle=0, grace=0)
    store = Store(
        RealDisk(folder), sources, StoreSettings(10.0, log=LogSettings(reserve_bytes=0), times=times)
    )
    rate = round(RATE)
    order = [*range(SECONDS - 10), *range(SECONDS - 5, SECONDS), *range(SECONDS - 10, SECONDS - 5)]
    for second in order:
        message = pack(second * rate, samples[second * rate : (second + 1) * rate], False)
        data, offset, length = join([message])
        parsed = parse(data, offset, length)
        one = np.ones(1, np.int64)
        batch = FrameBatch(
            data, offset, length, one, parsed.start, parsed.count, parsed.leads, parsed.lane, one * second
        )
        block, _ = decode_checked(batch, stored=True)
        acks(parsed.start, parsed.start + parsed.count, one)
        store.log.commit([batch])
        ward.step([block], 0)
    ward.refill(10_000)
    store.archive.seal_due(10**12)
    store.archive.end(1, 10**12)
    store.archive.seal_due(2 * 10**12)
    store.reader.read(1, 0, SECONDS * rate)
    store.reader.envelope(1, 0, SECONDS * rate, 10)
    store.reader.beats(1, 0, SECONDS * rate)
    ward.recent(1, (SECONDS - 10) * rate, SECONDS * rate)
    measures_body(store.reader, NoFindings(), 1, layout, ward.rows(1, 0, SECONDS * rate), 0)
    beats = ward.beats(1, 0, SECONDS * rate)
    retold(beats, layout.rate_mhz, 0, SECONDS * rate, shipped())
    delineate_record(samples, layout, beats)
    spectra(np.arange(4.0), np.ones(4), np.zeros(4, np.int64), 1)
    ward.snapshot()
    store.close()


def _samples(count: int) -> np.ndarray:
    """Spikes at 75 a minute on a slow wave: enough for every branch of the detector."""
    index = np.arange(count)
    spikes = np.where(index % 80 < 3, 400, 0)
    wave = 40 * np.sin(index / 40)
    return np.stack([spikes + wave, wave - spikes / 2], 1).astype(np.int16)
