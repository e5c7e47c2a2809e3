"""What the measures of care are counted from: files as they were, and deals, in a bounded number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Select, and_, func, or_, select, union_all

from ...access.actor import Actor
from ...access.permissions import Permission
from ...access.policy import may
from ...models import (
    CareAssignment,
    CareContact,
    CareFile,
    CareJudgement,
    CareLoss,
    Consent,
    Deal,
    Decision,
    Milestone,
    MilestoneKind,
    Person,
    Showing,
    ShowingReview,
    Touch,
    TouchKind,
    Verdict,
    WalkInWithdrawal,
)
from ...models.care.contacts import stands
from ...models.care.files import carer_of
from ...rules.care.plan import Channel, Mark, Stage
from ...rules.care_measures.measures import History, Judged, Known, Sold
from ...rules.privacy.consent import Consent as Given
from ...rules.privacy.consent import Purpose, opted_out
from ...session import Session
from ..care import scope, told
from ..care.told import ToldAt

_REACHED = {
    MilestoneKind.SUBSCRIBED: Stage.SUBSCRIBED,
    MilestoneKind.SIGNED: Stage.SIGNED,
    MilestoneKind.LOAN_RELEASED: Stage.LOAN_RELEASED,
    MilestoneKind.HANDED_OVER: Stage.HANDED_OVER,
}
_MARKS = {Mark.MONEY: "money", Mark.AUTHORITY: "authority", Mark.DESIRE: "desire"}


@dataclass(frozen=True, slots=True)
class Facts:
    """Files and deals; in whose care each is now, and who that is."""

    files: list[History]
    deals: list[Sold]
    carer_of_file: dict[int, int | None]
    people: dict[int, str]


def load(session: Session, actor: Actor, now: datetime, development_id: int | None, *, priced: bool = False) -> Facts:
    """All that the actor may see, of one development or of all: what brokers wrote is their own, and is not counted.
    `priced`: what clients bought for or have to spend as well, where a plan parts them by it."""
    stmt = scope.care_files(session, actor)
    if development_id is not None:
        stmt = stmt.where(CareFile.development_id == development_id)
    ids = stmt.with_only_columns(CareFile.id)
    opened = session.execute(stmt.with_only_columns(CareFile.id, CareFile.opened_at, CareFile.development_id)).all()
    carers, judged = _carers(session, ids), _judged(session, ids)
    contacts, visits = _contacts(session, ids), _visits(session, ids)
    reached = _reached(session, ids)
    said = [*told.days_told(session, ids, None, _standing_deals(session, ids))]
    said += told.yuan_told(session, ids, None) if priced else []
    known = known_by(said, _stops(session, now, stmt))
    files = [
        History(
            row.id,
            carers[row.id],
            _stages(row.opened_at, visits[row.id], reached[row.id]),
            contacts[row.id],
            judged[row.id],
            visits[row.id],
            known[row.id],
            row.development_id,
        )
        for row in opened
    ]
    of_file = {row.id: carers[row.id][-1][1] if carers[row.id] else None for row in opened}
    return Facts(files, _deals(session, actor, development_id, ids), of_file, _people(session, of_file.values()))


def _stages(
    opened_at: datetime, visits: list[datetime], reached: list[tuple[datetime, Stage]]
) -> list[tuple[datetime, Stage]]:
    """Through which stages a client came. A visit is reached once, and only before a purchase."""
    bought = min((at for at, stage in reached if stage is not Stage.LOST), default=None)
    first = visits[0] if visits and (bought is None or visits[0] < bought) else None
    known = min([opened_at, *visits[:1], *(at for at, _ in reached)])
    begins = [(known, Stage.NOT_VISITED)] if first is None or known < first else []
    return sorted([*begins, *([(first, Stage.VISITED)] if first else []), *reached], key=lambda one: one[0])


def _carers(session: Session, ids: Select[int]) -> defaultdict[int, list[tuple[datetime, int]]]:
    stmt = select(CareAssignment.file_id, CareAssignment.at, CareAssignment.person_id)
    found: defaultdict[int, list[tuple[datetime, int]]] = defaultdict(list)
    order = (CareAssignment.file_id, CareAssignment.number)
    for file_id, at, person_id in session.execute(stmt.where(CareAssignment.file_id.in_(ids)).order_by(*order)):
        found[file_id].append((at, person_id))
    return found


def _judged(session: Session, ids: Select[int]) -> defaultdict[int, list[Judged]]:
    own = CareJudgement.agency_id.is_(None), CareJudgement.file_id.in_(ids)
    found: defaultdict[int, list[Judged]] = defaultdict(list)
    for row in session.scalars(select(CareJudgement).where(*own).order_by(CareJudgement.id)):
        marks = tuple(mark for mark, name in _MARKS.items() if getattr(row, name))
        found[row.file_id].append(Judged(row.at, row.grade, marks))
    return found


def _contacts(session: Session, ids: Select[int]) -> defaultdict[int, list[tuple[datetime, Channel]]]:
    own = CareContact.agency_id.is_(None), CareContact.file_id.in_(ids), stands()
    stmt = select(CareContact.file_id, CareContact.at, CareContact.channel).where(*own)
    found: defaultdict[int, list[tuple[datetime, Channel]]] = defaultdict(list)
    for file_id, at, channel in session.execute(stmt.order_by(CareContact.at, CareContact.id)):
        found[file_id].append((at, Channel(channel)))
    return found


def _visits(session: Session, ids: Select[int]) -> defaultdict[int, list[datetime]]:
    """When each client was there: with a broker, by himself, or as a carer wrote down."""
    genuine = or_(
        and_(ShowingReview.id.is_(None), Showing.verdict != Verdict.REJECTED),
        ShowingReview.decision == Decision.GENUINE,
    )
    same = and_(Touch.development_id == CareFile.development_id, Touch.client_id == CareFile.client_id)
    of_touch = select(CareFile.id.label("file_id")).join(Touch, same).where(CareFile.id.in_(ids))
    shown = (
        of_touch.add_columns(Showing.at.label("at"))
        .join(Showing, Showing.touch_id == Touch.id)
        .outerjoin(ShowingReview, ShowingReview.showing_id == Showing.id)
        .where(genuine)
    )
    walked_in = (
        of_touch.add_columns(Touch.at.label("at"))
        .outerjoin(WalkInWithdrawal, WalkInWithdrawal.touch_id == Touch.id)
        .where(Touch.kind == TouchKind.WALK_IN, WalkInWithdrawal.id.is_(None))
    )
    written = select(CareContact.file_id, CareContact.at.label("at")).where(
        CareContact.file_id.in_(ids), CareContact.channel == Channel.VISIT, stands()
    )
    every = union_all(shown, walked_in, written).subquery()
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    for file_id, at in session.execute(select(every.c.file_id, every.c.at).order_by(every.c.at)):
        found[file_id].append(at)
    return found


def _reached(session: Session, ids: Select[int]) -> defaultdict[int, list[tuple[datetime, Stage]]]:
    """Purchases that stand, and losses that the developer's people wrote down."""
    same = and_(Deal.development_id == CareFile.development_id, Deal.client_id == CareFile.client_id)
    stmt = select(CareFile.id, Milestone.at, Milestone.kind).join(Deal, same).join(Milestone)
    stmt = stmt.where(CareFile.id.in_(ids), Deal.cancelled_at.is_(None), Milestone.kind.in_(_REACHED))
    found: defaultdict[int, list[tuple[datetime, Stage]]] = defaultdict(list)
    for file_id, at, kind in session.execute(stmt.order_by(Milestone.at)):
        found[file_id].append((at, _REACHED[kind]))
    lost = select(CareLoss.file_id, CareLoss.at, CareLoss.revived).where(
        CareLoss.agency_id.is_(None), CareLoss.file_id.in_(ids)
    )
    for file_id, at, revived in session.execute(lost.order_by(CareLoss.id)):
        found[file_id].append((at, Stage.VISITED if revived else Stage.LOST))
    return found


