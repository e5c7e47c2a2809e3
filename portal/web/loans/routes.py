"""The loan table, one loan with all that is noted of it, and the countdown to signing."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.policy import may
from ...clock import local_day
from ...models import ClientLink, Deal, LoanNote, LoanStep
from ...rules.loans.progress import LoanState
from ...services import contacts
from ...services.deals import deals
from ...services.home.figure import counted
from ...services.loans import loans, reading
from ...services.loans import terms as loan_terms
from ...services.loans.loans import Begun
from ...services.loans.reading import LoanFilter, LoanRow
from ...services.partners import partners
from ...services.promises import compensation
from ...services.promises import reading as promises_read
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, export
from ..words import loans as words
from ..words.statuses import status
from . import links
from .forms import BeginForm, CompensationForm, CorrectionForm, PaperForm, RiskForm, SigningForm, StepForm

bp = Blueprint("loans", __name__, url_prefix="/loans")

MOST = 200
"""Rows that a page shows; the file has all of them."""


@bp.get("")
@guard(Permission.READ_LOANS)
def index() -> ResponseReturnValue:
    """The loan table, the most urgent first."""
    found, publishes = _wanted(), may(actor(), Permission.PUBLISH_LOAN_TERMS)
    return render_template(
        "loans/index.html",
        rows=found[:MOST],
        more=max(0, len(found) - MOST),
        accepted=compensation.accepted(db(), [row.deal.id for row in found[:MOST]]),
        buyer=_buyer,
        words=words,
        filtered=any(request.args.get(name) for name in ("q", "state", "development", "bank")),
        developments=partners.development_choices(db(), actor()),
        banks=[(name, name) for name in _banks()],
        terms_waiting=counted(db(), loan_terms.to_decide(actor())) if publishes else 0,
    )


@bp.get(".<kind>")
@guard(Permission.READ_LOANS)
def download(kind: str) -> Response:
    """The same table as a file."""
    columns = (
        Column(_("Deal no."), lambda row: row.deal.id),
        Column(_("Development"), lambda row: row.deal.development.name),
        Column(_("Unit"), lambda row: row.deal.unit),
        Column(_("Buyer"), lambda row: contacts.mask_name(_buyer(row.deal))),
        Column(_("Bank"), lambda row: row.loan.bank if row.loan else None),
        Column(_("Stage"), lambda row: str(words.STAGES[row.stands.stage]) if row.stands.stage else None),
        Column(_("Status"), lambda row: str(status("loan", row.stands.state).word)),
        Column(_("Waits for"), lambda row: str(words.SIDES[row.stands.side]) if row.stands.side else None),
        Column(_("Why"), lambda row: str(words.REASONS[row.stands.reason]) if row.stands.reason else None),
        Column(_("Due by"), lambda row: row.stands.target_on),
        Column(_("Days late"), lambda row: row.stands.days_late or None),
        Column(_("Papers missing"), lambda row: ", ".join(map(words.paper, row.missing)) or None),
    )
    return export(_wanted(), columns, "loans", kind)


@bp.get("/signing")
@guard(Permission.READ_LOANS)
def signing() -> ResponseReturnValue:
    """The countdown to signing: what is subscribed and not signed, its risks, and which offer ends next."""
    place = number_of(request.args.get("development"))
    rows = reading.unsigned(db(), now(), reading.deals_of(actor()), place)
    return render_template(
        "loans/signing.html",
        rows=rows[:MOST],
        more=max(0, len(rows) - MOST),
        buyer=_buyer,
        words=words,
        today=local_day(now()),
        offers=promises_read.next_ends(db(), [row.deal.id for row in rows[:MOST]], local_day(now())),
        developments=partners.development_choices(db(), actor()),
    )


@bp.get("/<int:deal_id>")
@guard(Permission.READ_LOANS)
def show(deal_id: int) -> ResponseReturnValue:
    """How one home is paid for: stages, papers, risks, and the client's link."""
    return _page(_deal(deal_id))


@bp.route("/<int:deal_id>/begin", methods=["GET", "POST"])
@guard(Permission.KEEP_LOANS)
def begin(deal_id: int) -> ResponseReturnValue:
    """Write down by which bank a home is paid for, another bank, or that it needs no loan."""
    deal = _deal(deal_id)
    before = loans.latest(db(), deal)
    form = BeginForm(after=before.number if before else 0)
    banks = loan_terms.in_force(db(), deal.development_id).banks
    form.bank.choices = [("", _("Choose a bank")), *((one.name, f"{one.name} · {one.days}") for one in banks)]
    if form.validate_on_submit():
        with refusing(form):
            loans.begin(db(), actor(), now(), deal, _begun(form))
            flash(_("Written down."), "success")
            return redirect(_address(deal))
    return form_page("loans/begin.html", form, deal=deal, before=before)


