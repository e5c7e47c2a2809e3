"""Texts to payees: a change of bank details that came into force is told to phones that were known before.

The banner on the payee's pages tells only who signs in; a text reaches him within a minute, while payments still rest.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from ...clock import local_day
from ...models import BankChange, Person, Role, TextKind
from ...rules.bank_details.bank_details import BankDetails
from ...session import Session
from ..messages import texts

_TOLD_FOR = timedelta(days=7)
"""As long as the payee's pages tell of it."""


def tell(session: Session, now: datetime, change: BankChange, details: BankDetails) -> None:
    """Tell the payee that he is paid to another account from now on; an agency by each of its principals."""
    said = {"last_four": details.last_four, "day": local_day(now).isoformat()}
    for person in _readers(session, change):
        key, until = f"bank-change-{change.id}-{person.id}", now + _TOLD_FOR
        texts.enqueue_to_owner(session, now, person, TextKind.BANK_CHANGE, said, key=key, expires_at=until)


def _readers(session: Session, change: BankChange) -> list[Person]:
    if change.person is not None:
        return [change.person]
    principals = select(Person).where(Person.role == Role.PRINCIPAL, Person.agency_id == change.agency_id)
    return list(session.scalars(principals.where(Person.deactivated_at.is_(None)).order_by(Person.id)))
