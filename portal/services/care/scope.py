"""Whose files an actor sees, and which of what stands in them: everybody's pages of client care ask here."""

from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_

from ...access import scope
from ...access.actor import Actor
from ...access.permissions import Permission
from ...access.policy import may
from ...models import CareFile
from ...session import Session


def care_files(_session: Session, actor: Actor) -> Select[CareFile]:
    """A query over the files that the actor may see."""
    return scope.visible(actor, CareFile)


def find(session: Session, actor: Actor, file_id: int) -> CareFile | None:
    """The file if it is there and the actor may see it."""
    return scope.find(session, actor, CareFile, file_id)


def side_of(actor: Actor) -> int | None:
    """For whom the actor writes: his agency, or None, the developer."""
    return None if actor.staff else actor.agency_id


def readable(actor: Actor, row: Any) -> ColumnElement[bool]:
    """Which rows of a table with sides the actor may read: his own side's, and what the other marked for it."""
    if not may(actor, Permission.CARE_FOR_CLIENTS):
        return false()
    return or_(own_side(actor, row), row.shown_to_other if hasattr(row, "shown_to_other") else false())


def own_side(actor: Actor, row: Any) -> ColumnElement[bool]:
    """Which rows the actor's own side wrote."""
    side = side_of(actor)
    if side is None:
        return row.agency_id.is_(None) if actor.staff else false()
    return row.agency_id == side  # type: ignore[no-any-return]


def reads(actor: Actor, row: Any) -> bool:
    """`readable` of a row that is loaded."""
    return bool(row.agency_id == side_of(actor) or getattr(row, "shown_to_other", False))
