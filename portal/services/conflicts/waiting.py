"""What time alone brings to conflicts: cases that rules find, and that a decision is late."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from ...models import ConflictCase
from ...rules.notifications.deadlines import Queue
from ...session import Session
from ..events.deadlines import tell_of_queue
from . import finding


def sweep_due(session: Session, now: datetime) -> Mapping[str, int]:
    """Open what the rules find, and tell what is late; how much of each."""
    late = select(ConflictCase.opened_at).where(ConflictCase.closed_at.is_(None), ConflictCase.due_at <= now)
    return {
        **finding.open_found(session, now),
        "late_conflicts_told": tell_of_queue(session, now, Queue.CONFLICTS, late),
    }
