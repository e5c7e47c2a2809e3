"""What agencies and brokers have earned, as they read it: lines, sums, and where they stand on the ladder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import joinedload

from commissions.calendar import window_label
from commissions.plan import Plan, Scope
from commissions.progress import Progress, progress

from ...clock import local_day, month_end, month_of, month_start
from ...models import Agreement, Deal, Development, Payout, PayoutState, PlanVersion, PostedLine, StatementLine
from ...session import Session
from ..commission import accruals, plans
from ..payouts import holds


@dataclass(frozen=True, slots=True)
class Summary:
    """Sums of lines in fen: posted this month, posted ever, and what of it stands in a statement."""

    month_fen: int
    total_fen: int
    stated_fen: int

    @property
    def open_fen(self) -> int:
        return self.total_fen - self.stated_fen


@dataclass(frozen=True, slots=True)
class Paid:
    """Sums of payouts in fen: on their way to the bank, held back at this instant among those, and paid."""

    payable_fen: int
    held_fen: int
    paid_fen: int


@dataclass(frozen=True, slots=True)
class LadderProgress:
    """An agency on the ladder of one agreement's plan, in the window that runs now.

    `development` is None where the plan counts an agency's deals of all developments together.
    """

    development: Development | None
    version: PlanVersion
    plan: Plan
    window: str
    progress: Progress
    prices_fen: Sequence[int]


def lines(
    visible: Select[PostedLine],
    *,
    month: str | None = None,
    development_id: int | None = None,
    agency_id: int | None = None,
    stated: bool | None = None,
) -> Select[PostedLine]:
    """A visible selection of lines, narrowed by the list's filters, with all that the list shows.

    `month` is a Shanghai month like `2026-03`, the one in which a line was posted; `stated`: whether it stands in a
    statement.
    """
    stmt = visible
    if month:
        line = PostedLine
        stmt = stmt.where(line.posted_at >= month_start(month), line.posted_at < month_end(month))
    if development_id:
        stmt = stmt.join(PostedLine.deal).where(Deal.development_id == development_id)
    if agency_id:
        stmt = stmt.where(PostedLine.agency_id == agency_id)
    if stated is not None:
        stands = select(StatementLine.line_id).where(StatementLine.line_id == PostedLine.id).exists()
        stmt = stmt.where(stands if stated else ~stands)
    return stmt.options(joinedload(PostedLine.agency), joinedload(PostedLine.person))


def lines_of(session: Session, visible: Select[PostedLine], deal: Deal) -> list[PostedLine]:
    """The lines of one deal in the order they were posted, each with its plan version."""
    stmt = visible.where(PostedLine.deal_id == deal.id).options(joinedload(PostedLine.plan_version))
    return list(session.scalars(stmt.order_by(PostedLine.id)))


def summary(session: Session, visible: Select[PostedLine], now: datetime) -> Summary:
    """The sums over a visible selection of lines."""
    own = visible.with_only_columns(PostedLine.id, PostedLine.amount_fen, PostedLine.posted_at).subquery()
    this_month = case((own.c.posted_at >= month_start(month_of(now)), own.c.amount_fen), else_=0)
    stated = case((StatementLine.line_id.is_not(None), own.c.amount_fen), else_=0)
    sums = select(func.sum(this_month), func.sum(own.c.amount_fen), func.sum(stated)).select_from(own)
    row = session.execute(sums.outerjoin(StatementLine, StatementLine.line_id == own.c.id)).one()
    return Summary(*(int(fen or 0) for fen in row))


def paid(session: Session, visible: Select[Payout], now: datetime) -> Paid:
    """What became of a visible selection of payouts."""
    under_way = Payout.state.in_((PayoutState.REQUESTED, PayoutState.APPROVED, PayoutState.EXPORTED))
    kinds = (under_way, holds.condition(now), Payout.state == PayoutState.PAID)
    sums = (func.sum(case((kind, Payout.amount_fen), else_=0)) for kind in kinds)
    return Paid(*(int(fen or 0) for fen in session.execute(visible.with_only_columns(*sums)).one()))


def months(session: Session, visible: Select[PostedLine], now: datetime) -> list[str]:
    """The months since the first line of a visible selection, the present one first; two years at most."""
    own = visible.with_only_columns(PostedLine.posted_at).subquery()
    first = session.scalar(select(func.min(own.c.posted_at)))
    day = local_day(now)
    last = local_day(first) if first else day
    count = min((day.year - last.year) * 12 + day.month - last.month + 1, 24)
    ordinals = (day.year * 12 + day.month - 1 - back for back in range(count))
    return [f"{ordinal // 12:04d}-{ordinal % 12 + 1:02d}" for ordinal in ordinals]


def standings(session: Session, now: datetime, agency_id: int) -> list[LadderProgress]:
    """Where an agency stands in each of its running agreements; a plan that counts across all stands once."""
    running = (
        select(Agreement)
        .where(Agreement.agency_id == agency_id, Agreement.ended_at.is_(None), Agreement.starts_on <= local_day(now))
        .options(joinedload(Agreement.development))
        .order_by(Agreement.id)
    )
    found: dict[tuple[int, int | None], LadderProgress] = {}
    for agreement in session.scalars(running):
        version = plans.in_force(session, agreement.plan_name, now)
        if version is None:
            continue
        plan = plans.parse(version.toml)
        development = agreement.development if plan.scope is Scope.DEVELOPMENT else None
        key = (version.id, development.id if development else None)
        if key not in found:
            found[key] = _standing(session, now, agreement, version, plan, development)
    return list(found.values())


def _standing(
    session: Session,
    now: datetime,
    agreement: Agreement,
    version: PlanVersion,
    plan: Plan,
    development: Development | None,
) -> LadderProgress:
    counted = accruals.window_deals(session, agreement.agency_id, agreement.development_id, now, plan)
    prices = [deal.price_fen for deal in counted]
    return LadderProgress(development, version, plan, window_label(now, plan.window), progress(prices, plan), prices)
