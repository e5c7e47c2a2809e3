"""Statements: what is to be issued, issuing it, and each statement with its lines and its payment."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select

from ...access.permissions import Permission
from ...access.policy import may
from ...adapters.sheets.spreadsheets import CSV, XLSX
from ...clock import month_of
from ...models import Cause, PaperKind, Payout, PayoutState, PostedLine, Statement, StatementPaper
from ...services import audit
from ...services.partners import partners
from ...services.payouts import disputes, holds, payouts
from ...services.payouts import failures as payout_failures
from ...services.statements import accepting, issuing
from ...services.statements import details as statement_details
from ...services.statements import papers as statement_papers
from ..components import language_tag, reader_locale
from ..components import month as month_word
from ..edge import actor, config, database, db, files, load, now
from ..files.uploads import DRAWN, count
from ..guard import guard
from ..lists.arguments import chosen, month_in, number_of
from ..lists.exports import Column, every, export, yuan
from ..lists.paging import page_of
from ..messages import say
from ..words import lines as line_words
from ..words.payouts import held_by, held_in_words, hold_choices
from ..words.statuses import status
from . import content, documents

bp = Blueprint("statements", __name__)
bp.record_once(lambda state: state.app.jinja_env.globals.update(line_words=line_words))

DOCUMENTS = {"pdf": "application/pdf", "xlsx": XLSX, "csv": CSV}


@bp.get("/statements")
@guard(Permission.READ_STATEMENTS)
def index() -> ResponseReturnValue:
    """The statements that the reader may see, newest first."""
    page = page_of(db(), _wanted(), Statement.id, request.args.get("after"))
    latest = statement_details.latest_payouts(db(), [row.id for row in page.rows])
    return render_template(
        "statements/index.html",
        page=page,
        payouts=latest,
        held=held_in_words(db(), actor(), now(), list(latest.values())),
        holds=hold_choices() if actor().staff else [],
        months=issuing.months(db(), actor()),
        agencies=partners.agency_filter(db(), actor(), _agency()) if actor().staff else [],
        may_issue=may(actor(), Permission.ISSUE_STATEMENT),
    )


@bp.get("/statements.<kind>")
@guard(Permission.READ_STATEMENTS)
def download(kind: str) -> Response:
    """The same list as a file."""
    columns = (
        Column(_("Number"), lambda row: row.number),
        Column(_("Payee"), lambda row: row.payee_name),
        Column(_("Month"), lambda row: row.month),
        Column(_("Version"), lambda row: row.version),
        Column(_("Carried in"), lambda row: yuan(row.opening_fen)),
        Column(_("Lines"), lambda row: yuan(row.lines_fen)),
        Column(_("Payable"), lambda row: yuan(row.payable_fen)),
        Column(_("Carried on"), lambda row: yuan(row.carried_fen)),
        Column(_("Issued at"), lambda row: row.issued_at),
    )
    return export(every(_wanted().order_by(Statement.id)), columns, _("statements"), kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """The payouts of a statement, what is held and paid of it, and whether one may be asked for."""

    payouts: list[Payout]
    held_fen: int
    paid_fen: int
    not_yet: str | None
    may_request: bool


@bp.get("/statements/<int:statement_id>")
@guard(Permission.READ_STATEMENTS)
def show(statement_id: int) -> ResponseReturnValue:
    """One statement: its sums, every line with its reason, and how its payment goes."""
    row = load(Statement, statement_id)
    attempts = payouts.of_statement(db(), row)
    failure = payout_failures.last_failure(db(), row) if actor().staff else None
    said = content.content_of(db(), row)
    lines = statement_details.lines(row, chosen(Cause, request.args.get("cause")))
    return render_template(
        "statements/show.html",
        statement=row,
        said=said,
        words=content,
        page=page_of(db(), lines, PostedLine.id, request.args.get("after")),
        disputes=disputes.of_statement(db(), row) if may(actor(), Permission.READ_DISPUTES) else {},
        payment=PaymentView(
            payouts=attempts,
            held_fen=_held_fen(attempts),
            paid_fen=sum(one.amount_fen for one in attempts if one.state is PayoutState.PAID),
            not_yet=say(failure.refusal) if failure and failure.refusal else None,
            may_request=may(actor(), Permission.ISSUE_STATEMENT)
            and bool(attempts)
            and attempts[0].state in payouts.ENDED,
        ),
        staff=actor().staff,
        reads_lines=may(actor(), Permission.READ_EARNINGS),
        acceptance=accepting.acceptance_of(db(), row),
        may_accept=may(actor(), Permission.ACCEPT_STATEMENT),
    )


@bp.post("/statements/<int:statement_id>/accept")
@guard(Permission.ACCEPT_STATEMENT)
def accept(statement_id: int) -> ResponseReturnValue:
    """The agency agrees to what it was sent."""
    accepting.accept(db(), actor(), now(), load(Statement, statement_id))
    flash(_("You have agreed to this statement. Finance reads it."), "success")
    return redirect(url_for(".show", statement_id=statement_id), 303)


@bp.get("/statements/<int:statement_id>.<kind>")
@guard(Permission.READ_STATEMENTS)
def document(statement_id: int, kind: str) -> Response:
    """A statement to keep, as PDF or workbook, or its lines as CSV. It names people, so taking it is written down.

    A paper is made when it is taken for the first time in the reader's language, and is the same from then on.
    """
    row = load(Statement, statement_id)
    if kind not in DOCUMENTS:
        abort(404)
    count(DRAWN)
    with database().transaction() as own:  # a page's own session cannot write
        audit.record(own, actor(), now(), "statement_taken", row, kind=kind)
    if kind == "csv":
        return export(_lines(row), _line_columns(), row.number, kind)
    paper = PaperKind(kind)
    kept = statement_papers.paper_of(db(), row, paper, language_tag()) or _keep(row, paper)
    given = io.BytesIO(statement_papers.content_of(files(), kept))
    return send_file(given, DOCUMENTS[kind], as_attachment=True, download_name=f"{row.number}.{kind}")


def _keep(row: Statement, kind: PaperKind) -> StatementPaper:
    """The statement's paper in the reader's language, made of what was frozen when it was issued, and kept."""
    brand = config().brand_name_zh if reader_locale().language == "zh" else config().brand_name
    made = _MAKERS[kind](content.content_of(db(), row), _lines(row), brand=brand)
    with database().transaction() as own:
        return statement_papers.keep(
            own, actor(), now(), files(), statement_papers.Paper(row.id, kind, language=language_tag(), content=made)
        )


_MAKERS = {PaperKind.PDF: documents.as_pdf, PaperKind.XLSX: documents.as_workbook}


def _lines(row: Statement) -> Sequence[PostedLine]:
    return db().scalars(statement_details.lines(row).order_by(PostedLine.posted_at, PostedLine.id)).all()


def _held_fen(attempts: list[Payout]) -> int:
    """What is held back at this instant of a statement's payouts, of which the latest attempt comes first."""
    latest = attempts[0] if attempts and attempts[0].state in holds.OPEN else None
    return latest.amount_fen if latest and payouts.found_holds(db(), now(), latest) else 0


