"""Clients whom the developer's own people know (开发商保护期): a consultant wrote them down, by hand or with a list.

They keep registrations out for the profile's `developer_days`, from the instant at which they were written down here
(ADR 112). Who had been registered, had walked in or had left his number before is known through that, and protected by
that alone.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from ...models import CareAssignment, CareFile, Touch
from ...models.care.files import OPENED
from ...rules.judgements.protection import Kind
from ...session import Session
from . import rule_profiles

_Number = ColumnElement[int] | InstrumentedAttribute[int]


def first_written_down(*columns: Any) -> Select[*tuple[Any, ...]]:
    """The assignments by which consultants took up clients of their own, whom nothing had brought there before."""
    brought = exists().where(
        Touch.development_id == CareFile.development_id,
        Touch.client_id == CareFile.client_id,
        Touch.at <= CareAssignment.at,
    )
    own = CareAssignment.number == 1, CareAssignment.reason == OPENED, ~brought
    return select(*columns).join(CareFile, CareFile.id == CareAssignment.file_id).where(*own)


def known_since(development_id: _Number, client_id: _Number) -> Select[datetime | None]:
    """Since when the developer's people know a client there; of one whom they do not know, nothing."""
    here = CareFile.development_id == development_id, CareFile.client_id == client_id
    return first_written_down(func.min(CareAssignment.at)).where(*here)


def known_at(session: Session, touch: Touch) -> bool:
    """Whether the developer's own protection of a touch's client ran when the touch came."""
    since = session.scalar(known_since(literal(touch.development_id), literal(touch.whose)))
    if since is None or since > touch.at:
        return False
    return touch.at < rule_profiles.in_force(session, touch.development, since).known_until(since, Kind.LEAD)
