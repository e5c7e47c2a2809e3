"""Whose rows of client care an actor may see, beside the files themselves: the part of `scope` that is about care."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, true, union_all

from .. import models as m
from ..models import Role, TouchKind, Work
from ..models.care.files import latest_assignments
from ..models.hand_overs.hand_overs import given, handed
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


def in_care(model: Any, person_column: Any, touch_column: Any, person_id: int) -> ColumnElement[bool]:
    """What hangs on the clients in one person's care: found by his own rows, however many the agency has."""
    his = select(model.id).where(person_column == person_id, ~handed(Work.CLIENTS, touch_column))
    taken = select(model.id).where(touch_column.in_(given(Work.CLIENTS, person_id)))
    return model.id.in_(union_all(his, taken))  # type: ignore[no-any-return]  # a column of any model


def care_files(actor: Actor) -> ColumnElement[bool]:
    """Which clients' files somebody sees: a channel manager all, a consultant those in his care and of whom he covers
    for, a broker those of the clients whom he registered and has in his care there."""
    if actor.role is Role.CHANNEL_MANAGER:
        return true()
    if actor.role is Role.CONSULTANT:
        there = (m.CareAbsence.cover_id == actor.id) & m.CareAbsence.ended_at.is_(None)
        covered = select(m.CareAbsence.person_id).where(there)
        his = or_(m.CareAssignment.person_id == actor.id, m.CareAssignment.person_id.in_(covered))
        mine = latest_assignments().where(his)
        return m.CareFile.id.in_(mine.with_only_columns(m.CareAssignment.file_id))
    if actor.role is not Role.BROKER:
        return false()
    here = (m.Touch.development_id == m.CareFile.development_id) & (m.Touch.client_id == m.CareFile.client_id)
    living = (m.Touch.kind == TouchKind.REGISTRATION) & m.Touch.retired_at.is_(None) & m.Touch.was_shown()
    his = in_care(m.Touch, m.Touch.person_id, m.Touch.id, actor.id) & (m.Touch.agency_id == actor.agency_id)
    return m.CareFile.id.in_(select(m.CareFile.id).join(m.Touch, here).where(living, his))


def not_bought(actor: Actor) -> ColumnElement[bool]:
    """A channel manager sees what both sides answered; who else sees a client's file, what his own side answered."""
    if actor.role is Role.CHANNEL_MANAGER:
        return true()
    side = m.NotBought.agency_id.is_(None) if actor.staff else m.NotBought.agency_id == actor.agency_id
    return side & m.NotBought.file_id.in_(select(m.CareFile.id).where(care_files(actor)))


def cared_for(actor: Actor, model: Any) -> ColumnElement[bool]:
    """What is about a client at a development whose file the actor sees."""
    here = (m.CareFile.development_id == model.development_id) & (m.CareFile.client_id == model.client_id)
    return select(m.CareFile.id).where(here, care_files(actor)).exists()
