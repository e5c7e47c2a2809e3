"""Strikes (虚假带看) of the agency's brokers, and appeals against them.

The words and pictures of an appeal are its broker's and the staff's: whoever asks for an agency reads how it stands.
"""

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from pydantic import Field

from ....adapters.images.photos import Photo
from ....models import Appeal, Strike
from ....rules.partner_api.identifiers import Prefix, identifier
from ....rules.partner_api.keys import Scope
from ....services.claims import decision_receipts
from ....services.partner_api import callers
from ....services.penalties import appeals
from ....services.penalties.appeals import AppealState
from ....services.penalties.strikes import StrikeState, lapses_at, state_of
from ....services.showings import lists
from ....web.edge import db, files, now
from ...authentication import caller
from ...fields import Asked, Instant, Shown, Words
from ...operations import Operation, expanded, operation
from ...pages import PageQuery, PageShown, page
from ...receipts import ReceiptShown, receipt_shown
from ...rows import row
from ...sent import Files
from ..brokers import BrokerShown, broker_named
from ..visits.showings import ShowingShown
from ..visits.showings import shown as showing_shown
from .conflicts import PICTURES

bp = Blueprint("api_strikes", __name__)

TAG = "strikes"
EXPANDS = ("showing", "broker")


class AppealAsked(Asked):
    """What happened at the visit, in the broker's words."""

    words: Words = Field(examples=["客户当天在场，案场登记可查。"])


class AppealShown(Shown):
    """How an appeal stands."""

    id: str = Field(examples=[identifier(Prefix.APPEAL, 1)])
    strike: str
    state: AppealState
    filed_at: Instant
    decided_at: Instant | None
    receipt: ReceiptShown | None = Field(description="Of the decision.")


class StrikeShown(Shown):
    """A showing that a person confirmed as fake."""

    id: str = Field(examples=[identifier(Prefix.STRIKE, 1)])
    showing: str | ShowingShown = Field(description="In full, with its verdict and reasons, with `expand=showing`.")
    broker: str | BrokerShown = Field(description="In full with `expand=broker`.")
    state: StrikeState
    confirmed_at: Instant
    counts_until: Instant
    reason: str | None = Field(description="Why, as the reviewer wrote it.")
    frozen_until: Instant | None = Field(description="Of the freeze that it brought with others.")
    appeal_until: Instant | None = Field(description="Until then an appeal may be filed; null where none may.")
    appeal: AppealShown | None


def _pictures(_asked: AppealAsked, sent: Files) -> list[Photo]:
    return appeals.take_in_pictures([one.content for one in sent.get("pictures", ())])


@operation(
    bp,
    Operation(
        "listStrikes",
        "GET",
        "/strikes",
        Scope.STRIKES_READ,
        TAG,
        _l("The strikes of the agency's brokers"),
        {200: PageShown[StrikeShown]},
        query=PageQuery,
        refusals=("api_cursor_odd",),
        expands=EXPANDS,
    ),
)
def list_strikes(query: PageQuery) -> PageShown[StrikeShown]:
    """Newest first."""
    rows, cursor = page(lists.strikes(caller().actor), Strike.id, Prefix.STRIKE, query)
    return PageShown[StrikeShown](items=[shown(one) for one in rows], next_cursor=cursor)


@operation(
    bp,
    Operation(
        "readStrike",
        "GET",
        "/strikes/{strike_id}",
        Scope.STRIKES_READ,
        TAG,
        _l("One strike"),
        {200: StrikeShown},
        expands=EXPANDS,
    ),
)
def read(strike_id: str) -> StrikeShown:
    """One of them."""
    return shown(row(Strike, Prefix.STRIKE, strike_id))


@operation(
    bp,
    Operation(
        "appeal",
        "POST",
        "/strikes/{strike_id}/appeal",
        Scope.STRIKES_WRITE,
        TAG,
        _l("Appeal against a strike"),
        {201: AppealShown},
        body=AppealAsked,
        files=PICTURES,
        take_in=_pictures,
        refusals=(
            *("appeal_too_late", "already_appealed", "too_many_pictures", "photo_kind", "photo_too_large"),
            *("api_part_odd", "photo_unreadable", "api_broker_unknown"),
        ),
        example={"words": "客户当天在场，案场登记可查。"},
        description=_l(
            "Once within seven days, in the name of the broker, with up to three pictures in a form. Somebody else "
            "than who confirmed decides. The words are the broker's: nobody reads them here."
        ),
    ),
)
def appeal(strike_id: str, asked: AppealAsked, taken: list[Photo]) -> AppealShown:
    """The broker's word against a strike."""
    strike = row(Strike, Prefix.STRIKE, strike_id)
    acting = callers.in_the_name_of(caller().actor, strike.broker)
    return appeal_shown(appeals.file_appeal(db(), acting, now(), files(), strike, words=asked.words, pictures=taken))


@operation(
    bp,
    Operation(
        "listAppeals",
        "GET",
        "/appeals",
        Scope.STRIKES_READ,
        TAG,
        _l("How the appeals of the agency's brokers stand"),
        {200: PageShown[AppealShown]},
        query=PageQuery,
        refusals=("api_cursor_odd",),
    ),
)
def list_appeals(query: PageQuery) -> PageShown[AppealShown]:
    """Newest strike first: an appeal is found by its strike, which the agency sees."""
    stmt = lists.strikes(caller().actor).where(Strike.appeal.has())
    rows, cursor = page(stmt, Strike.id, Prefix.STRIKE, query)
    filed = [appeal_shown(one.appeal) for one in rows if one.appeal is not None]
    return PageShown[AppealShown](items=filed, next_cursor=cursor)


def shown(strike: Strike) -> StrikeShown:
    """A strike as it is answered."""
    review, filed = strike.showing.review, strike.appeal
    return StrikeShown(
        id=identifier(Prefix.STRIKE, strike.id),
        showing=showing_shown(strike.showing) if expanded("showing") else identifier(Prefix.SHOWING, strike.showing_id),
        broker=broker_named(strike.broker),
        state=state_of(strike, now()),
        confirmed_at=strike.confirmed_at,
        counts_until=lapses_at(strike),
        reason=review.reason if review else None,
        frozen_until=strike.freeze.ends_at if strike.freeze else None,
        appeal_until=appeals.appeal_until(strike) if appeals.may_file(strike, now()) else None,
        appeal=appeal_shown(filed) if filed else None,
    )


def appeal_shown(filed: Appeal) -> AppealShown:
    """How an appeal stands, without its words."""
    decision = filed.decision
    receipt = decision_receipts.find(db(), decision)
    return AppealShown(
        id=identifier(Prefix.APPEAL, filed.id),
        strike=identifier(Prefix.STRIKE, filed.strike_id),
        state=appeals.state_of(filed),
        filed_at=filed.filed_at,
        decided_at=decision.decided_at if decision else None,
        receipt=receipt_shown(receipt) if receipt else None,
    )
