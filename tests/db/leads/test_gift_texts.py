"""A friend who visited is told of the gift that waits: once, by day, and only by consent."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.models import Lead, Role, TextKind, TextMessage, Voucher
from portal.services.leads import gift_texts, leads
from portal.services.leads.opt_outs import stop_contact
from portal.services.messages import texts
from portal.services.programmes import gifts
from portal.services.registrations import walk_ins
from portal.services.rewards import rewards
from portal.services.vouchers import vouchers
from tests import factories as make

PHONE = "13912345678"
SAID = {"gift": "咖啡券", "code": "2KSV-84NG", "development": "云栖澜岸", "until": "2026年4月9日"}


@pytest.fixture
def visited(session: Session, now: datetime) -> tuple[Lead, Voucher]:
    rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
    stand = make.programme(session).referrer
    lead = leads.leave_lead(
        session,
        now,
        leads.LeftLead(
            code=stand.code, name="王小明", phone=PHONE, consent_version="2", locale="zh_Hans_CN", address=None
        ),
    )
    reception = Actor.of(make.person(session, Role.RECEPTION))
    walk_ins.sign_in_walk_in(session, reception, now, development_id=lead.development_id, phone=PHONE, name="王小明")
    assert lead.touch is not None
    (gift,) = gifts.of_visit(session, lead.touch)
    return lead, gift


def told(session: Session, now: datetime, visited: tuple[Lead, Voucher]) -> TextMessage | None:
    lead, gift = visited
    assert lead.touch is not None
    return gift_texts.tell(session, now, lead.touch, gift, SAID)


def test_it_goes_to_the_friend_once(session: Session, now: datetime, visited: tuple[Lead, Voucher]) -> None:
    message = told(session, now, visited)
    assert message is not None
    assert (message.client_id, message.kind, message.next_try_at) == (visited[0].client_id, TextKind.GIFT, now)
    assert message.expires_at == visited[1].expires_at
    assert told(session, now + timedelta(days=1), visited) is None
    assert session.scalar(select(func.count()).select_from(TextMessage)) == 1


def test_nobody_is_woken_by_it(session: Session, now: datetime, visited: tuple[Lead, Voucher]) -> None:
    at_night = now.replace(hour=14)  # ten in the evening in Shanghai
    message = told(session, at_night, visited)
    assert message is not None
    assert message.next_try_at == at_night + timedelta(hours=10)


@pytest.mark.parametrize("why", ["withdrew", "said stop", "was handed out", "had the texts of the day"])
def test_it_does_not_go_to_whom_it_may_not(
    session: Session, now: datetime, visited: tuple[Lead, Voucher], why: str
) -> None:
    lead, gift = visited
    if why == "withdrew":
        leads.withdraw(session, now, lead, address=None)
    elif why == "said stop":
        stop_contact(session, now, lead.client, address=None)
    elif why == "was handed out":
        vouchers.revoke_voucher(
            session, Actor.of(make.person(session, Role.CHANNEL_MANAGER)), now, gift, reason="handed out"
        )
    else:
        for number in range(2):
            kind, until = TextKind.ARRIVAL_CODE, now + timedelta(hours=1)
            texts.enqueue(session, now, lead.client_id, kind, {"code": "1"}, key=str(number), expires_at=until)
    assert told(session, now, visited) is None
