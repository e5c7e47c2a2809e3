"""Rule profiles of developments, confirmed by two."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.models import Development, ProposalState, Role, RuleProfile
from tests import factories as make


def rule_profile(session: Session, development: Development, toml: str, **given: Any) -> RuleProfile:
    """A profile that is in force since long ago, unless `starts_at` says otherwise."""
    starts_at = given.pop("starts_at", make.BEFORE)
    values = {
        "note": "",
        "state": ProposalState.CONFIRMED,
        "proposed_by": make.person(session, Role.CHANNEL_MANAGER).id,
        "proposed_at": starts_at - timedelta(days=3),
        "decided_by": make.person(session, Role.ADMINISTRATOR).id,
        "decided_at": starts_at - timedelta(days=2),
    }
    row = RuleProfile(development=development, toml=toml, starts_at=starts_at, **values | given)
    session.add(row)
    session.flush()
    return row
