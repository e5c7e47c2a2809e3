"""Real history as the judgement reads it: who came, when, which visits counted, what was bought; as columns.

A client's history is whole, whenever it began, once anything of it lies in the days asked about. What was refused for
another reason than a rival's protection (a freeze, no agreement, a limit) is no touch under any profile; neither is a
registration that was taken back.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Select, and_, func, literal, null, or_, select, tuple_, union

from referral.rewards.reward_plan import Audience

from ...models import (
    CareAssignment,
    CareFile,
    Deal,
    FriendVisit,
    Lead,
    LeadOutcome,
    Milestone,
    MilestoneKind,
    Outcome,
    PostedLine,
    Referrer,
    Registration,
    RegistrationExtension,
    RegistrationRelease,
    RegistrationWithdrawal,
    Showing,
    ShowingReview,
    Strike,
    Touch,
    TouchKind,
)
from ...rules.judgements import judging
from ...rules.judgements.protection import Kind
from ...rules.judgements.what_if import ClientFacts, Sale
from ...session import Session
from ..claims import known_clients
from ..showings.lists import counts

RIVALS = ("protected_by_other", "walked_in_first", "known_to_developer")
"""Refusals that a profile has a say in."""


@dataclass(frozen=True, slots=True)
class Party:
    """Whose a touch is: a broker of an agency, a referrer, or nobody's (a walk-in, a consultant's own client)."""

    kind: Kind
    person_id: int | None = None
    agency_id: int | None = None


class SoldDeal(NamedTuple):
    """A deal that was not cancelled: whose it is, and what was posted for it."""

    deal_id: int
    unit: str
    agency_id: int | None
    posted_fen: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All clients' histories, whose each touch is (by its number there), and the deals by their ids."""

    clients: Sequence[ClientFacts]
    parties: Sequence[Party]
    deals: dict[int, SoldDeal]


class _Came(NamedTuple):
    """A touch as it was stored; `order` keeps the kinds apart at one instant."""

    at: datetime
    order: int
    row_id: int
    development_id: int
    client_id: int
    touch_id: int | None
    party: Party
    masked: bool


class Asked(NamedTuple):
    """The days that are asked about, and the development (None: all)."""

    since: datetime
    development_id: int | None


def count(session: Session, asked: Asked) -> int:
    """How many touches have to be looked at."""
    about = _about(asked)
    of = (_registrations(about), _walk_ins(about), _leads(about), _known(about))
    return sum(session.scalar(select(func.count()).select_from(stmt.subquery())) or 0 for stmt in of)


def load(session: Session, asked: Asked) -> Facts:
    """The histories of all clients of whom anything lies in the days asked about: nine queries for any number."""
    return _load(session, _about(asked))


class Place(NamedTuple):
    """A client at a development; runs go through them in this order."""

    development_id: int
    client_id: int


def next_places(session: Session, asked: Asked, after: Place, most: int) -> list[Place]:
    """The next clients of whom anything lies in the days asked about."""
    about = _about(asked).c
    place = about.development_id, about.client_id
    behind = tuple_(*place) > tuple_(literal(after.development_id), literal(after.client_id))
    return [Place(*row) for row in session.execute(select(*place).where(behind).order_by(*place).limit(most))]


def load_between(session: Session, asked: Asked, after: Place, last: Place) -> Facts:
    """The histories of the clients behind one and up to another, as `next_places` gave them."""
    about = _about(asked, "anybody").c
    place = about.development_id, about.client_id
    here = select(*place).where(
        tuple_(*place) > tuple_(literal(after.development_id), literal(after.client_id)),
        tuple_(*place) <= tuple_(literal(last.development_id), literal(last.client_id)),
    )
    return _load(session, here.cte("about"))


def load_client(session: Session, development_id: int, client_id: int, masks: Sequence[Registration] = ()) -> Facts:
    """The history of one client in one development; `masks` may mean the client too, and nobody gave their number."""
    of = select(literal(development_id).label("development_id"), literal(client_id).label("client_id"))
    may_mean = [
        _Came(
            row.at,
            1,
            row.id,
            development_id,
            client_id,
            row.touch_id,
            Party(Kind.REGISTRATION, row.broker_id, row.agency_id),
            masked=True,
        )
        for row in masks
    ]
    return _load(session, of.cte("about"), may_mean)


