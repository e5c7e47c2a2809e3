"""Doing what is due to a client, and writing down how it went: call, WeChat, text, visit, letter, gift, gathering."""

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.policy import may
from ...models import CareContact, CareFile, Person
from ...models.care.contacts import MADE_BY
from ...rules.care.plan import Channel, Step
from ...services import contacts as phones
from ...services.care import contacts, day, files, limits, texts
from ...services.care.plan_in_force import plan_in_force
from ...services.care.words import of_contacts
from ..components import day as day_word
from ..edge import actor, config, db, form_page, load, now, refusing, send_texts_afterwards
from ..guard import guard
from ..messages import say
from . import tours, words
from .forms import CallForm, ContactForm, TextForm

bp = Blueprint("doing", __name__, url_prefix="/care/files/<int:file_id>")

_BY = "any({}):channel".format(", ".join(MADE_BY))


@dataclass(frozen=True, slots=True)
class Doing:
    """What the page of doing shows: by what, to whom, what to say, whether it may be done now, and with which forms.
    `phone`: in plain, of who has taken the call; `sends`: whether texts go out at all."""

    by: Channel
    name: str
    said: texts.Said
    step: Step | None
    phone: str | None
    refusal: Refusal | None
    call_form: CallForm
    text_form: TextForm | None
    sends: bool
    may_override: bool

    @property
    def asks_why(self) -> bool:
        """Whether its reader may do it all the same, in the quiet hours, and has to say why."""
        return self.may_override and self.refusal is not None and self.refusal.code == "care_quiet"


@bp.route(f"/do/<{_BY}>", methods=["GET", "POST"])
@guard(Permission.CARE_FOR_CLIENTS)
def do(file_id: int, channel: str) -> ResponseReturnValue:
    """What to say, and below it how it went."""
    file, by = load(CareFile, file_id), Channel(channel)
    form = ContactForm(step=_step_asked())
    form.ask_of(by)
    if form.validate_on_submit():
        with refusing(form):
            use = limits.open_call(db(), actor(), now(), file) if by is Channel.CALL else None
            contacts.log(db(), actor(), now(), file, form.wanted(by), use=use)
            _say_next(file)
            return redirect(url_for("care.index"), 303)
    return _page(file, by, form)


@bp.post("/call")
@guard(Permission.CARE_FOR_CLIENTS)
def call(file_id: int) -> ResponseReturnValue:
    """Take the call of the day; the next page shows the number, once."""
    file, form = load(CareFile, file_id), CallForm()
    if form.validate_on_submit():
        with refusing(form):
            limits.take_call(db(), actor(), now(), file, override=form.override.data or "")
            return redirect(url_for(".do", file_id=file.id, channel=Channel.CALL, step=form.step.data or None), 303)
    return _page(file, Channel.CALL, _contact_form(Channel.CALL, form.step.data), call_form=form)


@bp.post("/call/not-made")
@guard(Permission.CARE_FOR_CLIENTS)
def not_made(file_id: int) -> ResponseReturnValue:
    """The call was not made after all: a colleague may make it."""
    file = load(CareFile, file_id)
    if (use := limits.open_call(db(), actor(), now(), file)) is not None:
        limits.release(db(), actor(), now(), use)
        flash(_("The call is free again: it was not made."), "success")
    return redirect(url_for("care.index"), 303)


@bp.post("/text")
@guard(Permission.CARE_FOR_CLIENTS)
def send(file_id: int) -> ResponseReturnValue:
    """Send a text, within the limits."""
    file, form = load(CareFile, file_id), TextForm()
    if form.validate_on_submit():
        with refusing(form):
            limits.send(db(), actor(), now(), file, form.wanted)
            send_texts_afterwards()
            _say_next(file)
            return redirect(url_for("care.index"), 303)
    return _page(file, Channel.TEXT, _contact_form(Channel.TEXT, form.step.data), text_form=form)


