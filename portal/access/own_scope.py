"""What is a person's alone, whatever the role: nobody else sees it, not even the staff."""

from sqlalchemy import ColumnElement, select

from .. import models as m
from .actor import Actor


def own_sessions(actor: Actor) -> ColumnElement[bool]:
    """Where one is signed in."""
    return m.WebSession.person_id == actor.person_id


def own_exports(actor: Actor) -> ColumnElement[bool]:
    """Which lists one has exported regularly."""
    return m.ExportSchedule.person_id == actor.person_id


def own_export_runs(actor: Actor) -> ColumnElement[bool]:
    """And the files that come of it."""
    own = select(m.ExportSchedule.id).where(own_exports(actor))
    return m.ExportRun.schedule_id.in_(own)
