"""The agency's deals: what was sold, how far it has come, and whose it is."""

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from pydantic import Field

from ...access.scope import visible
from ...models import Deal, Development, MilestoneKind
from ...rules.partner_api.identifiers import Prefix, identifier
from ...rules.partner_api.keys import Scope
from ...services.deals import deals
from ...web.edge import db
from ..authentication import caller
from ..fields import Identifier, Instant, Money, Shown
from ..operations import Operation, operation
from ..pages import PageQuery, PageShown, page
from ..rows import row
from .brokers import BrokerShown, broker_of
from .developments import DevelopmentShown, development_named

bp = Blueprint("api_deals", __name__)

TAG = "deals"


class DealShown(Shown):
    """A deal (成交) of the agency, or one that it has a part of."""

    id: str = Field(examples=[identifier(Prefix.DEAL, 1)])
    development: str | DevelopmentShown = Field(description="In full, with its rules, with `expand=development`.")
    broker: str | BrokerShown | None = Field(
        description="Whose client it was; null where it is nobody's. In full with `expand=broker`, if he is yours."
    )
    unit: str = Field(examples=["3-1602"])
    buyer: str = Field(description="Masked.", examples=["周**"])
    price: Money
    state: MilestoneKind = Field(description="The furthest step.")
    reached: dict[MilestoneKind, Instant] = Field(description="When each step was.")


class DealsQuery(PageQuery):
    """Which deals are wanted."""

    development: Identifier | None = None


def shown(deal: Deal) -> DealShown:
    """A deal as it is answered."""
    return DealShown(
        id=identifier(Prefix.DEAL, deal.id),
        development=development_named(deal.development),
        broker=broker_of(deal.owner_id) if deal.owner_id else None,
        unit=deal.unit,
        buyer=deals.buyer(db(), caller().actor, deal),
        price=Money(amount_fen=deal.price_fen),
        state=deals.state(deal),
        reached={MilestoneKind(kind): at for kind, at in deals.reached(deal).items()},
    )


@operation(
    bp,
    Operation(
        "listDeals",
        "GET",
        "/deals",
        Scope.DEALS_READ,
        TAG,
        _l("The agency's deals"),
        {200: PageShown[DealShown]},
        query=DealsQuery,
        refusals=("api_cursor_odd", "api_reference_unknown"),
        expands=("development", "broker"),
    ),
)
def list_deals(query: DealsQuery) -> PageShown[DealShown]:
    """Newest first."""
    place = row(Development, Prefix.DEVELOPMENT, query.development, "development") if query.development else None
    stmt = deals.listed(visible(caller().actor, Deal), development_id=place.id if place else None)
    rows, cursor = page(stmt, Deal.id, Prefix.DEAL, query)
    return PageShown[DealShown](items=[shown(one) for one in rows], next_cursor=cursor)


@operation(
    bp,
    Operation(
        "readDeal",
        "GET",
        "/deals/{deal_id}",
        Scope.DEALS_READ,
        TAG,
        _l("One deal"),
        {200: DealShown},
        expands=("development", "broker"),
    ),
)
def read_deal(deal_id: str) -> DealShown:
    """One of them."""
    return shown(row(Deal, Prefix.DEAL, deal_id))