@bp.route("/contacts/<int:contact_id>", methods=["GET", "POST"])
@guard(Permission.CARE_FOR_CLIENTS)
def correct(file_id: int, contact_id: int) -> ResponseReturnValue:
    """A contact as it was written down, to write it down anew."""
    file = load(CareFile, file_id)
    contact = _contact(file, contact_id)
    said = of_contacts(db(), [contact]).get(contact.id)
    known = {"outcome": str(contact.outcome), "at": contact.at, "next_on": contact.next_on, "step": contact.step}
    if said is not None:
        known |= {"note": said.note, "promised": said.promised}
    form = ContactForm(data={**known, "shown_to_other": contact.shown_to_other})
    form.ask_of(contact.channel)
    refusal = contacts.refusal_to_correct(db(), actor(), now(), contact)
    if form.validate_on_submit():
        with refusing(form):
            new = form.wanted(contact.channel)
            contacts.correct(db(), actor(), now(), contact, new)
            flash(_("Written down anew; the former stays on record."), "success")
            return redirect(url_for("care_files.show", file_id=file.id), 303)
    return form_page(
        "care/contact.html",
        form,
        file=file,
        contact=contact,
        name=files.name_of(db(), file),
        refusal=say(refusal) if refusal else None,
        words=words,
    )


@bp.post("/contacts/<int:contact_id>/undo")
@guard(Permission.CARE_FOR_CLIENTS)
def undo(file_id: int, contact_id: int) -> ResponseReturnValue:
    """Take back a contact that was not made."""
    file = load(CareFile, file_id)
    contacts.withdraw(db(), actor(), now(), _contact(file, contact_id))
    flash(_("Taken back. What it had done is due again."), "success")
    return redirect(url_for("care_files.show", file_id=file.id), 303)


def _contact(file: CareFile, contact_id: int) -> CareContact:
    contact = contacts.in_file(db(), actor(), file, contact_id)
    return contact if contact is not None else abort(404)


def _page(
    file: CareFile,
    by: Channel,
    form: ContactForm,
    *,
    call_form: CallForm | None = None,
    text_form: TextForm | None = None,
) -> ResponseReturnValue:
    step = _step(file, form.step.data or "")
    taken = limits.open_call(db(), actor(), now(), file) if by is Channel.CALL else None
    speaker = texts.Speaker(db().get_one(Person, actor().id), words.spoken(), tours.address_of(file))
    said = texts.text_for(db(), file, speaker, channel=by, step=step, code=form.step.data or "")
    failed = bool(form.errors or (call_form and call_form.errors) or (text_form and text_form.errors))
    if text_form is None and by is Channel.TEXT:
        text_form = TextForm(None, text=said.text, step=form.step.data)
    doing = Doing(
        by=by,
        name=files.name_of(db(), file),
        said=said,
        step=step,
        phone=phones.open_phone(db(), file.client).e164 if taken else None,
        refusal=None if taken else limits.refusal_of(db(), actor(), now(), file, by),
        call_form=call_form or CallForm(None, step=form.step.data),
        text_form=text_form,
        sends=config().texts(config().sms_care_template),
        may_override=may(actor(), Permission.LEAD_CARE),
    )
    page, _status = form_page("care/do.html", form, file=file, doing=doing, words=words, say=say)
    return page, 422 if failed else 200


def _contact_form(by: Channel, step: str | None) -> ContactForm:
    form = ContactForm(None, step=step or "")
    form.ask_of(by)
    return form


def _step_asked() -> str:
    return request.args.get("step", "")[:40]


def _step(file: CareFile, code: str) -> Step | None:
    plan = plan_in_force(db(), file.development_id, now())
    return next((one for one in plan.steps if one.code == code), None)


def _say_next(file: CareFile) -> None:
    """What comes next for the client, at once."""
    db().flush()
    due = day.next_of(db(), actor(), now(), file)
    if due is None:
        flash(_("Written down. Nothing else is due within two months."), "success")
        return
    what, on = words.step_word(due), day_word(due.due_at)
    flash(_("Written down. Next: %(what)s on %(day)s.", what=what, day=on), "success")
