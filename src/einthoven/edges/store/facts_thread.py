"""The one thread that writes facts: many changes a transaction, each undone alone if it fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

import apsw

from einthoven.base.errors import OursError, StoreError
from einthoven.edges.store.facts_sql import ours, store_error

T = TypeVar("T")

BATCH_MAX = 512
"""Changes in one transaction: enough to make the sync of each cheap, few enough to commit within ~50 ms."""

Act = Callable[[apsw.Connection], T]


class _Job(Generic[T]):
    __slots__ = ("_act", "_result", "done", "error")

    def __init__(self, act: Act[T], done: Callable[[T | None, Exception | None], None]) -> None:
        self._act = act
        self._result: T | None = None
        self.done = done
        self.error: Exception | None = None

    def run(self, connection: apsw.Connection) -> None:
        """Do it in a savepoint: what it raises undoes it alone. An error of the disk passes on."""
        connection.execute("SAVEPOINT job")
        try:
            self._result = self._act(connection)
        except apsw.ConstraintError as error:
            self.error = ours(error)
        except apsw.Error:
            raise  # SQLite may have undone the whole transaction already
        except Exception as error:  # noqa: BLE001 - the top of a task: told to whoever asked for the change
            self.error = error
        if self.error is not None:
            connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")

    def tell(self, failure: Exception | None) -> None:
        """Tell the result, or why there is none."""
        error = failure or self.error
        self.done(None if error else self._result, error)


class FactsThread:
    """Runs changes on the writer connection, in order, as many in one transaction as are waiting.

    Args:
        connection: the writer; used by this thread alone, closed by it.
        where: the file, for messages.
        committed: called on this thread after each commit, before the results are told.
    """

    def __init__(self, connection: apsw.Connection, where: str, committed: Callable[[], None]) -> None:
        self._connection = connection
        self._where = where
        self._committed = committed
        self._jobs: SimpleQueue[_Job[object] | None] = SimpleQueue()
        self._open = True
        self.defects = 0
        """Results that whoever asked did not take without an error of its own."""
        self.last_defect: Exception | None = None
        self._gate = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="facts", daemon=True)
        self._thread.start()

    def submit(self, act: Act[T], done: Callable[[T | None, Exception | None], None]) -> None:
        """Queue a change; ``done(result, error)`` follows on the facts' thread once durable, or failed."""
        job: _Job[T] = _Job(act, done)
        with self._gate:
            if self._open:
                self._jobs.put(job)  # type: ignore[arg-type]
                return
        job.tell(StoreError(f"{self._where}: the facts are closed"))

    def call(self, act: Act[T]) -> T:
        """Do a change and wait until it is durable; raises what it raised, or what undid it."""
        if threading.current_thread() is self._thread:
            raise OursError("the facts' own thread would wait for itself")
        future: Future[T] = Future()

        def done(result: T | None, error: Exception | None) -> None:
            if error is None:
                future.set_result(result)  # type: ignore[arg-type]
            else:
                future.set_exception(error)

        self.submit(act, done)
        return future.result()

    def close(self) -> None:
        """Finish what is queued, close the connection, end the thread; calling it again does nothing."""
        with self._gate:
            if self._open:
                self._open = False
                self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            batch: list[_Job[object]] = []
            job = self._jobs.get()
            try:
                while job is not None:
                    batch.append(job)
                    if len(batch) >= BATCH_MAX:
                        break
                    job = self._jobs.get_nowait()
                else:
                    going = False
            except Empty:
                pass
            if batch:
                self._commit(batch)
        try:
            self._connection.close()
        except Exception as error:  # noqa: BLE001 - the disk is gone; what was told durable is
            self.last_defect = error

    def _commit(self, batch: list[_Job[object]]) -> None:
        failure: Exception | None = None
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for job in batch:
                job.run(self._connection)
            self._connection.execute("COMMIT")
            self._committed()
        except Exception as error:  # noqa: BLE001 - the top of a task: told to all who asked
            failure = store_error(error, self._where)
            self._undo()
        for job in batch:
            try:
                job.tell(failure)
            except Exception as error:  # noqa: BLE001 - the top of a task: counted, and the thread goes on
                self.defects += 1
                self.last_defect = error

    def _undo(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except Exception as error:  # noqa: BLE001 - the disk is gone; the next change finds out, or works
            self.last_defect = error