def _standing_deals(session: Session, ids: Select[int]) -> dict[int, int]:
    """The newest purchase of each client that stands."""
    same = and_(Deal.development_id == CareFile.development_id, Deal.client_id == CareFile.client_id)
    stmt = (
        select(CareFile.id, func.max(Deal.id)).join(Deal, same).where(CareFile.id.in_(ids), Deal.cancelled_at.is_(None))
    )
    return dict(session.execute(stmt.group_by(CareFile.id)).all())


_EVER = datetime.min.replace(tzinfo=UTC)


def _stops(session: Session, now: datetime, files: Select[CareFile]) -> list[tuple[int, datetime, bool]]:
    """When clients said stop, and when they agreed again: (file, since, stopped)."""
    stmt = files.join(Consent, Consent.client_id == CareFile.client_id).where(Consent.purpose == Purpose.CONTACT)
    given: defaultdict[int, list[Given]] = defaultdict(list)
    columns = CareFile.id, Consent.version, Consent.given_at, Consent.withdrawn_at
    for file_id, version, given_at, withdrawn_at in session.execute(stmt.with_only_columns(*columns)):
        given[file_id].append(Given(Purpose.CONTACT, version, given_at, withdrawn_at))
    return [
        (file_id, at, opted_out(rows, Purpose.CONTACT, at))
        for file_id, rows in given.items()
        for at in sorted({at for row in rows for at in (row.given_at, row.withdrawn_at) if at and at <= now})
    ]


