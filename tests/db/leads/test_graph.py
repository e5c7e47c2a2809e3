"""Who brought whom, as the database has it: each friend once, the furthest step, chains, and only what one may see."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal.access.actor import SYSTEM, Actor
from portal.models import Audience, FriendVisit, Lead, Referrer, Role
from portal.services.leads import graph, leads
from portal.services.leads.graph import GraphFilter, Worth
from portal.services.referral import funnel
from portal.services.referral.funnel import By
from portal.services.rewards import rewards
from referral.graph import Link, Step, Tally, total
from referral.neighbourhood import Who
from tests import factories as make

DAY = timedelta(days=1)


@pytest.fixture
def manager(session: Session) -> Actor:
    rewards.publish_given_plans(session, make.BEFORE, effective_from=make.BEFORE)
    return Actor.of(make.person(session, Role.CHANNEL_MANAGER))


@pytest.fixture
def leave(session: Session, now: datetime) -> Callable[..., Lead]:
    """A friend leaves a number at a referrer's page."""

    def left(referrer: Referrer, phone: str = "", at: datetime = now) -> Lead:
        made = leads.leave_lead(
            session,
            at,
            leads.LeftLead(
                code=referrer.code,
                name="王小明",
                phone=phone or make.new_phone(),
                consent_version="2",
                locale="zh_Hans_CN",
                address=None,
            ),
        )
        session.flush()
        return made

    return left


def visit(session: Session, lead: Lead, at: datetime) -> None:
    by = make.person(session, Role.RECEPTION).id
    session.add(FriendVisit(touch_id=lead.touch_id, visited_on=at.date(), at=at, recorded_by=by))
    session.flush()


def tallies(session: Session, actor: Actor, now: datetime, **asked: Any) -> dict[int, Tally]:
    return {one.id: one.tally for one in graph.members(session, actor, now, GraphFilter(**asked))}


def joined(session: Session, phone: str, **given: Any) -> Referrer:
    return make.referrer(session, person=make.person(session, Role.REFERRER, phone=phone), **given)


class TestSteps:
    @pytest.fixture
    def referrer(self, session: Session, now: datetime, leave: Callable[..., Lead]) -> Referrer:
        """Six friends, each at another step."""
        referrer = make.referrer(session)
        told = {step: leave(referrer, at=now - 31 * DAY if step is Step.LAPSED else now) for step in Step}
        leads.withdraw(session, now, told[Step.WITHDRAWN], address=None)
        visit(session, told[Step.VISITED], now)
        for step, dates in (
            (Step.SUBSCRIBED, {}),
            (Step.SIGNED, {"signed_at": now}),
            (Step.CANCELLED, {"signed_at": now, "cancelled_at": now}),
        ):
            deal = make.deal(session, touch=told[step].touch, **dates)
            rewards.settle_rewards(session, SYSTEM, now, deal)
        session.flush()
        return referrer

    def test_each_friend_is_counted_at_the_furthest_step(
        self, session: Session, now: datetime, manager: Actor, referrer: Referrer
    ) -> None:
        assert tallies(session, manager, now) == {referrer.id: Tally(7, 4, 1, 1)}
        near = graph.around_referrer(session, manager, now, referrer)
        assert sorted(bond.step for bond in near.brought) == sorted(Step)
        assert near.tally == Tally(7, 4, 1, 1)
        assert near.brought_by == ()

    @pytest.mark.parametrize(
        ("reached", "friends"),
        [
            (Step.VISITED, 4),
            (Step.SUBSCRIBED, 2),
            *((step, 1) for step in Step if step not in ("visited", "subscribed")),
        ],
    )
    def test_the_step_that_is_asked_for(
        self, session: Session, now: datetime, manager: Actor, referrer: Referrer, reached: Step, friends: int
    ) -> None:
        assert tallies(session, manager, now, reached=reached)[referrer.id].friends == friends
        worth = graph.values(session, manager, GraphFilter(reached=reached))
        assert set(worth) == ({referrer.id} if reached in ("visited", "subscribed", "signed") else set())

    def test_who_came_twice_is_one_friend(
        self, session: Session, now: datetime, manager: Actor, leave: Callable[..., Lead]
    ) -> None:
        referrer, phone = make.referrer(session), make.new_phone()
        first = leave(referrer, phone, now - 60 * DAY)
        visit(session, first, now - 59 * DAY)
        again = leave(referrer, phone, now)
        assert first.client_id == again.client_id
        assert first.id != again.id
        assert tallies(session, manager, now) == {referrer.id: Tally(1, 1)}
        (bond,) = graph.around_referrer(session, manager, now, referrer).brought
        assert (bond.step, bond.lead) == (Step.VISITED, again.id)

    def test_nobody_was_brought_by_a_lead_that_was_refused(
        self, session: Session, now: datetime, manager: Actor, leave: Callable[..., Lead]
    ) -> None:
        referrer, phone = make.referrer(session), make.new_phone()
        leave(referrer, phone)
        refused = leave(make.referrer(session, development=referrer.development), phone)
        assert list(tallies(session, manager, now)) == [referrer.id]
        (bond,) = graph.around_friend(session, manager, now, refused).brought_by
        assert bond.by == Who(referrer.id)


