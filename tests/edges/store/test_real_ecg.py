"""Real ECG through log, link codec and sealing, and out through the ``wfdb`` package: the same samples."""

from __future__ import annotations

import numpy as np
import pytest
from tests.edges.store.shop import NOW, SETTINGS, Shop, beats_every_second
from tests.interop.judge import DATA, needs_data, quiet, wfdb

from einthoven.edges.exchange.records import read_record
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.sealed import Sources
from einthoven.edges.store.store import open_folder
from einthoven.link.batch import join, parse
from einthoven.link.blocks import FrameBatch
from einthoven.link.codec import pack

pytestmark = [pytest.mark.records, needs_data, quiet]


def packed(stream: int, samples: np.ndarray, first: int, rate: int) -> FrameBatch:
    """One-second frames with the link's own codec."""
    starts = range(first, min(first + 60 * rate, len(samples)), rate)
    data, offset, length = join([pack(at, samples[at : at + rate], False) for at in starts])
    found = parse(data, offset, length)
    assert not found.code.any()
    stamp = np.full(len(starts), first, np.int64)
    ids = np.full(len(starts), stream, np.int64)
    return FrameBatch(data, offset, length, ids, found.start, found.count, found.leads, found.lane, stamp)


@pytest.mark.parametrize("name", ["mitdb/100", "mitdb/208", "svdb/800"])
def test_a_record_comes_back_sample_for_sample(tmp_path, name):
    if not (DATA / f"{name}.hea").is_file():
        pytest.skip(f"{name} is not here")
    record = read_record(str(DATA / name))
    layout, samples = record.layout, record.samples
    sources = Sources(lambda _: layout, lambda *_: None, beats_every_second)
    shop = Shop(RealDisk(tmp_path), SETTINGS, sources)
    for first in range(0, len(samples), 60 * round(layout.rate_hz)):
        shop.commit(packed(17, samples, first, round(layout.rate_hz)))
    shop.archive.end(17, NOW)
    assert shop.seal() > 25
    np.testing.assert_array_equal(shop.reader.read(17, 0, len(samples)).samples, samples)
    shop.close()
    back = wfdb.rdrecord(str(tmp_path / "streams/s000017/s000017"), physical=False)
    original = wfdb.rdrecord(str(DATA / name), physical=False)
    assert (back.fs, back.sig_name) == (original.fs, original.sig_name)
    assert (back.adc_gain, back.baseline) == (original.adc_gain, original.baseline)
    np.testing.assert_array_equal(back.d_signal, original.d_signal)


def test_a_folder_opens_without_sources_and_keeps_what_comes(tmp_path):
    store = open_folder(tmp_path / "data")

    samples = np.arange(1000, dtype=np.int16).reshape(500, 2)
    store.log.commit([packed(17, samples, 0, 250)])
    assert store.archive.seal_due(NOW).sealed == 0
    np.testing.assert_array_equal(store.reader.read(17, 0, 500).samples, samples)
    store.close()
