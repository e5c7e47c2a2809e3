"""Drafts of the tax table: proposed by finance, confirmed or refused by another person, withdrawn by the first."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commissions.calendar import add_months

from ...access.permissions import Permission
from ...access.policy import may
from ...clock import month_of, month_start
from ...models import ProposalState, TaxTableDraft
from ...services.taxes import table_drafts
from ...services.taxes import tables as tax_tables
from ..components import month as month_words
from ..edge import actor, db, form_page, load, now, refusing
from ..forms.proposals import DecisionPages, SendBackForm
from ..guard import guard
from ..lists.arguments import chosen
from ..lists.paging import page_of
from ..words import taxes as words
from .forms import TableForm

bp = Blueprint("tax_table_drafts", __name__, url_prefix="/taxes/table")

_AHEAD = 12
"""For how many months ahead a table may be proposed."""


@bp.get("/drafts")
@guard(Permission.READ_TAX)
def index() -> ResponseReturnValue:
    """All drafts, newest first."""
    stmt = table_drafts.listing(actor(), chosen(ProposalState, request.args.get("state")))
    return render_template(
        "taxes/drafts.html",
        page=page_of(db(), stmt, TaxTableDraft.id, request.args.get("after")),
        words=words,
        may_propose=may(actor(), Permission.PROPOSE_TAX_TABLE),
    )


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.PROPOSE_TAX_TABLE)
def new() -> ResponseReturnValue:
    """Propose the next table, from a month to come; it opens with the newest one."""
    newest = next(iter(tax_tables.versions(db())), None)
    form = TableForm.of(tax_tables.parse(newest.toml)) if newest and request.method == "GET" else TableForm()
    ahead = [month_of(add_months(month_start(month_of(now())), step)) for step in range(1, _AHEAD + 1)]
    form.month.choices = [(one, month_words(one)) for one in ahead]
    if form.validate_on_submit():
        typed = form.table()
        if typed is not None:
            with refusing(form):
                draft = table_drafts.propose_table(
                    db(), actor(), now(), toml=typed.to_toml(), month=form.month.data, note=form.note.data
                )
                db().flush()
                flash(_("Proposed. Another person of finance or an approver decides."), "success")
                return redirect(url_for(".show", draft_id=draft.id))
    return form_page("taxes/table_new.html", form)


@bp.get("/drafts/<int:draft_id>")
@guard(Permission.READ_TAX)
def show(draft_id: int) -> ResponseReturnValue:
    """A draft beside the table that it replaces, and what changes for sample incomes."""
    return _page(load(TaxTableDraft, draft_id), SendBackForm())


@bp.post("/drafts/<int:draft_id>/confirm")
@guard(Permission.PUBLISH_TAX_TABLE)
def confirm(draft_id: int) -> ResponseReturnValue:
    """Confirm another person's draft."""
    return _pages.confirm(load(TaxTableDraft, draft_id), _confirm)


@bp.post("/drafts/<int:draft_id>/refuse")
@guard(Permission.PUBLISH_TAX_TABLE, stops=True)
def refuse(draft_id: int) -> ResponseReturnValue:
    """Refuse another person's draft, with a reason."""
    return _pages.send_back(load(TaxTableDraft, draft_id), table_drafts.refuse_draft)


@bp.post("/drafts/<int:draft_id>/withdraw")
@guard(Permission.PROPOSE_TAX_TABLE)
def withdraw(draft_id: int) -> ResponseReturnValue:
    """Take one's own draft back."""
    return _pages.withdraw(load(TaxTableDraft, draft_id), table_drafts.withdraw_draft)


def _confirm(draft: TaxTableDraft) -> ResponseReturnValue:
    table = table_drafts.confirm_draft(db(), actor(), now(), draft)
    flash(_("Version %(number)s of the tax table is published.", number=table.version), "success")
    return redirect(url_for("taxes.table"))


def _page(draft: TaxTableDraft, form: SendBackForm) -> str:
    mine = draft.proposed_by == actor().id
    replaced = table_drafts.replaced(db(), draft)
    return render_template(
        "taxes/draft.html",
        draft=draft,
        form=form,
        replaced=replaced,
        rows=words.compare(tax_tables.parse(replaced.toml) if replaced else None, tax_tables.parse(draft.toml)),
        samples=table_drafts.compare(db(), draft, words.SAMPLES_FEN),
        words=words,
        may_decide=draft.open and not mine and may(actor(), Permission.PUBLISH_TAX_TABLE),
        may_withdraw=draft.open and mine,
    )


_pages = DecisionPages(_page, lambda draft: url_for(".show", draft_id=draft.id))
