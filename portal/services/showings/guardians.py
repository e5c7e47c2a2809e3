"""Who consented for a child: nobody under 14 is photographed without a guardian's consent (rules 3.2)."""

from dataclasses import dataclass

from sqlalchemy import select

from ...models import Consent, Guardian, Relation
from ...session import Session
from ..contacts import vault_of

_NAME = "guardian.name"


@dataclass(frozen=True, slots=True)
class GuardianFacts:
    """The guardian's name, and what the person is to the child."""

    name: str
    relation: Relation


def record_guardian(session: Session, consent: Consent, guardian: GuardianFacts) -> Guardian:
    """Write down who gave this consent for the child; the name rests sealed."""
    sealed = vault_of(session).seal_text(guardian.name.strip(), _NAME)
    row = Guardian(consent_id=consent.id, name_sealed=sealed, relation=guardian.relation)
    session.add(row)
    session.flush()
    return row


def guardian_of(session: Session, consent: Consent) -> str | None:
    """The name of who gave this consent for a child; None where the client gave it himself."""
    sealed = session.scalar(select(Guardian.name_sealed).where(Guardian.consent_id == consent.id))
    return vault_of(session).open_text(sealed, _NAME) if sealed is not None else None
