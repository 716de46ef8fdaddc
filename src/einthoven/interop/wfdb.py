"""WFDB in one place: headers, signal bytes, annotations (R41). Files are opened in ``edges.exchange``."""

from einthoven.interop.wfdb_annotations import (
    CODES,
    SYMBOLS,
    Annotations,
    annotation_pieces,
    parse_annotations,
    write_annotations,
)
from einthoven.interop.wfdb_header import (
    FORMATS,
    Header,
    Segment,
    SignalSpec,
    parse_header,
    write_header,
)
from einthoven.interop.wfdb_signals import (
    FLAC_FORMATS,
    INVALID,
    byte_length,
    check_length,
    checksum,
    decode,
    encode,
    integrate,
    narrow,
    value_count,
)

__all__ = [
    "CODES",
    "FLAC_FORMATS",
    "FORMATS",
    "INVALID",
    "SYMBOLS",
    "Annotations",
    "Header",
    "Segment",
    "SignalSpec",
    "annotation_pieces",
    "byte_length",
    "check_length",
    "checksum",
    "decode",
    "encode",
    "integrate",
    "narrow",
    "parse_annotations",
    "parse_header",
    "value_count",
    "write_annotations",
    "write_header",
]
