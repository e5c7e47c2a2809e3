"""The guide of the first days: shown on a newcomer's first page, on every device, until its reader puts it away."""

from datetime import datetime

from ...access.actor import Actor
from ...models import Person, Role
from ...session import Session

GUIDED = frozenset({Role.BROKER, Role.REFERRER})
"""Who begins on a phone of their own, with nobody beside them who shows how."""


def is_shown(session: Session, actor: Actor) -> bool:
    """Whether the guide stands on this person's first page."""
    return actor.role in GUIDED and session.get_one(Person, actor.id).guide_closed_at is None


def show_guide(session: Session, now: datetime, actor: Actor, *, show: bool) -> None:
    """Put the guide back on the person's first page, or away."""
    session.get_one(Person, actor.id).guide_closed_at = None if show else now
