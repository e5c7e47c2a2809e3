"""Versions of the board: what holds, and what one person proposes and another publishes."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.policy import may
from ...clock import month_of
from ...models import MeasureBoard, ProposalState
from ...rules.measures.board_toml import given_text
from ...services.measures import boards
from ...services.partners import partners
from ..components import month as month_word
from ..edge import actor, db, form_page, load, now, refusing
from ..files.downloads import file_response
from ..forms.proposals import DecisionPages, SendBackForm
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.paging import page_of
from . import words
from .forms import BoardForm, EndForm, opened_with

bp = Blueprint("measure_boards", __name__, url_prefix="/measures/targets")


@bp.get("/")
@guard(Permission.READ_MEASURES)
def index() -> ResponseReturnValue:
    """What holds this month, here or everywhere, and what was ever proposed."""
    place = number_of(request.args.get("development"))
    held = boards.all_in_force(db(), month_of(now()))
    stmt = boards.listing(actor(), chosen(ProposalState, request.args.get("state")))
    return render_template(
        "measures/boards.html",
        board=held.board(place),
        version=held.version(place),
        own=place in held.own,
        place=place,
        to_come=boards.to_come(db(), actor(), now()),
        page=page_of(db(), stmt, MeasureBoard.id, request.args.get("after")),
        developments=partners.development_choices(db(), actor()),
        may_propose=may(actor(), Permission.PROPOSE_MEASURES),
        words=words,
    )


@bp.get("/given.toml")
@guard(Permission.READ_MEASURES)
def given() -> Response:
    """The handbook's board, to begin one's own with."""
    return file_response(given_text(), "application/toml", "measures.toml")


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.PROPOSE_MEASURES)
def new() -> ResponseReturnValue:
    """Propose a board; it opens with what holds."""
    place = number_of(request.args.get("development"))
    held = boards.all_in_force(db(), month_of(now())).board(place)
    form = BoardForm(**opened_with(held), development=str(place or ""))
    form.choose_from(partners.development_choices(db(), actor()), boards.months_to_begin(now()))
    if form.validate_on_submit() and (text := form.text()) is not None:
        with refusing(form):
            return _proposed(text, form.month.data, form.note.data, form.development_id)
    return form_page("measures/board_new.html", form, board=held, words=words)


@bp.route("/<int:development_id>/end", methods=["GET", "POST"])
@guard(Permission.PROPOSE_MEASURES)
def end(development_id: int) -> ResponseReturnValue:
    """Propose that a development follows the board for all again."""
    form = EndForm()
    form.month.choices = [(one, month_word(one)) for one in boards.months_to_begin(now())]
    if form.validate_on_submit():
        with refusing(form):
            return _proposed(None, form.month.data, form.note.data, development_id)
    names = dict(partners.development_choices(db(), actor()))
    return form_page("measures/board_end.html", form, name=names.get(development_id, ""))


@bp.get("/<int:board_id>")
@guard(Permission.READ_MEASURES)
def show(board_id: int) -> ResponseReturnValue:
    """A board as it was proposed, beside what it replaces."""
    return _page(load(MeasureBoard, board_id), SendBackForm())


@bp.get("/<int:board_id>.toml")
@guard(Permission.READ_MEASURES)
def text(board_id: int) -> Response:
    """The text, to be kept or changed elsewhere."""
    row = load(MeasureBoard, board_id)
    return file_response(row.toml, "application/toml", f"measures-{row.id}.toml")


@bp.post("/<int:board_id>/confirm")
@guard(Permission.CONFIRM_MEASURES)
def confirm(board_id: int) -> ResponseReturnValue:
    """Publish another person's board."""
    return _pages.confirm(load(MeasureBoard, board_id), _confirm)


@bp.post("/<int:board_id>/refuse")
@guard(Permission.CONFIRM_MEASURES, stops=True)
def refuse(board_id: int) -> ResponseReturnValue:
    """Send another person's board back."""
    return _pages.send_back(load(MeasureBoard, board_id), boards.refuse)


@bp.post("/<int:board_id>/withdraw")
@guard(Permission.PROPOSE_MEASURES, stops=True)
def withdraw(board_id: int) -> ResponseReturnValue:
    """Take one's own board back."""
    return _pages.withdraw(load(MeasureBoard, board_id), boards.withdraw)


def _proposed(toml: str | None, month: str, note: str, development_id: int | None) -> ResponseReturnValue:
    board = None if toml is None else boards.parse(toml)
    proposed = boards.Proposed(board=board, month=month, note=note, development_id=development_id)
    row = boards.propose(db(), actor(), now(), proposed)
    db().flush()
    flash(_("Proposed. Another person publishes it, or sends it back."), "success")
    return redirect(url_for(".show", board_id=row.id))


def _confirm(row: MeasureBoard) -> ResponseReturnValue:
    boards.confirm(db(), actor(), now(), row)
    flash(_("Published. It holds from %(month)s on.", month=month_word(month_of(row.starts_at))), "success")
    return redirect(url_for(".show", board_id=row.id))


def _page(row: MeasureBoard, form: SendBackForm) -> str:
    mine = row.proposed_by == actor().id
    return render_template(
        "measures/board.html",
        row=row,
        form=form,
        month=month_of(row.starts_at),
        board=boards.board_of(db(), row),
        before=boards.before(db(), row),
        may_decide=row.open and not mine and may(actor(), Permission.CONFIRM_MEASURES),
        may_withdraw=row.open and mine,
        words=words,
    )


_pages = DecisionPages(_page, lambda row: url_for(".show", board_id=row.id))
