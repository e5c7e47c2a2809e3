"""People who are invited to refer friends."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import Development, Invitation, Person
from portal.services import contacts
from portal.services.joining import invitations
from tests import factories as make


def invitation(session: Session, development: Development, by: Person, at: datetime = make.BEFORE) -> Invitation:
    """An invitation that was texted and not answered yet."""
    phone = contacts.parse_mobile(make.new_phone())
    row = invitations.invite(session, Actor.of(by), at, development, name="王小明", phone=phone, home="3-1202")
    assert row is not None
    return row


def page_to_join(session: Session) -> Development:
    """A development whose page takes people in; beside one that does, another that takes nobody."""
    there = any(one.policy.get("self_joining") for one in session.scalars(select(Development)))
    return make.development(session, policy={} if there else {"self_joining": 1})
