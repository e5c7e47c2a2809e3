"""The queue of conflicts, and a case: to its brokers how it stands, to whoever decides what he decides by."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select

from commissions.refusal import Refusal

from ...access.actor import Actor
from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import visible
from ...models import (
    Agency,
    ConflictCase,
    ConflictDecision,
    ConflictProposal,
    Deal,
    DealPart,
    Development,
    Objection,
    Person,
    Registration,
)
from ...rules.conflicts import conflict as rule
from ...rules.conflicts.conflict import Outcome
from ...services import contacts
from ...services.claims import decision_receipts
from ...services.commission import held
from ...services.conflicts import cases, deciding, evidence, objections
from ...services.conflicts.cases import ALL, TO_DECIDE, CaseState
from ...services.conflicts.deciding import Choice
from ...services.conflicts.evidence import Entry, RuleAnswer
from ...services.deals.parts import Moves, Portion
from ..components import percent
from ..edge import actor, database, db, files, load, now, refusing
from ..guard import guard
from ..lists.arguments import number_of
from ..lists.exports import Column, export, yuan
from ..lists.paging import page_of
from ..messages import say
from ..words import conflicts as words
from ..words.deals import owner_of_part
from ..words.statuses import status
from .forms import DecisionForm, SecondLookForm, SendBackForm

bp = Blueprint("conflicts", __name__)


@bp.get("/conflicts")
@guard(Permission.READ_CONFLICTS)
def index() -> ResponseReturnValue:
    """The cases: those that wait, the oldest first; the others, newest first."""
    waits = _state() not in (ALL, CaseState.DECIDED)
    page = page_of(db(), _wanted(), ConflictCase.id, request.args.get("after"), ascending=waits)
    return render_template(
        "conflicts/index.html",
        page=page,
        phones=_phones(page.rows),
        state_of=_state_in_a_list(),
        words=words,
        staff=actor().staff,
        decides=may(actor(), Permission.CONFIRM_CONFLICT),
        developments=db().scalars(visible(actor(), Development).order_by(Development.name)).all(),
    )


@bp.get("/conflicts.<kind>")
@guard(Permission.CONFIRM_CONFLICT)
def download(kind: str) -> Response:
    """The same list as a file, oldest first; contacts stay masked."""
    state_of = _state_in_a_list()
    columns = (
        Column(_("Number"), lambda row: row.id),
        Column(_("Development"), lambda row: row.development.name),
        Column(_("Phone"), lambda row: contacts.open_phone(db(), row.client).masked),
        Column(_("What opened it"), lambda row: str(words.CAUSES[row.cause])),
        Column(_("Opened at"), lambda row: row.opened_at),
        Column(_("Decide by"), lambda row: row.due_at),
        Column(_("Who has part"), lambda row: words.sides([f"{p.agency.name} · {p.person.name}" for p in row.parties])),
        Column(_("Status"), lambda row: str(status("conflict", state_of(row)).word)),
        Column(_("Decision"), lambda row: str(words.DECIDED[row.decisions[-1].outcome]) if row.decisions else None),
        Column(_("Commission at stake"), lambda row: yuan(row.decisions[-1].at_stake_fen) if row.decisions else None),
        Column(_("Decided by"), lambda row: row.decisions[-1].decider.name if row.decisions else None),
        Column(_("Reason"), lambda row: row.decisions[-1].reason if row.decisions else None),
    )
    return export(db().scalars(_wanted().order_by(ConflictCase.id)).all(), columns, _("conflicts"), kind)


@bp.get("/conflicts/<int:case_id>")
@guard(Permission.READ_CONFLICTS)
def show(case_id: int) -> ResponseReturnValue:
    """A case."""
    return _page(load(ConflictCase, case_id))


@bp.post("/conflicts/<int:case_id>/decision")
@guard(Permission.DECIDE_CONFLICT)
def decide(case_id: int) -> ResponseReturnValue:
    """Decide it; above the limit it waits for a second person."""
    case = load(ConflictCase, case_id)
    form = _offering(case, DecisionForm())
    if form.validate_on_submit():
        with refusing(form):
            choice = _choice(form)
            moves = deciding.preview(db(), now(), case, choice)
            if moves and form.seen.data != _seen(choice, moves):  # nobody decides over money that he was not shown
                form.seen.raw_data, form.seen.data = None, _seen(choice, moves)
                return _page(case, decision=form, moves=moves)
            made = deciding.decide(db(), actor(), now(), case, choice)
            if isinstance(made, ConflictDecision):
                flash(_("Decided. Both sides read it, each with a receipt."), "success")
            else:
                flash(_("So much commission takes two people: your decision waits for the second."), "info")
            return redirect(url_for(".show", case_id=case_id), 303)
    return _page(case, decision=form), 422


@bp.post("/conflicts/<int:case_id>/confirm")
@guard(Permission.CONFIRM_CONFLICT)
def confirm(case_id: int) -> ResponseReturnValue:
    """Confirm as the second what another person decided: it is done at once."""
    case, form = load(ConflictCase, case_id), SendBackForm(formdata=None)
    with refusing(form):
        deciding.confirm(db(), actor(), now(), _proposal(case))
        flash(_("Confirmed and done. Both sides read it, each with a receipt."), "success")
        return redirect(url_for(".show", case_id=case_id), 303)
    return _page(case, back=form), 409


@bp.post("/conflicts/<int:case_id>/refuse")
@guard(Permission.CONFIRM_CONFLICT, stops=True)
def refuse(case_id: int) -> ResponseReturnValue:
    """Send another person's decision back, with a reason."""
    case, form = load(ConflictCase, case_id), SendBackForm()
    if form.validate_on_submit():
        with refusing(form):
            deciding.refuse(db(), actor(), now(), _proposal(case), form.reason.data or "")
            flash(_("Sent back."), "success")
            return redirect(url_for(".show", case_id=case_id), 303)
    return _page(case, back=form), 422


