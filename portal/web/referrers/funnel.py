"""The managers' funnel: what scans become, by referrer, kind, development, place and poster."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext as _p

from ...access.permissions import Permission
from ...access.policy import may
from ...clock import day_start, month_of
from ...models import Audience, Campaign, Referrer
from ...rules.measures.board import Measure
from ...services.measures import boards
from ...services.partners.partners import open_developments
from ...services.referral import funnel as service
from ...services.referral.funnel import By, FunnelFilter, Part, Share, Steps
from ..components import number, percent
from ..edge import actor, db, load, now
from ..guard import guard
from ..lists.arguments import chosen, day_of, number_of
from ..lists.exports import Column, export, yuan
from ..words import rewards as words
from ..words.campaigns import CAMPAIGNS, campaign_word

bp = Blueprint("funnel", __name__, url_prefix="/funnel")

_SHOWN = 100
"""Rows of the page; the file has them all."""

_NO_RATE = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the funnel can be narrowed to."""

    developments: list[tuple[int, str]]
    audiences: list[tuple[Audience, Any]]
    campaigns: list[tuple[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelView:
    """The steps of the funnel, of all and of each part."""

    parts: list[Part]
    more: int
    steps: Steps
    rows: list[dict[str, Any]]
    share: Share
    target_bps: int


@bp.get("/")
@guard(Permission.READ_FUNNEL)
def index() -> ResponseReturnValue:
    """The picture, its figures, and who brought them."""
    wanted, by = _wanted(), _by()
    parts = service.funnel(db(), actor(), wanted, by)
    steps = service.whole(parts)
    return render_template(
        "referrers/funnel.html",
        by=by,
        view=FunnelView(
            parts=parts[:_SHOWN],
            more=len(parts) - _SHOWN,
            steps=steps,
            rows=step_rows(steps),
            share=service.referral_share(db(), wanted),
            target_bps=_target(wanted),
        ),
        facts=drawn(step_rows(steps)),
        heading_of=_heading,
        title_of=_title,
        only=load(Referrer, wanted.referrer_id) if wanted.referrer_id is not None else None,
        may_open=may(actor(), Permission.MANAGE_REFERRERS),
        rate=rate,
        choices=Choices(
            developments=[(one.id, one.name) for one in open_developments(db())],
            audiences=list(words.AUDIENCES.items()),
            campaigns=list(CAMPAIGNS.items()),
        ),
    )


@bp.get("/funnel.<kind>")
@guard(Permission.READ_FUNNEL)
def download(kind: str) -> Response:
    """All rows as a file."""
    columns = (
        Column(_heading(_by()), _title),
        Column(_("Scans"), lambda part: part.steps.scans),
        Column(_("Leads"), lambda part: part.steps.leads),
        Column(_("Of them with a confirmed number"), lambda part: part.steps.proven),
        Column(_("Number not confirmed"), lambda part: part.steps.waiting),
        Column(_("Not eligible"), lambda part: part.steps.refused),
        Column(_("Visits"), lambda part: part.steps.visits),
        Column(_("Signings"), lambda part: part.steps.signings),
        Column(_("Rewarded signings"), lambda part: part.steps.rewarded),
        Column(_("Rewards"), lambda part: part.steps.rewards),
        Column(_("Rewards' value"), lambda part: yuan(part.steps.worth_fen)),
        Column(_("Of it counted by the month"), lambda part: yuan(part.steps.span_fen)),
        Column(_("Rewards without a sum"), lambda part: part.steps.unpriced),
        Column(_("Cost per signing"), lambda part: None if part.steps.cost_fen is None else yuan(part.steps.cost_fen)),
    )
    return export(service.funnel(db(), actor(), _wanted(), _by()), columns, "funnel", kind)


def step_rows(steps: Steps) -> list[dict[str, Any]]:
    """The steps as the picture and its table say them: how many, and what part of the step before."""
    told = (
        (_("Scans"), steps.scans, 0),
        (_("Leads"), steps.leads, steps.scans),
        (_("Visits"), steps.visits, steps.leads),
        (_("Signings"), steps.signings, steps.visits),
        (_("Rewarded signings"), steps.rewarded, steps.signings),
    )
    return [{"label": label, "value": value, "rate": rate(value, before)} for label, value, before in told]


def own_figures(steps: Steps) -> list[dict[str, Any]]:
    """The steps as the figures of a referrer's own pages; a rate stands there only where there is one."""
    return [
        {
            "label": row["label"],
            "value": number(row["value"]),
            "note": row["rate"] if row["rate"] != _NO_RATE else None,
        }
        for row in step_rows(steps)
    ]


def rate(value: int, before: int) -> str:
    """What part of the step before came to this one; a dash where there was none, or where links came by no scan."""
    return percent(service.part_bps(value, before)) if before and value <= before else _NO_RATE


def drawn(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The facts of the picture."""
    said = [
        {**row, "said": number(row["value"]) + (f" · {row['rate']}" if row["rate"] != _NO_RATE else "")} for row in rows
    ]
    return {"kind": "funnel", "title": _("From scan to reward"), "steps": said}


def _wanted() -> FunnelFilter:
    args = request.args
    until = day_of(args.get("until"))
    return FunnelFilter(
        since=day_of(args.get("since")),
        until=until + timedelta(days=1) if until else None,
        development_id=number_of(args.get("development")),
        audience=chosen(Audience, args.get("audience")),
        campaign=chosen(Campaign, args.get("campaign")),
        referrer_id=number_of(args.get("referrer")),
    )


def _target(wanted: FunnelFilter) -> int:
    """What the board holds referral to, in the month in which the period ends."""
    last = now() if wanted.until is None else day_start(wanted.until) - timedelta.resolution
    held = boards.all_in_force(db(), month_of(last))
    return held.board(wanted.development_id).aims[Measure.REFERRAL].target


def _by() -> By:
    return chosen(By, request.args.get("by")) or By.REFERRER


def _heading(by: By) -> str:
    return {
        By.REFERRER: _("Referrer"),
        By.AUDIENCE: _("Kind of referrer"),
        By.DEVELOPMENT: _("Development"),
        By.CAMPAIGN: _p("campaign", "Place"),
        By.DESIGN: _("Poster"),
    }[by]


def _title(part: Part) -> str:
    if part.name:
        return part.name
    if _by() is By.AUDIENCE:
        return str(words.AUDIENCES[part.key])
    return campaign_word(part.key) if _by() is By.CAMPAIGN else part.key or _("Link without a poster")