def _load(session: Session, about: CTE, besides: Sequence[_Came] = ()) -> Facts:
    came = sorted([*_came(session, about), *besides])
    visits = _visits(session, about)
    endings = _endings(session, about)
    sales, deals = _sales(session, about)
    grouped: dict[tuple[int, int], list[judging.Touch]] = defaultdict(list)
    for number, row in enumerate(came):
        released, extended = endings.get(row.touch_id, (None, None))
        shown = sorted(at for at in visits.get(row.touch_id, ()) if at >= row.at)
        grouped[row.development_id, row.client_id].append(
            judging.Touch(
                touch_id=number,
                development=str(row.development_id),
                client=str(row.client_id),
                party=f"{row.party.person_id}/{row.party.agency_id}",
                kind=row.party.kind,
                at=row.at,
                visited_at=shown[0] if shown else None,
                masked=row.masked,
                shown_again=tuple(shown[1:]),
                released_at=released,
                extended=extended,
            )
        )
    keys = [*grouped, *(key for key in sales if key not in grouped)]
    clients = [ClientFacts(*key, grouped.get(key, ()), sales.get(key, ())) for key in keys]
    return Facts(clients, [row.party for row in came], deals)


def _about(asked: Asked, name: str = "about") -> CTE:
    """The clients of whom anything lies in the days asked about."""
    sources = (
        (Registration.development_id, Registration.client_id, Registration.at),
        (Touch.development_id, Touch.client_id, Touch.at),
        (Lead.development_id, Lead.client_id, Lead.at),
        (Deal.development_id, Deal.client_id, Deal.created_at),
    )
    found = []
    for development, client, at in sources:
        stmt = select(development.label("development_id"), client.label("client_id")).where(at >= asked.since)
        found.append(stmt if asked.development_id is None else stmt.where(development == asked.development_id))
    return union(*found).cte(name)


def _among(about: CTE, development: Any, client: Any) -> ColumnElement[bool]:
    return tuple_(development, client).in_(select(about.c.development_id, about.c.client_id))


def _registrations(about: CTE) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Registration.at,
            literal(1),
            Registration.id,
            Registration.development_id,
            Registration.client_id,
            Registration.touch_id,
            Registration.broker_id,
            Registration.agency_id,
            Registration.outcome,
        )
        .outerjoin(RegistrationWithdrawal, RegistrationWithdrawal.registration_id == Registration.id)
        .where(
            _among(about, Registration.development_id, Registration.client_id),
            RegistrationWithdrawal.id.is_(None),
            or_(Registration.outcome != Outcome.REFUSED, Registration.code.in_(RIVALS)),
        )
    )


def _walk_ins(about: CTE) -> Select[*tuple[Any, ...]]:
    return select(Touch.at, literal(0), Touch.id, Touch.development_id, Touch.client_id, Touch.id).where(
        _among(about, Touch.development_id, Touch.client_id),
        Touch.kind == TouchKind.WALK_IN,
        ~Touch.withdrawal.has(),
    )


def _leads(about: CTE) -> Select[*tuple[Any, ...]]:
    """Leads that count by the instant of their touch: one that had to wait for a proof came when that was there."""
    return (
        select(
            func.coalesce(Touch.at, Lead.at),
            literal(2),
            Lead.id,
            Lead.development_id,
            Lead.client_id,
            Lead.touch_id,
            Referrer.person_id,
            Referrer.audience,
        )
        .join(Referrer, Referrer.id == Lead.referrer_id)
        .outerjoin(Touch, Touch.id == Lead.touch_id)
        .where(
            _among(about, Lead.development_id, Lead.client_id),
            or_(Lead.outcome == LeadOutcome.ACCEPTED, Lead.code == "already_known"),
        )
    )


def _known(about: CTE) -> Select[*tuple[Any, ...]]:
    """Whom consultants wrote down: the developer's people know them, as they know a lead that nobody brought."""
    columns = CareAssignment.at, literal(3), CareAssignment.id, CareFile.development_id, CareFile.client_id, null()
    return known_clients.first_written_down(*columns).where(_among(about, CareFile.development_id, CareFile.client_id))


