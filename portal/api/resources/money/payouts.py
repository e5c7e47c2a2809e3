"""Payouts (付款): how the payment of a statement goes, and what of it the agency can mend."""

from collections.abc import Mapping

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from pydantic import Field

from ....models import Payout, PayoutState
from ....rules.partner_api.identifiers import Prefix, identifier
from ....rules.partner_api.keys import Scope
from ....services.payouts import payouts
from ....web.edge import db, now
from ....web.words.payouts import held_in_words
from ...authentication import caller
from ...fields import Instant, Money, Shown
from ...operations import Operation, operation
from ...pages import PageQuery, PageShown, page
from ...rows import row

bp = Blueprint("api_payouts", __name__)

TAG = "payouts"


class PayoutShown(Shown):
    """A statement's payable sum on its way."""

    id: str = Field(examples=[identifier(Prefix.PAYOUT, 1)])
    reference: str = Field(examples=["P-ST-2026-11-0007-1"])
    statement: str
    amount: Money
    state: PayoutState
    reached: dict[PayoutState, Instant] = Field(description="When it came into each state.")
    held_by: list[str] = Field(description="What it waits for and the agency can mend, in words.")


class PayoutsQuery(PageQuery):
    """Which payouts are wanted."""

    state: PayoutState | None = Field(default=None, strict=False)


@operation(
    bp,
    Operation(
        "listPayouts",
        "GET",
        "/payouts",
        Scope.PAYOUTS_READ,
        TAG,
        _l("The agency's payouts"),
        {200: PageShown[PayoutShown]},
        query=PayoutsQuery,
        refusals=("api_cursor_odd",),
    ),
)
def list_payouts(query: PayoutsQuery) -> PageShown[PayoutShown]:
    """Newest first."""
    rows, cursor = page(payouts.listing(caller().actor, state=query.state), Payout.id, Prefix.PAYOUT, query)
    held = held_in_words(db(), caller().actor, now(), rows)
    return PageShown[PayoutShown](items=[shown(one, held) for one in rows], next_cursor=cursor)


@operation(
    bp,
    Operation(
        "readPayout", "GET", "/payouts/{payout_id}", Scope.PAYOUTS_READ, TAG, _l("One payout"), {200: PayoutShown}
    ),
)
def read(payout_id: str) -> PayoutShown:
    """One of them."""
    found = row(Payout, Prefix.PAYOUT, payout_id)
    return shown(found, held_in_words(db(), caller().actor, now(), [found]))


def shown(one: Payout, held: Mapping[int, list[str]]) -> PayoutShown:
    """A payout as it is answered."""
    return PayoutShown(
        id=identifier(Prefix.PAYOUT, one.id),
        reference=one.reference,
        statement=identifier(Prefix.STATEMENT, one.statement_id),
        amount=Money(amount_fen=one.amount_fen),
        state=one.state,
        reached={step.state: step.at for step in one.steps},
        held_by=held.get(one.id, []),
    )
