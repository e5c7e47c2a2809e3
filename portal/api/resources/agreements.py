"""What the agency may sell, and by which plan it is paid: agreements and commission plans."""

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from pydantic import Field

from commissions.calendar import Window
from commissions.plan import Mode, Plan
from commissions.plan import Scope as PlanScope

from ...access.scope import visible
from ...models import Agreement, PlanVersion
from ...rules.partner_api.identifiers import Prefix, identifier
from ...rules.partner_api.keys import Scope
from ...rules.partners.endings import last_day
from ...services.commission import plans
from ...services.partners import partners
from ...services.partners.partners import AgreementState
from ...web.edge import db, now
from ..authentication import caller
from ..fields import Day, Instant, Shown
from ..operations import Operation, expanded, operation
from ..pages import PageQuery, PageShown, page
from ..rows import row
from .developments import DevelopmentShown, development_named

bp = Blueprint("api_agreements", __name__)

TAG = "developments"


class TierShown(Shown):
    """What a deal of a rank pays."""

    from_rank: int
    up_to_rank: int | None = Field(description="Included; null: all that come after.")
    rate_bps: int | None = Field(description="Of the price, in basis points.")
    fixed_fen: int | None = Field(description="Or so much a deal.")
    benefit: str | None


class InstalmentShown(Shown):
    """Which share of a commission is earned at which step of a deal."""

    milestone: str = Field(examples=["signed"])
    share_bps: int


class PlanShown(Shown):
    """A version of a commission plan (佣金方案). It never changes; a deal keeps the one under which it was signed."""

    id: str = Field(examples=[identifier(Prefix.PLAN, 1)])
    name: str = Field(examples=["standard"])
    version: int
    state: str = Field(description="`published` (in force), `upcoming`, or `superseded`.")
    effective_from: Instant
    mode: Mode
    window: Window
    scope: PlanScope
    tiers: list[TierShown]
    instalments: list[InstalmentShown]
    cap_fen: int | None
    fine_fen: int | None = Field(description="What a strike costs; null: nothing.")
    forfeiture: bool = Field(description="Whether a strike forfeits the deal of its showing.")


class AgreementInFull(Shown):
    """An agreement of the agency with the developer."""

    id: str = Field(examples=[identifier(Prefix.AGREEMENT, 1)])
    development: str | DevelopmentShown = Field(description="In full, with its rules, with `expand=development`.")
    starts_on: Day
    last_on: Day | None = Field(description="Its last day; null where none is agreed.")
    state: AgreementState
    plan: str | PlanShown | None = Field(description="The version in force now; in full with `expand=plan`.")


@operation(
    bp,
    Operation(
        "listAgreements",
        "GET",
        "/agreements",
        Scope.DEVELOPMENTS_READ,
        TAG,
        _l("The agency's agreements"),
        {200: PageShown[AgreementInFull]},
        query=PageQuery,
        refusals=("api_cursor_odd",),
        expands=("development", "plan"),
    ),
)
def list_agreements(query: PageQuery) -> PageShown[AgreementInFull]:
    """Newest first."""
    rows, cursor = page(partners.agreements(caller().actor, now()), Agreement.id, Prefix.AGREEMENT, query)
    return PageShown[AgreementInFull](items=[_agreement(one) for one in rows], next_cursor=cursor)


@operation(
    bp,
    Operation(
        "readAgreement",
        "GET",
        "/agreements/{agreement_id}",
        Scope.DEVELOPMENTS_READ,
        TAG,
        _l("One agreement"),
        {200: AgreementInFull},
        expands=("development", "plan"),
    ),
)
def read_agreement(agreement_id: str) -> AgreementInFull:
    """One of them."""
    return _agreement(row(Agreement, Prefix.AGREEMENT, agreement_id))


@operation(
    bp,
    Operation(
        "listPlans",
        "GET",
        "/plans",
        Scope.DEVELOPMENTS_READ,
        TAG,
        _l("The commission plans that the agency is paid by"),
        {200: PageShown[PlanShown]},
        query=PageQuery,
        refusals=("api_cursor_odd",),
    ),
)
def list_plans(query: PageQuery) -> PageShown[PlanShown]:
    """Every version, newest first."""
    rows, cursor = page(visible(caller().actor, PlanVersion), PlanVersion.id, Prefix.PLAN, query)
    return PageShown[PlanShown](items=[_plan(one) for one in rows], next_cursor=cursor)


@operation(
    bp,
    Operation("readPlan", "GET", "/plans/{plan_id}", Scope.DEVELOPMENTS_READ, TAG, _l("One plan"), {200: PlanShown}),
)
def read_plan(plan_id: str) -> PlanShown:
    """One version of one of them."""
    return _plan(row(PlanVersion, Prefix.PLAN, plan_id))


def _agreement(one: Agreement) -> AgreementInFull:
    version = plans.in_force(db(), one.plan_name, now())
    named = identifier(Prefix.PLAN, version.id) if version else None
    return AgreementInFull(
        id=identifier(Prefix.AGREEMENT, one.id),
        development=development_named(one.development),
        starts_on=one.starts_on,
        last_on=last_day(one.ends_on),
        state=partners.agreement_state(one, now()),
        plan=_plan(version) if version and expanded("plan") else named,
    )


def _plan(version: PlanVersion) -> PlanShown:
    plan = plans.parse(version.toml)
    return PlanShown(
        id=identifier(Prefix.PLAN, version.id),
        name=version.name,
        version=version.version,
        state=plans.states(db(), now())[version.id],
        effective_from=version.effective_from,
        mode=plan.mode,
        window=plan.window,
        scope=plan.scope,
        tiers=_tiers(plan),
        instalments=[InstalmentShown(milestone=one.milestone, share_bps=one.share_bps) for one in plan.instalments],
        cap_fen=plan.cap_fen,
        fine_fen=plan.fine_fen,
        forfeiture=plan.forfeiture,
    )


def _tiers(plan: Plan) -> list[TierShown]:
    found, begins = [], 1
    for one in plan.tiers:
        found.append(
            TierShown(
                from_rank=begins,
                up_to_rank=one.up_to,
                rate_bps=one.rate_bps,
                fixed_fen=one.fixed_fen,
                benefit=one.benefit,
            )
        )
        begins = (one.up_to or begins) + 1
    return found
