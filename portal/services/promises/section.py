"""The part of a client's file that says what he was promised, and what is still owed to him."""

from dataclasses import dataclass
from datetime import datetime

from ...access.actor import Actor
from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import visible
from ...models import CareFile, Promise
from ...rules.promises.promise import OWED, PromiseState
from ...session import Session
from . import promises


@dataclass(frozen=True, slots=True)
class Section:
    """Each promise with how it stands, and what those that are owed come to."""

    rows: list[tuple[Promise, PromiseState]]
    owed_fen: int
    may_make: bool


def section(session: Session, actor: Actor, now: datetime, file: CareFile) -> Section | None:
    """What a file's client was promised there, the newest first; None for who reads no promises, or where there is
    none and the reader makes none."""
    if not may(actor, Permission.READ_PROMISES):
        return None
    of = Promise
    his = visible(actor, of).where(of.development_id == file.development_id, of.client_id == file.client_id)
    rows = [(row, promises.state_of(row, now)) for row in session.scalars(his.order_by(of.id.desc()))]
    makes, owed = may(actor, Permission.MAKE_PROMISE), sum(row.worth_fen for row, state in rows if state in OWED)
    return Section(rows, owed, makes) if rows or makes else None
