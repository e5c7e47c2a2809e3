"""Papers that come with a form, and how they are handed out again."""

from collections.abc import Iterable

from flask import Response
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage

from commissions.refusal import Refusal

from ...adapters.papers import documents
from ...adapters.papers.documents import Document
from .downloads import file_response
from .uploads import PAPERS, take_in

ACCEPTED = "application/pdf,image/*"
"""What a file field lets people choose."""


def taken_in(form: FlaskForm, field: str, sent: Iterable[FileStorage]) -> list[Document] | None:
    """The papers as they are kept, or None with the reason at the form's field.

    Nobody who writes waits for pictures to be decoded: the request's transaction ends, so load rows again after it.
    """

    def read() -> list[Document]:
        try:
            return [documents.take_in(_content(one), one.filename or "") for one in sent if one]
        except Refusal as refusal:
            refusal.facts["field"] = field
            raise

    return take_in(form, PAPERS, read)


def _content(sent: FileStorage) -> bytes:
    """As much of a file as tells whether it is too large."""
    with sent.stream as stream:
        return stream.read(documents.MAX_BYTES + 1)


def handed_out(content: bytes, name: str) -> Response:
    """A kept paper. A picture opens; a PDF of a stranger's is only ever downloaded."""
    kind = documents.media_type(content)
    response = file_response(content, kind, name, opens=kind != documents.PDF)
    response.headers["Cache-Control"] = "no-store"
    return response
