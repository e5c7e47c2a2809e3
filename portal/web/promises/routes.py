"""Promises: what is owed in each development, and one promise on its way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import find, visible
from ...clock import local_day
from ...models import CareFile, Complaint, Deal, Development, Promise
from ...rules.aftercare.complaint import StepKind
from ...rules.promises.promise import IN_KIND, OWED, PromiseKind, PromiseState
from ...services import contacts
from ...services.aftercare import complaints
from ...services.care import files
from ...services.loans import reading as loans_read
from ...services.loans import terms as loan_terms
from ...services.partners import partners
from ...services.promises import promises, reading
from ...services.promises.promises import Whose
from ...services.promises.reading import PromiseFilter
from ..edge import actor, db, form_page, load, now, refusing
from ..forms.proposals import SendBackForm
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, export, yuan
from ..loans import links
from ..words import promises as words
from ..words.statuses import status
from .forms import NoteForm, PromiseForm, WithdrawForm

bp = Blueprint("promises", __name__, url_prefix="/promises")

MOST = 200
"""Rows that a page shows; the file has all of them."""


@bp.get("")
@guard(Permission.READ_PROMISES)
def index() -> ResponseReturnValue:
    """What is owed, late first, and what that comes to in each development."""
    rows = _wanted()
    owing = rows if not request.args.get("state") else []
    return render_template(
        "promises/index.html",
        rows=rows[:MOST],
        more=max(0, len(rows) - MOST),
        sums=reading.owed(owing, now()),
        state=lambda row: promises.state_of(row, now()),
        words=words,
        filtered=any(request.args.get(name) for name in ("state", "development", "what")),
        developments=partners.development_choices(db(), actor()),
        waiting=reading.to_allow(db(), actor()) if may(actor(), Permission.ALLOW_PROMISE) else 0,
    )


@bp.get(".<kind>")
@guard(Permission.READ_PROMISES)
def download(kind: str) -> Response:
    """The same list as a file."""
    columns = (
        Column(_("Number"), lambda row: row.id),
        Column(_("Development"), lambda row: row.development.name),
        Column(_("Unit"), lambda row: row.deal.unit if row.deal else None),
        Column(_("What is promised"), words.what),
        Column(_("Worth"), lambda row: yuan(row.worth_fen)),
        Column(_("To be kept by"), lambda row: row.due_on),
        Column(_("Status"), lambda row: str(status("promise", promises.state_of(row, now())).word)),
        Column(_("Confirmed by the client"), lambda row: row.confirmation.at if row.confirmation else None),
        Column(_("Promised by"), lambda row: row.maker.name),
        Column(_("Promised on"), lambda row: row.made_at),
    )
    return export(_wanted(), columns, "promises", kind)


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom something is promised, as the page says it; `complaint`: in answer to that."""

    whose: Whose
    name: str
    back: str
    complaint: Complaint | None = None


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.MAKE_PROMISE)
def new() -> ResponseReturnValue:
    """Promise something to a client: of a deal, of a file that has none yet, or to whom a complaint is from."""
    to, form = _recipient(), PromiseForm()
    if form.validate_on_submit():
        with refusing(form):
            row = promises.make(db(), actor(), now(), to.whose, form.wanted, form.text.data)
            if to.complaint is not None:
                said = form.text.data or ""
                complaints.take_step(db(), actor(), now(), to.complaint, StepKind.OFFERED, said, row)
            second, client = _("Promised. A second person has to allow it."), _("Promised. Send the client the link.")
            flash(second if row.needs_second else client, "success")
            return redirect(_address(row))
    place = db().get_one(Development, to.whose.development_id)
    alone = loan_terms.in_force(db(), place.id).alone_yuan
    return form_page("promises/new.html", form, to=to, place=place, alone_fen=alone * 100, today=local_day(now()))


def _recipient() -> Recipient:
    args = request.args
    if (key := number_of(args.get("complaint"))) is not None:
        complaint = find(db(), actor(), Complaint, key) or abort(404)
        back = url_for("complaints.show", complaint_id=complaint.id)
        return _of_deal(complaint.owner.deal, back, complaint)
    if (key := number_of(args.get("file"))) is not None:
        file = find(db(), actor(), CareFile, key) or abort(404)
        whose = Whose(development_id=file.development_id, client_id=file.client_id)
        return Recipient(whose, files.name_of(db(), file), url_for("care_files.show", file_id=file.id))
    deal = db().scalar(loans_read.deals_of(actor()).where(Deal.id == number_of(args.get("deal")))) or abort(404)
    return _of_deal(deal, url_for("loans.show", deal_id=deal.id))


def _of_deal(deal: Deal, back: str, complaint: Complaint | None = None) -> Recipient:
    whose = Whose(development_id=deal.development_id, client_id=deal.client_id, deal=deal)
    return Recipient(whose, deal.unit, back, complaint)


@bp.get("/<int:promise_id>")
@guard(Permission.READ_PROMISES)
def show(promise_id: int) -> ResponseReturnValue:
    """One promise: its words, its worth, who allowed it, the client's confirmation, and what became of it."""
    return _page(load(Promise, promise_id))


