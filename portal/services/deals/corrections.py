"""Corrections: finance corrects a fact of a deal, with its reason, and the difference is posted (rules 5.4).

Nothing is overwritten that money was reckoned from: what stood before is kept beside what stands now, and lines are
only added. What a correction would post is shown by the same steps that post it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import joinedload

from commissions.accrual import Cause, Line
from commissions.calendar import window_bounds
from commissions.rating import Deal as RatedDeal
from commissions.rating import Moved
from commissions.refusal import Refusal

from ...access.actor import Actor
from ...models import Agreement, Corrected, CorrectedFact, Correction, Deal, MilestoneKind, PlanVersion, PostedLine
from ...rules.deals.prices import check_price
from ...rules.partners.policy import Policy
from ...session import Session
from .. import audit
from ..commission import accruals, held, plans, rating_facts, window_locks
from ..commission.rating_facts import Book, Place
from ..events.telling import tell
from ..rewards import rewards
from . import deals
from .telling import all_concerned


@dataclass(frozen=True, slots=True)
class Change:
    """A deal as it is corrected: None leaves a fact as it is."""

    deal: Deal
    price_fen: int | None = None
    signed_at: datetime | None = None
    plan_version_id: int | None = None

    def facts(self) -> Iterable[tuple[Corrected, str, str]]:
        """What it changes, as it is stored: before and after."""
        if self.price_fen is not None:
            yield Corrected.PRICE, str(self.deal.price_fen), str(self.price_fen)
        if self.signed_at is not None and self.deal.signed_at is not None:
            yield Corrected.SIGNED_AT, self.deal.signed_at.isoformat(), self.signed_at.isoformat()
        if self.plan_version_id is not None:
            yield Corrected.PLAN, str(self.deal.plan_version_id), str(self.plan_version_id)


@dataclass(frozen=True, slots=True)
class DealFacts:
    """What a deal's facts ought to be; None leaves one as it is. `price_is_right`: somebody looked at an unusual price
    again."""

    price_fen: int | None = None
    signed_at: datetime | None = None
    price_is_right: bool = False


@dataclass(frozen=True, slots=True)
class WindowsPlan:
    """The plan version that the deals which an agreement brought in a window ought to keep."""

    agreement: Agreement
    label: str
    version: PlanVersion


# Correcting


def correct_deal(
    session: Session,
    actor: Actor,
    now: datetime,
    deal: Deal,
    facts: DealFacts,
    *,
    reason: str,
    proposed_by: int | None = None,
) -> Correction:
    """Correct a deal's price, or when it was signed, and post what follows.

    A corrected signing date brings the plan version that was in force then, unless the deal's plan was corrected too; a
    deal that a person gave away or split keeps those of its parts.
    Raises Refusal: correction_reason_needed, deal_cancelled, nothing_to_correct, not_signed, milestone_ahead,
    milestone_before, signed_after_next, no_plan, correction_in_parts, those of `rules.prices.check_price`, and those of
    `_check_moved`, unless another person proposed it.
    """
    deals.lock(session, deal)
    return _make(session, actor, now, [_of_deal(session, now, deal, facts)], reason, proposed_by)


def preview_deal(session: Session, now: datetime, deal: Deal, facts: DealFacts) -> Sequence[Line]:
    """The lines that `correct_deal` would post. Stores nothing; raises what it would raise, but for the reason."""
    return _lines(session, now, [_of_deal(session, now, deal, facts)])


def correct_plan(
    session: Session, actor: Actor, now: datetime, plan: WindowsPlan, *, reason: str, proposed_by: int | None = None
) -> Correction:
    """Let the deals that an agreement brought in a window keep another version of its plan, and post what follows.

    The version was published by two people as any other; it need not have been in force when the deals were signed.
    Cancelled deals stay as they are, and those that a person gave away or split. Raises Refusal:
    correction_reason_needed, nothing_to_correct, other_plan, those of `window_bounds`, and of `_check_moved`, unless
    another person proposed it.
    """
    accruals.lock_agency(session, plan.agreement.agency_id)
    return _make(session, actor, now, _of_plan(session, plan), reason, proposed_by)


def preview_plan(session: Session, now: datetime, plan: WindowsPlan) -> Sequence[Line]:
    """The lines that `correct_plan` would post. Stores nothing; raises what it would raise, but for the reason."""
    return _lines(session, now, _of_plan(session, plan))


# Reading


def of_deal(session: Session, deal: Deal) -> Sequence[CorrectedFact]:
    """What was corrected of a deal, in order, each with who did it and why."""
    by = joinedload(CorrectedFact.correction).joinedload(Correction.maker)
    stmt = select(CorrectedFact).where(CorrectedFact.deal_id == deal.id).options(by)
    return session.scalars(stmt.order_by(CorrectedFact.id)).all()


def versions_of(session: Session, facts: Iterable[CorrectedFact]) -> dict[str, PlanVersion]:
    """The plan versions that corrected facts name, by the text that names them."""
    ids = {int(text) for fact in facts if fact.what is Corrected.PLAN for text in (fact.before, fact.after)}
    return {str(row.id): row for row in session.scalars(select(PlanVersion).where(PlanVersion.id.in_(ids)))}


def agreement_of(session: Session, development_id: int, agency_id: int) -> Agreement:
    """The pair's newest agreement. Raises Refusal `no_agreement_there`."""
    found = session.scalar(
        select(Agreement)
        .where(Agreement.development_id == development_id, Agreement.agency_id == agency_id)
        .order_by(Agreement.starts_on.desc(), Agreement.id.desc())
        .limit(1)
    )
    if found is None:
        raise Refusal("no_agreement_there", field="agency")
    return found


