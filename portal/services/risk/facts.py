"""The facts of partners' figures, read as columns: a handful of queries, for one partner or for a whole development."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import aliased

from ...models import (
    Agency,
    Agreement,
    Decision,
    FriendVisit,
    Lead,
    Person,
    Referrer,
    Registration,
    RegistrationWithdrawal,
    Role,
    Showing,
    ShowingReview,
    Touch,
    TouchKind,
    Verdict,
    WalkInWithdrawal,
    Way,
)
from ...rules.risk import figures
from ...rules.risk.figures import Claim, Facts, Figure, Party, Row, Visit
from ...rules.showings.checkin import Code
from ...session import Session

REGISTRATION, SHOWING, LEAD, FRIEND_VISIT = "registrations", "showings", "leads", "friend_visits"
AGENCY, PERSON, AGREEMENT = "agencies", "people", "agreements"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose facts, and where: at one development or at all, of one partner or of everybody."""

    development_id: int | None = None
    party: Party | None = None

    def of(self, development: Any, agency: Any, person: Any) -> list[ColumnElement[bool]]:
        """As conditions on columns; a broker is asked for with his agency of then."""
        wanted: list[ColumnElement[bool]] = []
        if self.development_id is not None:
            wanted.append(development == self.development_id)
        if self.party is not None and self.party.agency_id is not None:
            wanted.append(agency == self.party.agency_id)
        if self.party is not None and self.party.person_id is not None:
            wanted.append(person == self.party.person_id)
        return wanted


def load(session: Session, now: datetime, asked: Asked) -> dict[int, Facts]:
    """What happened in the weeks that figures look at, by development."""
    claims: dict[int, list[Claim]] = defaultdict(list)
    visits: dict[int, list[Visit]] = defaultdict(list)
    brokers = asked.party is None or asked.party.agency_id is not None
    friends = asked.party is None or asked.party.agency_id is None
    for place, claim in [
        *(_registrations(session, now, asked) if brokers else ()),
        *(_leads(session, now, asked) if friends else ()),
    ]:
        claims[place].append(claim)
    for place, visit in [
        *(_showings(session, now, asked) if brokers else ()),
        *(_friends(session, now, asked) if friends else ()),
    ]:
        visits[place].append(visit)
    return {place: Facts(claims[place], visits[place]) for place in sorted({*claims, *visits})}


def _registrations(session: Session, now: datetime, asked: Asked) -> Iterator[tuple[int, Claim]]:
    """What was tried counts for walk-ins, too; what was taken back, as a slip, for nothing."""
    of = Registration
    touch, came = aliased(Touch), exists().where(Showing.touch_id == of.touch_id)
    rows = session.execute(
        select(of.development_id, of.id, of.broker_id, of.agency_id, of.at, came)
        .add_columns(touch.protected_until, _walked_in(of))
        .outerjoin(touch, touch.id == of.touch_id)
        .where(
            of.at > now - figures.LOOKED_BACK,
            ~exists().where(RegistrationWithdrawal.registration_id == of.id),
            *asked.of(of.development_id, of.agency_id, of.broker_id),
        )
        .order_by(of.id)
    )
    for place, key, person, agency, at, shown, until, walked_at in rows:
        over = until is not None and until <= now
        yield place, Claim(Row(REGISTRATION, key), Party(person, agency), at, bool(shown), over, walked_at)


def _walked_in(of: Any) -> Any:
    """When the client had last come alone before that."""
    walked = aliased(Touch)
    return (
        select(func.max(walked.at))
        .where(
            walked.development_id == of.development_id,
            walked.client_id == of.client_id,
            walked.kind == TouchKind.WALK_IN,
            walked.at <= of.at,
            ~exists().where(WalkInWithdrawal.touch_id == walked.id),
        )
        .correlate(of)
        .scalar_subquery()
    )


def _leads(session: Session, now: datetime, asked: Asked) -> Iterator[tuple[int, Claim]]:
    came = exists().where(FriendVisit.touch_id == Lead.touch_id)
    rows = session.execute(
        select(Lead.development_id, Lead.id, Referrer.person_id, Lead.at, came, Touch.protected_until, _walked_in(Lead))
        .join(Referrer, Referrer.id == Lead.referrer_id)
        .outerjoin(Touch, Touch.id == Lead.touch_id)
        .where(
            Lead.at > now - figures.LOOKED_BACK,
            *asked.of(Lead.development_id, None, Referrer.person_id),
        )
        .order_by(Lead.id)
    )
    for place, key, person, at, shown, until, walked_at in rows:
        over = until is not None and until <= now
        yield place, Claim(Row(LEAD, key), Party(person, None), at, bool(shown), over, walked_at)


