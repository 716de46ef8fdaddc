"""PDFs looked at by libraries that did not make them: their text, pictures, attachments and structure."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
from numpy.typing import NDArray


def texts(pdf: bytes) -> list[str]:
    """The text of each page, blanks collapsed."""
    document = pypdfium2.PdfDocument(pdf)
    return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def picture(pdf: bytes, page: int, dpi: float) -> NDArray[np.uint8]:
    """A page as uint8[height, width, 3]."""
    rendered: Any = pypdfium2.PdfDocument(pdf)[page].render(scale=dpi / 72.0)
    return np.asarray(rendered.to_pil().convert("RGB"))


def attachment(pdf: bytes, name: str) -> bytes:
    """An embedded file."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return document.attachments[name].get_file().read_bytes()


def opened(pdf: bytes) -> pikepdf.Pdf:
    """The document."""
    return pikepdf.open(io.BytesIO(pdf))