def versions(session: Session) -> Sequence[PlanVersion]:
    """Every version of every plan, the newest of each first."""
    return session.scalars(select(PlanVersion).order_by(PlanVersion.name, PlanVersion.version.desc())).all()


def lines_of(session: Session, correction: Correction) -> Sequence[PostedLine]:
    """What a correction posted."""
    prefix = f"line:correction-{correction.id}:"
    return session.scalars(select(PostedLine).where(PostedLine.reference.startswith(prefix))).all()


# What is changed


def _of_deal(session: Session, now: datetime, deal: Deal, facts: DealFacts) -> Change:
    if deal.cancelled_at is not None:
        raise Refusal("deal_cancelled", at=deal.cancelled_at)
    price_fen = None if facts.price_fen == deal.price_fen else facts.price_fen
    signed_at = None if facts.signed_at == deal.signed_at else facts.signed_at
    if price_fen is None and signed_at is None:
        raise Refusal("nothing_to_correct")
    if price_fen is not None:
        check_price(Policy.of(deal.development.policy), price_fen, sure=facts.price_is_right)
    version_id = None
    if signed_at is not None:
        _check_signing(deal, signed_at, now)
        _check_parts(session, deal, signed_at)
        version_id = _version_then(session, deal, signed_at)
    return Change(deal, price_fen, signed_at, version_id)


def _check_signing(deal: Deal, at: datetime, now: datetime) -> None:
    """A signing lies between the milestones around it, and not ahead."""
    reached = {step.kind: step.at for step in deal.milestones}
    if deal.signed_at is None:
        raise Refusal("not_signed", field="signed_at")
    if at > now:
        raise Refusal("milestone_ahead", field="signed_at")
    if at < reached[MilestoneKind.SUBSCRIBED]:
        raise Refusal("milestone_before", field="signed_at", since=reached[MilestoneKind.SUBSCRIBED])
    later = [reached[kind] for kind in (MilestoneKind.LOAN_RELEASED, MilestoneKind.HANDED_OVER) if kind in reached]
    if later and at > min(later):
        raise Refusal("signed_after_next", field="signed_at", until=min(later))


