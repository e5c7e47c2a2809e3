"""Posters of many referrers at once: asked for, drawn in the background, taken as one ZIP file, erased (ADR 4).

A batch is drawn some posters at a time. A step draws outside any transaction and stores its part together with the
place where the next one begins: a killed worker loses one step, and of two that work at once one throws its part away.
The ZIP is put together while it is handed out, so that nobody needs the room of a thousand posters.
"""

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, func, select

from commissions.refusal import Refusal
from referral.posters.design_file import LANGUAGES

from ...access.actor import Actor
from ...adapters.storage.files import Files
from ...clock import local_day
from ...models import Audience, BatchState, Development, Person, PosterBatch, PosterPart, Programme, Referrer
from ...session import Session
from .. import audit
from ..kept_files import delete_when_committed
from . import posters
from .posters import PosterSettings

log = logging.getLogger(__name__)


STEP = 20
"""Posters a step, about a second's work."""


PAPER_STEP = 4
"""PDF files a step: each sets its own fonts, which takes half a second."""


KEPT = timedelta(days=7)
"""How long the files are kept after the end: they are drawn again in a few minutes."""


_HOLDS = and_(Referrer.revoked_at.is_(None), Referrer.person.has(Person.deactivated_at.is_(None)))
"""Whose code leads somewhere."""


_UNSAFE = re.compile(r"[^\w·-]+")


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Whose posters a batch is to hold (no audience: everybody's), in which design and language."""

    development: Development
    audience: Audience | None
    design: str
    lang: str


def ask(session: Session, actor: Actor, now: datetime, settings: PosterSettings, wanted: BatchRequest) -> PosterBatch:
    """Ask for the posters of a development's referrers whose codes hold.

    Raises Refusal: poster_design_unknown, no_presale_permit, poster_batch_empty.
    """
    posters.permit_of(wanted.development)  # without one there would be none to draw
    settings.stocked(session).design(wanted.design)
    batch = PosterBatch(
        development_id=wanted.development.id,
        audience=wanted.audience,
        design=wanted.design,
        lang=wanted.lang if wanted.lang in LANGUAGES else LANGUAGES[0],
        state=BatchState.RUNNING,
        whole=0,
        done=0,
        cursor=0,
        asked_by=actor.id,
        asked_at=now,
    )
    batch.whole = session.scalar(select(func.count()).select_from(whose(batch).subquery())) or 0
    if not batch.whole:
        raise Refusal("poster_batch_empty", field="audience")
    session.add(batch)
    audit.record(session, actor, now, "posters_asked", batch, posters=batch.whole, design=wanted.design)
    return batch


def file_name_of(batch: PosterBatch) -> str:
    """What the ZIP is called."""
    return f"{safe(batch.development.name)}-{batch.design}-{batch.lang}.zip"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a ZIP file is made of: the parts, and the codes whose posters are left out of them."""

    parts: tuple[str, ...]
    without: frozenset[str]


def take(session: Session, actor: Actor, now: datetime, batch: PosterBatch) -> Taken:
    """What the ZIP is made of; that it was taken is written down. Raises Refusal: poster_batch_not_ready.

    The poster of a code that was taken back since it was drawn leads to nobody, so it is not handed out.
    """
    if batch.state is not BatchState.DONE:
        raise Refusal("poster_batch_not_ready")
    audit.record(session, actor, now, "posters_taken", batch, posters=batch.done)
    parts = select(PosterPart.file_name).where(PosterPart.batch_id == batch.id).order_by(PosterPart.cursor)
    ended = select(Referrer.code).where(Referrer.development_id == batch.development_id, ~_HOLDS)
    return Taken(tuple(session.scalars(parts)), frozenset(session.scalars(ended)))


def zipped(files: Files, taken: Taken) -> Iterator[bytes]:
    """The ZIP file, piece by piece: the posters are as small as they get, so nothing is compressed again."""
    out = _Drain()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as whole:
        for name in taken.parts:
            with zipfile.ZipFile(io.BytesIO(files.get(name))) as part:
                for entry in part.infolist():
                    if _code_of(entry.filename) in taken.without:
                        continue
                    whole.writestr(entry, part.read(entry))
                    yield out.drained()
    yield out.drained()


def erase_due(session: Session, now: datetime, files: Files) -> int:
    """Erase the files of batches that ended some days ago; how many batches."""
    ended = (BatchState.DONE, BatchState.FAILED)
    due = select(PosterBatch).where(PosterBatch.state.in_(ended), PosterBatch.finished_at < now - KEPT).limit(20)
    batches = session.scalars(due).all()
    for batch in batches:
        for part in session.scalars(select(PosterPart).where(PosterPart.batch_id == batch.id)):
            delete_when_committed(session, files, part.file_name)
            session.delete(part)
        batch.state = BatchState.ERASED
    return len(batches)


class _Drain(io.RawIOBase):
    """A file that is only written to: what came in is taken away after each entry."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # it is only given bytes
        self._pieces.append(bytes(data))
        return len(data)

    def drained(self) -> bytes:
        content = b"".join(self._pieces)
        self._pieces.clear()
        return content


def whose(batch: PosterBatch) -> Select[Referrer]:
    """The referrers of a batch, from its cursor on; without programmes that were over when it was asked for."""
    over = select(Programme.referrer_id).where(Programme.ends_on <= local_day(batch.asked_at))
    stmt = select(Referrer).where(
        Referrer.id.not_in(over),
        Referrer.development_id == batch.development_id,
        _HOLDS,
        Referrer.id > batch.cursor,
    )
    return stmt if batch.audience is None else stmt.where(Referrer.audience == batch.audience)


def _code_of(file_name: str) -> str:
    """The code at the end of a poster's name; it has no hyphen in it."""
    return file_name.rpartition(".")[0].rpartition("-")[2]


def safe(name: str) -> str:
    """A name that every system takes as a file's."""
    return _UNSAFE.sub("-", name)[:40].strip("-") or "poster"
