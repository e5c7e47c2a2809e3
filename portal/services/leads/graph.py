"""Who brought whom, read for the pictures and tables of `referral.graph` (rules 7.5).

The database adds up the leads: what comes over is one row a referrer, and one a referrer who was a friend first. Names
are opened for those alone who are shown; a friend's is masked, as everywhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true
from sqlalchemy.orm import aliased

from referral import code as codes
from referral.graph import REACHING, Group, Link, Member, Step, Tally
from referral.neighbourhood import Bond, Neighbourhood, Who, neighbourhood
from referral.rewards.reward import RewardState

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import day_start
from ...models import (
    Audience,
    Client,
    Consent,
    Deal,
    Development,
    FriendVisit,
    Lead,
    LeadOutcome,
    Person,
    Referrer,
    Reward,
    Touch,
)
from ...session import Session
from ..referral.funnel import month_prices
from . import leads


@dataclass(frozen=True, slots=True)
class GraphFilter:
    """Which part: leads left on Shanghai days from `since` to before `until`, of friends who reached a step, brought
    by whom. `q` is part of a referrer's name, or the code. None and empty: all."""

    since: date | None = None
    until: date | None = None
    development_id: int | None = None
    audience: Audience | None = None
    reached: Step | None = None
    q: str = ""


@dataclass(frozen=True, slots=True)
class Worth:
    """What rewards are worth, in fen, and how many of them have no value."""

    fen: int = 0
    unpriced: int = 0

    def __add__(self, other: "Worth") -> "Worth":
        return Worth(self.fen + other.fen, self.unpriced + other.unpriced)


@dataclass(frozen=True, slots=True)
class Row:
    """A referrer in the table: what the rewards are worth, and who brought this person, by id and name."""

    member: Member
    name: str
    code: str
    development: str
    brought_by: tuple[tuple[int, str], ...]
    worth: Worth


def members(session: Session, actor: Actor, now: datetime, wanted: GraphFilter) -> list[Member]:
    """Every referrer who brought somebody, with how far the friends are; one query, added up by the database."""
    pairs = _pairs(actor, now, *_asked(wanted)).subquery()
    stmt = select(
        pairs.c.referrer_id,
        Referrer.development_id,
        Referrer.audience,
        func.count(),
        *(func.sum(case((pairs.c.step.in_(_ranks(REACHING[step])), 1), else_=0)) for step in _TOLD),
    ).join(Referrer, Referrer.id == pairs.c.referrer_id)
    if wanted.reached is not None:
        stmt = stmt.where(pairs.c.step.in_(_ranks(REACHING[wanted.reached])))
    rows = session.execute(stmt.group_by(pairs.c.referrer_id, Referrer.development_id, Referrer.audience))
    return [
        Member(referrer_id, Group(place, str(kind)), Tally(friends, *(int(figure) for figure in figures)))
        for referrer_id, place, kind, friends, *figures in rows
    ]


def links(session: Session, actor: Actor) -> list[Link]:
    """Referrers who were somebody's friend: the account's phone is that of an accepted lead's client."""
    friend = aliased(Referrer)
    stmt = (
        select(Lead.referrer_id, friend.id)
        .join(Client, Client.id == Lead.client_id)
        .join(Person, Person.phone_index == Client.phone_index)
        .join(friend, friend.person_id == Person.id)
        .where(_counted(actor))
    )
    return [Link(by, whom) for by, whom in session.execute(stmt.distinct())]


def values(session: Session, actor: Actor, wanted: GraphFilter) -> dict[int, Worth]:
    """What was granted for the friends' signings and not revoked since, by referrer; what is given for a time counts by
    its development's month, as in the funnel."""
    if wanted.reached is not None and Step.SIGNED not in REACHING[wanted.reached]:
        return {}
    timed = Reward.value_fen.is_(None)
    months = func.sum(case((timed, Reward.term_months), else_=0))
    stmt = (
        select(
            Lead.referrer_id,
            Reward.development_id,
            Reward.kind,
            func.coalesce(func.sum(Reward.value_fen), 0),
            func.coalesce(months, 0),
            func.sum(case((timed, 1), else_=0)),
        )
        .join(Referrer, Referrer.id == Lead.referrer_id)
        .join(Deal, Deal.touch_id == Lead.touch_id)
        .join(Reward, Reward.deal_id == Deal.id)
        .where(_counted(actor), *_asked(wanted), _STANDS, Reward.state != RewardState.REVOKED)
        .group_by(Lead.referrer_id, Reward.development_id, Reward.kind)
    )
    granted = session.execute(stmt).all()
    prices = month_prices(session, {row[1] for row in granted})
    found: dict[int, Worth] = {}
    for referrer_id, place, kind, fen, spans, timed_ones in granted:
        month_fen = prices[place].month_fen(kind)
        own = Worth(int(fen) + month_fen * int(spans), 0 if month_fen else int(timed_ones))
        found[referrer_id] = found.get(referrer_id, Worth()) + own
    return found


