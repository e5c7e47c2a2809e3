"""The risk desk of the staff: flags, what each rests on, what is done about it, and the figures of one partner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import visible
from ...models import Agency, Deal, Development, Person, Referrer, RiskFlag, Showing
from ...rules.risk import flag as rule
from ...rules.risk.figures import Figure, Party, Reading
from ...services.risk import flags, limits, lists
from ...services.risk.facts import Asked
from ...services.risk.lists import ALL, OURS, Piece, Wanted
from ..edge import actor, db, form_page, load, now, refusing
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..messages import say
from ..words import risk as words
from ..words.statuses import status
from .forms import STRIKE, AskForm, EndForm

bp = Blueprint("risk", __name__)


@bp.get("/risk")
@guard(Permission.READ_RISKS)
def index() -> ResponseReturnValue:
    """The flags: those that wait for us, the oldest first; the others, newest first."""
    wanted = _wanted()
    page = page_of(
        db(), lists.flags(actor(), wanted), RiskFlag.id, request.args.get("after"), ascending=wanted.state == OURS
    )
    return render_template(
        "risk/index.html",
        page=page,
        words=words,
        figures=[(one.value, str(words.FIGURES[one])) for one in Figure],
        developments=db().scalars(visible(actor(), Development).order_by(Development.name)).all(),
    )


@bp.get("/risk.<kind>")
@guard(Permission.READ_RISKS)
def download(kind: str) -> Response:
    """The same list as a file, oldest first."""
    columns = (
        Column(_("Number"), lambda row: row.id),
        Column(_("Figure"), lambda row: str(words.FIGURES[row.figure])),
        Column(_("Partner"), words.partner),
        Column(_("Development"), lambda row: row.development.name if row.development else None),
        Column(_("Its value"), lambda row: words.said(row.figure, row.count, row.whole)),
        Column(_("Found at"), lambda row: row.opened_at),
        Column(_("Status"), lambda row: str(status("risk_flag", row.state).word)),
        Column(_("Holds a payment"), lambda row: _("Yes") if row.held_by and not row.ended_at else None),
        Column(_("Ended at"), lambda row: row.ended_at),
    )
    stmt = lists.flags(actor(), _wanted()).order_by(RiskFlag.id)
    return export(db().scalars(stmt).all(), columns, _("risk-flags"), kind)


@bp.get("/risk/<int:flag_id>")
@guard(Permission.READ_RISKS)
def show(flag_id: int) -> ResponseReturnValue:
    """A flag: what it rests on, what hangs on it, what was done."""
    return _page(load(RiskFlag, flag_id))


@bp.post("/risk/<int:flag_id>/question")
@guard(Permission.DECIDE_RISK)
def ask(flag_id: int) -> ResponseReturnValue:
    """Ask the partner; where it is wanted, hold what is affected."""
    flag, form = load(RiskFlag, flag_id), AskForm()
    if form.validate_on_submit():
        with refusing(form):
            flags.ask(db(), actor(), now(), flag, form.words.data or "", hold=bool(form.hold.data))
            flash(_("Asked. The partner answers on a page of his own, and you are told."), "success")
            return redirect(url_for(".show", flag_id=flag_id), 303)
    return _page(flag, form), 422


@bp.route("/risk/<int:flag_id>/end", methods=["GET", "POST"])
@guard(Permission.DECIDE_RISK)
def end(flag_id: int) -> ResponseReturnValue:
    """Let it go, or go on to a strike."""
    flag = load(RiskFlag, flag_id)
    form = EndForm().offer(flags.doubtful(db(), flag))
    if form.validate_on_submit():
        with refusing(form):
            if form.outcome.data == STRIKE:
                showing = load(Showing, form.showing.data) if form.showing.data else None
                flags.strike(db(), actor(), now(), flag, showing, form.reason.data or "")
                flash(_("The visit is confirmed as fake. The broker is told, and may appeal."), "success")
            else:
                flags.let_go(db(), actor(), now(), flag, form.reason.data or "")
                flash(_("Let go. What was held because of it is free."), "success")
            return redirect(url_for(".show", flag_id=flag_id), 303)
    return form_page("risk/end.html", form, flag=flag, barred=_barred(flag), words=words)


# Figures of one partner


@bp.get("/risk/agencies/<int:agency_id>")
@guard(Permission.READ_RISKS)
def agency(agency_id: int) -> ResponseReturnValue:
    """The figures of an agency, by development."""
    row = load(Agency, agency_id)
    return _partner(row.name, Party(None, row.id))


@bp.get("/risk/brokers/<int:person_id>")
@guard(Permission.READ_BROKERS)
def broker(person_id: int) -> ResponseReturnValue:
    """The figures of a broker with his agency, by development."""
    row = load(Person, person_id)
    return _partner(row.name, lists.party_of(row))


@bp.get("/risk/referrers/<int:referrer_id>")
@guard(Permission.READ_RISKS)
def referrer(referrer_id: int) -> ResponseReturnValue:
    """The figures of a referrer, by development."""
    row = load(Referrer, referrer_id)
    return _partner(row.person.name, Party(row.person_id, None))


def _partner(name: str, party: Party) -> str:
    found = lists.figures_of(db(), now(), Asked(number_of(request.args.get("development")), party))
    places = db().execute(select(Development.id, Development.name).where(Development.id.in_(list(found))))
    names = {row.id: row.name for row in places}
    return render_template(
        "risk/partner.html",
        name=name,
        developments=[_Place(names[place], readings) for place, readings in found.items()],
        flags=db().scalars(lists.flags(actor(), Wanted(ALL, party=party)).order_by(RiskFlag.id.desc()).limit(50)).all(),
        limits=limits.in_force(db()),
        words=words,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """A partner's figures at one development."""

    name: str
    readings: Sequence[Reading]


