"""The one error tree.

::

    EinthovenError
    ├── OursError                  we broke a promise of our own: a defect, never the caller's doing
    ├── InputError                 somebody gave us what we cannot take: what and where, nothing was changed
    │   ├── FaultsError            several faults at once, a line of the message each
    │   ├── FrameError             a frame of the link is malformed (carries a reason code)
    │   ├── RecordError            a file of another system is malformed
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
