"""Where the agency may sell, and by which rules."""

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from pydantic import Field

from ...models import Agreement, Development
from ...rules.judgements.profile import WhoWins
from ...rules.partner_api.identifiers import Prefix, identifier
from ...rules.partner_api.keys import Scope
from ...rules.partners.endings import last_day
from ...rules.partners.policy import Policy
from ...services.claims import rule_profiles
from ...services.partners import partners
from ...web.edge import db, now
from ..authentication import caller
from ..fields import Day, Shown
from ..operations import Operation, expanded, operation
from ..pages import PageQuery, PageShown, page
from ..rows import row

bp = Blueprint("api_developments", __name__)

TAG = "developments"


class RulesShown(Shown):
    """By which rules clients are judged there now."""

    who_wins: WhoWins = Field(
        description="`first_registered`: who registers first keeps others out; `first_visited`: who visits first."
    )
    showing_days: int = Field(description="Days of protection from the registration to the first showing.")
    deal_days: int = Field(description="Days of protection after a verified showing.")
    daily_limit: int = Field(description="Registrations of one broker a Shanghai day.")


class AgreementShown(Shown):
    """An agreement of the agency."""

    id: str = Field(examples=[identifier(Prefix.AGREEMENT, 1)])
    starts_on: Day
    last_on: Day | None = Field(description="Its last day; null where none is agreed.")
    state: partners.AgreementState
    plan: str = Field(description="The commission plan that it is paid by.", examples=["standard"])


class DevelopmentShown(Shown):
    """A development (楼盘) that the agency sells or has sold."""

    id: str = Field(examples=[identifier(Prefix.DEVELOPMENT, 1)])
    name: str = Field(examples=["云栖澜岸"])
    city: str = Field(examples=["杭州"])
    address: str
    open: bool = Field(description="Whether clients can be registered there today.")
    rules: RulesShown
    agreements: list[AgreementShown]


def shown(development: Development) -> DevelopmentShown:
    """A development as it is answered."""
    profile, policy = rule_profiles.in_force(db(), development, now()), Policy.of(development.policy)
    stmt = partners.agreements(caller().actor, now(), development_id=development.id).order_by(Agreement.id.desc())
    agreements = [_agreement(one) for one in db().scalars(stmt)]
    runs = any(one.state is partners.AgreementState.ACTIVE for one in agreements)
    return DevelopmentShown(
        id=identifier(Prefix.DEVELOPMENT, development.id),
        name=development.name,
        city=development.city,
        address=development.address,
        open=runs and development.closed_at is None,
        rules=RulesShown(
            who_wins=profile.who_wins,
            showing_days=profile.showing_days,
            deal_days=profile.deal_days,
            daily_limit=policy.daily_limit,
        ),
        agreements=agreements,
    )


def development_named(development: Development) -> str | DevelopmentShown:
    """What another answer says of a development: its identifier, or all of it where the reader wants that."""
    return shown(development) if expanded("development") else identifier(Prefix.DEVELOPMENT, development.id)


@operation(
    bp,
    Operation(
        "listDevelopments",
        "GET",
        "/developments",
        Scope.DEVELOPMENTS_READ,
        TAG,
        _l("The developments that the agency has agreements for"),
        {200: PageShown[DevelopmentShown]},
        query=PageQuery,
    ),
)
def list_developments(query: PageQuery) -> PageShown[DevelopmentShown]:
    """Newest first."""
    stmt = partners.developments(caller().actor)
    rows, cursor = page(stmt, Development.id, Prefix.DEVELOPMENT, query)
    return PageShown[DevelopmentShown](items=[shown(one) for one in rows], next_cursor=cursor)


@operation(
    bp,
    Operation(
        "readDevelopment",
        "GET",
        "/developments/{development_id}",
        Scope.DEVELOPMENTS_READ,
        TAG,
        _l("One development"),
        {200: DevelopmentShown},
    ),
)
def read_development(development_id: str) -> DevelopmentShown:
    """One of them."""
    return shown(row(Development, Prefix.DEVELOPMENT, development_id))


def _agreement(one: Agreement) -> AgreementShown:
    return AgreementShown(
        id=identifier(Prefix.AGREEMENT, one.id),
        starts_on=one.starts_on,
        last_on=last_day(one.ends_on),
        state=partners.agreement_state(one, now()),
        plan=one.plan_name,
    )
