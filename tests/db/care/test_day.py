"""The day of who has many clients: a query for each kind of fact, and the right parts of the list."""

from datetime import datetime, timedelta

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.access.actor import Actor
from portal.clock import local_day
from portal.models import CareFile, ContactOutcome, MilestoneKind, PlannedHandover, SigningDate
from portal.rules.care.due import due
from portal.rules.care.plan import Channel, Clients, Day, Plan, Stage, Step
from portal.rules.care_files.days import ToldDay
from portal.rules.care_files.needs import Needs
from portal.services.care import contacts, day, scope
from portal.services.care.contacts import NewContact
from portal.services.care.day import When
from portal.services.care_files import known
from tests import care_world
from tests import factories as make

DAY = timedelta(days=1)


def queries(session: Session, now: datetime, person) -> int:  # type: ignore[no-untyped-def]
    said: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *given: said.append(given[2]))
    day.of_person(session, now, person)
    return len(said)


def test_the_queries_of_a_day_do_not_grow_with_the_clients(session: Session, now: datetime) -> None:
    few, many, place = care_world.consultant(session), care_world.consultant(session), make.development(session)
    care_world.care_file(session, development=place, carer=few, at=now - 4 * DAY)
    for _ in range(12):
        care_world.care_file(session, development=place, carer=many, at=now - 4 * DAY)
    session.expunge_all()
    few, many = (session.get_one(type(one), one.id) for one in (few, many))
    assert queries(session, now, many) == queries(session, now, few) <= 21


def test_what_is_owed_stands_in_its_part_and_goes_when_it_is_done(session: Session, now: datetime) -> None:
    one = care_world.consultant(session)
    file = care_world.care_file(session, carer=one, at=now - 3 * DAY)
    found = day.of_person(session, now, one)
    said = {when: [(line.due.channel, line.due.step) for line in lines] for when, lines in found.lines.items()}
    assert said == {
        When.LATE: [(Channel.WECHAT, "virtual_tour")],
        When.TODAY: [(Channel.CALL, "early_offer")],
        When.TOMORROW: [],
    }
    again = (now + DAY).date()
    new = NewContact(Channel.CALL, now, ContactOutcome.CALL_LATER, next_on=again)
    row = contacts.log(session, Actor.of(one), now, file, new)
    found = day.of_person(session, now, one)
    assert [line.due.step for line in found.lines[When.TODAY]] == []
    assert [line.due.step for line in found.lines[When.TOMORROW]] == [day.AGREED]
    contacts.withdraw(session, Actor.of(one), now, row)
    assert [line.due.step for line in day.of_person(session, now, one).lines[When.TODAY]] == ["early_offer"]


def test_neither_side_reads_what_the_other_wrote_unless_it_is_marked(session: Session, now: datetime) -> None:
    one, broker = care_world.consultant(session), make.broker(session)
    touch = make.touch(session, person=broker)
    file = care_world.care_file(session, development=touch.development, client=touch.client, carer=one)
    for who in (one, broker):
        care_world.contact(session, file=file, by=who, at=now, note=f"只给{who.role}看")
        care_world.contact(session, file=file, by=who, at=now, note=f"{who.role}：都可以看", shown_to_other=True)
    for who, other in ((one, broker), (broker, one)):
        shown = contacts.of_file(session, Actor.of(who), file)
        assert len(shown) == 4, "that there was a contact, both see"
        said = {row.written.note for row in shown if row.written.note}
        assert said == {f"只给{who.role}看", f"{who.role}：都可以看", f"{other.role}：都可以看"}
        hidden = [row for row in shown if row.hidden]
        assert [row.written.note for row in hidden] == [""]
        assert contacts.in_file(session, Actor.of(who), file, hidden[0].contact.id) is None
    assert scope.side_of(Actor.of(broker)) == broker.agency_id


def test_days_that_are_known_of_a_client_bring_their_steps(session: Session, now: datetime) -> None:
    """The papers three days before an agreed signing, the guide ninety days before a planned handover, a birthday."""
    carer = care_world.consultant(session)
    place = make.development(session)
    deal = make.deal(session, development=place)
    make.milestone(session, deal, MilestoneKind.SUBSCRIBED, now - DAY)
    file = care_world.care_file(session, development=place, client=deal.client, carer=carer)
    today = local_day(now)
    session.add_all(
        [
            SigningDate(deal_id=deal.id, on_day=today + 3 * DAY, by_id=carer.id, at=now),
            PlannedHandover(deal_id=deal.id, on_day=today + 60 * DAY, by_id=carer.id, at=now),
            PlannedHandover(deal_id=deal.id, on_day=today + 90 * DAY, by_id=carer.id, at=now),
        ]
    )
    known.say_day(session, Actor.of(carer), now, file, ToldDay.BIRTHDAY, today.replace(year=1990), told=True)
    which = select(CareFile.id).where(CareFile.id == file.id)
    facts = day.load(session, now, which, side=None)[file.id].facts
    assert facts.days == {
        Day.SIGNING: today + 3 * DAY,
        Day.HANDOVER: today + 90 * DAY,
        Day.BIRTHDAY: today.replace(year=1990),
    }


def test_who_has_not_bought_is_high_end_by_his_budget(session: Session, now: datetime) -> None:
    """As his own side wrote it down last; needs are opened only where a plan parts clients by it."""
    carer = care_world.consultant(session)
    file = care_world.care_file(session, carer=carer, at=now - 3 * DAY)
    which = select(CareFile.id).where(CareFile.id == file.id)
    steps = [
        Step(f"for_{who}", Stage.NOT_VISITED, Channel.CALL, "约", "Call", day=1, clients=who)
        for who in (Clients.HIGH_END, Clients.OTHERS)
    ]
    parting = Plan("p", steps=tuple(steps))

    def owed() -> list[str]:
        loaded = day.load(session, now, which, side=None, priced=True)
        return [step.step for step in due((one.facts for one in loaded.values()), parting, now)]

    assert owed() == ["for_others"]
    known.say_needs(session, Actor.of(make.broker(session)), now, file, Needs(budget=9_000_000))
    assert owed() == ["for_others"]
    known.say_needs(session, Actor.of(carer), now, file, Needs(budget=5_000_000))
    assert owed() == ["for_high_end"]
    assert day.load(session, now, which, side=None)[file.id].facts.yuan == 0
    known.say_needs(session, Actor.of(carer), now, file, Needs(budget=4_900_000))
    assert owed() == ["for_others"]
