"""Strikes as the broker, the agency's principal and the channel manager read them."""

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Role, Strike
from ...services.penalties import appeals
from ...services.penalties.strikes import lapses_at, standing, state_of
from ...services.showings import lists as showing_lists
from ..edge import actor, db, now
from ..guard import guard
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..words.statuses import status

bp = Blueprint("penalties", __name__)


@bp.get("/strikes")
@guard(Permission.READ_STRIKES)
def index() -> ResponseReturnValue:
    """Where I stand, and each strike with what has become of it."""
    page = page_of(db(), _wanted(), Strike.id, request.args.get("after"))
    own = actor().role is Role.BROKER
    return render_template(
        "penalties/index.html",
        rows=page.rows,
        next_cursor=page.next_cursor,
        standing=standing(db(), actor().id, now()) if own else None,
        broker_page=_broker_page,
        state_of=lambda strike: state_of(strike, now()),
        lapses_at=lapses_at,
        appeal_until=appeals.appeal_until,
        appealable={strike.id for strike in page.rows if appeals.may_file(strike, now())},
        appeal_state=appeals.state_of,
        now=now(),
    )


@bp.get("/strikes.<kind>")
@guard(Permission.READ_STRIKES)
def download(kind: str) -> Response:
    """The same list as a file, oldest first."""
    columns = (
        Column(_("Confirmed at"), lambda row: row.confirmed_at),
        Column(_("Broker"), lambda row: row.broker.name),
        Column(_("Development"), lambda row: row.showing.development.name),
        Column(_("Showing"), lambda row: row.showing_id),
        Column(_("Reason"), lambda row: row.showing.review.reason if row.showing.review else None),
        Column(_("Status"), lambda row: str(status("strike", state_of(row, now())).word)),
        Column(_("Counts until"), lapses_at),
        Column(_("Appeal"), _appeal_word),
    )
    rows = db().scalars(_wanted().order_by(Strike.id))
    return export(rows, columns, _("strikes"), kind)


def _broker_page(row: Strike) -> str | None:
    """Where the reader finds more of the broker: a principal only of those who still work for him, a broker nowhere."""
    if may(actor(), Permission.READ_BROKERS):
        return url_for("broker_records.show", person_id=row.broker_id)
    if may(actor(), Permission.MANAGE_BROKERS) and row.broker.agency_id == actor().agency_id:
        return url_for("agency.broker", person_id=row.broker_id)
    return None


def _appeal_word(row: Strike) -> str | None:
    return str(status("appeal", appeals.state_of(row.appeal)).word) if row.appeal else None


def _wanted() -> Select[Strike]:
    return showing_lists.strikes(actor(), frozen_at=now() if request.args.get("state") == "frozen" else None)