# A flag's page


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stake:
    """What hangs on a flag: deals, what was posted for them to the partner, and whether it may be, or is, held."""

    deals: Sequence[Deal]
    posted_fen: int
    account: bool
    held_by: str | None

    @property
    def can_hold(self) -> bool:
        return self.held_by is None and (self.account or bool(self.deals))


def _page(flag: RiskFlag, asking: AskForm | None = None) -> str:
    deals = flags.affected(db(), flag)
    holder = db().get(Person, flag.held_by) if flag.held_by else None
    pieces = lists.evidence(db(), flag)
    decides = may(actor(), Permission.DECIDE_RISK) and flag.ended_at is None
    return render_template(
        "risk/show.html",
        flag=flag,
        pieces=pieces,
        pages=_pages(pieces),
        steps=lists.with_steps(db(), flag),
        stake=_Stake(
            deals=deals,
            posted_fen=lists.posted_fen(db(), flag, deals),
            account=flags.of_account(flag),
            held_by=holder.name if holder else None,
        ),
        form=(asking or AskForm(formdata=None)) if decides else None,
        barred=_barred(flag) if decides else None,
        partner_page=_partner_page(flag),
        limits=limits.in_force(db(), flag.opened_at),
        words=words,
    )


def _pages(pieces: Sequence[Piece]) -> Mapping[int, str | None]:
    """Where each piece is read, by its place; nowhere for whom that page is not."""
    reads = may(actor(), Permission.READ_REGISTRATIONS)
    return {place: words.row_page(piece) if reads else None for place, piece in enumerate(pieces)}


def _barred(flag: RiskFlag) -> str | None:
    """Why the reader does not end it, in words."""
    try:
        rule.check_end(flags.standing(flag), actor().id, "-")
    except Refusal as refusal:
        return say(refusal)
    return None


def _partner_page(flag: RiskFlag) -> str | None:
    if flag.person_id is None:
        return url_for(".agency", agency_id=flag.agency_id)
    if flag.agency_id is not None:
        return url_for(".broker", person_id=flag.person_id) if may(actor(), Permission.READ_BROKERS) else None
    known = select(Referrer.id).where(Referrer.person_id == flag.person_id).order_by(Referrer.id).limit(1)
    key = db().scalar(known)
    return url_for(".referrer", referrer_id=key) if key else None


def _wanted() -> Wanted:
    state = request.args.get("state", "")
    return Wanted(
        state if state in {*rule.FlagState, ALL} else OURS,
        chosen(Figure, request.args.get("figure")),
        number_of(request.args.get("development")),
    )
