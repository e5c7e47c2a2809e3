"""The part of a client's file that says how his homes are paid for."""

from datetime import datetime

from ...access.actor import Actor
from ...access.permissions import Permission
from ...access.policy import may
from ...models import CareFile, Deal
from ...session import Session
from . import reading
from .reading import LoanRow


def section(session: Session, actor: Actor, now: datetime, file: CareFile) -> list[LoanRow] | None:
    """The purchases of a file's client there, with their loans; None for who reads no loans, or where there is none."""
    if not may(actor, Permission.READ_LOANS):
        return None
    his = reading.deals_of(actor).where(Deal.development_id == file.development_id, Deal.client_id == file.client_id)
    return reading.every(session, now, his) or None
