"""The facts of the measures, on both databases: files as they were, deals with their source, in few queries."""

from datetime import datetime, timedelta

from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.clock import month_of
from portal.models import CareContact, CareJudgement, CareLoss, Consent, MilestoneKind, Role, SigningDate, TouchKind
from portal.rules.care.plan import Day, Grade, Mark, Stage
from portal.services.care_measures import facts, measures
from tests import factories as make
from tests import owners as of_owners

DAY = timedelta(days=1)


def test_files_as_they_were(session: Session, now: datetime) -> None:
    manager, carer = (make.person(session, role) for role in (Role.CHANNEL_MANAGER, Role.CONSULTANT))
    place = make.development(session)
    friend = make.touch(session, development=place, kind=TouchKind.REFERRAL_LEAD, person=make.broker(session))
    deal = make.deal(session, touch=friend, signed_at=now - 9 * DAY)
    make.milestone(session, deal, MilestoneKind.LOAN_RELEASED, now - 2 * DAY)
    buyer = of_owners.owner(session, carer, deal).file
    lost, stopped = (of_owners.care_file(session, place) for _number in range(2))
    session.add(CareLoss(file_id=lost.id, by_id=carer.id, at=now - DAY, reason="price"))
    session.add(CareJudgement(file_id=stopped.id, by_id=carer.id, at=now - DAY, grade=Grade.B, money=True))
    for at, channel in ((now - 5 * DAY, "visit"), (now - 3 * DAY, "call")):
        session.add(
            CareContact(file_id=stopped.id, by_id=carer.id, channel=channel, at=at, logged_at=at, outcome="reached")
        )
    session.add(SigningDate(deal_id=deal.id, on_day=now.date(), by_id=carer.id, at=now))
    gone = Consent(client_id=stopped.client_id, purpose="contact", version="1", locale="en", given_at=now - 9 * DAY)
    gone.withdrawn_at = now - DAY
    session.add(gone)
    session.flush()
    asked: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *args: asked.append(args[2]))
    found = facts.load(session, Actor.of(manager), now, place.id, priced=True)
    assert len(asked) <= 16
    of = {one.file_id: one for one in found.files}
    assert [stage for _at, stage in of[lost.id].stages] == [Stage.NOT_VISITED, Stage.LOST]
    assert [stage for _at, stage in of[stopped.id].stages] == [Stage.NOT_VISITED, Stage.VISITED]
    assert of[stopped.id].judged[0].marks == (Mark.MONEY,)
    assert [(one.at, one.opted_out) for one in of[stopped.id].known] == [(now - 9 * DAY, False), (now - DAY, True)]
    assert [stage for _at, stage in of[buyer.id].stages][-2:] == [Stage.SIGNED, Stage.LOAN_RELEASED]
    last = of[buyer.id].known[-1]
    assert (last.yuan, last.days) == (deal.price_fen // 100, {Day.SIGNING: now.date()})
    assert [(sold.referred, sold.carer_id, sold.released_at) for sold in found.deals] == [
        (True, carer.id, now - 2 * DAY)
    ]
    mine = measures.report(session, Actor.of(carer), now, month_of(now))
    assert [one.file_id for one in facts.load(session, Actor.of(carer), now, None).files] == [buyer.id]
    assert len(mine.months) == measures.MONTHS
    assert mine.carers[0].name == carer.name
