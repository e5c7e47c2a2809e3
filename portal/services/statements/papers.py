"""The papers of issued statements (PDF and workbook): what was given once is given again, byte for byte.

What a statement says is frozen when it is issued, and in the register of facts. Its papers are made of that when the
first reader takes one, in his language, and kept with their digest: from then on everybody who asks for it in that
language is given those very bytes, whatever becomes of words, fonts or programs (ADR 0017). Nobody else's name is on
them, neither who issued nor who took it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from commissions.ledger import Fault
from commissions.refusal import Refusal

from ...access.actor import Actor
from ...adapters.storage.files import Files
from ...crypto import SealBroken
from ...models import PaperKind, Statement, StatementPaper
from ...session import Session
from .. import kept_files
from ..inserts import insert_unless_there

_BESIDE = 0
"""The number of a fault that is in no block, as in `settlement_checks`."""


def paper_of(session: Session, statement: Statement, kind: PaperKind, language: str) -> StatementPaper | None:
    """The paper that is kept; None where nobody took it in this language yet."""
    return session.scalar(select(StatementPaper).filter_by(statement_id=statement.id, kind=kind, language=language))


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that was just made of a statement, in a reader's language."""

    statement_id: int
    kind: PaperKind
    language: str
    content: bytes


def keep(session: Session, actor: Actor, now: datetime, files: Files, paper: Paper) -> StatementPaper:
    """Keep a paper that was just made; the one that is there where somebody else was first."""
    name = kept_files.keep(session, files, paper.content)
    same: dict[str, Any] = {"statement_id": paper.statement_id, "kind": paper.kind, "language": paper.language}
    facts: dict[str, Any] = {
        "digest": hashlib.sha256(paper.content).hexdigest(),
        "size": len(paper.content),
        "file_name": name,
    }
    facts |= {"made_at": now, "made_by": actor.id}
    key = insert_unless_there(session, StatementPaper, tuple(same), **same, **facts)
    if key is None:
        kept_files.delete_when_committed(session, files, name)
        return session.scalars(select(StatementPaper).filter_by(**same)).one()
    return session.get_one(StatementPaper, key)


def content_of(files: Files, paper: StatementPaper) -> bytes:
    """The bytes that were given the first time. Raises Refusal `paper_changed` where the file is another, or gone."""
    content = _content(files, paper)
    if content is None:
        raise Refusal("paper_changed")
    return content


def count(session: Session) -> int:
    """How many papers are kept."""
    return session.scalar(select(func.count(StatementPaper.id))) or 0


def paper_fault(session: Session, files: Files, progress: Callable[[], object]) -> Fault | None:
    """A kept paper that is not what its digest says, or is gone (`paper`)."""
    stmt = select(StatementPaper, Statement.number).join(Statement, Statement.id == StatementPaper.statement_id)
    with session.execute(stmt.order_by(StatementPaper.id).execution_options(yield_per=100)) as rows:
        for paper, number in rows:
            if _content(files, paper) is None:
                return Fault(_BESIDE, "paper", f"{number}.{paper.kind}")
            progress()
    return None


def _content(files: Files, paper: StatementPaper) -> bytes | None:
    try:
        content = files.get(paper.file_name)
    except (FileNotFoundError, SealBroken):
        return None
    return content if hashlib.sha256(content).hexdigest() == paper.digest else None
