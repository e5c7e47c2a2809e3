"""Where clients come from, over time: each count of a channel by month, and the very rows that it counts.

A count and its rows are one and the same selection (`_SOURCES`), so that they cannot differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, cast, func, literal, select, union_all
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.interfaces import ORMOption

from referral.rewards.reward import RewardState

from ...access.actor import Actor
from ...access.scope import visible
from ...clock import month_end, month_start
from ...models import (
    Deal,
    FriendVisit,
    MeasureEntry,
    Outcome,
    PostedLine,
    Registration,
    Reward,
    Showing,
    ShowingReview,
    Touch,
    TouchKind,
)
from ...models.ledger.lines import OF_DEALS
from ...rules.measures.board import Measure
from ...rules.measures.channels import COUNTED, Channel, ChannelMonths, Step
from ...session import Session
from .counting import COUNTS, STANDS
from .figures import stands

C, S = Channel, Step


@dataclass(frozen=True, slots=True)
class _Source:
    """What one step of one channel counts: rows of `model` by the instant `at` (None: by the month for which they were
    entered), of `place`; beside them `joined`. `worth`: what is added up, None where rows are counted. `loads`: what a
    list of them shows."""

    model: Any
    at: Any
    place: Any
    where: tuple[ColumnElement[bool], ...]
    joined: tuple[Any, ...] = ()
    worth: Any = None
    loads: tuple[ORMOption, ...] = ()


def _touches(kind: TouchKind) -> _Source:
    kept = Touch.kind == kind, ~Touch.withdrawal.has()
    loads = joinedload(Touch.development), joinedload(Touch.person), joinedload(Touch.agency)
    return _Source(Touch, Touch.at, Touch.development_id, kept, loads=loads)


def _deals(brought: ColumnElement[bool]) -> _Source:
    loads = joinedload(Deal.development), joinedload(Deal.agency)
    return _Source(Deal, Deal.signed_at, Deal.development_id, (STANDS, brought), ((Touch, Deal.touch),), loads=loads)


def _entries(worth: Any) -> _Source:
    of = MeasureEntry
    where = of.measure == Measure.OWN_MEDIA, stands()
    return _Source(
        of, None, of.development_id, where, worth=worth, loads=(joinedload(of.development), joinedload(of.by))
    )


_SOURCES: Mapping[tuple[Channel, Step], _Source] = {
    (C.AGENCIES, S.LEADS): _Source(
        Registration,
        Registration.at,
        Registration.development_id,
        (Registration.outcome != Outcome.REFUSED, ~Registration.withdrawal.has()),
        loads=tuple(joinedload(one) for one in (Registration.development, Registration.broker, Registration.agency)),
    ),
    (C.AGENCIES, S.VISITS): _Source(
        Showing,
        Showing.at,
        Showing.development_id,
        (COUNTS,),
        ((ShowingReview, Showing.review),),
        loads=tuple(joinedload(one) for one in (Showing.development, Showing.broker, Showing.agency)),
    ),
    (C.AGENCIES, S.SIGNINGS): _deals(Touch.kind == TouchKind.REGISTRATION),
    (C.AGENCIES, S.COST): _Source(
        PostedLine,
        PostedLine.posted_at,
        Deal.development_id,
        (PostedLine.cause.in_(OF_DEALS), PostedLine.agency_id.is_not(None)),
        ((Deal, PostedLine.deal),),
        worth=PostedLine.amount_fen,
        loads=(joinedload(PostedLine.deal).joinedload(Deal.development), joinedload(PostedLine.agency)),
    ),
    (C.REFERRAL, S.LEADS): _touches(TouchKind.REFERRAL_LEAD),
    (C.REFERRAL, S.VISITS): _Source(
        FriendVisit,
        FriendVisit.at,
        Touch.development_id,
        (),
        ((Touch, FriendVisit.touch),),
        loads=(
            joinedload(FriendVisit.touch).joinedload(Touch.development),
            joinedload(FriendVisit.touch).joinedload(Touch.person),
        ),
    ),
    (C.REFERRAL, S.SIGNINGS): _deals(Touch.kind == TouchKind.REFERRAL_LEAD),
    (C.REFERRAL, S.COST): _Source(
        Reward,
        Reward.granted_at,
        Reward.development_id,
        (Reward.state != RewardState.REVOKED, Reward.value_fen.is_not(None)),
        worth=Reward.value_fen,
        loads=(joinedload(Reward.development), joinedload(Reward.deal)),
    ),
    (C.WALK_IN, S.LEADS): _touches(TouchKind.WALK_IN),
    (C.WALK_IN, S.VISITS): _touches(TouchKind.WALK_IN),
    (C.WALK_IN, S.SIGNINGS): _deals(Touch.kind == TouchKind.WALK_IN),
    (C.OWN_MEDIA, S.LEADS): _entries(MeasureEntry.whole),
    (C.OWN_MEDIA, S.COST): _entries(MeasureEntry.part),
    (C.NONE, S.SIGNINGS): _deals(Deal.touch_id.is_(None)),
}
assert {(channel, step) for channel, steps in COUNTED.items() for step in steps} == set(_SOURCES)


def of_months(session: Session, months: Sequence[str], development_id: int | None = None) -> ChannelMonths:
    """What each channel brought in successive months, asked for at once."""
    counts = [_counts(channel, step, months, development_id) for channel, step in _SOURCES]
    rows = session.execute(union_all(*counts))
    return ChannelMonths(months, {(at, Channel(channel), Step(step)): n for at, channel, step, n in rows})


def rows_of(actor: Actor, channel: Channel, step: Step, month: str, development_id: int | None = None) -> Select[Any]:
    """The very rows of one step of a channel."""
    source = _SOURCES[channel, step]
    return _narrowed(_seen(actor, source.model), source, [month], development_id).options(*source.loads)


def _seen(actor: Actor, model: Any) -> Select[Any]:
    """The rows that the actor may see; a friend's visit with the contact that it belongs to."""
    if model is not FriendVisit:
        return visible(actor, model)
    contacts = visible(actor, Touch).with_only_columns(Touch.id)
    return select(FriendVisit).where(FriendVisit.touch_id.in_(contacts))


def model_of(channel: Channel, step: Step) -> Any:
    """Of what table those rows are."""
    return _SOURCES[channel, step].model


def _counts(channel: Channel, step: Step, months: Sequence[str], development_id: int | None) -> Select[Any]:
    source = _SOURCES[channel, step]
    month = MeasureEntry.month if source.at is None else month_of(source.at, months)
    worth = func.count(source.model.id) if source.worth is None else func.sum(source.worth)
    told: tuple[Any, ...] = (
        month.label("month_of_it"),
        literal(str(channel)),
        literal(str(step)),
        cast(worth, BigInteger),
    )
    return _narrowed(select(*told).select_from(source.model), source, months, development_id).group_by("month_of_it")


def _narrowed(stmt: Select[Any], source: _Source, months: Sequence[str], development_id: int | None) -> Select[Any]:
    for beside, how in source.joined:
        stmt = stmt.outerjoin(beside, how)
    if source.at is None:
        stmt = stmt.where(MeasureEntry.month.in_(months), *source.where)
    else:
        since, until = month_start(months[0]), month_end(months[-1])
        stmt = stmt.where(source.at >= since, source.at < until, *source.where)
    return stmt if development_id is None else stmt.where(source.place == development_id)


def month_of(column: Any, months: Sequence[str]) -> ColumnElement[str]:
    """In which of successive months an instant lies."""
    return case(*((column < month_end(month), month) for month in months), else_="")
