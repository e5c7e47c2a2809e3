"""What a principal's agency has agreed with the developer: its agreements, its licence, and the scans of both."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template, request

from ...access.permissions import Permission
from ...clock import local_day
from ...models import Agency, Agreement, Development, PartnerPaper
from ...rules.partners.endings import Ending, ending_of
from ...services.claims import rule_profiles
from ...services.commission import plans
from ...services.partners import papers, partners
from ..edge import actor, db, load, now
from ..guard import guard
from ..lists.paging import page_of
from ..partners.scans import handed_out_paper
from ..words import judgements as words

bp = Blueprint("partnership", __name__, url_prefix="/agency/agreements")


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """The agency's licence: whether it ends soon, and its scans."""

    ending: Ending | None
    scans: Sequence[PartnerPaper]


@bp.get("")
@guard(Permission.OWN_PARTNERSHIP)
def show() -> str:
    """The agency's agreements with their plan, end, contact and scans; and its licence."""
    agency_id = actor().agency_id
    if agency_id is None:
        abort(404)
    agency = load(Agency, agency_id)
    page = page_of(db(), partners.agreements(actor(), now()), Agreement.id, request.args.get("after"))
    today = local_day(now())
    return render_template(
        "agency/partnership.html",
        agency=agency,
        licence=Licence(
            ending=ending_of(agency.licence_ends_on, today),
            scans=papers.papers_of(db(), actor(), agency),
        ),
        page=page,
        state_of=lambda row: partners.agreement_state(row, now()),
        ending_of=lambda row: None if row.ended_at else ending_of(row.ends_on, today),
        contact_of=lambda row: papers.contact_of(db(), row),
        scans_of=lambda row: papers.papers_of(db(), actor(), row),
        rules_of=_rules_of,
        version_of=lambda row: plans.in_force(db(), row.plan_name, now()),
    )


def _rules_of(development: Development) -> words.Told:
    """The rules of whose client it is, of now and of days to come."""
    return words.told(development.name, rule_profiles.from_now_on(db(), development, now()))


@bp.get("/papers/<int:paper_id>")
@guard(Permission.OWN_PARTNERSHIP)
def paper(paper_id: int) -> Response:
    """A scan of the own licence or of an own agreement; that it was looked at is written down first."""
    return handed_out_paper(load(PartnerPaper, paper_id))
