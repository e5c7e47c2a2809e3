"""Papers from people: a PDF, or a picture of one. What a file is, its content says, not its name.

A picture is decoded and written anew, so that nothing else is kept. A PDF cannot be written anew without losing what
it proves: it is kept as it was sent, and only ever handed out as a download, never shown inside a page.
"""

import re
from dataclasses import dataclass

from commissions.refusal import Refusal

from ..images import photos

MAX_BYTES = 10_000_000
MAX_SIDE = 2400

PDF = "application/pdf"
JPEG = "image/jpeg"

_ENDING = {PDF: "pdf", JPEG: "jpg"}
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f/\\]+")
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Document:
    """A paper as it is kept. `name` is what its sender called it, fit for a download."""

    content: bytes
    name: str


def take_in(data: bytes, name: str) -> Document:
    """A document of the bytes that someone sent under this name.

    Raises Refusal: `document_too_large`, `document_kind` (neither PDF nor a picture), `document_damaged`; of a picture
    also `photo_too_large` and busy_try_again.
    """
    if len(data) > MAX_BYTES:
        raise Refusal("document_too_large", most_mb=MAX_BYTES // 1_000_000)
    if data.startswith(b"%PDF-"):
        if b"%%EOF" not in data[-1024:]:
            raise Refusal("document_damaged")
        return Document(data, _named(name, PDF))
    try:
        photo = photos.take_in(data, max_side=MAX_SIDE)
    except Refusal as refusal:
        if refusal.code in {"photo_kind", "photo_unreadable"}:
            raise Refusal("document_kind" if refusal.code == "photo_kind" else "document_damaged") from refusal
        raise
    return Document(photo.jpeg, _named(name, JPEG))


def media_type(content: bytes) -> str:
    """What a kept document is."""
    return PDF if content.startswith(b"%PDF-") else JPEG


def _named(name: str, kind: str) -> str:
    """The sender's name without folders and controls, and with the ending of what is kept."""
    stem = _UNPRINTED.sub(" ", name.replace("\\", "/").rsplit("/", 1)[-1]).rpartition(".")
    return f"{(stem[0] or stem[2]).strip()[:_LONGEST_NAME] or 'document'}.{_ENDING[kind]}"