def known_by(said: Iterable[ToldAt], stops: Iterable[tuple[int, datetime, bool]]) -> defaultdict[int, list[Known]]:
    """What was known of each file's client from which instant on, the oldest first."""
    events: defaultdict[int, list[tuple[datetime, ToldAt | bool]]] = defaultdict(list)
    for one in said:
        events[one.file_id].append((one.at, one))
    for file_id, at, stopped in stops:
        events[file_id].append((at, stopped))
    found: defaultdict[int, list[Known]] = defaultdict(list)
    for file_id, happened in events.items():
        budget, price, known = 0, 0, Known(_EVER)
        for at, what in sorted(happened, key=lambda event: event[0]):
            if isinstance(what, bool):
                known = known._replace(at=at, opted_out=what)
            elif what.day is not None:
                days = {**known.days, what.day[0]: what.day[1]}
                known = known._replace(at=at, days={day: on for day, on in days.items() if on is not None})
            else:
                budget = budget if what.budget is None else what.budget
                price = max(price, what.price or 0)
                known = known._replace(at=at, yuan=price or budget)
            found[file_id].append(known)
    return found


def _deals(session: Session, actor: Actor, development_id: int | None, ids: Select[int]) -> list[Sold]:
    """The signed deals of these clients; a reader who sees all files sees the deals of who has none as well."""
    same = and_(Deal.development_id == CareFile.development_id, Deal.client_id == CareFile.client_id)
    released = select(Milestone.at).where(Milestone.deal_id == Deal.id, Milestone.kind == MilestoneKind.LOAN_RELEASED)
    stmt = (
        select(Deal.id, carer_of(CareFile.id), Deal.signed_at, released.scalar_subquery(), Touch.kind)
        .outerjoin(CareFile, same)
        .outerjoin(Touch, Touch.id == Deal.touch_id)
        .where(Deal.signed_at.is_not(None), Deal.cancelled_at.is_(None))
    )
    if development_id is not None:
        stmt = stmt.where(Deal.development_id == development_id)
    if not may(actor, Permission.LEAD_CARE):
        stmt = stmt.where(CareFile.id.in_(ids))
    found = session.execute(stmt.order_by(Deal.id))
    return [
        Sold(deal_id, carer_id, signed_at, released_at, kind == TouchKind.REFERRAL_LEAD)
        for deal_id, carer_id, signed_at, released_at, kind in found
    ]


def _people(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {key for key in ids if key is not None}
    stmt = select(Person.id, Person.name).where(Person.id.in_(wanted))
    return dict(session.execute(stmt).all())