@bp.post("/<int:deal_id>/steps")
@guard(Permission.KEEP_LOANS)
def record(deal_id: int) -> ResponseReturnValue:
    """Write down a stage, or that the bank said no."""
    deal, form = _deal(deal_id), StepForm()
    loan = loans.latest(db(), deal)
    if loan is None:
        abort(404)
    if form.validate_on_submit():
        with refusing(form):
            loans.record_step(
                db(), actor(), now(), loan, kind=form.step, on_day=form.on_day.data, note=form.note.data or ""
            )
            flash(_("Recorded: %(milestone)s.", milestone=words.KINDS[form.step]), "success")
            return redirect(_address(deal))
    return _page(deal, step=form), 422


@bp.route("/steps/<int:step_id>/correct", methods=["GET", "POST"])
@guard(Permission.KEEP_LOANS)
def correct(step_id: int) -> ResponseReturnValue:
    """Put another day in the place of a stage's, or say that it did not happen."""
    step = load(LoanStep, step_id)
    deal = _deal(step.loan.deal_id)
    form = CorrectionForm(on_day=step.on_day)
    if form.validate_on_submit():
        with refusing(form):
            loans.correct_step(db(), actor(), now(), step, on_day=form.on_day.data, note=form.note.data)
            flash(_("Corrected. The line before stays readable."), "success")
            return redirect(_address(deal))
    return form_page("loans/correct.html", form, deal=deal, step=step, words=words)


@bp.post("/<int:deal_id>/papers")
@guard(Permission.KEEP_LOANS)
def bring(deal_id: int) -> ResponseReturnValue:
    """Write down who brought a paper, and when."""
    deal = _deal(deal_id)
    form = _paper_form(reading.of_deal(db(), now(), deal))
    if form.validate_on_submit():
        with refusing(form):
            given: dict[str, Any] = {"code": form.code.data, "brought_by": form.by, "on_day": form.on_day.data}
            loans.bring_paper(db(), actor(), now(), deal, **given)
            flash(_("Written down."), "success")
            return redirect(f"{_address(deal)}#papers")
    return _page(deal, paper=form), 422


@bp.post("/<int:deal_id>/papers/<code>/missing")
@guard(Permission.KEEP_LOANS)
def miss(deal_id: int, code: str) -> ResponseReturnValue:
    """Write down that a paper is not there after all."""
    deal = _deal(deal_id)
    loans.miss_paper(db(), actor(), now(), deal, code=code)
    flash(_("Written down."), "success")
    return redirect(f"{_address(deal)}#papers")


@bp.post("/<int:deal_id>/risks")
@guard(Permission.KEEP_LOANS)
def note(deal_id: int) -> ResponseReturnValue:
    """Write down what puts the signing at risk."""
    deal, form = _deal(deal_id), RiskForm()
    if form.validate_on_submit():
        with refusing(form):
            loans.note_risk(db(), actor(), now(), deal, risk=form.kind, text=form.text.data)
            flash(_("Written down."), "success")
            return redirect(f"{_address(deal)}#risks")
    return _page(deal, risk=form), 422


@bp.post("/risks/<int:note_id>/settle")
@guard(Permission.KEEP_LOANS)
def settle(note_id: int) -> ResponseReturnValue:
    """Say that a risk is settled."""
    row = load(LoanNote, note_id)
    deal = _deal(row.deal_id)
    loans.settle_risk(db(), actor(), now(), row)
    flash(_("Settled. It stays in the log."), "success")
    return redirect(f"{_address(deal)}#risks")


@bp.post("/<int:deal_id>/signing")
@guard(Permission.KEEP_LOANS)
def agree(deal_id: int) -> ResponseReturnValue:
    """Write down the day that was agreed for the contract."""
    deal, form = _deal(deal_id), SigningForm()
    if form.validate_on_submit():
        with refusing(form):
            loans.agree_signing(db(), actor(), now(), deal, form.on_day.data)
            flash(_("Written down."), "success")
            return redirect(_address(deal))
    return _page(deal, signing=form), 422


@bp.post("/<int:deal_id>/link")
@guard(Permission.KEEP_LOANS)
def link(deal_id: int) -> ResponseReturnValue:
    """Make the client's link, and text it where a text may reach the client."""
    deal = _deal(deal_id)
    links.make(client_id=deal.client_id, development=deal.development, deal=deal)
    return redirect(f"{_address(deal)}#link")