def _check_parts(session: Session, deal: Deal, at: datetime) -> None:
    """Each part that a person decided on stays under its plan version, as the decision showed it.

    Raises Refusal `correction_in_parts` where another one was in force at a corrected signing date.
    """
    for part in held.of_deal(session, deal):
        version = plans.for_signing(session, deal.development_id, part.agency_id, at)
        if version is None or version.id != part.plan_version_id:
            raise Refusal("correction_in_parts", field="signed_at")


def _version_then(session: Session, deal: Deal, at: datetime) -> int | None:
    """The plan version that a corrected signing date brings; None where it stays. Raises Refusal `no_plan`."""
    by_hand = select(CorrectedFact.id).where(
        CorrectedFact.deal_id == deal.id, CorrectedFact.what == Corrected.PLAN, ~_with_a_date()
    )
    if deal.agency_id is None or session.scalar(by_hand.limit(1)) is not None:
        return None
    version = plans.for_signing(session, deal.development_id, deal.agency_id, at)
    if version is None:
        raise Refusal("no_plan", field="signed_at")
    return None if version.id == deal.plan_version_id else version.id


def _with_a_date() -> ColumnElement[bool]:
    """A plan that only followed a corrected date."""
    other = CorrectedFact.__table__.alias()
    same = and_(
        other.c.correction_id == CorrectedFact.correction_id,
        other.c.deal_id == CorrectedFact.deal_id,
        other.c.what == Corrected.SIGNED_AT.value,
    )
    return select(other.c.id).where(same).exists()


def _of_plan(session: Session, plan: WindowsPlan) -> list[Change]:
    agreement, version = plan.agreement, plan.version
    if version.name != agreement.plan_name:
        raise Refusal("other_plan", field="version")
    start, end = window_bounds(plan.label)
    stmt = select(Deal).where(
        Deal.agency_id == agreement.agency_id,
        Deal.development_id == agreement.development_id,
        Deal.signed_at.is_not(None),
        Deal.cancelled_at.is_(None),
        Deal.plan_version_id != version.id,
        ~held.is_in_parts(),
    )
    if start is not None and end is not None:
        stmt = stmt.where(Deal.signed_at >= start, Deal.signed_at < end)
    found = session.scalars(stmt.order_by(Deal.id).execution_options(populate_existing=True)).all()
    if not found:
        raise Refusal("nothing_to_correct")
    return [Change(deal, plan_version_id=version.id) for deal in found]


# What follows


def moved_fen(lines: Sequence[Line]) -> int:
    """What a correction moves in commission: its amounts without their signs, so that two that cancel out count."""
    return sum(abs(line.amount_fen) for line in lines)


def rewards_moved_fen(session: Session, now: datetime, deal: Deal, signed_at: datetime | None) -> int:
    """What a moved signing date gives or takes in rewards for friends: they are settled anew with it."""
    moves = signed_at is not None and signed_at != deal.signed_at
    return rewards.moved_by_signing(session, now, deal, signed_at) if moves and signed_at is not None else 0


def _check_moved(session: Session, moved: int) -> None:
    """Refuse what is too much for one hand: `correction_proposals` has another confirm it.

    Raises Refusal `correction_needs_second` with what it moves, and `correction_too_large`.
    """
    limits = session.limits
    limits.check_correction(moved)
    if limits.correction_needs_second(moved):
        raise Refusal("correction_needs_second", moved_fen=moved, limit_fen=limits.correction_alone * 100)


