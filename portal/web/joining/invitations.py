"""The staff's side of invitations: a list of homeowners, who was invited, who answered, and sending again."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select
from wtforms import SelectChoice

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...adapters.sheets.homeowner_file import MOST_ROWS, HomeownerRow
from ...models import Development, Invitation, TextMessage
from ...services.joining import homeowner_lists, invitations
from ...services.joining.homeowner_lists import HomeownerList
from ...services.joining.invitations import InvitationState
from ...services.partners.partners import open_developments
from ..edge import actor, config, db, form_page, load, now, refusing, send_texts_afterwards
from ..files.uploads import WORKBOOKS, take_in
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..messages import say
from ..words.statuses import status
from .invitation_forms import HomeownerListForm, HomeownersSeenForm

bp = Blueprint("invitations", __name__, url_prefix="/referrers/invitations")

_EXPORT_ROWS = 10_000
_SHOWN = 100


@bp.get("/")
@guard(Permission.MANAGE_REFERRERS)
def index() -> ResponseReturnValue:
    """Who was invited, the newest first."""
    page = page_of(db(), _wanted(), Invitation.id, request.args.get("after"))
    return render_template(
        "joining/invitations.html",
        invited=invitations.shown(db(), now(), page.rows),
        next_cursor=page.next_cursor,
        developments=_developments(),
        states=[(state.value, status("invitation", state).word) for state in InvitationState],
        text_words=text_words,
    )


@bp.get("/invitations.<kind>")
@guard(Permission.MANAGE_REFERRERS)
def download(kind: str) -> Response:
    """The same list as a file; numbers stay masked."""
    columns = (
        Column(_("Name"), lambda one: one.name),
        Column(_("Phone"), lambda one: one.phone),
        Column(_("House number"), lambda one: one.row.home),
        Column(_("Development"), lambda one: one.row.development.name),
        Column(_("Status"), lambda one: str(status("invitation", one.state).word)),
        Column(_("Text"), lambda one: text_words(one.text)),
        Column(_("Invited on"), lambda one: one.row.invited_at),
        Column(_("Invited by"), lambda one: one.row.inviter.name),
        Column(_("Sent, times"), lambda one: one.row.sent_times),
        Column(_("Joined on"), lambda one: one.row.accepted_at),
    )
    rows = db().scalars(_wanted().order_by(Invitation.id.desc()).limit(_EXPORT_ROWS)).all()
    return export(invitations.shown(db(), now(), rows), columns, "invitations", kind)


@bp.get("/<int:invitation_id>")
@guard(Permission.MANAGE_REFERRERS)
def show(invitation_id: int) -> ResponseReturnValue:
    """One invitation: what became of it, and sending it again or taking it back."""
    row = load(Invitation, invitation_id)
    return render_template(
        "joining/invitation.html", one=invitations.shown(db(), now(), [row])[0], text_words=text_words
    )


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.MANAGE_REFERRERS)
def new() -> ResponseReturnValue:
    """A list of homeowners: read first and told row by row; it counts when somebody says so."""
    form, found = _form(), None
    if form.validate_on_submit() and (rows := _opened(form)) is not None:
        with refusing(form):
            found = homeowner_lists.read(db(), now(), load(Development, form.development_id.data), rows)
    return _list_page(form, found)


@bp.post("/take/<int:development_id>")
@guard(Permission.MANAGE_REFERRERS)
def take(development_id: int) -> ResponseReturnValue:
    """Invite whom the list that was looked at names."""
    development, seen, form = load(Development, development_id), HomeownersSeenForm(), _form()
    if seen.validate_on_submit() and _texts():
        with refusing(form):
            rows = homeowner_lists.unseal(db(), development, seen.sealed.data or "")
            count = homeowner_lists.invite_all(db(), actor(), now(), development, rows)
            send_texts_afterwards()
            flash(ngettext("%(num)d homeowner is invited.", "%(num)d homeowners are invited.", count), "success")
            return redirect(url_for(".index", development=development_id))
    return _list_page(form, None)[0], 422


@bp.post("/<int:invitation_id>/again")
@guard(Permission.MANAGE_REFERRERS)
def again(invitation_id: int) -> ResponseReturnValue:
    """Send one once more."""
    row = load(Invitation, invitation_id)
    _answered(lambda: invitations.resend(db(), actor(), now(), row), _("The invitation is sent once more."))
    send_texts_afterwards()
    return redirect(url_for(".show", invitation_id=invitation_id))


@bp.post("/<int:invitation_id>/withdraw")
@guard(Permission.MANAGE_REFERRERS)
def withdraw(invitation_id: int) -> ResponseReturnValue:
    """Take one back."""
    row = load(Invitation, invitation_id)
    _answered(lambda: invitations.withdraw(db(), actor(), now(), row), _("The invitation is taken back."))
    return redirect(url_for(".show", invitation_id=invitation_id))


def text_words(text: TextMessage | None) -> str:
    """What became of an invitation's text."""
    if text is None:
        return _("none may go there")
    if text.sent_at is not None:
        return _("sent")
    return _("not delivered") if text.given_up_at is not None else _("on its way")


def _answered(deed: Any, done: str) -> None:
    """Do it, and say so; or say why not."""
    try:
        with db().begin_nested():
            deed()
    except Refusal as refusal:
        flash(say(refusal), "danger")
    else:
        flash(done, "success")


def _opened(form: HomeownerListForm) -> Sequence[HomeownerRow] | None:
    """The list's rows, or None with the reason in the form. Nobody who writes waits for them."""
    return take_in(form, WORKBOOKS, lambda: homeowner_lists.open_file(form.file.data.read()))


def _form() -> HomeownerListForm:
    form = HomeownerListForm()
    form.development_id.choices = [SelectChoice(key, name) for key, name in _developments()]
    return form


def _list_page(form: HomeownerListForm, found: HomeownerList | None) -> tuple[str, int]:
    development = load(Development, form.development_id.data) if found is not None else None
    sealed = homeowner_lists.seal(db(), development, found) if found is not None and development is not None else ""
    return form_page(
        "joining/homeowner_list.html",
        form,
        found=found,
        good=found.good[:_SHOWN] if found else (),
        faults=[(fault.facts["row"], say(fault)) for fault in found.faults[:_SHOWN]] if found else [],
        seen=HomeownersSeenForm(formdata=None, sealed=sealed),
        development=development,
        most_rows=MOST_ROWS,
        texts=_texts(),
    )


def _texts() -> bool:
    return config().texts(config().sms_invitation_template)


def _wanted() -> Select[Invitation]:
    args = request.args
    return invitations.filtered(
        actor(),
        now(),
        development_id=number_of(args.get("development")),
        state=chosen(InvitationState, args.get("state")),
    )


def _developments() -> list[tuple[int, str]]:
    return [(one.id, one.name) for one in open_developments(db())]
