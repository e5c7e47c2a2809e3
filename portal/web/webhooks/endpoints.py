"""The endpoints of an agency: the list, one of them, and what its principal does with it."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Agency, WebhookDelivery, WebhookEndpoint
from ...rules.partner_api.identifiers import Prefix, identifier
from ...rules.partner_api.keys import Mode
from ...rules.webhooks.signing import public_key
from ...rules.webhooks.targets import target_of
from ...services.webhooks import deliveries, endpoints, queueing, worker
from ...services.webhooks.background import WEBHOOKS, api_base
from ...services.webhooks.deliveries import Filter
from ..edge import actor, config, db, form_page, load, now, refusing, send_afterwards
from ..guard import guard
from ..limits import limiter, network
from ..lists.paging import page_of
from ..messages import say
from . import words
from .forms import ALL, SOME, EndpointForm, NewEndpointForm, SinceForm

bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")

_LATEST = 10


@bp.get("")
@guard(Permission.READ_WEBHOOKS)
def index() -> ResponseReturnValue:
    """The endpoints, newest first; staff see those of all agencies."""
    page = page_of(db(), endpoints.endpoints_of(actor()), WebhookEndpoint.id, request.args.get("after"))
    return render_template(
        "webhooks/index.html", page=page, words=words, host=_host, own=may(actor(), Permission.MANAGE_WEBHOOKS)
    )


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.MANAGE_WEBHOOKS)
def new() -> ResponseReturnValue:
    """Make an endpoint; its secret is shown on the page that answers, and never again."""
    form = NewEndpointForm()
    if form.validate_on_submit():
        with refusing(form):
            agency, wanted = db().get_one(Agency, actor().agency_id), form.wanted(loopback=config().webhook_loopback)
            row, secret = endpoints.make(db(), actor(), now(), agency, wanted, Mode(form.mode.data))
            return render_template("webhooks/secret.html", row=row, secret=secret, renewed=False)
    return form_page("webhooks/form.html", form, row=None, kinds=words.kinds())


@bp.get("/<int:endpoint_id>")
@guard(Permission.READ_WEBHOOKS)
def show(endpoint_id: int) -> ResponseReturnValue:
    """One endpoint: where it is, what it hears, how it does, and what went there lately."""
    return _page(_there(endpoint_id))


@bp.route("/<int:endpoint_id>/edit", methods=["GET", "POST"])
@guard(Permission.MANAGE_WEBHOOKS)
def edit(endpoint_id: int) -> ResponseReturnValue:
    """Give an endpoint another name, address or choice of events."""
    row = _there(endpoint_id)
    shown = {"name": row.name, "url": row.url, "hears": SOME if row.types else ALL, "types": row.types}
    form = EndpointForm(data=shown)
    if form.validate_on_submit():
        with refusing(form):
            wanted = form.wanted(loopback=config().webhook_loopback)
            endpoints.change(db(), actor(), now(), row, wanted)
            flash(_("Saved. Send a test, and see whether it arrives."), "success")
            return redirect(url_for(".show", endpoint_id=row.id), 303)
    return form_page("webhooks/form.html", form, row=row, kinds=words.kinds())


@bp.post("/<int:endpoint_id>/secret")
@guard(Permission.MANAGE_WEBHOOKS)
def renew(endpoint_id: int) -> ResponseReturnValue:
    """Give an endpoint another secret, which is shown on the page that answers."""
    row = _there(endpoint_id)
    secret = endpoints.renew_secret(db(), actor(), now(), row)
    return render_template("webhooks/secret.html", row=row, secret=secret, renewed=True)


@bp.post("/<int:endpoint_id>/disable")
@guard(Permission.MANAGE_WEBHOOKS)
def disable(endpoint_id: int) -> ResponseReturnValue:
    """Send an endpoint nothing any more."""
    row = _there(endpoint_id)
    try:
        endpoints.disable(db(), actor(), now(), row)
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        flash(_("%(name)s is switched off. What waited is not sent.", name=row.name), "success")
    return redirect(url_for(".show", endpoint_id=row.id), 303)


@bp.post("/<int:endpoint_id>/enable")
@guard(Permission.MANAGE_WEBHOOKS)
def enable(endpoint_id: int) -> ResponseReturnValue:
    """Send an endpoint again what happens."""
    row = _there(endpoint_id)
    try:
        endpoints.enable(db(), actor(), now(), row)
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        flash(_("%(name)s is switched on. Send it below what it has missed.", name=row.name), "success")
    return redirect(url_for(".show", endpoint_id=row.id), 303)


@bp.post("/<int:endpoint_id>/delete")
@guard(Permission.MANAGE_WEBHOOKS)
def delete(endpoint_id: int) -> ResponseReturnValue:
    """Forget an endpoint with its secret."""
    row = _there(endpoint_id)
    endpoints.delete(db(), actor(), now(), row)
    flash(_("%(name)s is deleted, and its secret is forgotten.", name=row.name), "success")
    return redirect(url_for(".index"), 303)


def _sender() -> str:
    """Whose tests are counted together."""
    return f"webhook tests {current_user.person.id}" if current_user.is_authenticated else network()


@bp.post("/<int:endpoint_id>/test")
@guard(Permission.MANAGE_WEBHOOKS)
@limiter.limit("30 per hour", key_func=_sender)
def test(endpoint_id: int) -> ResponseReturnValue:
    """Send an endpoint a test, and show what becomes of it."""
    delivery = queueing.try_out(db(), actor(), now(), _there(endpoint_id))
    send_afterwards(WEBHOOKS)
    flash(_("The test is on its way. Load this page again to see what was answered."), "success")
    return redirect(url_for("webhook_deliveries.show", delivery_id=delivery.id), 303)


@bp.post("/<int:endpoint_id>/since")
@guard(Permission.MANAGE_WEBHOOKS)
def since(endpoint_id: int) -> ResponseReturnValue:
    """Send an endpoint again all that the agency was told since a number."""
    row, form = _there(endpoint_id), SinceForm()
    if form.validate_on_submit():
        with refusing(form):
            count = queueing.send_since(db(), actor(), now(), row, form.sequence.data, api_base(config()))
            send_afterwards(WEBHOOKS)
            flash(ngettext("%(num)d event goes out again.", "%(num)d events go out again.", count), "success")
            return redirect(url_for(".show", endpoint_id=row.id), 303)
    return _page(row, form)


def _page(row: WebhookEndpoint, since_form: SinceForm | None = None) -> ResponseReturnValue:
    own = may(actor(), Permission.MANAGE_WEBHOOKS)
    form = since_form or SinceForm(formdata=None, data={"sequence": queueing.latest_delivered(db(), row) + 1})
    latest = page_of(db(), deliveries.deliveries_of(actor(), Filter(row.id)), WebhookDelivery.id, None, _LATEST).rows
    name = identifier(Prefix.WEBHOOK, row.id)
    return form_page(
        "webhooks/show.html",
        form,
        row=row,
        own=own,
        host=_host(row),
        name=name,
        public_key=public_key(worker.public_key_of(db(), row.id)),
        latest=[(one, deliveries.state_of(one)) for one in latest],
        words=words,
    )


def _there(endpoint_id: int) -> WebhookEndpoint:
    """The endpoint, or 404 where it is not the actor's, or was deleted."""
    row = load(WebhookEndpoint, endpoint_id)
    if row.deleted_at is not None:
        abort(404)
    return row


def _host(row: WebhookEndpoint) -> str:
    """The server of an endpoint: of another agency's address nothing else is shown."""
    return target_of(row.url, loopback=True).written