def _came(session: Session, about: CTE) -> Iterator[_Came]:
    party = cache(Party)  # of some hundred thousand touches few hundred people are the parties
    for row in session.execute(_registrations(about)):
        yield _Came._make((*row[:6], party(Kind.REGISTRATION, row[6], row[7]), row[8] is Outcome.PROVISIONAL))
    for row in session.execute(_walk_ins(about)):
        yield _Came._make((*row, party(Kind.WALK_IN), False))
    for row in session.execute(_leads(about)):
        kind = Kind.PROGRAMME if row[7] is Audience.PROGRAMME else Kind.LEAD
        yield _Came._make((*row[:6], party(kind, row[6]), False))
    for row in session.execute(_known(about)):
        yield _Came._make((*row, party(Kind.LEAD), False))


def _visits(session: Session, about: CTE) -> dict[int | None, list[datetime]]:
    """The instants of the visits that count, by touch: shown by a broker, or a friend's own."""
    among = _among(about, Touch.development_id, Touch.client_id)
    shown = (
        select(Showing.touch_id, Showing.at)
        .join(Touch, Touch.id == Showing.touch_id)
        .outerjoin(ShowingReview, ShowingReview.showing_id == Showing.id)
        .outerjoin(Strike, Strike.showing_id == Showing.id)
        .where(among, or_(counts(), and_(Strike.id.is_not(None), Strike.voided_at.is_not(None))))
    )
    friends = select(FriendVisit.touch_id, FriendVisit.at).join(Touch, Touch.id == FriendVisit.touch_id).where(among)
    found: dict[int | None, list[datetime]] = defaultdict(list)
    for stmt in (shown, friends):
        for touch_id, at in session.execute(stmt):
            found[touch_id].append(at)
    return found


_Ending = tuple[datetime | None, tuple[datetime, datetime] | None]


def _endings(session: Session, about: CTE) -> dict[int | None, _Ending]:
    """What people did to protections, by touch: when it was given up; when it was made longer, and until when."""
    stmt = (
        select(Registration.touch_id, RegistrationRelease.at, RegistrationExtension.at, RegistrationExtension.until)
        .outerjoin(RegistrationRelease, RegistrationRelease.registration_id == Registration.id)
        .outerjoin(RegistrationExtension, RegistrationExtension.registration_id == Registration.id)
        .where(_among(about, Registration.development_id, Registration.client_id))
        .where(or_(RegistrationRelease.id.is_not(None), RegistrationExtension.id.is_not(None)))
    )
    return {
        touch_id: (released, (at, until) if at is not None else None)
        for touch_id, released, at, until in session.execute(stmt)
    }


def _sales(session: Session, about: CTE) -> tuple[dict[tuple[int, int], list[Sale]], dict[int, SoldDeal]]:
    """The subscriptions of clients, and the deals that were not cancelled with what was posted for each."""
    among = _among(about, Deal.development_id, Deal.client_id)
    posted = (
        select(PostedLine.deal_id, func.sum(PostedLine.amount_fen))
        .join(Deal, Deal.id == PostedLine.deal_id)
        .where(among)
        .group_by(PostedLine.deal_id)
    )
    sums: dict[int | None, int] = {deal_id: int(fen) for deal_id, fen in session.execute(posted)}
    stmt = (
        select(
            Deal.development_id,
            Deal.client_id,
            Deal.id,
            Milestone.at,
            Deal.unit,
            Deal.agency_id,
            Deal.cancelled_at,
        )
        .join(Milestone, (Milestone.deal_id == Deal.id) & (Milestone.kind == MilestoneKind.SUBSCRIBED))
        .where(among)
        .order_by(Milestone.at, Deal.id)
    )
    sales: dict[tuple[int, int], list[Sale]] = defaultdict(list)
    deals: dict[int, SoldDeal] = {}
    for development_id, client_id, deal_id, at, unit, agency_id, cancelled_at in session.execute(stmt):
        sales[development_id, client_id].append(Sale(deal_id, at))
        if cancelled_at is None:
            deals[deal_id] = SoldDeal(deal_id, unit, agency_id, sums.get(deal_id, 0))
    return sales, deals
