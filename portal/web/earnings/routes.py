"""Earnings: the sums, the ladder with the next step's worth, and every line with its reason."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select

from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import visible
from ...clock import month_of
from ...models import DisputeState, Payout, PostedLine
from ...services.partners import partners
from ...services.payouts import disputes
from ...services.statements import details as statement_details
from ...services.statements import earnings
from ..edge import actor, db, load, now
from ..guard import guard
from ..lists.arguments import number_of
from ..lists.exports import Column, every, export, yuan
from ..lists.paging import page_of
from ..words import lines as line_words
from ..words.statuses import status
from .ladders import own_ladders

bp = Blueprint("earnings", __name__)

STATED = {"yes": True, "no": False}
"""Whether a line stands in a statement, as an address says it."""


@bp.get("/earnings")
@guard(Permission.READ_EARNINGS)
def index() -> ResponseReturnValue:
    """What the reader has earned: a broker by his own deals, a principal by all of the agency's."""
    own = visible(actor(), PostedLine)
    months = earnings.months(db(), own, now())
    return render_template(
        "earnings/index.html",
        page=page_of(db(), _wanted(months), PostedLine.id, request.args.get("after")),
        summary=earnings.summary(db(), own, now()),
        paid=earnings.paid(db(), visible(actor(), Payout), now()) if may(actor(), Permission.READ_PAYOUTS) else None,
        ladders=own_ladders(),
        months=months,
        this_month=month_of(now()),
        developments=partners.development_choices(db(), actor()),
        agencies=partners.agency_choices(db(), actor()) if actor().staff else [],
    )


@bp.get("/earnings.<kind>")
@guard(Permission.READ_EARNINGS)
def download(kind: str) -> Response:
    """The same lines as a file."""
    months = earnings.months(db(), visible(actor(), PostedLine), now())
    columns = (
        Column(_("Posted at"), lambda line: line.posted_at),
        Column(_("Development"), line_words.development),
        Column(_("Unit"), line_words.unit),
        Column(_("Payee"), lambda line: line.payee_name),
        Column(_("Broker"), line_words.broker),
        Column(_("Cause"), lambda line: str(status("line", line.cause).word)),
        Column(_("Milestone"), line_words.milestone),
        Column(_("Window"), lambda line: line.window),
        Column(_("Rank"), lambda line: line.rank),
        Column(_("Amount"), lambda line: yuan(line.amount_fen)),
    )
    return export(every(_wanted(months).order_by(PostedLine.id)), columns, "earnings", kind)


@bp.get("/earnings/<int:line_id>")
@guard(Permission.READ_EARNINGS)
def line(line_id: int) -> ResponseReturnValue:
    """One line and its whole explanation."""
    row = load(PostedLine, line_id)
    dispute = disputes.of_line(db(), row) if may(actor(), Permission.READ_DISPUTES) else None
    disputable = may(actor(), Permission.DISPUTE_LINE) and disputes.may_dispute(db(), row)
    return render_template(
        "earnings/line.html",
        line=row,
        stated=statement_details.statement_of(db(), row),
        dispute=dispute,
        may_dispute=disputable and (dispute is None or dispute.state is not DisputeState.OPEN),
        reads_deals=may(actor(), Permission.READ_DEALS),
        reads_statements=may(actor(), Permission.READ_STATEMENTS),
        reads_adjustments=may(actor(), Permission.READ_ADJUSTMENTS),
    )


def _wanted(months: list[str]) -> Select[PostedLine]:
    args = request.args
    month = args.get("month")
    return earnings.lines(
        visible(actor(), PostedLine),
        month=month if month in months else None,
        development_id=number_of(args.get("development")),
        agency_id=number_of(args.get("agency")),
        stated=STATED.get(args.get("stated", "")),
    )
