"""Reception signs visitors in who came without a broker."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...clock import day_start, local_day
from ...services.partners import partners
from ...services.programmes import employee_checks
from ...services.registrations import walk_ins
from ..components import instant
from ..edge import actor, db, now, refusing
from ..guard import guard
from ..registrations.forms import ClientForm

bp = Blueprint("walk_ins", __name__)


@bp.route("/walk-ins", methods=["GET", "POST"])
@guard(Permission.SIGN_IN_WALK_IN)
def index():
    """Sign a visitor in; below, who came today. A client whom somebody holds already is shown with the holder."""
    form = ClientForm()
    form.development.offer(partners.open_developments(db()))
    held = None
    if form.validate_on_submit():
        with refusing(form):
            signed_in = walk_ins.sign_in_walk_in(
                db(), actor(), now(), development_id=form.development.data, phone=form.phone.data, name=form.name.data
            )
            if signed_in.new:
                until = instant(signed_in.touch.protected_until)
                flash(_("Signed in. The visit protects until %(until)s.", until=until), "success")
                return redirect(url_for("walk_ins.index"), 303)
            held = signed_in.touch
    today = walk_ins.walk_ins_since(db(), actor(), day_start(local_day(now())))
    lead = employee_checks.lead_of(db(), held) if held else None
    employee = employee_checks.of_lead(db(), lead) if lead else None
    page = render_template("walk_ins/index.html", form=form, held=held, lead=lead, employee=employee, today=today)
    return page, 422 if form.errors else 200
