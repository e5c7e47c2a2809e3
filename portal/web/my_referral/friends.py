"""The referrer's friends: who left a number, and how far each has come; never more than a masked name."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.scope import visible
from ...models import Lead, LeadOutcome
from ...services.leads import leads
from ...services.leads import receipts as lead_receipts
from ...services.referral import funnel
from ..edge import actor, db, now
from ..guard import guard
from ..lists.arguments import chosen
from ..lists.paging import page_of
from ..referrers.funnel import own_figures
from ..referrers.own import asked_for, of, own_referrers, places

bp = Blueprint("friends", __name__, url_prefix="/friends")


@bp.get("/")
@guard(Permission.OWN_FRIENDS)
def index() -> ResponseReturnValue:
    """My friends."""
    mine = own_referrers()
    referrer = asked_for(mine)
    place = None if referrer is None else referrer.development_id
    stmt = leads.filtered(
        visible(actor(), Lead), outcome=chosen(LeadOutcome, request.args.get("state")), development_id=place
    )
    page = page_of(db(), stmt, Lead.id, request.args.get("after"))
    friends = leads.friends(db(), now(), page.rows, for_referrer=True)
    return render_template(
        "my_referral/friends.html",
        friends=friends,
        keys=lead_receipts.keys_of_decisions(db(), page.rows),
        next_cursor=page.next_cursor,
        told=own_figures(funnel.own(db(), actor(), referrer)),
        switcher=places("friends.index", mine, referrer, _("All")),
        several=referrer is None,
        here=of(mine, referrer),
    )
