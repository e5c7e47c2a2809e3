"""What a carer writes into a client's file: needs, the grade, days, behaviour, tags, and that he is lost."""

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ...access.permissions import Permission
from ...models import CareFile
from ...rules.care.plan import MAD, Grade
from ...rules.care_files.days import ToldDay
from ...rules.care_files.facts import Behaviour, LossReason
from ...rules.care_files.needs import Needs
from ...rules.care_files.points import suggest
from ...rules.care_files.tags import TagKind
from ...services.care import files
from ...services.care_files import facts, known, scoring, tags
from ...services.care_files.known import Judged
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.arguments import chosen
from . import words
from .forms import DayForm, GradeForm, LostForm, NeedsForm, TagForm
from .routes import page

bp = Blueprint("care_entries", __name__, url_prefix="/care/files/<int:file_id>")


@bp.route("/needs", methods=["GET", "POST"])
@guard(Permission.CARE_FOR_CLIENTS)
def needs(file_id: int) -> ResponseReturnValue:
    """Write down what the client looks for, as it is known now."""
    file = load(CareFile, file_id)
    row = known.needs_row(db(), actor(), file)
    said = known.needs_in(db(), row) if row else Needs()
    form = NeedsForm.of(said, shown_to_other=row.shown_to_other if row else False)
    if form.validate_on_submit():
        with refusing(form):
            known.say_needs(db(), actor(), now(), file, form.needs(), shown_to_other=form.shown_to_other.data)
            return _back(file, _("The needs are written down."))
    return form_page("care_files/needs.html", form, file=file, name=files.name_of(db(), file))


@bp.route("/grade", methods=["GET", "POST"])
@guard(Permission.CARE_FOR_CLIENTS)
def grade(file_id: int) -> ResponseReturnValue:
    """Set the grade, beside what the points suggest."""
    file = load(CareFile, file_id)
    form, rules = _grade_form(file), scoring.in_force(db())
    figures = facts.facts_of(db(), actor(), now(), [file.id])[file.id]
    if form.validate_on_submit():
        with refusing(form):
            set_to = Grade(form.grade.data) if form.grade.data else None
            judged = Judged(set_to, form.marks(), form.grounds(), form.shown_to_other.data)
            known.judge(db(), actor(), now(), file, judged)
            return _back(file, _("The grade is set."))
    return form_page(
        "care_files/grade.html",
        form,
        file=file,
        name=files.name_of(db(), file),
        suggestion=suggest(rules, figures) if rules else None,
        words=words,
    )


@bp.route("/days", methods=["GET", "POST"])
@guard(Permission.CARE_FOR_CLIENTS)
def days(file_id: int) -> ResponseReturnValue:
    """Write down a day that the client told, or take one back."""
    file, form = load(CareFile, file_id), DayForm()
    if form.validate_on_submit():
        with refusing(form):
            day, told = form.day.data, form.told.data
            known.say_day(db(), actor(), now(), file, ToldDay(form.kind.data), day, told=told)
            return _back(file, _("The day is written down.") if day else _("The day is taken out of the file."))
    there = known.days_of(db(), actor(), [file.id]).get(file.id, {})
    return form_page("care_files/days.html", form, file=file, name=files.name_of(db(), file), days=there, words=words)


@bp.post("/seen/<behaviour>")
@guard(Permission.CARE_FOR_CLIENTS)
def seen(file_id: int, behaviour: str) -> ResponseReturnValue:
    """Note that the client did something, once."""
    file, what = load(CareFile, file_id), chosen(Behaviour, behaviour)
    if what is not None and known.see(db(), actor(), now(), file, what):
        flash(_("Noted: %(what)s.", what=words.SEEN[what]), "success")
    return redirect(_address(file, "seen"), 303)


@bp.post("/seen/<behaviour>/undo")
@guard(Permission.CARE_FOR_CLIENTS)
def unseen(file_id: int, behaviour: str) -> ResponseReturnValue:
    """Take the latest such note back."""
    file, what = load(CareFile, file_id), chosen(Behaviour, behaviour)
    if what is not None and known.unsee(db(), actor(), now(), file, what):
        flash(_("Taken back: %(what)s.", what=words.SEEN[what]), "success")
    return redirect(_address(file, "seen"), 303)


@bp.post("/tags")
@guard(Permission.CARE_FOR_CLIENTS)
def put_tag(file_id: int) -> ResponseReturnValue:
    """Set a tag: a word of the vocabulary, or one's own."""
    file, form = load(CareFile, file_id), TagForm()
    if form.validate_on_submit():
        with refusing(form):
            tag = tags.make(db(), actor(), now(), TagKind.BASIC, form.word.data or "")
            tags.put(db(), actor(), now(), file, tag)
            return redirect(_address(file, "tags"), 303)
    return page(file, tag_form=form), 422


@bp.post("/tags/<int:tag_id>/remove")
@guard(Permission.CARE_FOR_CLIENTS)
def take_tag(file_id: int, tag_id: int) -> ResponseReturnValue:
    """Take a tag off the file."""
    file = load(CareFile, file_id)
    tags.take_away(db(), actor(), now(), file, tag_id)
    return redirect(_address(file, "tags"), 303)


@bp.route("/lost", methods=["GET", "POST"])
@guard(Permission.CARE_FOR_CLIENTS)
def lost(file_id: int) -> ResponseReturnValue:
    """Give the client up as lost, with the reason."""
    file, form = load(CareFile, file_id), LostForm()
    if form.validate_on_submit():
        reason = LossReason(form.reason.data)
        known.lose(db(), actor(), now(), file, reason, note=form.note.data or "")
        return _back(file, _("Given up as lost. A new visit, registration or lead brings the client back by itself."))
    return form_page("care_files/lost.html", form, file=file, name=files.name_of(db(), file))


@bp.post("/revive")
@guard(Permission.CARE_FOR_CLIENTS)
def revive(file_id: int) -> ResponseReturnValue:
    """The client is not lost after all."""
    file = load(CareFile, file_id)
    if known.loss_of(db(), actor(), file) is not None:
        known.revive(db(), actor(), now(), file)
        flash(_("The client is cared for again."), "success")
    return redirect(_address(file), 303)


def _grade_form(file: CareFile) -> GradeForm:
    """The form with what the reader's side thinks now."""
    judged = files.judgements_of(db(), actor(), [file]).get(file.id)
    if judged is None:
        return GradeForm()
    grounds = known.grounds_of(db(), judged)
    marks = {mark.value: getattr(judged, mark.value) for mark in MAD}
    said = {f"{mark.value}_ground": grounds.get(mark, "") for mark in MAD}
    return GradeForm(data={"grade": judged.grade or "", "shown_to_other": judged.shown_to_other, **marks, **said})


def _back(file: CareFile, said: str) -> Response:
    flash(said, "success")
    return redirect(_address(file), 303)


def _address(file: CareFile, anchor: str | None = None) -> str:
    return url_for("care_files.show", file_id=file.id, _anchor=anchor)