def _showings(session: Session, now: datetime, asked: Asked) -> Iterator[tuple[int, Visit]]:
    """Who told reception is looked at by a person always: that alone is no doubt."""
    of = Showing
    rows = session.execute(
        select(of.development_id, of.id, of.broker_id, of.agency_id, Touch.at, of.at)
        .add_columns(of.way, of.verdict, of.reasons, ShowingReview.decision)
        .join(Touch, Touch.id == of.touch_id)
        .outerjoin(ShowingReview, ShowingReview.showing_id == of.id)
        .where(
            of.at > now - figures.LOOKED_BACK,
            *asked.of(of.development_id, of.agency_id, of.broker_id),
        )
        .order_by(of.id)
    )
    for place, key, person, agency, claimed_at, at, way, verdict, reasons, decision in rows:
        by_itself = way is Way.RECEPTION or verdict is Verdict.VERIFIED
        yield (
            place,
            Visit(
                Row(SHOWING, key),
                Party(person, agency),
                claimed_at,
                at,
                doubted=not by_itself or decision in (Decision.FAKE, Decision.INCONCLUSIVE),
                fake=decision is Decision.FAKE,
                other_face=any(one["code"] == Code.SEEN_UNDER_OTHER_CLIENT for one in reasons),
            ),
        )


def _friends(session: Session, now: datetime, asked: Asked) -> Iterator[tuple[int, Visit]]:
    """Friends' visits are signed in by reception: nothing of them is doubted, but when the number was left is known."""
    rows = session.execute(
        select(Touch.development_id, FriendVisit.id, Touch.person_id, Touch.at, FriendVisit.at)
        .join(Touch, Touch.id == FriendVisit.touch_id)
        .where(
            FriendVisit.at > now - figures.LOOKED_BACK,
            *asked.of(Touch.development_id, None, Touch.person_id),
        )
        .order_by(FriendVisit.id)
    )
    for place, key, person, claimed_at, at in rows:
        yield place, Visit(Row(FRIEND_VISIT, key), Party(person, None), claimed_at, at)


# Of partners as such


def shared(session: Session) -> Iterator[tuple[Figure, Party, tuple[Row, ...]]]:
    """Who is paid to an account, or reached by a phone, that is another partner's too: found by the blind indexes."""
    for party, rows in figures.shared(_accounts(session)):
        yield Figure.SAME_ACCOUNT, party, rows
    for party, rows in figures.shared(_phones(session)):
        yield Figure.SAME_PHONE, party, rows


def _accounts(session: Session) -> Iterator[tuple[str, Party, Row]]:
    agencies = session.execute(
        select(Agency.account_index, Agency.id)
        .where(Agency.deactivated_at.is_(None), _twice(Agency.account_index))
        .order_by(Agency.id)
    )
    for mark, key in agencies:
        yield mark or "", Party(None, key), Row(AGENCY, key)
    people = session.execute(
        select(Person.account_index, Person.id)
        .where(Person.deactivated_at.is_(None), _twice(Person.account_index))
        .order_by(Person.id)
    )
    for mark, key in people:
        yield mark or "", Party(key, None), Row(PERSON, key)


def _phones(session: Session) -> Iterator[tuple[str, Party, Row]]:
    """Whom one calls about an agreement, and the brokers, principals and referrers themselves. An agency's own people
    are its own; a flag is the agency's."""
    running = and_(Agreement.ended_at.is_(None), Agency.deactivated_at.is_(None))
    contacts = (
        select(Agreement.contact_index, Agreement.agency_id, Agreement.id)
        .join(Agency, Agency.id == Agreement.agency_id)
        .where(running, Agreement.contact_index.is_not(None))
        .order_by(Agreement.id)
    )
    for mark, agency, key in session.execute(contacts):
        yield mark or "", Party(None, agency), Row(AGREEMENT, key)
    partners = (
        select(Person.phone_index, Person.agency_id, Person.id, Person.role)
        .where(
            Person.role.in_((Role.BROKER, Role.PRINCIPAL, Role.REFERRER)),
            Person.deactivated_at.is_(None),
            Person.phone_index.in_(select(Agreement.contact_index).where(Agreement.ended_at.is_(None))),
        )
        .order_by(Person.id)
    )
    for mark, agency_id, key, role in session.execute(partners):
        party = Party(key, None) if role is Role.REFERRER else Party(None, agency_id)
        yield mark, party, Row(PERSON, key)


def _twice(column: Any) -> ColumnElement[bool]:
    """An account index that stands in more than one row, of agencies and people together."""
    agency, person = aliased(Agency), aliased(Person)
    there = [
        select(func.count()).select_from(one).where(one.account_index == column).scalar_subquery()
        for one in (agency, person)
    ]
    return and_(column.is_not(None), there[0] + there[1] > 1)
