"""What staff do about one lead: a call that shows whose number it is, notes, and the next step."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...models import Lead, LeadOutcome
from ...services.leads import care, phone_proofs
from ..edge import actor, db, load, now, refusing
from ..guard import guard
from .referrers import lead_page, note_form

bp = Blueprint("lead_care", __name__, url_prefix="/referrers/leads")


@bp.post("/<int:lead_id>/confirm")
@guard(Permission.CARE_FOR_LEADS)
def confirm(lead_id: int) -> ResponseReturnValue:
    """Whoever answered the call came by this invitation."""
    lead = load(Lead, lead_id)
    phone_proofs.confirm(db(), actor(), now(), lead)
    if lead.outcome is LeadOutcome.ACCEPTED:
        flash(_("The number is confirmed. The lead counts for the referrer from now on."), "success")
    else:
        flash(_("The number is confirmed. The lead does not count all the same: the reason stands below."), "info")
    return redirect(url_for("referrers.lead", lead_id=lead_id), 303)


@bp.post("/<int:lead_id>/deny")
@guard(Permission.CARE_FOR_LEADS)
def deny(lead_id: int) -> ResponseReturnValue:
    """Whoever answered the call knows of no invitation."""
    phone_proofs.deny(db(), actor(), now(), load(Lead, lead_id))
    flash(_("Written down: the lead does not count for the referrer."), "success")
    return redirect(url_for("referrers.lead", lead_id=lead_id), 303)


@bp.post("/<int:lead_id>/notes")
@guard(Permission.CARE_FOR_LEADS)
def write(lead_id: int) -> ResponseReturnValue:
    """What was said, and what comes next."""
    lead, form = load(Lead, lead_id), note_form()
    if form.validate_on_submit():
        with refusing(form):
            care.write(db(), actor(), now(), lead, form.wanted)
            flash(_("Written down."), "success")
            return redirect(url_for("referrers.lead", lead_id=lead_id), 303)
    return lead_page(lead, form=form), 422
