"""What went out to an agency's endpoints: the log, and one delivery with each of its attempts."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...models import WebhookDelivery
from ...rules.webhooks.hearing import HEARD
from ...services.webhooks import deliveries, endpoints, queueing
from ...services.webhooks.background import WEBHOOKS
from ...services.webhooks.deliveries import Filter, State
from ..edge import actor, db, load, now, send_afterwards
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..messages import say
from ..words.statuses import status
from . import words

bp = Blueprint("webhook_deliveries", __name__, url_prefix="/webhooks/deliveries")


@bp.get("")
@guard(Permission.MANAGE_WEBHOOKS)
def index() -> ResponseReturnValue:
    """The deliveries of the own agency, newest first."""
    page = page_of(db(), deliveries.deliveries_of(actor(), _wanted()), WebhookDelivery.id, request.args.get("after"))
    return render_template(
        "webhooks/deliveries.html",
        rows=[(row, deliveries.state_of(row)) for row in page.rows],
        next_cursor=page.next_cursor,
        endpoints=db().scalars(endpoints.endpoints_of(actor())).all(),
        kinds=[(name, name) for name in HEARD],
        words=words,
    )


@bp.get("/deliveries.<ending>")
@guard(Permission.MANAGE_WEBHOOKS)
def download(ending: str) -> Response:
    """The same log as a file, with the last answer of each."""
    columns = (
        Column(_("Time"), lambda one: one.row.created_at),
        Column(_("Name of the endpoint"), lambda one: one.row.endpoint.name),
        Column(_("Kind of event"), lambda one: one.row.kind),
        Column(_("Number"), lambda one: one.row.sequence),
        Column(_("Identifier"), lambda one: one.row.message),
        Column(_("Status"), lambda one: str(status("webhook_delivery", deliveries.state_of(one.row)).word)),
        Column(_("Number of attempts"), lambda one: one.row.tries),
        Column(_("Last attempt"), lambda one: one.last.at if one.last else None),
        Column(_("Last answer"), lambda one: words.said(one.last) if one.last else None),
        Column(_("Next try"), lambda one: one.row.next_try_at),
        Column(_("Delivered at"), lambda one: one.row.delivered_at),
    )
    return export(deliveries.logged(db(), actor(), _wanted()), columns, "webhooks", ending)


def _wanted() -> Filter:
    """Which deliveries are asked for."""
    kind = request.args.get("kind")
    state = chosen(State, request.args.get("state"))
    return Filter(number_of(request.args.get("webhook")), state, kind if kind in HEARD else None)


@bp.get("/<int:delivery_id>")
@guard(Permission.MANAGE_WEBHOOKS)
def show(delivery_id: int) -> ResponseReturnValue:
    """One delivery: what is sent, and what each attempt came to."""
    row = load(WebhookDelivery, delivery_id)
    return render_template(
        "webhooks/delivery.html",
        row=row,
        state=deliveries.state_of(row),
        attempts=deliveries.attempts_of(db(), row),
        words=words,
    )


@bp.post("/<int:delivery_id>/again")
@guard(Permission.MANAGE_WEBHOOKS)
def again(delivery_id: int) -> ResponseReturnValue:
    """Send it again."""
    row = load(WebhookDelivery, delivery_id)
    try:
        queueing.send_again(db(), actor(), now(), row)
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        send_afterwards(WEBHOOKS)
        flash(_("It goes out again. Load this page again to see what was answered."), "success")
    return redirect(url_for(".show", delivery_id=row.id), 303)
