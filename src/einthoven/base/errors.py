"""The one error tree.

::

    EinthovenError
    ├── OursError                  we broke a promise of our own: a defect, never the caller's doing
    ├── InputError                 somebody gave us what we cannot take: what and where, nothing was changed
    │   ├── FaultsError            several faults at once, a line of the message each
    │   ├── FrameError             a frame of the link is malformed (carries a reason code)
    │   ├── RecordError            a file of another system is malformed
    │   ├── MessageError           a message of another system is malformed (names segment and field)
    │   ├── EnrollmentError        an enrollment contradicts itself or an open service period
    │   └── NotFoundError          the thing named is not there
    ├── RefusedError               the other side said no, with its reason
    ├── StoreError                 the store did not take it: it is NOT durable
    │   ├── UnfitError             this change alone cannot be taken: again would not help, others go on
    │   ├── StoreFullError         no room left; intake stops acknowledging, the live picture goes on
    │   └── StoreDamagedError      stored bytes fail their checksum; named, never served as good
    └── DeliveryUnknownError       sent, and we do not know whether it arrived: ask again, count once
"""


class EinthovenError(Exception):
    """Root of every error this package raises on purpose."""


class OursError(EinthovenError):
    """A promise of our own was broken; report it as a defect."""


class InputError(EinthovenError):
    """Input that cannot be taken; the message says what is wrong and where."""


class FaultsError(InputError):
    """Several faults of one input, a line of the message each."""


class FrameError(InputError):
    """A malformed frame of the link.

    Args:
        reason: the short code of ``docs/wire.md`` (``"crc"``, ``"short"``, ``"type"``, …).
        detail: what was seen.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class RecordError(InputError):
    """A malformed file of another system (WFDB, EDF+, …)."""


class MessageError(InputError):
    """A message of another system (HL7 v2) that cannot be taken.

    Args:
        where: segment, repetition of it and field as HL7 writes them: ``PID[1]-7``; ``MSH`` for all of it.
        what: one line.
        code: of HL7 table 0357: 100 sequence of segments, 101 field missing, 102 type of data, 103 value not
            in its table, 200 type of message, 201 event, 202 processing id, 203 version, 204 unknown
            identifier, 207 this system.
    """

    def __init__(self, where: str, what: str, code: int = 102) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what
        self.code = code


class EnrollmentError(InputError):
    """An enrollment that contradicts itself or an open service period (R5)."""


class NotFoundError(InputError):
    """The patient, stream, record or window named does not exist."""


class RefusedError(EinthovenError):
    """The other side refused; ``reason`` is its code."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class StoreError(EinthovenError):
    """The store did not take it: nothing of the batch may be acknowledged."""


class UnfitError(StoreError):
    """The store works and does not take this change, now or later."""


class StoreFullError(StoreError):
    """No room on the disk."""


class StoreDamagedError(StoreError):
    """Stored bytes fail their checksum; the message names file and offset."""


class DeliveryUnknownError(EinthovenError):
    """Sent, but whether it arrived is not known."""