def rows(session: Session, shown: Iterable[Member], chains: Iterable[Link], worth: Mapping[int, Worth]) -> list[Row]:
    """The table's rows of these referrers, in two queries whatever their number."""
    told = list(shown)
    own = {member.id for member in told}
    bringers: dict[int, list[int]] = {}
    for link in chains:
        if link.whom in own:
            bringers.setdefault(link.whom, []).append(link.by)
    called = names(session, own.union(*bringers.values()))
    facts = select(Referrer.id, Referrer.code, Development.name).join(Referrer.development)
    where = {key: (code, place) for key, code, place in session.execute(facts.where(Referrer.id.in_(own)))}
    return [
        Row(
            member,
            called[member.id],
            *where[member.id],
            tuple((by, called[by]) for by in bringers.get(member.id, ())),
            worth.get(member.id, Worth()),
        )
        for member in told
    ]


def names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """The names of these referrers."""
    stmt = select(Referrer.id, Person.name).join(Person, Person.id == Referrer.person_id)
    return dict(session.execute(stmt.where(Referrer.id.in_(set(ids)))).all())


def developments(session: Session, ids: Iterable[int]) -> dict[int, Development]:
    """The developments with these ids."""
    return {one.id: one for one in session.scalars(select(Development).where(Development.id.in_(list(ids))))}


def friends(session: Session, actor: Actor, now: datetime, lead_ids: Iterable[int]) -> dict[int, leads.Friend]:
    """The friends of these leads by lead, with the masked name."""
    stmt = leads.filtered(visible(actor, Lead)).where(Lead.id.in_(list(lead_ids)))
    return {one.lead.id: one for one in leads.friends(session, now, session.scalars(stmt).all())}


def around_referrer(session: Session, actor: Actor, now: datetime, referrer: Referrer) -> Neighbourhood:
    """Who brought a referrer, to whichever development, and whom he brought to this one, since ever."""
    own = select(Client.id).where(Client.phone_index == referrer.person.phone_index).scalar_subquery()
    near = or_(Lead.referrer_id == referrer.id, Lead.client_id == own)
    return neighbourhood(_bonds(session, actor, now, near, referrer), Who(referrer.id))


def around_friend(session: Session, actor: Actor, now: datetime, lead: Lead) -> Neighbourhood:
    """Who brought a friend. Where the friend became a referrer it is that one's neighbourhood: `who.refers`."""
    account = select(Referrer).join(Referrer.person).where(Person.phone_index == lead.client.phone_index)
    here_first = account.where(_whole(actor, Referrer)).order_by(Referrer.development_id != lead.development_id)
    referrer = session.scalars(here_first.order_by(Referrer.id).limit(1)).first()
    if referrer is not None:
        return around_referrer(session, actor, now, referrer)
    return neighbourhood(
        _bonds(session, actor, now, Lead.client_id == lead.client_id), Who(lead.client_id, refers=False)
    )


def brought_by(session: Session, actor: Actor, now: datetime, referrer_ids: Iterable[int]) -> list[Bond]:
    """Whom each of these referrers brought, since ever."""
    wanted = list(referrer_ids)
    return _bonds(session, actor, now, Lead.referrer_id.in_(wanted)) if wanted else []


_TOLD = (Step.VISITED, Step.SIGNED, Step.CANCELLED)
"""What a tally tells beside the number of friends, in its order."""

_STANDS = and_(Deal.signed_at.is_not(None), Deal.cancelled_at.is_(None))


