"""The money that hangs on a case: the commission of its deal, as whoever would have it would be paid."""

from collections.abc import Collection
from datetime import datetime

from commissions.rating import WHOLE, rate

from ...models import Deal
from ...session import Session
from ..commission import accruals, plans, rating_facts
from ..commission.rating_facts import Place


def at_stake_fen(session: Session, now: datetime, deal: Deal | None, agencies: Collection[int] = ()) -> int:
    """The most that the deal comes to, with the agency that has it and with those that could; 0 without a deal."""
    if deal is None or deal.cancelled_at is not None:
        return 0
    wanted = {*agencies, *((deal.agency_id,) if deal.agency_id is not None else ())}
    return max((_commission_fen(session, now, deal, agency_id) for agency_id in sorted(wanted)), default=0)


def _commission_fen(session: Session, now: datetime, deal: Deal, agency_id: int) -> int:
    """What the whole deal earns the agency, all its instalments together; where it is not signed, or is not the
    agency's, as its next deal would."""
    at = deal.signed_at or now
    if agency_id == deal.agency_id and deal.signed_at is not None and deal.plan_version_id is not None:
        book = rating_facts.open_book(session, agency_id, [Place(deal.development_id, deal.signed_at)])
        whole = [one._replace(part=WHOLE) if one.deal_id == deal.id else one for one in book.deals]
        rated = {one.deal_id: one.commission_fen for one in rate(whole, book.plans, book.sealed)}
        return rated.get(deal.id, 0)
    version = plans.for_signing(session, deal.development_id, agency_id, at)
    if version is None:
        return 0
    plan = plans.parse(version.toml)
    rank = len(accruals.window_deals(session, agency_id, deal.development_id, at, plan)) + 1
    tier = next(one for one in plan.tiers if one.up_to is None or rank <= one.up_to)
    return plan.pay_fen(tier, deal.price_fen)
