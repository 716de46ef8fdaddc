"""The writer's thread, the sealer and readers at the same time, on a real folder."""

from __future__ import annotations

import queue
import threading

import pytest
from tests.edges.store.shop import LAYOUT, T0, Shop

from einthoven.base.errors import StoreError
from einthoven.base.instants import SECOND
from einthoven.base.spans import SpanSet
from einthoven.edges.store.commit import WriterThread
from einthoven.edges.store.disk import RealDisk
from einthoven.edges.store.store import open_reader
from einthoven.testing.store_suite import (
    batch_of,
    check_block_store,
    check_sample_reader,
    check_window,
    seconds,
)


class Threaded:
    """A ``testing.store_suite.Shop`` with the writer's thread; answers are run by ``settle``."""

    def __init__(self, shop: Shop) -> None:
        self.reader = shop.reader
        self.acts: queue.Queue = queue.Queue()
        self.asked = self.answered = 0
        self._writer = WriterThread(shop.inner.log, self.acts.put, shop.inner.stats, gather_seconds=0.001)
        self._writer.start()
        self.store = self

    def submit(self, batch, done):
        self.asked += 1

        def count(batch, error):
            self.answered += 1
            done(batch, error)

        self._writer.submit(batch, count)

    def settle(self):
        while self.answered < self.asked:
            self.acts.get(timeout=10)()

    def close(self):
        self._writer.close()


@pytest.fixture
def shop(tmp_path):
    shop = Shop(RealDisk(tmp_path))
    yield shop
    shop.close()


def test_the_writer_thread_conforms_and_ends(shop):
    threaded = Threaded(shop)
    check_block_store(threaded)
    assert threading.current_thread() is threading.main_thread()
    threaded.close()
    answers = []
    threaded.submit(batch_of(seconds(9, 0, 1)), lambda _, error: answers.append(error))
    threaded.settle()
    assert isinstance(answers[0], StoreError)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_dies_of_a_defect_tells_everybody(shop):
    class Broken:
        def commit(self, batches):
            raise ZeroDivisionError("a defect")

    told, answers, acts = [], [], queue.Queue()
    writer = WriterThread(Broken(), acts.put, shop.inner.stats, 0.001, told.append)
    for turn in range(3):
        writer.submit(batch_of(seconds(9, turn, turn + 1)), lambda _, error: answers.append(error))
    writer.start()
    acts.get(timeout=10)()
    writer.close()
    writer.submit(batch_of(seconds(9, 3, 4)), lambda _, error: answers.append(error))
    acts.get(timeout=10)()
    assert len(answers) == 4
    assert all("a defect" in str(error) for error in answers)
    assert isinstance(told[0], ZeroDivisionError)


def test_what_is_queued_when_it_ends_is_stored(shop):
    threaded = Threaded(shop)
    answers = []
    for turn in range(20):
        threaded.submit(batch_of(seconds(9, turn, turn + 1)), lambda _, error: answers.append(error))
    threaded.close()
    threaded.settle()
    assert answers == [None] * 20
    assert list(shop.reader.stored(9)) == [(0, 5000)]


def test_readers_beside_writer_and_sealer_never_see_a_hole_or_a_wrong_sample(shop, tmp_path):
    """Windows of what was acknowledged are whole at every moment, in this process and beside it."""
    shop.commit(batch_of(seconds(1, 0, 1) + seconds(2, 0, 1), T0))
    durable = {"seconds": 1}
    stop = threading.Event()
    faults: list[BaseException] = []

    def guarded(act):
        try:
            while not stop.is_set():
                act()
        except BaseException as fault:  # noqa: BLE001  (told to the main thread)
            faults.append(fault)
            stop.set()

    def read_with(reader):
        def act():
            end = 250 * durable["seconds"]
            stored = SpanSet([(0, end)])
            for stream in (1, 2):
                check_window(reader, stream, max(0, end - 5000), end, stored)
                check_window(reader, stream, end // 2, end // 2 + 100, stored)

        return act

    turn = {"now": T0}

    def seal():
        turn["now"] += 2 * SECOND
        report = shop.archive.seal_due(turn["now"], 4)
        assert report.error is None

    acts = [read_with(shop.reader), read_with(open_reader(tmp_path, lambda _: LAYOUT)), seal]
    threads = [threading.Thread(target=guarded, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for second in range(1, 600):
        if stop.is_set():
            break
        shop.commit(batch_of(seconds(1, second, second + 1) + seconds(2, second, second + 1), T0))
        durable["seconds"] = second + 1
    stop.set()
    for thread in threads:
        thread.join()
    assert not faults, faults
    assert shop.inner.stats.sealed > 5
    stored = SpanSet([(0, 150_000)])
    check_sample_reader(shop.reader, {1: stored, 2: stored})