def _line_columns() -> tuple[Column, ...]:
    return (
        Column(_("Posted at"), lambda line: line.posted_at),
        Column(_("Development"), line_words.development),
        Column(_("Unit"), line_words.unit),
        Column(_("Broker"), line_words.broker),
        Column(_("Cause"), lambda line: str(status("line", line.cause).word)),
        Column(_("Milestone"), line_words.milestone),
        Column(_("Rank"), lambda line: line.rank),
        Column(_("Amount"), lambda line: yuan(line.amount_fen)),
        Column(_("In words"), line_words.explanation),
    )


@bp.post("/statements/<int:statement_id>/payout")
@guard(Permission.ISSUE_STATEMENT)
def request_payout(statement_id: int) -> ResponseReturnValue:
    """Ask again for a payment that was rejected or failed."""
    payout = payouts.request_payout(db(), actor(), now(), load(Statement, statement_id))
    flash(_("Payout %(reference)s is requested.", reference=payout.reference), "success")
    return redirect(url_for(".show", statement_id=statement_id))


# Issuing


@bp.get("/statements/to-issue")
@guard(Permission.ISSUE_STATEMENT)
def to_issue() -> ResponseReturnValue:
    """Which agencies have lines in no statement, month by month."""
    months = issuing.open_months(db(), now())
    chosen = request.args.get("month") or next((one.month for one in reversed(months)), month_of(now()))
    return render_template(
        "statements/to_issue.html",
        months=[(month_word(one.month), url_for(".to_issue", month=one.month), one.month == chosen) for one in months],
        month=_month(chosen),
        running=chosen == month_of(now()),
        drafts=issuing.drafts(db(), now(), chosen),
    )


@bp.post("/statements/to-issue/<month>")
@guard(Permission.ISSUE_STATEMENT)
def issue_all(month: str) -> ResponseReturnValue:
    """Issue every agency's statement of a month."""
    issued = issuing.issue_all(db(), actor(), now(), month=_month(month))
    said = ngettext("%(num)d statement is issued.", "%(num)d statements are issued.", len(issued))
    flash(said, "success")
    return redirect(url_for(".index", month=month))


@bp.get("/statements/to-issue/<month>/<payee>")
@guard(Permission.ISSUE_STATEMENT)
def preview(month: str, payee: str) -> ResponseReturnValue:
    """One payee's statement as it would be issued now."""
    found = issuing.preview(db(), now(), payee=payee, month=_month(month))
    running = month == month_of(now())
    name = found.lines[0].payee_name
    return render_template("statements/preview.html", payee=payee, name=name, month=month, found=found, running=running)


@bp.post("/statements/to-issue/<month>/<payee>")
@guard(Permission.ISSUE_STATEMENT)
def issue(month: str, payee: str) -> ResponseReturnValue:
    """Issue one payee's statement."""
    row = issuing.issue_statement(db(), actor(), now(), payee=payee, month=_month(month))
    flash(_("Statement %(number)s is issued.", number=row.number), "success")
    return redirect(url_for(".show", statement_id=row.id))


def _month(text: str) -> str:
    """A month as it stands in an address; 404 for what is none."""
    return month_in(text) or abort(404)


def _agency() -> int | None:
    return number_of(request.args.get("agency"))


def _wanted() -> Select[Statement]:
    month, find = (request.args.get(name, "") for name in ("month", "q"))
    stmt = issuing.listing(actor(), month=month, agency_id=_agency(), find=find)
    held = held_by(actor(), now(), request.args.get("hold", ""))
    return stmt if held is None else stmt.where(holds.of_statement(held))
