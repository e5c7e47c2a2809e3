"""Bank files: what may go, the file itself, and the bank's answer."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...adapters import bank
from ...adapters.sheets.spreadsheets import CSV, XLSX
from ...models import Payout, PayoutBatch, PayoutState
from ...services.bank_details import bank_details
from ...services.payouts import bank_answers, bank_files, payouts
from ..edge import actor, config, db, load, now, refusing
from ..files.downloads import file_response
from ..files.uploads import WORKBOOKS, take_in
from ..guard import guard
from ..lists.paging import page_of
from ..messages import say
from ..words.payouts import UNMATCHED
from . import beside
from .forms import ResultForm
from .queue import chosen_ids, tell_left_out

bp = Blueprint("batches", __name__)

MIMETYPES = {"xlsx": XLSX, "csv": CSV}


@bp.get("/batches")
@guard(Permission.EXPORT_PAYOUTS)
def index() -> ResponseReturnValue:
    """The bank files, newest first."""
    return render_template(
        "payouts/batches.html",
        page=page_of(db(), bank_files.listing(actor()), PayoutBatch.id, request.args.get("after")),
        waiting=lambda batch: sum(one.state is PayoutState.EXPORTED for one in batch.payouts),
    )


@bp.get("/batches/new")
@guard(Permission.EXPORT_PAYOUTS)
def new() -> ResponseReturnValue:
    """What may go to the bank now, and what is held back."""
    found = bank_files.readiness(db(), actor(), now())
    rows = [*found.ready, *(one.payout for one in found.left_out)]
    facts: dict[str, Any] = {"beside": beside.of_rows(db(), rows)}
    facts["accounts"] = bank_details.accounts_of(db(), [row.owner for row in found.ready])
    return render_template("payouts/batch_new.html", ready=found.ready, left_out=_worded(found.left_out), **facts)


@bp.post("/batches")
@guard(Permission.EXPORT_PAYOUTS)
def create() -> ResponseReturnValue:
    """Make the bank file of the ticked payouts."""
    batch, left_out = bank_files.export_payouts(db(), actor(), now(), chosen_ids())
    flash(_("Bank file %(number)s is ready. Download it and send it to the bank.", number=batch.number), "success")
    tell_left_out(left_out)
    return redirect(url_for(".show", batch_id=batch.id))


@bp.get("/batches/<int:batch_id>")
@guard(Permission.EXPORT_PAYOUTS)
def show(batch_id: int) -> ResponseReturnValue:
    """One bank file: its control totals, its payouts, and the bank's answer."""
    return _page(load(PayoutBatch, batch_id), ResultForm())


@bp.post("/batches/<int:batch_id>/file.<kind>")
@guard(Permission.EXPORT_PAYOUTS)
def take_file(batch_id: int, kind: str) -> Response:
    """Hand out the bank file. Not a GET: it holds bank details, and taking it is written down."""
    batch = load(PayoutBatch, batch_id)
    if kind not in MIMETYPES:
        abort(404)
    content = bank_files.take_file(db(), actor(), now(), batch, kind)
    name = f"{batch.number}.{kind}"
    return file_response(content, MIMETYPES[kind], name)


@bp.post("/batches/<int:batch_id>/result")
@guard(Permission.EXPORT_PAYOUTS)
def import_result(batch_id: int) -> ResponseReturnValue:
    """Take in the bank's answer."""
    batch, form = load(PayoutBatch, batch_id), ResultForm()
    if form.validate_on_submit() and (answer := _answer(form)) is not None:
        with refusing(form):
            batch, name = load(PayoutBatch, batch_id), form.file.data.filename or ""
            report = bank_files.import_result(db(), actor(), now(), batch, answer, name=name)
            wrong = report.failed or report.returned or report.unmatched or report.missing
            flash(_said(report), "warning" if wrong else "success")
            return redirect(url_for(".show", batch_id=batch_id))
    return _page(load(PayoutBatch, batch_id), form), 422


@bp.get("/batches/<int:batch_id>/rehearsal.csv")
@guard(Permission.EXPORT_PAYOUTS)
def rehearsal(batch_id: int) -> Response:
    """The answer of a bank that pays everything, for developers and demonstrations; not in production."""
    batch = load(PayoutBatch, batch_id)
    if config().production:
        abort(404)
    content = bank.answer(bank.read_payments(bank_files.file_of(db(), batch)), {})
    name = f"{batch.number}-result.csv"
    return file_response(content, MIMETYPES["csv"], name)


def _answer(form: ResultForm) -> bank.Answer | None:
    """What the bank says, or None with the reason in the form. Load rows again after it."""

    def read() -> bank.Answer:
        try:
            return bank.read_answer(form.file.data.read())
        except Refusal as refusal:
            refusal.facts["field"] = "file"
            raise

    return take_in(form, WORKBOOKS, read)


def _page(batch: PayoutBatch, form: ResultForm) -> str:
    payouts = bank_files.payouts_of(db(), batch)
    return render_template(
        "payouts/batch.html",
        batch=batch,
        form=form,
        payouts=payouts,
        accounts=bank_files.accounts_in(db(), batch),
        waiting=sum(one.state is PayoutState.EXPORTED for one in payouts),
        said=bank_answers.waiting_of(db(), [one.id for one in payouts]),
        answered=any(one.state is not PayoutState.EXPORTED for one in payouts),
        unmatched=bank_files.unmatched_rows(db(), batch),
        reasons=UNMATCHED,
        rehearses=not config().production,
    )


def _worded(left_out: Sequence[payouts.LeftOut]) -> list[tuple[Payout, str]]:
    """Payouts that stay behind, each with its reason in words."""
    return [(one.payout, say(one.refusal)) for one in left_out]


def _said(report: bank_files.ImportReport) -> str:
    """What an import did, in a sentence a part."""
    parts = [
        ngettext("%(num)d payout is paid.", "%(num)d payouts are paid.", report.paid),
        ngettext(
            "%(num)d row says that a payment failed or came back; another person confirms it.",
            "%(num)d rows say that payments failed or came back; another person confirms them.",
            report.failed + report.returned,
        )
        if report.failed + report.returned
        else "",
        ngettext("%(num)d row was known already.", "%(num)d rows were known already.", report.repeated)
        if report.repeated
        else "",
        ngettext("%(num)d row matched nothing.", "%(num)d rows matched nothing.", len(report.unmatched))
        if report.unmatched
        else "",
        ngettext("%(num)d payout has no answer yet.", "%(num)d payouts have no answer yet.", report.missing)
        if report.missing
        else "",
    ]
    return " ".join(part for part in parts if part)
