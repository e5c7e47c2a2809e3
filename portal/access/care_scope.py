"""Whose rows of client care an actor may see, beside the files themselves: the part of `scope` that is about care."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, false, select, true

from .. import models as m
from ..models import Role
from ..models.care.files import latest_assignments
from .actor import Actor

Rule = Callable[[Actor], ColumnElement[bool]]


def in_own_care(actor: Actor, file_column: Any) -> ColumnElement[bool]:
    """Reception and the channel manager see all owners and guests, a consultant those in his care, nobody else any."""
    if actor.role in (Role.RECEPTION, Role.CHANNEL_MANAGER):
        return true()
    if actor.role is not Role.CONSULTANT:
        return false()
    mine = latest_assignments().where(m.CareAssignment.person_id == actor.id)
    return file_column.in_(mine.with_only_columns(m.CareAssignment.file_id))  # type: ignore[no-any-return]


def owner_files(actor: Actor) -> ColumnElement[bool]:
    """Owners' files: as `in_own_care`."""
    return in_own_care(actor, m.OwnerFile.file_id)


def guests(actor: Actor) -> ColumnElement[bool]:
    """Guests of gatherings: as `in_own_care`."""
    return in_own_care(actor, m.GatheringGuest.file_id)


def gatherings(actor: Actor) -> ColumnElement[bool]:
    """Gatherings, for whoever holds them or receives their guests."""
    return true() if actor.role in (Role.RECEPTION, Role.CONSULTANT, Role.CHANNEL_MANAGER) else false()


def of_owners(owner_column: Any) -> Rule:
    """What hangs on an owner's file: whoever sees the file."""

    def rule(actor: Actor) -> ColumnElement[bool]:
        if actor.role in (Role.RECEPTION, Role.CHANNEL_MANAGER):
            return true()
        owners = select(m.OwnerFile.id).where(owner_files(actor))
        return owner_column.in_(owners)  # type: ignore[no-any-return]

    return rule


def care_imports(actor: Actor) -> ColumnElement[bool]:
    """A channel manager sees which lists were brought in, everybody else the own."""
    return true() if actor.role is Role.CHANNEL_MANAGER else m.CareImport.by_id == actor.person_id


def care_scorings(actor: Actor) -> ColumnElement[bool]:
    """Whoever may publish rules of points, or sends them back, reads what is proposed."""
    return true() if actor.role in (Role.CHANNEL_MANAGER, Role.ADMINISTRATOR) else false()
