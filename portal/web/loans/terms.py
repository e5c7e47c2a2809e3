"""Loan terms: what holds, and the drafts that one person proposes and another publishes."""

import json
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.policy import may
from ...models import LoanTerms, ProposalState
from ...rules.loans.terms import NUMBERS, Terms
from ...services.loans import terms as service
from ...services.partners import partners
from ..edge import actor, db, form_page, load, now, refusing
from ..files.downloads import file_response
from ..forms.proposals import DecisionPages, SendBackForm
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.paging import page_of
from ..words import loans as words
from .forms import TermsForm

bp = Blueprint("loan_terms", __name__, url_prefix="/loans/terms")


@bp.get("")
@guard(Permission.READ_LOANS)
def index() -> ResponseReturnValue:
    """What holds, here or everywhere, and what was ever proposed."""
    place = number_of(request.args.get("development"))
    stmt = service.listing(actor(), chosen(ProposalState, request.args.get("state")))
    return render_template(
        "loans/terms.html",
        terms=service.in_force(db(), place),
        published=service.published(db(), place),
        page=page_of(db(), stmt, LoanTerms.id, request.args.get("after")),
        developments=partners.development_choices(db(), actor()),
        words=words,
        may_propose=may(actor(), Permission.PROPOSE_LOAN_TERMS),
    )


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.PROPOSE_LOAN_TERMS)
def new() -> ResponseReturnValue:
    """Propose terms, by fields or as a text; it opens with what holds."""
    place = number_of(request.args.get("development"))
    form = TermsForm(**_opened_with(service.in_force(db(), place)), development=place or 0)
    form.development.choices = [(0, _("All that have none of their own")), *partners.development_choices(db(), actor())]
    if form.validate_on_submit():
        with refusing(form):
            row = service.propose(
                db(),
                actor(),
                now(),
                development_id=form.development.data or None,
                toml=_text(form),
                note=form.note.data,
            )
            db().flush()
            flash(_("Proposed. Another person publishes it or sends it back."), "success")
            return redirect(url_for(".show", terms_id=row.id))
    return form_page("loans/terms_new.html", form)


@bp.get("/<int:terms_id>")
@guard(Permission.READ_LOANS)
def show(terms_id: int) -> ResponseReturnValue:
    """Terms as they were proposed, beside what holds."""
    return _page(load(LoanTerms, terms_id), SendBackForm())


@bp.get("/<int:terms_id>.toml")
@guard(Permission.READ_LOANS)
def text(terms_id: int) -> Response:
    """The text, to be kept or changed elsewhere."""
    row = load(LoanTerms, terms_id)
    return file_response(row.toml, "application/toml", f"loan-terms-{row.id}.toml")


@bp.post("/<int:terms_id>/confirm")
@guard(Permission.PUBLISH_LOAN_TERMS)
def confirm(terms_id: int) -> ResponseReturnValue:
    """Publish another person's terms."""
    return _pages.confirm(load(LoanTerms, terms_id), _confirm)


@bp.post("/<int:terms_id>/refuse")
@guard(Permission.PUBLISH_LOAN_TERMS, stops=True)
def refuse(terms_id: int) -> ResponseReturnValue:
    """Send another person's terms back."""
    return _pages.send_back(load(LoanTerms, terms_id), service.refuse)


@bp.post("/<int:terms_id>/withdraw")
@guard(Permission.PROPOSE_LOAN_TERMS, stops=True)
def withdraw(terms_id: int) -> ResponseReturnValue:
    """Take one's own terms back."""
    return _pages.withdraw(load(LoanTerms, terms_id), service.withdraw)


def _confirm(row: LoanTerms) -> ResponseReturnValue:
    service.confirm(db(), actor(), now(), row)
    flash(_("Published. Loans that began before keep their usual days."), "success")
    return redirect(url_for(".show", terms_id=row.id))


def _page(row: LoanTerms, form: SendBackForm) -> str:
    mine = row.proposed_by == actor().id
    return render_template(
        "loans/terms_show.html",
        draft=row,
        form=form,
        terms=service.parsed(row.toml),
        held=service.in_force(db(), row.development_id),
        words=words,
        may_decide=row.open and not mine and may(actor(), Permission.PUBLISH_LOAN_TERMS),
        may_withdraw=row.open and mine,
    )


def _opened_with(terms: Terms) -> dict[str, Any]:
    return {
        "banks": "\n".join(f"{bank.name} | {bank.days}" for bank in terms.banks),
        "papers": "\n".join(f"{paper.code} | {paper.zh} | {paper.en}" for paper in terms.papers),
        **{name: getattr(terms, name) for name in NUMBERS},
    }


def _text(form: TermsForm) -> str:
    """The text that was given, or what the fields come to as one; what is wrong in it the rule says at its place."""
    if form.toml.data and form.toml.data.strip():
        return str(form.toml.data)
    lines = [f"{field.short_name} = {field.data}" for field in form.numbers if field.data is not None]
    lines += _rows("banks", form.banks.data, ("name", "days"))
    lines += _rows("papers", form.papers.data, ("code", "zh", "en"))
    return "".join(f"{line}\n" for line in lines)


def _rows(name: str, typed: str | None, keys: tuple[str, ...]) -> list[str]:
    lines = []
    for line in filter(str.strip, (typed or "").replace("｜", "|").splitlines()):
        cells = [cell.strip() for cell in line.split("|")]
        pairs = zip(keys, cells, strict=False)
        lines += [f"[[{name}]]", *(f"{key} = {json.dumps(cell, ensure_ascii=False)}" for key, cell in pairs)]
    return lines


_pages = DecisionPages(_page, lambda row: url_for(".show", terms_id=row.id))