def test_filters_narrow_what_is_counted(
    session: Session, now: datetime, manager: Actor, leave: Callable[..., Lead]
) -> None:
    one = make.referrer(session, person=make.person(session, Role.REFERRER, name="陈静怡"))
    other = make.referrer(session, audience=Audience.CITIZEN)
    leave(one, at=now - DAY)
    leave(one)
    leave(other)
    today = date(2026, 3, 10)
    for asked, expected in (
        ({}, {one: 2, other: 1}),
        ({"since": today}, {one: 1, other: 1}),
        ({"until": today}, {one: 1}),
        ({"audience": Audience.CITIZEN}, {other: 1}),
        ({"development_id": one.development_id}, {one: 2}),
        ({"q": "静"}, {one: 2}),
        ({"q": other.code.lower()}, {other: 1}),
        ({"q": "%"}, {}),
    ):
        found = tallies(session, manager, now, **asked)
        assert found == {referrer.id: Tally(friends) for referrer, friends in expected.items()}, asked


def test_a_referrer_who_was_a_friend_first_is_one_person(
    session: Session, now: datetime, manager: Actor, leave: Callable[..., Lead]
) -> None:
    first, phones = make.referrer(session), [make.new_phone(), make.new_phone()]
    leads_of_chain = [leave(first, phones[0])]
    second = joined(session, phones[0], development=first.development)
    leads_of_chain.append(leave(second, phones[1]))
    third = joined(session, phones[1], development=first.development)
    leave(third)
    assert sorted(graph.links(session, manager), key=lambda link: link.by) == [
        Link(first.id, second.id),
        Link(second.id, third.id),
    ]
    near = graph.around_referrer(session, manager, now, second)
    assert [bond.by for bond in near.brought_by] == [Who(first.id)]
    assert [bond.whom for bond in near.brought] == [Who(third.id)]
    assert graph.around_friend(session, manager, now, leads_of_chain[0]) == near
    (row,) = (row for row in table(session, manager, now) if row.member.id == second.id)
    assert row.brought_by == ((first.id, first.person.name),)


def table(session: Session, actor: Actor, now: datetime) -> list[graph.Row]:
    shown = graph.members(session, actor, now, GraphFilter())
    return graph.rows(session, shown, graph.links(session, actor), graph.values(session, actor, GraphFilter()))


def test_the_table_says_what_was_granted(
    session: Session, now: datetime, manager: Actor, leave: Callable[..., Lead]
) -> None:
    referrer = make.referrer(session, audience=Audience.CITIZEN)
    for cancelled_at in (None, now):
        deal = make.deal(session, touch=leave(referrer).touch, signed_at=now, cancelled_at=cancelled_at)
        rewards.settle_rewards(session, SYSTEM, now, deal)
    session.flush()
    (row,) = table(session, manager, now)
    assert (row.name, row.code, row.development) == (referrer.person.name, referrer.code, referrer.development.name)
    assert row.worth == Worth(20_000_00 + 12 * 400_00)
    assert row.brought_by == ()


@pytest.mark.parametrize(
    ("month", "worth"),
    [({}, Worth(20_000_00 + 12 * 400_00)), ({"relief_month_yuan": 0}, Worth(20_000_00, 1))],
)
def test_what_is_given_for_a_time_counts_by_the_month(
    session: Session,
    now: datetime,
    manager: Actor,
    leave: Callable[..., Lead],
    month: dict[str, int],
    worth: Worth,
) -> None:
    """As in the funnel: who reads both reads one value."""
    referrer = make.referrer(session, audience=Audience.CITIZEN, development=make.development(session, policy=month))
    deal = make.deal(session, touch=leave(referrer).touch, signed_at=now)
    rewards.settle_rewards(session, SYSTEM, now, deal)
    assert graph.values(session, manager, GraphFilter()) == {referrer.id: worth}
    (part,) = funnel.funnel(session, manager, funnel.FunnelFilter(), By.REFERRER)
    assert Worth(part.steps.worth_fen, part.steps.unpriced) == worth


def test_a_friend_is_masked_and_everybody_sees_only_the_own(
    session: Session, now: datetime, manager: Actor, leave: Callable[..., Lead]
) -> None:
    mine, rival = make.referrer(session), make.referrer(session)
    lead = leave(mine)
    leave(rival)
    assert graph.friends(session, manager, now, [lead.id])[lead.id].name == "王**"
    assert tallies(session, Actor.of(mine.person), now) == {mine.id: Tally(1)}
    assert graph.around_referrer(session, Actor.of(mine.person), now, rival).brought == ()
    assert graph.friends(session, Actor.of(rival.person), now, [lead.id]) == {}
    broker = Actor.of(make.broker(session))
    assert tallies(session, broker, now) == {}
    assert graph.links(session, broker) == []
    assert graph.values(session, broker, GraphFilter()) == {}


def test_it_takes_as_many_queries_for_many_as_for_few(
    session: Session, now: datetime, manager: Actor, leave: Callable[..., Lead]
) -> None:
    asked: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda _c, _cursor, text, *_: asked.append(text))

    def queries(leads_there: int) -> int:
        session.expire_all()
        asked.clear()
        told = table(session, manager, now)
        assert total(row.member.tally for row in told).friends == leads_there
        near = graph.around_referrer(session, manager, now, session.get_one(Referrer, told[0].member.id))
        assert len(graph.friends(session, manager, now, [bond.lead for bond in near.brought])) == len(near.brought)
        return len(asked)

    leave(make.referrer(session))
    few = queries(1)
    development = make.development(session)
    for _ in range(4):
        referrer = make.referrer(session, development=development)
        for _ in range(3):
            leave(referrer)
    assert queries(13) == few