@bp.post("/conflicts/<int:case_id>/withdraw")
@guard(Permission.DECIDE_CONFLICT, stops=True)
def withdraw(case_id: int) -> ResponseReturnValue:
    """Take one's own proposed decision back."""
    case, form = load(ConflictCase, case_id), SendBackForm(formdata=None)
    with refusing(form):
        deciding.withdraw(db(), actor(), now(), _proposal(case))
        flash(_("Withdrawn."), "success")
        return redirect(url_for(".show", case_id=case_id), 303)
    return _page(case, back=form), 409


@bp.post("/conflicts/<int:case_id>/second-look")
@guard(Permission.OBJECT)
def look_again(case_id: int) -> ResponseReturnValue:
    """Ask once for another manager to look again."""
    case, form = load(ConflictCase, case_id), SecondLookForm()
    if form.validate_on_submit():
        with refusing(form):
            deciding.ask_second_look(db(), actor(), now(), case, form.words.data or "")
            flash(_("Asked. Another manager looks at it anew; you read here what is decided."), "success")
            return redirect(url_for(".show", case_id=case_id), 303)
    return _page(case, again=form), 422


@bp.get("/conflicts/<int:case_id>/pictures/<int:picture_id>.jpg")
@guard(Permission.READ_CONFLICTS)
def picture(case_id: int, picture_id: int) -> Response:
    """A picture of an objection; that it was looked at is written down first."""
    said = cases.own_objections(load(ConflictCase, case_id), actor())
    kept = [one for objection in said for one in objections.kept_pictures(objection)]
    row = next((one for one in kept if one.id == picture_id), None)
    if row is None:
        abort(404)
    jpeg = objections.picture_for(db(), actor(), now(), files(), row)
    with database().transaction() as own:  # a page's own session cannot write
        objections.record_view(own, actor(), now(), row)
    return Response(jpeg, mimetype="image/jpeg", headers={"Cache-Control": "no-store"})


def _choice(form: DecisionForm) -> Choice:
    outcome = Outcome(form.outcome.data)
    to = form.to.data if outcome in (Outcome.MOVE, Outcome.SPLIT) else None
    named = load(Registration, to) if to else None
    if outcome is not Outcome.SPLIT:
        return Choice(outcome, form.reason.data or "", named)
    further = tuple(Portion(load(Registration, key), share) for key, share in form.others)
    return Choice(outcome, form.reason.data or "", named, form.share.data, further)


def _seen(choice: Choice, moves: Sequence[Moves]) -> str:
    """A choice and what it moves, as a form carries it from being shown to being decided."""
    chosen = [choice.outcome.value, choice.to.id if choice.to else 0]
    chosen += [figure for one in choice.portions for figure in (one.registration.id, one.share_bps)]
    shown = [figure for one in moves for figure in (one.agency_id, one.before_fen, one.after_fen, one.others_fen)]
    return " ".join(map(str, [*chosen, *shown]))


def _state() -> str:
    state = request.args.get("state", "")
    return state if state in {*CaseState, TO_DECIDE, ALL} else CaseState.OPEN


def _wanted() -> Select[ConflictCase]:
    development_id = number_of(request.args.get("development"))
    return cases.cases(actor(), now(), state=_state(), development_id=development_id)


def _state_in_a_list() -> Callable[[ConflictCase], CaseState]:
    """How each case of a list stands: who waits for a second person is asked once."""
    waiting = cases.seconded(db())
    return lambda case: cases.state_beside(waiting, case, now())


def _phones(rows: Iterable[ConflictCase]) -> dict[int, str]:
    return {row.id: contacts.open_phone(db(), row.client).masked for row in rows}


def _proposal(case: ConflictCase) -> ConflictProposal:
    return cases.proposal_of(db(), case) or abort(404)