def _ranks(steps: Iterable[Step]) -> list[int]:
    return [step.rank for step in steps]


def _whole(actor: Actor, model: Any) -> ColumnElement[bool]:
    """Whose rows the actor may see, as a condition."""
    seen = visible(actor, model).whereclause
    return true() if seen is None else seen


def _counted(actor: Actor) -> ColumnElement[bool]:
    """Leads that count: nobody was brought by one that was refused."""
    return and_(_whole(actor, Lead), Lead.outcome == LeadOutcome.ACCEPTED)


def _asked(wanted: GraphFilter) -> list[ColumnElement[bool]]:
    """What is asked of a lead and its referrer; the step is asked of a friend, over all leads between two people."""
    asked: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        asked.append(Lead.at >= day_start(wanted.since))
    if wanted.until is not None:
        asked.append(Lead.at < day_start(wanted.until))
    if wanted.development_id is not None:
        asked.append(Referrer.development_id == wanted.development_id)
    if wanted.audience is not None:
        asked.append(Referrer.audience == wanted.audience)
    if wanted.q:
        named = Referrer.person.has(Person.name.contains(wanted.q, autoescape=True))
        asked.append(or_(named, Referrer.code == codes.normalise(wanted.q)))
    return asked


def _pairs(actor: Actor, now: datetime, *asked: ColumnElement[bool]) -> Select[int, int, int, int]:
    """One row a referrer and friend: the furthest step of the leads between them, as its rank, and the latest lead."""
    stmt = select(
        Lead.referrer_id, Lead.client_id, func.max(_step(now)).label("step"), func.max(Lead.id).label("lead_id")
    )
    stmt = stmt.join(Referrer, Referrer.id == Lead.referrer_id).join(Consent, Consent.id == Lead.consent_id)
    stmt = stmt.join(Touch, Touch.id == Lead.touch_id)
    return stmt.where(_counted(actor), *asked).group_by(Lead.referrer_id, Lead.client_id)


def _step(now: datetime) -> ColumnElement[int]:
    """The rank of the furthest that a lead has come. Unlike `leads.friends`, which says how it stands now, this does
    not forget a visit when its time is over."""
    reached = case(
        (Deal.cancelled_at.is_not(None), Step.CANCELLED.rank),
        (Deal.signed_at.is_not(None), Step.SIGNED.rank),
        else_=Step.SUBSCRIBED.rank,
    )
    bought = select(func.max(reached)).where(Deal.touch_id == Lead.touch_id).correlate(Lead).scalar_subquery()
    came = select(FriendVisit.id).where(FriendVisit.touch_id == Lead.touch_id).correlate(Lead).exists()
    on_the_way = case(
        (came, Step.VISITED.rank),
        (Consent.withdrawn_at.is_not(None), Step.WITHDRAWN.rank),
        (Touch.protected_until <= now, Step.LAPSED.rank),
        else_=Step.ACCEPTED.rank,
    )
    return func.coalesce(bought, on_the_way)


def _bonds(
    session: Session, actor: Actor, now: datetime, near: ColumnElement[bool], centre: Referrer | None = None
) -> list[Bond]:
    """Who brought whom among the leads of a neighbourhood. A friend who refers is known as a referrer: the one in the
    centre, that of the development that the friend came to, or else the first."""
    pairs = _pairs(actor, now, near).subquery()
    by, account, friend = aliased(Referrer), aliased(Person), aliased(Referrer)
    own = select(func.min(friend.id)).where(friend.person_id == account.id).correlate(account, by)
    nearest = (friend.id == (centre.id if centre else None), friend.development_id == by.development_id, true())
    refers = func.coalesce(*(own.where(where).scalar_subquery() for where in nearest))
    stmt = (
        select(pairs.c.referrer_id, pairs.c.client_id, pairs.c.step, pairs.c.lead_id, refers)
        .join(by, by.id == pairs.c.referrer_id)
        .join(Client, Client.id == pairs.c.client_id)
        .outerjoin(account, account.phone_index == Client.phone_index)
    )
    steps = list(Step)
    return [
        Bond(Who(by), Who(client_id, refers=False) if friend_id is None else Who(friend_id), steps[step], lead_id)
        for by, client_id, step, lead_id, friend_id in session.execute(stmt)
    ]
