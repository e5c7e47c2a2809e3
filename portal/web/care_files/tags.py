"""The vocabulary of tags: how much each word is used; renaming, merging, and taking a merge back."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired

from ...access.permissions import Permission
from ...access.policy import may
from ...models import CareTag
from ...rules.care_files.tags import TagKind
from ...services.care_files import tags
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from . import words

bp = Blueprint("care_tags", __name__, url_prefix="/care/tags")


class NewTagForm(FlaskForm):
    """A word for the vocabulary."""

    word = StringField(_l("Tag"), [DataRequired(_l("Enter a word."))])
    kind = SelectField(_l("Kind"), choices=words.choices(words.TAG_KINDS))


class RenameForm(FlaskForm):
    """Another word for a tag."""

    word = StringField(_l("Tag"), [DataRequired(_l("Enter a word."))])


class MergeForm(FlaskForm):
    """The tag that another one becomes."""

    into = SelectField(_l("Merge into"), [DataRequired(_l("Choose a tag."))], coerce=int)


@bp.route("", methods=["GET", "POST"])
@guard(Permission.CARE_FOR_CLIENTS)
def index() -> ResponseReturnValue:
    """All words, and how many files bear each; adding one."""
    form = NewTagForm()
    if form.validate_on_submit():
        with refusing(form):
            tag = tags.make(db(), actor(), now(), TagKind(form.kind.data), form.word.data or "")
            flash(_("“%(word)s” is in the vocabulary.", word=words.tag(tag)), "success")
            return redirect(url_for(".index"), 303)
    return form_page(
        "care_files/tags.html",
        form,
        rows=tags.used(db(), actor(), now()),
        words=words,
        may_lead=may(actor(), Permission.LEAD_CARE),
    )


@bp.route("/<int:tag_id>", methods=["GET", "POST"])
@guard(Permission.LEAD_CARE)
def rename(tag_id: int) -> ResponseReturnValue:
    """Give a tag another word."""
    tag, form = _ours(tag_id), RenameForm()
    if form.validate_on_submit():
        with refusing(form):
            tags.rename(db(), actor(), now(), tag, form.word.data or "")
            flash(_("Renamed, on every file at once."), "success")
            return redirect(url_for(".index"), 303)
    if not form.is_submitted():
        form.word.data = tag.word
    return _tag_page(tag, form, _merge_form(tag))


@bp.post("/<int:tag_id>/merge")
@guard(Permission.LEAD_CARE)
def merge(tag_id: int) -> ResponseReturnValue:
    """Let a tag stand for another from now on."""
    tag = _ours(tag_id)
    form = _merge_form(tag)
    if form.validate_on_submit():
        with refusing(form):
            into = _ours(form.into.data)
            tags.merge(db(), actor(), now(), tag, into)
            flash(_("“%(word)s” is “%(into)s” from now on.", word=words.tag(tag), into=words.tag(into)), "success")
            return redirect(url_for(".index"), 303)
    return _tag_page(tag, RenameForm(formdata=None, word=tag.word), form)


@bp.post("/<int:tag_id>/part")
@guard(Permission.LEAD_CARE)
def part(tag_id: int) -> ResponseReturnValue:
    """Take a merge back."""
    tag, form = _ours(tag_id), RenameForm(formdata=None)
    with refusing(form):
        tags.part(db(), actor(), now(), tag)
        flash(_("“%(word)s” stands for itself again.", word=words.tag(tag)), "success")
        return redirect(url_for(".index"), 303)
    return _tag_page(tag, form, _merge_form(tag))


def _ours(tag_id: int) -> CareTag:
    """A word of the developer's; an agency's is its own matter."""
    tag = load(CareTag, tag_id)
    if tag.agency_id is not None:
        abort(404)
    return tag


def _merge_form(tag: CareTag) -> MergeForm:
    form = MergeForm()
    others = [one for one in tags.offered(db(), actor()) if one.id != tag.id and one.fact is None]
    form.into.choices = [SelectChoice(one.id, words.tag(one)) for one in others]
    return form


def _tag_page(tag: CareTag, form: RenameForm, merging: MergeForm) -> tuple[str, int]:
    faulty = bool(form.errors or merging.errors)
    page = render_template("care_files/tag.html", tag=tag, form=form, merging=merging, words=words)
    return page, 422 if faulty else 200
