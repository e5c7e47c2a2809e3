"""Bank details of who is paid, brought into force as they are: by two people."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import Agency, BankChange, Person, Role
from portal.rules.bank_details.bank_details import BankDetails
from portal.services.bank_details import bank_details as accounts

from . import BEFORE, person


def bank_details(session: Session, owner: Agency | Person, at: datetime = BEFORE, **given: str) -> BankChange:
    """An account for an agency or a person to be paid to: in force since `at`, by two who have left since."""
    values = {"holder": owner.name, "bank": "中国工商银行杭州西湖支行", "account": f"62220000{owner.id:08d}"}
    details = BankDetails(**values | given)
    first, second = (Actor.of(person(session, Role.RECEPTION, deactivated_at=BEFORE)) for _ in range(2))
    change = accounts.propose(session, first, at, owner, details)
    accounts.confirm(session, second, at, change, account=details.account, call_back="财务王姐，座机")
    return change
