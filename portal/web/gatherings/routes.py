"""Gatherings as the staff hold them: the list, planning, inviting by filter, the guests, and what followed."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import select

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Gathering, GatheringGuest, Person, Role
from ...rules.care.plan import Grade, Stage
from ...rules.gatherings.gathering import GatheringState
from ...services.care_files import tags
from ...services.gatherings import gatherings, guests, outcome
from ...services.gatherings.guests import Filter
from ...services.partners.partners import open_developments
from ..care.words import GRADES, STAGES
from ..care_files.words import tag as tag_word
from ..components import instant
from ..edge import actor, config, db, form_page, load, now, refusing, send_texts_afterwards
from ..guard import guard
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, export
from ..words.statuses import status
from .forms import CancelForm, GatheringForm, InviteForm
from .words import KINDS

bp = Blueprint("gatherings", __name__, url_prefix="/gatherings")

MOST = 100
"""So many gatherings a page shows: more than a year brings."""


@bp.get("")
@guard(Permission.RECEIVE_GUESTS)
def index() -> str:
    """What is to come, the next first; or what is over."""
    past = request.args.get("state") == "past"
    stmt = gatherings.listed(actor(), now(), past=past, development_id=number_of(request.args.get("development")))
    return render_template(
        "gatherings/index.html",
        rows=db().scalars(stmt.limit(MOST)).all(),
        past=past,
        kinds=KINDS,
        state_of=lambda row: gatherings.state_of(row, now()),
        developments=open_developments(db()),
        may_hold=may(actor(), Permission.HOLD_GATHERINGS),
    )


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.HOLD_GATHERINGS)
def new() -> ResponseReturnValue:
    """Plan a gathering."""
    developments = open_developments(db())
    form = GatheringForm().offer(developments)
    if form.validate_on_submit():
        with refusing(form):
            place = next(one for one in developments if one.id == form.development.data)
            row = gatherings.create(db(), actor(), now(), place, form.wanted)
            db().flush()
            flash(_("Planned. Now invite."), "success")
            return redirect(url_for(".invite", gathering_id=row.id), 303)
    return form_page("gatherings/edit.html", form, gathering=None)


@bp.get("/<int:gathering_id>")
@guard(Permission.RECEIVE_GUESTS)
def show(gathering_id: int) -> ResponseReturnValue:
    """One gathering: its guests, and what followed."""
    return _page(load(Gathering, gathering_id), CancelForm(formdata=None))


@bp.route("/<int:gathering_id>/edit", methods=["GET", "POST"])
@guard(Permission.HOLD_GATHERINGS)
def edit(gathering_id: int) -> ResponseReturnValue:
    """Change it; who said that he comes is told of another time or place."""
    row = load(Gathering, gathering_id)
    form = GatheringForm(**GatheringForm.opened_with(row)).offer([row.development])
    if form.validate_on_submit():
        with refusing(form):
            told = gatherings.change(db(), actor(), now(), row, form.wanted)
            flash(_("Saved."), "success")
            if told:
                _tell(row)
            return redirect(url_for(".show", gathering_id=row.id), 303)
    return form_page("gatherings/edit.html", form, gathering=row)


@bp.post("/<int:gathering_id>/cancel")
@guard(Permission.HOLD_GATHERINGS)
def cancel(gathering_id: int) -> ResponseReturnValue:
    """Call it off; who said that he comes is told."""
    row, form = load(Gathering, gathering_id), CancelForm()
    if form.validate_on_submit():
        with refusing(form):
            gatherings.cancel(db(), actor(), now(), row, form.reason.data or "")
            flash(_("Called off."), "success")
            _tell(row)
            return redirect(url_for(".show", gathering_id=row.id), 303)
    return _page(row, form)


@bp.route("/<int:gathering_id>/invite", methods=["GET", "POST"])
@guard(Permission.HOLD_GATHERINGS)
def invite(gathering_id: int) -> ResponseReturnValue:
    """Who would be invited, by filter; those that are ticked are."""
    row, form = load(Gathering, gathering_id), InviteForm()
    if form.validate_on_submit():
        with refusing(form):
            ticked = [key for key in (number_of(text) for text in request.form.getlist("file")) if key is not None]
            texts = config().texts(config().sms_care_template)
            made = guests.invite(db(), actor(), now(), row, ticked, _words if texts else None)
            _say_invited(made)
            return redirect(url_for(".show", gathering_id=row.id), 303)
    wanted = Filter(
        chosen(Stage, request.args.get("stage")),
        chosen(Grade, request.args.get("grade")),
        number_of(request.args.get("carer")),
        number_of(request.args.get("tag")),
    )
    carers = db().scalars(select(Person).where(Person.role == Role.CONSULTANT).order_by(Person.name)).all()
    return form_page(
        "gatherings/invite.html",
        form,
        gathering=row,
        rows=guests.candidates(db(), actor(), now(), row, wanted),
        carers=carers if actor().role is Role.CHANNEL_MANAGER else [],
        stages=STAGES,
        grades=GRADES,
        tags=[(tag.id, tag_word(tag)) for tag in tags.offered(db(), actor())],
        most=guests.MOST,
    )


@bp.get("/<int:gathering_id>/guests.<kind>")
@guard(Permission.RECEIVE_GUESTS)
def download(gathering_id: int, kind: str) -> Response:
    """The guests as a file; phones stay masked."""
    row = load(Gathering, gathering_id)
    found = guests.shown(db(), now(), db().scalars(guests.listed(actor(), row)).all())
    columns = (
        Column(_("Client"), lambda one: one.name),
        Column(_("Phone"), lambda one: one.phone),
        Column(_("How many people come"), lambda one: one.guest.party),
        Column(_("Answered at"), lambda one: one.guest.answered_at),
        Column(_("Arrived at"), lambda one: one.guest.arrived_at),
        Column(_("Status"), lambda one: str(status("guest", one.state).word)),
    )
    return export(found, columns, _("guests"), kind)


def _page(row: Gathering, form: CancelForm) -> tuple[str, int]:
    rows = db().scalars(guests.listed(actor(), row)).all()
    found = outcome.of_gathering(db(), actor(), row)
    behind = {
        "coming": found.coming,
        "came": found.came,
        "visited": found.visited,
        "signed": found.signed,
    }.get(request.args.get("guests", ""))
    state = gatherings.state_of(row, now())
    holds = may(actor(), Permission.HOLD_GATHERINGS) and state is GatheringState.TO_COME
    return form_page(
        "gatherings/show.html",
        form,
        gathering=row,
        state=state,
        outcome=found,
        rows=guests.shown(db(), now(), [one for one in rows if behind is None or one.id in behind]),
        moves=gatherings.moves_of(db(), row),
        kinds=KINDS,
        may_hold=holds,
        address=lambda guest: config().base_url.rstrip("/") + url_for("guest_cards.show", key=guest.link_key),
    )


def _words(guest: GatheringGuest) -> str:
    """What the invitation says, in the clients' language."""
    link = config().base_url.rstrip("/") + url_for("guest_cards.show", key=guest.link_key)
    row = guest.gathering
    with force_locale(config().default_locale):
        return _(
            "%(development)s invites you: %(title)s, %(begins)s. Your card, and whether you come: %(link)s",
            development=row.development.name,
            title=row.title,
            begins=instant(row.begins_at),
            link=link,
        )


def _tell(row: Gathering) -> None:
    """Text who said that he comes, where texts go out, and say how many that are."""
    if not row.taken:
        return
    if not config().texts(config().sms_gathering_template):
        flash(_("Tell those who said that they come: no text goes out from here."), "info")
        return
    number = gatherings.tell_guests(db(), now(), row)
    send_texts_afterwards()
    flash(ngettext("%(num)d guest is told by text.", "%(num)d guests are told by text.", number), "info")


def _say_invited(made: guests.Invited) -> None:
    if made.texted:
        send_texts_afterwards()
    said = ngettext("%(num)d client is invited.", "%(num)d clients are invited.", made.number)
    flash(said, "success" if made.number else "info")
    if made.number > made.texted:
        left = made.number - made.texted
        flash(
            ngettext(
                "%(num)d of them gets no text: the link for WeChat stands in the list.",
                "%(num)d of them get no text: the links for WeChat stand in the list.",
                left,
            ),
            "info",
        )
