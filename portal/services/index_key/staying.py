"""What stays under a former index key, for nothing sealed stands behind it: how much of it there is by now.

All of it is asked for under every key of the settings. Once the former key is taken out of them, it is found no more.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from ...models import (
    AccountTie,
    EmployeeCheck,
    Invitation,
    PasswordLink,
    ProgrammeEmployee,
    RecoveryCode,
    WebSession,
)
from ...session import Session
from .moving import ERASED

OF_ITSELF = ("sessions", "password links", "invitations' links")
"""What is over by itself: within weeks nothing of it is left."""


def staying(session: Session, now: datetime, turned_at: datetime) -> Mapping[str, int]:
    """What was made before the turn and is still good, by what it is."""
    link, open_invitation = PasswordLink, (Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
    found: Mapping[str, tuple[ColumnElement[bool], ...]] = {
        "sessions": (WebSession.started_at < turned_at, WebSession.ended_at.is_(None), WebSession.ends_at > now),
        "password links": (link.issued_at < turned_at, link.ended_at.is_(None), link.until > now),
        "invitations' links": (
            Invitation.sent_at < turned_at,
            Invitation.declined_at.is_(None),
            Invitation.until > now,
            *open_invitation,
        ),
        "numbers that declined an invitation and are kept no more": (
            Invitation.declined_at < turned_at,
            Invitation.phone_sealed.is_(None),
            Invitation.phone_index.not_like(ERASED),
        ),
        "recovery codes": (
            RecoveryCode.issued_at < turned_at,
            RecoveryCode.used_at.is_(None),
            RecoveryCode.ended_at.is_(None),
        ),
        "entries of companies' lists": (ProgrammeEmployee.listed_at < turned_at,),
        "employee checks by a list or a mail": (
            EmployeeCheck.at < turned_at,
            EmployeeCheck.mark.is_not(None),
            EmployeeCheck.mark.not_like(ERASED),
            EmployeeCheck.revoked_at.is_(None),
        ),
        "ties to accounts elsewhere that were not used since they say whose they are": (
            AccountTie.tied_at < turned_at,
            AccountTie.subject_sealed.is_(None),
            AccountTie.ended_at.is_(None),
        ),
    }
    counted = {what: session.scalar(select(func.count()).where(*where)) or 0 for what, where in found.items()}
    return {what: count for what, count in counted.items() if count}
