"""Questions to a partner: what he is asked, what waits for his answer, and what became of it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.actor import Actor
from ...access.permissions import Permission
from ...models import RiskFlag, RiskStep
from ...rules.risk.figures import Figure
from ...rules.risk.flag import Deed, FlagState
from ...services.claims import decision_receipts
from ...services.risk import flags, lists
from ...services.risk.lists import ALL, Piece, Wanted
from ..edge import actor, db, load, now, refusing
from ..guard import guard
from ..lists.paging import page_of
from ..words import risk as words
from .forms import AnswerForm

bp = Blueprint("questions", __name__)

_TOLD = {Deed.ASKED, Deed.HELD, Deed.ANSWERED, Deed.LET_GO, Deed.STRUCK, Deed.EXPIRED}


@bp.get("/questions")
@guard(Permission.ANSWER_QUESTION)
def index() -> ResponseReturnValue:
    """What the reader was asked, the newest first."""
    state = request.args.get("state", "")
    wanted = Wanted(state if state in set(FlagState) else ALL)
    page = page_of(db(), lists.flags(actor(), wanted), RiskFlag.id, request.args.get("after"))
    return render_template("risk/questions.html", page=page, words=words)


@bp.get("/questions/<int:flag_id>")
@guard(Permission.ANSWER_QUESTION)
def show(flag_id: int) -> ResponseReturnValue:
    """A question, with the own rows that it is about."""
    return _page(load(RiskFlag, flag_id))


@bp.post("/questions/<int:flag_id>/answer")
@guard(Permission.ANSWER_QUESTION)
def answer(flag_id: int) -> ResponseReturnValue:
    """Answer it, once."""
    flag, form = load(RiskFlag, flag_id), AnswerForm()
    if form.validate_on_submit():
        with refusing(form):
            flags.answer(db(), actor(), now(), flag, form.words.data or "")
            flash(_("Your answer is received. You read here what becomes of it."), "success")
            return redirect(url_for(".show", flag_id=flag_id), 303)
    return _page(flag, form), 422


def _page(flag: RiskFlag, form: AnswerForm | None = None) -> str:
    steps = [step for step in lists.with_steps(db(), flag) if step.deed in _TOLD]
    return render_template(
        "risk/question.html",
        flag=flag,
        steps=steps,
        pieces=_own(flag),
        receipts=_receipts(steps, actor()),
        form=(form or AnswerForm(formdata=None)) if flag.state is FlagState.ASKED else None,
        words=words,
    )


def _own(flag: RiskFlag) -> list[Piece]:
    """The reader's own rows; who else has the same account or phone is nothing that he is told."""
    return [] if flag.figure in (Figure.SAME_ACCOUNT, Figure.SAME_PHONE) else lists.evidence(db(), flag)


def _receipts(steps: list[RiskStep], reader: Actor) -> dict[int, str]:
    """The keys of the receipts of what was held and freed."""
    return decision_receipts.keys_of(db(), RiskStep, [step.id for step in steps]) if reader.person_id else {}
