"""A visit's gift that is fetched at the desk is something to speak about the day after."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import ContactOutcome
from portal.rules.care.plan import Channel
from portal.services.care import contacts, day
from portal.services.care.contacts import NewContact
from portal.services.care.day import When
from portal.services.care_team import fetched_gifts
from tests import care_world
from tests import factories as make
from tests.db import desk

DAY = timedelta(days=1)

REFERENCES = {
    "the gift of a visit": "visit:7:{touch}:0",
    "the gift of who left his number": "lead:{place}:{client}:0",
}


@pytest.mark.parametrize("reference", REFERENCES.values(), ids=REFERENCES)
def test_a_fetched_gift_is_spoken_about_tomorrow(session: Session, now: datetime, reference: str) -> None:
    office, carer = desk.Desk.opened(session), care_world.consultant(session)
    touch = make.touch(session)
    file = care_world.care_file(session, development=touch.development, client=touch.client, carer=carer, at=now)
    names = {"touch": touch.id, "place": touch.development_id, "client": touch.client_id}
    gift = desk.gift(session, office, now, reference.format(**names))
    assert fetched_gifts.note(session, office.reception, now, gift)
    tomorrow = day.of_person(session, now, carer).lines[When.TOMORROW]
    assert "after_gift" in [line.due.step for line in tomorrow]
    spoken = NewContact(Channel.CALL, now + DAY, ContactOutcome.REACHED, step="after_gift")
    contacts.log(session, Actor.of(carer), now + DAY, file, spoken)
    steps = [line.due.step for lines in day.of_person(session, now + DAY, carer).lines.values() for line in lines]
    assert "after_gift" not in steps


def test_what_names_nobody_or_whom_nobody_has_a_file_of_is_not_written_down(session: Session, now: datetime) -> None:
    office, touch = desk.Desk.opened(session), make.touch(session)
    for reference in ("scan:1:abc:0", f"visit:7:{touch.id}:0"):
        assert fetched_gifts.note(session, office.reception, now, desk.gift(session, office, now, reference)) is None