@bp.post("/<int:promise_id>/allow")
@guard(Permission.ALLOW_PROMISE)
def allow(promise_id: int) -> ResponseReturnValue:
    """Allow what another person promised."""
    return _done(promise_id, lambda row: promises.allow(db(), actor(), now(), row), _("Allowed."))


@bp.post("/<int:promise_id>/refuse")
@guard(Permission.ALLOW_PROMISE, stops=True)
def refuse(promise_id: int) -> ResponseReturnValue:
    """Refuse what another person promised, with a reason."""
    row, form = load(Promise, promise_id), SendBackForm()
    if form.validate_on_submit():
        with refusing(form):
            promises.refuse(db(), actor(), now(), row, form.reason.data or "")
            flash(_("Sent back."), "success")
            return redirect(_address(row))
    return _page(row, refusal=form), 422


@bp.post("/<int:promise_id>/confirmed")
@guard(Permission.MAKE_PROMISE)
def confirmed(promise_id: int) -> ResponseReturnValue:
    """Note that the client signed for it on paper."""
    return _done(promise_id, lambda row: promises.confirm_on_paper(db(), actor(), now(), row), _("Written down."))


@bp.post("/<int:promise_id>/keep")
@guard(Permission.KEEP_PROMISE)
def keep(promise_id: int) -> ResponseReturnValue:
    """Note that it was kept; in kind, by its voucher."""
    form = NoteForm()
    said = form.note.data or ""
    return _done(promise_id, lambda row: promises.keep(db(), actor(), now(), row, note=said), _("Kept."), form)


@bp.post("/<int:promise_id>/withdraw")
@guard(Permission.MAKE_PROMISE, stops=True)
def withdraw(promise_id: int) -> ResponseReturnValue:
    """Take it back, with a reason that the client reads."""
    row, form = load(Promise, promise_id), WithdrawForm()
    if form.validate_on_submit():
        with refusing(form):
            promises.withdraw(db(), actor(), now(), row, reason=form.reason.data)
            flash(_("Withdrawn."), "success")
            return redirect(_address(row))
    return _page(row, withdrawal=form), 422


@bp.post("/<int:promise_id>/link")
@guard(Permission.MAKE_PROMISE)
def link(promise_id: int) -> ResponseReturnValue:
    """Make the client's link, and text it where a text may reach the client."""
    row = load(Promise, promise_id)
    links.make(client_id=row.client_id, development=row.development, promise_id=row.id)
    return redirect(f"{_address(row)}#link")


@bp.post("/<int:promise_id>/link/revoke")
@guard(Permission.MAKE_PROMISE, stops=True)
def revoke(promise_id: int) -> ResponseReturnValue:
    """End the client's link."""
    row = load(Promise, promise_id)
    links.revoke(promise_id=row.id)
    return redirect(f"{_address(row)}#link")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseView:
    """A promise as its page shows it, and what its reader may do with it."""

    state: PromiseState
    said: str
    owed: bool
    in_kind: bool
    address: str
    holds: bool
    may_allow: bool
    may_keep: bool
    may_change: bool


def _done(
    promise_id: int, deed: Callable[[Promise], object], said: str, form: NoteForm | None = None
) -> ResponseReturnValue:
    row, form = load(Promise, promise_id), form or NoteForm(formdata=None)
    with refusing(form):
        deed(row)
        flash(said, "success")
        return redirect(_address(row))
    return _page(row, note=form), 409


def _page(row: Promise, **forms: Any) -> str:
    state = promises.state_of(row, now())
    found = links.of(promise_id=row.id)
    makes = may(actor(), Permission.MAKE_PROMISE)
    return render_template(
        "promises/show.html",
        promise=row,
        view=PromiseView(
            state=state,
            said=promises.text_of(db(), row),
            owed=state in OWED,
            in_kind=row.kind in IN_KIND,
            address=links.address_of(found) if found and makes else "",
            holds=found is not None and found.expires_at > now(),
            may_allow=state is PromiseState.PROPOSED
            and row.made_by != actor().id
            and may(actor(), Permission.ALLOW_PROMISE),
            may_keep=state in OWED and may(actor(), Permission.KEEP_PROMISE),
            may_change=row.end is None and makes,
        ),
        phone=contacts.open_phone(db(), row.client).masked,
        refusal=forms.get("refusal") or SendBackForm(formdata=None),
        note=forms.get("note") or NoteForm(formdata=None),
        withdrawal=forms.get("withdrawal") or WithdrawForm(formdata=None),
        words=words,
    )


def _address(row: Promise) -> str:
    return url_for("promises.show", promise_id=row.id)


def _wanted() -> list[Promise]:
    args = request.args
    wanted = PromiseFilter(
        state=chosen(PromiseState, args.get("state")),
        development_id=number_of(args.get("development")),
        kind=chosen(PromiseKind, args.get("what")),
    )
    return list(reading.rows(db(), now(), visible(actor(), Promise), wanted))