def _make(
    session: Session,
    actor: Actor,
    now: datetime,
    changes: Sequence[Change],
    reason: str,
    proposed_by: int | None,
) -> Correction:
    """Correct, in the name of who proposed it; without a proposal within the limit of one hand."""
    if not reason.strip():
        raise Refusal("correction_reason_needed", field="reason")
    made_at = window_locks.stamp_deal(session, changes[0].deal, now)
    posts = _posts(session, made_at, changes)
    lines = [line for _agency, _book, some in posts for line in some]
    if proposed_by is None:
        of_rewards = sum(rewards_moved_fen(session, now, change.deal, change.signed_at) for change in changes)
        _check_moved(session, moved_fen(lines) + of_rewards)
    row = Correction(reason=reason.strip(), made_by=proposed_by or actor.id, made_at=made_at)
    session.add(row)
    for change in changes:
        facts = [CorrectedFact(deal=change.deal, what=what, before=b, after=a) for what, b, a in change.facts()]
        row.facts += facts
    session.flush()  # the database lets a deal change only behind the correction that says so
    for change in changes:
        _apply(change)
    session.flush()
    for deal_id, own in groupby(row.facts, key=lambda fact: fact.deal_id):
        what = [str(fact.what) for fact in own]
        audit.record(session, actor, now, "deal_corrected", row, deal=deal_id, what=what)
    _tell(session, actor, now, changes)
    for agency_id, book, some in posts:
        party = accruals.party_of(changes[0].deal, agency_id)
        event = accruals.Event("correction", str(row.id), row, party=party)
        accruals.post(session, actor, now, event, agency_id, book, some)
    for change in changes:
        if change.signed_at is not None:
            rewards.settle_rewards(session, actor, now, change.deal)
    return row


def _tell(session: Session, actor: Actor, now: datetime, changes: Sequence[Change]) -> None:
    for change in changes:
        deal = change.deal
        for whom in all_concerned(session, deal):
            tell(session, actor, now, "deal_corrected", deal, whom, unit=deal.unit)


def _lines(session: Session, now: datetime, changes: Sequence[Change]) -> Sequence[Line]:
    made_at = window_locks.stamp_deal(session, changes[0].deal, now)
    return tuple(line for _agency, _book, some in _posts(session, made_at, changes) for line in some)


def _apply(change: Change) -> None:
    deal = change.deal
    deal.price_fen = deal.price_fen if change.price_fen is None else change.price_fen
    deal.signed_at = deal.signed_at if change.signed_at is None else change.signed_at
    deal.plan_version_id = deal.plan_version_id if change.plan_version_id is None else change.plan_version_id


def _posts(session: Session, made_at: datetime, changes: Sequence[Change]) -> list[tuple[int, Book, Sequence[Line]]]:
    """For each agency concerned, the windows that the changes leave and enter, as they are with them, and the lines
    that follow; none where nothing earns commission. A correction is of one deal, or of one agreement's deals."""
    earning = {change.deal.id: change for change in changes if change.deal.plan_version_id is not None}
    places: defaultdict[int, set[Place]] = defaultdict(set)
    versions: set[int] = set()
    for change in earning.values():
        deal = change.deal
        for at in (deal.signed_at, change.signed_at):
            for agency_id in held.holders(session, deal) if at is not None else ():
                places[agency_id].add(Place(deal.development_id, at or made_at))
        versions |= {key for key in (deal.plan_version_id, change.plan_version_id) if key is not None}
    found: list[tuple[int, Book, Sequence[Line]]] = []
    for agency_id, touched in sorted(places.items()):
        book = rating_facts.open_book(session, agency_id, sorted(touched), versions)
        deals_then = [
            _as_changed(one, earning[one.deal_id], made_at) if one.deal_id in earning else one for one in book.deals
        ]
        book = replace(book, deals=deals_then)
        found.append((agency_id, book, book.delta(Cause.CORRECTION, {change.deal.id for change in changes})))
    return found


def _as_changed(one: RatedDeal, change: Change, made_at: datetime) -> RatedDeal:
    if change.price_fen is not None:
        one = one._replace(price_fen=change.price_fen)
    if change.plan_version_id is not None:
        one = one._replace(plan=change.plan_version_id)
    if change.signed_at is not None and one.signed_at is not None:
        moved = (*one.moved, Moved(one.signed_at, made_at, one.part.share_bps))
        one = one._replace(signed_at=change.signed_at, moved=moved)
    return one