@bp.post("/<int:deal_id>/link/revoke")
@guard(Permission.KEEP_LOANS)
def revoke(deal_id: int) -> ResponseReturnValue:
    """End the client's link."""
    deal = _deal(deal_id)
    links.revoke(deal=deal)
    return redirect(f"{_address(deal)}#link")


@bp.post("/<int:deal_id>/compensation")
@guard(Permission.MAKE_PROMISE)
def accept(deal_id: int) -> ResponseReturnValue:
    """Promise the client what is proposed for the late loan."""
    deal, form = _deal(deal_id), CompensationForm()
    if form.validate_on_submit():
        with refusing(form):
            promise = compensation.accept(db(), actor(), now(), deal, form.text.data)
            flash(_("Promised. Send the client the link."), "success")
            return redirect(url_for("promises.show", promise_id=promise.id))
    return _page(deal, promise=form), 422


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanView:
    """One loan as its page shows it."""

    row: LoanRow
    buyer: str
    officer: str
    history: list[Any]
    notes: list[tuple[LoanNote, str]]
    proposed: Any
    compensated: Any
    link: ClientLink | None
    address: str
    linked: bool
    steps: list[dict[str, Any]]
    correctable: set[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanForms:
    """The forms of its page."""

    step: StepForm
    paper: PaperForm
    risk: RiskForm
    signing: SigningForm
    promise: CompensationForm


def _page(deal: Deal, **forms: Any) -> str:
    row = reading.of_deal(db(), now(), deal)
    found = links.of(deal=deal)
    today = local_day(now())
    return render_template(
        "loans/show.html",
        deal=deal,
        view=LoanView(
            row=row,
            buyer=_buyer(deal),
            officer=loans.officer_of(db(), row.loan) if row.loan else "",
            history=list(reading.history(db(), deal)),
            notes=[(one, contacts.open_note(db(), one.text_sealed)) for one in row.risks],
            proposed=compensation.proposed(db(), row),
            compensated=compensation.of_deal(db(), deal),
            link=found,
            address=links.address_of(found) if found else "",
            linked=found is not None and found.expires_at > now(),
            steps=words.steps(row),
            correctable=words.correctable(row),
        ),
        forms=LoanForms(
            step=forms.get("step") or StepForm(formdata=None, on_day=today, kind=row.stands.next),
            paper=forms.get("paper") or _paper_form(row, formdata=None, on_day=today),
            risk=forms.get("risk") or RiskForm(formdata=None),
            signing=forms.get("signing") or SigningForm(formdata=None, on_day=row.signing_on),
            promise=forms.get("promise") or CompensationForm(formdata=None),
        ),
        words=words,
        keeps=may(actor(), Permission.KEEP_LOANS),
        promises=may(actor(), Permission.MAKE_PROMISE),
        reads_deals=may(actor(), Permission.READ_DEALS),
    )


def _deal(deal_id: int) -> Deal:
    deal = db().scalar(reading.deals_of(actor()).where(Deal.id == deal_id))
    if deal is None:
        abort(404)
    return deal


def _address(deal: Deal) -> str:
    return url_for("loans.show", deal_id=deal.id)


def _buyer(deal: Deal) -> str:
    return deals.buyer(db(), actor(), deal)


def _banks() -> list[str]:
    held = loan_terms.all_in_force(db()).values()
    return sorted({bank.name for terms in held for bank in terms.banks})


def _paper_form(row: LoanRow, **given: Any) -> PaperForm:
    form = PaperForm(**given)
    form.code.choices = [(one.code, words.paper(one)) for one in row.missing]
    return form


def _begun(form: BeginForm) -> Begun:
    after = number_of(form.after.data)
    if after is None:
        raise Refusal("loan_changed_meanwhile")
    return Begun(
        cash=form.way.data == "cash",
        after=after,
        bank=form.bank.data or "",
        branch=form.branch.data or "",
        officer=form.officer.data or "",
        amount_fen=form.amount.data,
        rate_bps=form.rate.data,
    )


def _wanted() -> list[LoanRow]:
    args = request.args
    wanted = LoanFilter(
        state=chosen(LoanState, args.get("state")),
        development_id=number_of(args.get("development")),
        bank=args.get("bank", ""),
        unit=args.get("q", ""),
    )
    return reading.rows(db(), now(), reading.deals_of(actor()), wanted)
