"""Every frame of the link as a value (``docs/wire.md``, R2–R4); ``frames`` turns them into bytes and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from einthoven.base.instants import Instant
from einthoven.base.layout import Layout, Lead
from einthoven.base.spans import Span
from einthoven.link.limits import VERSION, Cause, Code, Severity


@dataclass(frozen=True, slots=True)
class Challenge:
    """CHALLENGE, center → transmitter, the first frame of a connection.

    Attributes:
        nonce: 32 random bytes, never used twice.
        center: the center's time when sent, ns.
        identity: SHA-256 of the DER form of the center's TLS certificate; zeros without TLS.
    """

    nonce: bytes
    center: Instant
    identity: bytes


@dataclass(frozen=True, slots=True)
class Hello:
    """HELLO, transmitter → center: who speaks, and the proof (``identity.hello_message`` is signed)."""

    stream: int
    transmitter: str
    nonce: bytes
    signature: bytes
    firmware: str = ""
    protocol: int = VERSION


@dataclass(frozen=True, slots=True)
class Welcome:
    """WELCOME, center → transmitter: the limits, and the resume point.

    Attributes:
        session: number of this connection at the center, for logs of both sides.
        center: the center's time, ns.
        max_frame_bytes, max_samples: longest frame, and most samples per lead in one.
        window: samples (per lead) that may be unacknowledged in the backlog lane.
        last_event: every event up to this number is durable.
        durable: spans of samples that are durable, the newest 256 at most, ascending.
        truncated: whether older durable spans were left out of ``durable``.
    """

    session: int
    center: Instant
    max_frame_bytes: int
    max_samples: int
    window: int
    last_event: int
    durable: tuple[Span, ...] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class LayoutFrame:
    """LAYOUT, transmitter → center: what the samples mean; fixed for the life of the stream.

    Attributes:
        rate_mhz: samples per second and lead in millihertz.
        leads: 1–12 leads in channel order.
        recording: the transmitter's own number for this recording, ≥ 1; says that a spool is still the same.
        recorded: whether it is a replayed recording, dated by ``origin``; else clock exchange dates it.
        origin: center (UTC) time of sample 0 of a replayed recording; 0 for a live one.
        codecs: bit mask of the codecs that SAMPLES frames may use (bit 0 plain, bit 1 rice).
    """

    rate_mhz: int
    leads: tuple[Lead, ...]
    recording: int
    recorded: bool = False
    origin: Instant = 0
    codecs: int = 3

    @property
    def layout(self) -> Layout:
        """The same as a ``Layout``."""
        return Layout(self.rate_mhz / 1000, self.leads)


@dataclass(frozen=True, slots=True)
class Samples:
    """SAMPLES, transmitter → center: samples ``[start, start + count)`` of every lead.

    Attributes:
        start: index of the first sample.
        count: samples per lead, 1 or more.
        leads: as in the layout.
        payload: the samples, written as ``codec`` says.
        codec: 0 plain (int16 interleaved), 1 rice.
        backlog: which lane: False live, True backlog.
    """

    start: int
    count: int
    leads: int
    payload: bytes
    codec: int = 0
    backlog: bool = False

    @property
    def stop(self) -> int:
        """One past the last sample index."""
        return self.start + self.count


@dataclass(frozen=True, slots=True)
class Ack:
    """ACK, center → transmitter: these samples, and every event up to ``last_event``, are durable."""

    last_event: int
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """EVENT, a symptom the patient marked (R3); severity 0 unknown … 3 severe."""

    number: int
    sample: int
    symptom: str
    severity: Severity = Severity.UNKNOWN
    activity: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """EVENT, how the transmitter is (R4).

    Attributes:
        number, sample: event number and the sample it belongs to.
        device: the transmitter's own clock, ns, any epoch.
        battery, spool: percent, or None when unknown.
        lead_off: bit i set when lead i is off.
        quality: per lead 0 good, 1 noisy, 2 unusable, 3 unknown; empty when not measured.
        rssi: link quality in dBm, −127…0, or None.
    """

    number: int
    sample: int
    device: int = 0
    battery: int | None = None
    lead_off: int = 0
    quality: tuple[int, ...] = ()
    rssi: int | None = None
    spool: int | None = None


@dataclass(frozen=True, slots=True)
class Hole:
    """EVENT, samples ``[sample, stop)`` were never recorded and will never come (R2)."""

    number: int
    sample: int
    stop: int
    cause: Cause = Cause.OTHER


Event: TypeAlias = Mark | Status | Hole


@dataclass(frozen=True, slots=True)
class ClockQuery:
    """CLOCK_QUERY, center → transmitter."""

    id: int
    center: Instant


@dataclass(frozen=True, slots=True)
class ClockReply:
    """CLOCK_REPLY, transmitter → center: its sample position (fractional) and clock when it answered."""

    id: int
    center: Instant
    position: float
    device: int


@dataclass(frozen=True, slots=True)
class Credit:
    """CREDIT, center → transmitter: the backlog window from now on.

    ``resend``: whatever was sent before and is unacknowledged was not stored; send it again.
    """

    window: int
    resend: bool = False


@dataclass(frozen=True, slots=True)
class Refuse:
    """REFUSE, center → transmitter: a frame was not taken; after a fatal code the connection closes."""

    code: Code
    text: str = ""


@dataclass(frozen=True, slots=True)
class Goodbye:
    """GOODBYE, either way: the sender closes now."""

    code: Code = Code.DONE
    text: str = ""


Frame: TypeAlias = (
    Challenge
    | Hello
    | Welcome
    | LayoutFrame
    | Samples
    | Ack
    | Mark
    | Status
    | Hole
    | ClockQuery
    | ClockReply
    | Credit
    | Refuse
    | Goodbye
)
