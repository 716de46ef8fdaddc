"""The body of every frame type: one writer and one reader each, in the order of ``docs/wire.md``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from einthoven.base.errors import FrameError, InputError
from einthoven.base.layout import Lead
from einthoven.base.spans import Span
from einthoven.link import limits
from einthoven.link.fields import Reader, Writer, finite, in_range
from einthoven.link.limits import Cause, Code, Codec, EventKind, FrameType, Severity
from einthoven.link.messages import (
    Ack,
    Challenge,
    ClockQuery,
    ClockReply,
    Credit,
    Event,
    Frame,
    Goodbye,
    Hello,
    Hole,
    LayoutFrame,
    Mark,
    Refuse,
    Samples,
    Status,
    Welcome,
)

_KNOWN_CODECS: Final = (1 << Codec.PLAIN) | (1 << Codec.RICE)
_UNKNOWN: Final = 255
_NO_RSSI: Final = 127


def _write_challenge(frame: Challenge) -> bytes:
    writer = Writer().raw(frame.nonce, "nonce", limits.NONCE_BYTES).pack("q", _instant(frame.center))
    return writer.raw(frame.identity, "identity", limits.IDENTITY_BYTES).done()


def _read_challenge(reader: Reader) -> Challenge:
    return Challenge(reader.take(limits.NONCE_BYTES), reader.instant("center time"), reader.take(32))


def _write_hello(frame: Hello) -> bytes:
    writer = Writer().pack("IBBH", in_range(frame.stream, "stream", 1, 2**32 - 1), limits.VERSION, 0, 0)
    writer.raw(frame.nonce, "nonce", limits.NONCE_BYTES)
    writer.raw(frame.signature, "signature", limits.SIGNATURE_BYTES)
    writer.text(frame.transmitter, "transmitter", limits.TRANSMITTER_BYTES, 1)
    return writer.text(frame.firmware, "firmware", limits.FIRMWARE_BYTES).done()


def _read_hello(reader: Reader) -> Hello:
    stream = reader.u32("stream", low=1)
    protocol = reader.u8("protocol", limits.VERSION, limits.VERSION)
    reader.zeros(3)
    nonce = reader.take(limits.NONCE_BYTES)
    signature = reader.take(limits.SIGNATURE_BYTES)
    transmitter = reader.text("transmitter", limits.TRANSMITTER_BYTES, 1)
    return Hello(
        stream, transmitter, nonce, signature, reader.text("firmware", limits.FIRMWARE_BYTES), protocol
    )


def _write_welcome(frame: Welcome) -> bytes:
    writer = Writer().pack(
        "QqIIIIHBB",
        frame.session,
        _instant(frame.center),
        in_range(frame.max_frame_bytes, "frame limit", limits.SAMPLES_HEADER_BYTES, limits.MAX_FRAME_BYTES),
        in_range(frame.max_samples, "sample limit", 1, limits.MAX_SAMPLES),
        frame.window,
        frame.last_event,
        _span_count(frame.durable),
        int(frame.truncated),
        0,
    )
    return _write_spans(writer, frame.durable)


def _read_welcome(reader: Reader) -> Welcome:
    session = reader.u64("session")
    center = reader.instant("center time")
    frame_bytes = reader.u32("frame limit", limits.MAX_FRAME_BYTES, limits.SAMPLES_HEADER_BYTES)
    samples = reader.u32("sample limit", limits.MAX_SAMPLES, 1)
    window = reader.u32("window")
    last_event = reader.u32("last event")
    count = _read_span_count(reader)
    truncated = bool(reader.u8("truncated", 1))
    reader.zeros(1)
    spans = _read_spans(reader, count)
    return Welcome(session, center, frame_bytes, samples, window, last_event, spans, truncated)


def _write_layout(frame: LayoutFrame) -> bytes:
    _check_layout(frame)
    writer = Writer().pack(
        "IBBHQq",
        frame.rate_mhz,
        len(frame.leads),
        in_range(frame.codecs, "codecs", 1, _KNOWN_CODECS),
        0,
        in_range(frame.recording, "recording", 1, 2**64 - 1),
        _instant(frame.origin),
    )
    for lead in frame.leads:
        writer.pack("diiBBH", lead.gain, lead.baseline, lead.adc_zero, lead.resolution, 0, 0)
        writer.text(lead.name, "lead name", limits.LEAD_NAME_BYTES, 1)
        writer.text(lead.units, "units", limits.UNITS_BYTES, 1)
    return writer.done()


def _read_layout(reader: Reader, flags: int) -> LayoutFrame:
    rate = reader.u32("rate")
    count = reader.u8("leads", limits.MAX_LEADS, 1)
    codecs = reader.u8("codecs", _KNOWN_CODECS, 1)
    reader.zeros(2)
    recording = reader.u64("recording", low=1)
    origin = reader.instant("origin")
    leads = tuple(_read_lead(reader) for _ in range(count))
    frame = LayoutFrame(rate, leads, recording, bool(flags & 1), origin, codecs)
    _check_layout(frame)
    return frame


def _read_lead(reader: Reader) -> Lead:
    gain = reader.f64("gain", 1e9)
    baseline, zero = reader.i32(), reader.i32()
    resolution = reader.u8("resolution")
    reader.zeros(3)
    name = reader.text("lead name", limits.LEAD_NAME_BYTES, 1)
    return Lead(name, gain, baseline, resolution, zero, reader.text("units", limits.UNITS_BYTES, 1))


def _check_layout(frame: LayoutFrame) -> None:
    if not frame.recorded and frame.origin:
        raise FrameError("layout", "a live recording has no origin: clock exchange dates it")
    try:
        frame.layout.check()
    except InputError as error:
        raise FrameError("layout", str(error)) from None


def check_samples(start: int, count: int, leads: int, codec: int, payload_bytes: int) -> None:
    """Raise ``FrameError`` unless a SAMPLES frame may have these numbers (limits of ``docs/wire.md``)."""
    if not 1 <= count <= limits.MAX_SAMPLES:
        raise FrameError("count", f"{count} samples, want 1 to {limits.MAX_SAMPLES}")
    if not 1 <= leads <= limits.MAX_LEADS:
        raise FrameError("leads", f"{leads} leads, want 1 to {limits.MAX_LEADS}")
    longest = leads * (1 + 2 * count)
    if limits.SAMPLES_HEADER_BYTES + longest > limits.MAX_FRAME_BYTES:
        raise FrameError("count", f"{count} samples of {leads} leads do not fit a frame uncoded")
    if not 0 <= start <= limits.MAX_INDEX - count:
        raise FrameError("index", f"samples from {start} reach beyond 2^40")
    if codec == Codec.PLAIN:
        good = payload_bytes == 2 * count * leads
    elif codec == Codec.RICE:
        good = 3 * leads <= payload_bytes <= longest
    else:
        raise FrameError("codec", f"codec {codec} is not known")
    if not good:
        raise FrameError("payload", f"{payload_bytes} bytes cannot hold {count} samples of {leads} leads")


def _write_samples(frame: Samples) -> bytes:
    check_samples(frame.start, frame.count, frame.leads, frame.codec, len(frame.payload))
    return Writer().pack("QIBBH", frame.start, frame.count, frame.leads, 0, 0).done() + frame.payload


def _write_ack(frame: Ack) -> bytes:
    return _write_spans(Writer().pack("IHH", frame.last_event, _span_count(frame.spans), 0), frame.spans)


def _read_ack(reader: Reader) -> Ack:
    last_event = reader.u32("last event")
    count = _read_span_count(reader)
    reader.zeros(2)
    return Ack(last_event, _read_spans(reader, count))


def _write_event(frame: Event) -> bytes:
    number = in_range(frame.number, "event number", 1, limits.MAX_EVENT)
    sample = in_range(frame.sample, "sample", 0, limits.MAX_INDEX)
    writer = Writer().pack("IBBHQ", number, _KINDS[type(frame)], 0, 0, sample)
    if isinstance(frame, Mark):
        writer.pack("B", Severity(frame.severity))
        writer.text(frame.symptom, "symptom", limits.SYMPTOM_BYTES)
        writer.text(frame.activity, "activity", limits.TEXT_BYTES)
        return writer.text(frame.text, "text", limits.TEXT_BYTES).done()
    if isinstance(frame, Hole):
        stop = in_range(frame.stop, "stop", frame.sample + 1, limits.MAX_INDEX)
        return writer.pack("QB", stop, Cause(frame.cause)).done()
    return _write_status(writer, frame)


def _write_status(writer: Writer, frame: Status) -> bytes:
    count = in_range(len(frame.quality), "leads with a quality", 0, limits.MAX_LEADS)
    battery = _UNKNOWN if frame.battery is None else in_range(frame.battery, "battery", 0, 100)
    spool = _UNKNOWN if frame.spool is None else in_range(frame.spool, "spool", 0, 100)
    rssi = _NO_RSSI if frame.rssi is None else in_range(frame.rssi, "rssi", -127, 0)
    mask = in_range(frame.lead_off, "lead-off mask", 0, (1 << limits.MAX_LEADS) - 1)
    writer.pack("BBbBHHq", battery, spool, rssi, count, mask, 0, frame.device)
    for quality in frame.quality:
        writer.pack("B", in_range(quality, "quality", 0, 3))
    return writer.done()


def _read_event(reader: Reader) -> Event:
    number = reader.u32("event number", low=1)
    kind = reader.u8("event kind", max(EventKind), min(EventKind))
    reader.zeros(3)
    sample = reader.u64("sample", limits.MAX_INDEX)
    if kind == EventKind.MARK:
        severity = Severity(reader.u8("severity", max(Severity)))
        symptom = reader.text("symptom", limits.SYMPTOM_BYTES)
        activity = reader.text("activity", limits.TEXT_BYTES)
        return Mark(number, sample, symptom, severity, activity, reader.text("text", limits.TEXT_BYTES))
    if kind == EventKind.HOLE:
        stop = reader.u64("stop", limits.MAX_INDEX, sample + 1)
        return Hole(number, sample, stop, Cause(reader.u8("cause", max(Cause), min(Cause))))
    return _read_status(reader, number, sample)


def _read_status(reader: Reader, number: int, sample: int) -> Status:
    battery = _percent(reader.u8("battery"), "battery")
    spool = _percent(reader.u8("spool"), "spool")
    rssi = reader.i8()
    count = reader.u8("leads with a quality", limits.MAX_LEADS)
    mask = reader.u16("lead-off mask", (1 << limits.MAX_LEADS) - 1)
    reader.zeros(2)
    device = int.from_bytes(reader.take(8), "little", signed=True)
    quality = tuple(reader.u8("quality", 3) for _ in range(count))
    known = None if rssi == _NO_RSSI else in_range(rssi, "rssi", -127, 0)
    return Status(number, sample, device, battery, mask, quality, known, spool)


def _percent(value: int, what: str) -> int | None:
    return None if value == _UNKNOWN else in_range(value, what, 0, 100)


def _write_query(frame: ClockQuery) -> bytes:
    return Writer().pack("IIq", frame.id, 0, _instant(frame.center)).done()


def _read_query(reader: Reader) -> ClockQuery:
    number = reader.u32("id")
    reader.zeros(4)
    return ClockQuery(number, reader.instant("center time"))


def _write_reply(frame: ClockReply) -> bytes:
    position = finite(frame.position, "position", 0.0, float(limits.MAX_INDEX))
    return Writer().pack("IIqdq", frame.id, 0, _instant(frame.center), position, frame.device).done()


def _read_reply(reader: Reader) -> ClockReply:
    number = reader.u32("id")
    reader.zeros(4)
    center = reader.instant("center time")
    position = reader.f64("position", float(limits.MAX_INDEX))
    return ClockReply(number, center, position, int.from_bytes(reader.take(8), "little", signed=True))


def _write_credit(frame: Credit) -> bytes:
    return Writer().pack("I", frame.window).done()


def _write_words(frame: Refuse | Goodbye) -> bytes:
    return Writer().pack("H", Code(frame.code)).text(frame.text, "text", limits.TEXT_BYTES).done()


def _read_words(reader: Reader) -> tuple[Code, str]:
    code = Code(reader.u16("code", max(Code)))
    return code, reader.text("text", limits.TEXT_BYTES)


def _instant(value: int) -> int:
    return in_range(value, "instant", 0, 2**63 - 1)


def _span_count(spans: tuple[Span, ...]) -> int:
    if len(spans) > limits.MAX_SPANS:
        raise FrameError("spans", f"{len(spans)} spans, {limits.MAX_SPANS} at most")
    return len(spans)


def _read_span_count(reader: Reader) -> int:
    count = reader.u16("spans")
    if count > limits.MAX_SPANS:
        raise FrameError("spans", f"{count} spans, {limits.MAX_SPANS} at most")
    return count


def _check_spans(spans: tuple[Span, ...]) -> None:
    before = -1
    for start, stop in spans:
        if not before < start < stop <= limits.MAX_INDEX:
            raise FrameError("spans", f"[{start}, {stop}) is empty, too high, or touches the span before")
        before = stop


def _write_spans(writer: Writer, spans: tuple[Span, ...]) -> bytes:
    _check_spans(spans)
    for start, stop in spans:
        writer.pack("QQ", start, stop)
    return writer.done()


def _read_spans(reader: Reader, count: int) -> tuple[Span, ...]:
    spans = tuple(Span(reader.u64("span start"), reader.u64("span stop")) for _ in range(count))
    _check_spans(spans)
    return spans


_KINDS: Final[dict[type, EventKind]] = {
    Mark: EventKind.MARK,
    Status: EventKind.STATUS,
    Hole: EventKind.HOLE,
}

WRITERS: Final[dict[type, tuple[FrameType, Callable[[Any], bytes]]]] = {
    Challenge: (FrameType.CHALLENGE, _write_challenge),
    Hello: (FrameType.HELLO, _write_hello),
    Welcome: (FrameType.WELCOME, _write_welcome),
    LayoutFrame: (FrameType.LAYOUT, _write_layout),
    Samples: (FrameType.SAMPLES, _write_samples),
    Ack: (FrameType.ACK, _write_ack),
    Mark: (FrameType.EVENT, _write_event),
    Status: (FrameType.EVENT, _write_event),
    Hole: (FrameType.EVENT, _write_event),
    ClockQuery: (FrameType.CLOCK_QUERY, _write_query),
    ClockReply: (FrameType.CLOCK_REPLY, _write_reply),
    Credit: (FrameType.CREDIT, _write_credit),
    Refuse: (FrameType.REFUSE, _write_words),
    Goodbye: (FrameType.GOODBYE, _write_words),
}

READERS: Final[dict[FrameType, Callable[[Reader, int], Frame]]] = {
    FrameType.CHALLENGE: lambda reader, _: _read_challenge(reader),
    FrameType.HELLO: lambda reader, _: _read_hello(reader),
    FrameType.WELCOME: lambda reader, _: _read_welcome(reader),
    FrameType.LAYOUT: _read_layout,
    FrameType.ACK: lambda reader, _: _read_ack(reader),
    FrameType.EVENT: lambda reader, _: _read_event(reader),
    FrameType.CLOCK_QUERY: lambda reader, _: _read_query(reader),
    FrameType.CLOCK_REPLY: lambda reader, _: _read_reply(reader),
    FrameType.CREDIT: lambda reader, flags: Credit(reader.u32("window"), bool(flags & 1)),
    FrameType.REFUSE: lambda reader, _: Refuse(*_read_words(reader)),
    FrameType.GOODBYE: lambda reader, _: Goodbye(*_read_words(reader)),
}