def _offering(case: ConflictCase, form: DecisionForm, facts: rule.Case | None = None) -> DecisionForm:
    facts, deal = facts or cases.rule_case(db(), now(), case), cases.deal_of(db(), case)
    most = cases.split_parts(db(), case, deal) if deal is not None and facts.splittable else 0
    return form.offer(rule.offered(facts), deciding.candidates(db(), now(), case), most)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLookView:
    """Whether the reader may ask another manager to look again, until when, and the form."""

    may: bool
    until: datetime | None
    form: SecondLookForm


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnView:
    """What of a case is its reader's own to read; of the staff all that was objected."""

    objections: Sequence[Objection]
    registrations: Sequence[Registration]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffView:
    """All that a case is decided by, and the forms of whoever may."""

    line: list[Entry]
    reader: Actor
    answers: list[RuleAnswer]
    people: dict[int, str]
    agencies: dict[int, str]
    deal: Deal | None
    fen: int
    two: bool
    proposal: ConflictProposal | None
    mine: bool
    other_phone: str | None
    barred: str | None
    may_decide: bool
    may_confirm: bool
    decision: DecisionForm
    back_form: SendBackForm
    moves: Sequence[Moves]
    parts: list[tuple[str, str]]


def _page(
    case: ConflictCase,
    *,
    decision: DecisionForm | None = None,
    back: SendBackForm | None = None,
    again: SecondLookForm | None = None,
    moves: Sequence[Moves] = (),
) -> str:
    """The page of a case, as much of it as its reader may see."""
    result = cases.result_of(case, actor())
    return render_template(
        "conflicts/show.html",
        case=case,
        state=cases.state_of(db(), case, now()),
        phone=contacts.open_phone(db(), case.client).masked,
        words=words,
        own=OwnView(
            objections=cases.own_objections(case, actor()),
            registrations=() if actor().staff else cases.own_registrations(db(), case, actor()),
        ),
        kept=objections.kept_pictures,
        result=result,
        receipt=decision_receipts.find(db(), result),
        second_look=SecondLookView(
            may=may(actor(), Permission.OBJECT) and deciding.second_look_refusal(case, actor(), now()) is None,
            until=rule.object_until(case.closed_at) if case.closed_at else None,
            form=again or SecondLookForm(formdata=None),
        ),
        staff=_for_staff(case, decision, back, moves) if actor().staff else None,
    )


def _for_staff(
    case: ConflictCase, decision: DecisionForm | None, back: SendBackForm | None, moves: Sequence[Moves]
) -> StaffView:
    facts, proposal = cases.rule_case(db(), now(), case), cases.proposal_of(db(), case)
    deal = cases.deal_of(db(), case)
    moves = moves or _proposed_moves(case, proposal)
    answers = evidence.rule_answers(db(), now(), case)
    fen = deciding.at_stake_fen(db(), now(), case)
    confirms = proposal is not None and may(actor(), Permission.CONFIRM_CONFLICT)
    other = cases.client_known_as(db(), case)
    return StaffView(
        line=evidence.time_line(db(), case),
        reader=actor(),
        answers=answers,
        people=_names(Person, {one.party.person_id for one in answers}),
        agencies=_names(Agency, {*(one.party.agency_id for one in answers), *(one.agency_id for one in moves)}),
        deal=deal,
        fen=fen,
        two=deciding.needs_second(db(), fen),
        proposal=proposal,
        mine=proposal is not None and proposal.proposed_by == actor().id,
        other_phone=contacts.open_phone(db(), other).masked if other else None,
        barred=_barred(facts),
        may_decide=case.open and proposal is None and may(actor(), Permission.DECIDE_CONFLICT),
        may_confirm=confirms,
        decision=decision or _offering(case, DecisionForm(formdata=None), facts),
        back_form=back or SendBackForm(formdata=None),
        moves=moves,
        parts=_parts(held.of_deal(db(), deal)) if deal is not None else [],
    )


def _parts(rows: Sequence[DealPart]) -> list[tuple[str, str]]:
    """Who has how much of a deal that is split; empty for a whole one."""
    return [(owner_of_part(one), percent(one.share_bps)) for one in rows] if len(rows) > 1 else []


def _proposed_moves(case: ConflictCase, proposal: ConflictProposal | None) -> Sequence[Moves]:
    """What a proposed decision moves, as it stands by now; nothing where it can no longer be so decided."""
    if proposal is None:
        return ()
    try:
        return deciding.preview(db(), now(), case, Choice.of(proposal))
    except Refusal:
        return ()


def _barred(facts: rule.Case) -> str | None:
    """Why the reader does not decide this one, in words."""
    try:
        rule.check_hand(facts, actor().id)
    except Refusal as refusal:
        return say(refusal)
    return None


def _names(model: type[Person] | type[Agency], keys: Iterable[int | None]) -> dict[int, str]:
    ids = [key for key in keys if key is not None]
    return {row[0]: row[1] for row in db().execute(select(model.id, model.name).where(model.id.in_(ids)))}
