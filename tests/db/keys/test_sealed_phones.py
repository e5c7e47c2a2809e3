"""A sealed phone opens in its own row alone: who can write to the database and has no keys moves none."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.crypto import SealBroken
from portal.models import Role
from portal.services import contacts
from portal.services.accounts import people
from tests import factories as make

COPIED = "UPDATE {0} SET phone_sealed = (SELECT phone_sealed FROM {0} AS other WHERE other.id = :other) WHERE id = :own"


@pytest.mark.parametrize("made", [make.client, make.broker])
def test_a_phone_that_was_copied_into_another_row_does_not_open_there(session: Session, made: Any) -> None:
    own, other = made(session, phone="13900004444"), made(session, phone="13900005555")
    assert [contacts.open_phone(session, row).e164 for row in (own, other)] == ["+8613900004444", "+8613900005555"]
    session.execute(text(COPIED.format(own.__tablename__)), {"own": own.id, "other": other.id})
    session.expire_all()
    with pytest.raises(SealBroken, match=f"phone of {own.__tablename__} {own.id}"):
        contacts.open_phone(session, own)
    assert contacts.open_phone(session, other).e164 == "+8613900005555"


def test_a_phone_that_changes_changes_with_its_index(session: Session, now: datetime) -> None:
    broker = make.broker(session)
    principal = Actor.of(make.person(session, Role.PRINCIPAL, agency=broker.agency))
    people.change_phone(session, principal, now, broker, "13900006666")
    assert contacts.open_phone(session, broker).e164 == "+8613900006666"
