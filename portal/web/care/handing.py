"""Handing clients out, in turn or by hand; and the team: who stands in the turn, who is away, who covers."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...models import CareAbsence, CareFile, CarePost, Development, Touch
from ...services.care import assigning
from ...services.care_team import hand_out, rota
from ...services.partners import partners
from ..edge import actor, db, load, now, refusing
from ..guard import guard
from ..lists.arguments import number_of
from . import words
from .team_forms import AbsenceForm, AssignForm, HandOutForm, StandForm

bp = Blueprint("care_team", __name__, url_prefix="/care")


@bp.get("/hand-out")
@guard(Permission.HAND_OUT_CLIENTS)
def waiting() -> ResponseReturnValue:
    """Who came and is in nobody's care yet."""
    return _waiting(HandOutForm(None))


@bp.post("/hand-out/<int:touch_id>")
@guard(Permission.HAND_OUT_CLIENTS)
def give(touch_id: int) -> ResponseReturnValue:
    """Give a client into somebody's care: who was chosen, or whose turn it is."""
    touch, form = load(Touch, touch_id), HandOutForm()
    form.offer(rota.consultants(db()))
    if form.validate_on_submit():
        with refusing(form):
            to = number_of(form.to.data)
            made = hand_out.hand_out(db(), actor(), now(), touch, to_id=to)
            flash(_("Handed to %(name)s.", name=made.carer.name), "success")
            return redirect(url_for(".waiting"), 303)
    return _waiting(form), 422


def _waiting(form: HandOutForm) -> str:
    form.offer(rota.consultants(db()))
    return render_template(
        "care/hand_out.html", rows=hand_out.waiting(db(), now()), form=form, words=words, errors=form.form_errors
    )


@bp.post("/files/<int:file_id>/carer")
@guard(Permission.LEAD_CARE)
def reassign(file_id: int) -> ResponseReturnValue:
    """Give a client from one consultant to another."""
    file, form = load(CareFile, file_id), AssignForm()
    form.offer(rota.consultants(db()))
    if form.validate_on_submit():
        with refusing(form):
            to = number_of(form.to.data) or 0
            made = assigning.assign(db(), actor(), now(), file, to, assigning.Why(form.reason.data or ""))
            flash(_("Handed to %(name)s.", name=made.carer.name), "success")
            return redirect(url_for("care_files.show", file_id=file.id), 303)
    return render_template("care/reassign.html", file=file, form=form), 422


@bp.get("/files/<int:file_id>/carer")
@guard(Permission.LEAD_CARE)
def choose(file_id: int) -> str:
    """To whom a client is given."""
    file, form = load(CareFile, file_id), AssignForm(None)
    form.offer(rota.consultants(db()))
    return render_template("care/reassign.html", file=file, form=form)


@bp.route("/team", methods=["GET", "POST"])
@guard(Permission.LEAD_CARE)
def team() -> ResponseReturnValue:
    """Who stands in the turn of a development and who is next; who is away, and who covers."""
    places = partners.open_developments(db())
    place = _place(places)
    form = AbsenceForm()
    form.offer(rota.consultants(db()))
    if form.validate_on_submit():
        with refusing(form):
            rota.put_away(db(), actor(), now(), form.wanted)
            flash(_("Written down. Who covers is told."), "success")
            return redirect(url_for(".team", development=place.id if place else None), 303)
    page = render_template(
        "care/team.html",
        places=places,
        place=place,
        posts={one.person_id: one for one in rota.posts(db(), place.id)} if place else {},
        standing=rota.standing(db(), place.id, now()) if place else [],
        absences=rota.coming(db(), words.today(now())),
        form=form,
        stand_form=_stand_form(),
        words=words,
    )
    return page, 422 if form.errors else 200


@bp.post("/team/<int:development_id>")
@guard(Permission.LEAD_CARE)
def stand(development_id: int) -> ResponseReturnValue:
    """Let a consultant stand in a development's turn."""
    place, form = load(Development, development_id), _stand_form()
    if form.validate_on_submit():
        rota.stand(db(), actor(), now(), place.id, number_of(form.person.data) or 0)
    return redirect(url_for(".team", development=place.id), 303)


@bp.post("/team/posts/<int:post_id>/end")
@guard(Permission.LEAD_CARE)
def leave(post_id: int) -> ResponseReturnValue:
    """Take a consultant out of a development's turn."""
    post = db().get(CarePost, post_id) or abort(404)
    rota.leave(db(), actor(), now(), post)
    return redirect(url_for(".team", development=post.development_id), 303)


@bp.post("/team/absences/<int:absence_id>/end")
@guard(Permission.LEAD_CARE)
def back(absence_id: int) -> ResponseReturnValue:
    """Somebody is back."""
    rota.end_absence(db(), actor(), now(), db().get(CareAbsence, absence_id) or abort(404))
    return redirect(url_for(".team"), 303)


def _stand_form() -> StandForm:
    form = StandForm()
    form.offer(rota.consultants(db()))
    return form


def _place(places: list[Development]) -> Development | None:
    asked = number_of(request.args.get("development"))
    return next((one for one in places if one.id == asked), places[0] if places else None)
