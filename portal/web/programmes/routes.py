"""The channel manager's programmes: a list, one with its figures, its poster and costs, and how it changes and ends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext as _p
from sqlalchemy import Select
from werkzeug.datastructures import MultiDict
from wtforms import SelectChoice

from referral.code import grouped
from referral.posters.design import Design
from referral.posters.design_file import LANGUAGES
from referral.programme import ProgrammeState

from ...access.permissions import Permission
from ...access.scope import visible
from ...clock import local_day
from ...crypto import token
from ...models import Lead, Programme, ProgrammeCost, ProgrammeKind
from ...services import contacts
from ...services.accounts import people
from ...services.leads import leads
from ...services.partners.partners import open_developments
from ...services.posters import offers, posters
from ...services.posters.posters import PosterSettings
from ...services.programmes import costs as programme_costs
from ...services.programmes import discounts, programmes
from ..edge import actor, config, db, files, form_page, load, now, refusing
from ..guard import guard
from ..landing.landing import address_of
from ..lists.arguments import chosen, day_of, number_of
from ..lists.exports import Column, export, yuan
from ..lists.paging import page_of
from ..posters.drawing import kept_picture, orderable, poster_file, reader_language
from ..posters.forms import PosterForm
from ..words.statuses import status
from . import words
from .forms import CostForm, NewCompanyForm, NewStandForm, filled

bp = Blueprint("programmes", __name__, url_prefix="/programmes")

_EXPORT_ROWS = 10_000
_LATEST = 10


@bp.get("/")
@guard(Permission.MANAGE_REFERRERS)
def index() -> ResponseReturnValue:
    """All programmes, the newest first."""
    page = page_of(db(), _wanted(), Programme.referrer_id, request.args.get("after"))
    return render_template(
        "programmes/index.html",
        standings=programmes.standings(db(), actor(), page.rows, local_day(now())),
        next_cursor=page.next_cursor,
        developments=_developments(),
        words=words,
        grouped=grouped,
    )


@bp.get("/programmes.<kind>")
@guard(Permission.MANAGE_REFERRERS)
def download(kind: str) -> Response:
    """The same list as a file."""
    columns = (
        Column(_("Programme's name"), lambda one: one.programme.referrer.person.name),
        Column(_("Kind of programme"), lambda one: str(words.KINDS[one.programme.kind])),
        Column(_("Referral code"), lambda one: grouped(one.programme.referrer.code)),
        Column(_("Development"), lambda one: one.programme.referrer.development.name),
        Column(_p("stand", "Place"), lambda one: one.programme.place),
        Column(_("First day"), lambda one: one.programme.starts_on),
        Column(_("Last day"), lambda one: words.last_day(one.programme)),
        Column(_("Status"), lambda one: str(status("programme", one.state).word)),
        Column(_("Scans"), lambda one: one.steps.scans),
        Column(_("Gifts given"), lambda one: one.given),
        Column(_("Gifts redeemed"), lambda one: one.fetched),
        Column(_("Leads"), lambda one: one.steps.leads),
        Column(_("Visits"), lambda one: one.steps.visits),
        Column(_("Signings"), lambda one: one.steps.signings),
        Column(_("Costs"), lambda one: yuan(one.cost_fen)),
        Column(_("Redeemed gifts' value"), lambda one: yuan(one.gifts_fen)),
        Column(_("Cost per lead"), lambda one: None if one.lead_fen is None else yuan(one.lead_fen)),
    )
    rows = db().scalars(_wanted().order_by(Programme.referrer_id.desc()).limit(_EXPORT_ROWS)).all()
    standings = programmes.standings(db(), actor(), rows, local_day(now()))
    return export(standings, columns, _("programmes"), kind)


@bp.get("/new")
@guard(Permission.MANAGE_REFERRERS)
def choose() -> ResponseReturnValue:
    """Which kind it is to be: they ask for different things."""
    return render_template("programmes/choose.html")


@bp.route("/new/<any(corporate, stand):which>", methods=["GET", "POST"])
@guard(Permission.MANAGE_REFERRERS)
def new(which: str) -> ResponseReturnValue:
    """Set one up."""
    form = (NewCompanyForm if which == ProgrammeKind.CORPORATE else NewStandForm)(starts_on=local_day(now()))
    form.development_id.choices = [SelectChoice(key, name) for key, name in _developments()]
    if form.validate_on_submit():
        with refusing(form):
            place, name = form.development_id.data, form.name.data
            programme = programmes.create_programme(
                db(), actor(), now(), development_id=place, name=name, facts=form.facts
            )
            flash(_("Set up. Take its poster below."), "success")
            return redirect(url_for(".show", programme_id=programme.referrer_id))
    return form_page("programmes/new.html", form, which=which)


@bp.get("/<int:programme_id>")
@guard(Permission.MANAGE_REFERRERS)
def show(programme_id: int) -> ResponseReturnValue:
    """One programme: its code and poster, what it brought and cost, and who came."""
    return _page(load(Programme, programme_id), _cost_form())


@bp.get("/<int:programme_id>/poster.<any(png, jpg, pdf):sheet>")
@guard(Permission.MANAGE_REFERRERS)
def poster(programme_id: int, sheet: str) -> Response:
    """Its poster as a file: PNG, a small JPEG to look at, PDF for paper."""
    programme = load(Programme, programme_id)
    if programmes.state_of(programme, local_day(now())) is ProgrammeState.OVER:
        abort(404)
    settings, choices = _settings(), _poster_form().choices
    referrer = programme.referrer
    look = posters.look_of(db(), referrer.development)
    offer = offers.of(db(), now(), referrer, choices.lang)
    wanted = orderable(lambda: posters.spec_of(settings, files(), referrer, look, choices, offer))
    if sheet == "jpg" and "small" in request.args:
        return kept_picture(f"{wanted.key}-thumbnail", "image/jpeg", lambda: posters.thumbnail(wanted))
    return poster_file(wanted, sheet, name=f"poster-{referrer.code}-{choices.design}-{choices.lang}.{sheet}")


@bp.route("/<int:programme_id>/edit", methods=["GET", "POST"])
@guard(Permission.MANAGE_REFERRERS)
def edit(programme_id: int) -> ResponseReturnValue:
    """Change what it says and gives, from now on."""
    programme = load(Programme, programme_id)
    form = filled(programme, _contact(programme))
    if form.validate_on_submit():
        with refusing(form):
            programmes.change_programme(db(), actor(), now(), programme, form.facts)
            flash(_("Changed. It counts from now on."), "success")
            return redirect(url_for(".show", programme_id=programme_id))
    return form_page("programmes/edit.html", form, programme=programme)


@bp.post("/<int:programme_id>/end")
@guard(Permission.MANAGE_REFERRERS)
def end(programme_id: int) -> ResponseReturnValue:
    """End it for good."""
    programme = load(Programme, programme_id)
    programmes.end_programme(db(), actor(), now(), programme)
    flash(_("%(name)s is over. Its code no longer counts.", name=programme.referrer.person.name), "success")
    return redirect(url_for(".show", programme_id=programme_id))


@bp.post("/<int:programme_id>/costs")
@guard(Permission.MANAGE_REFERRERS)
def cost(programme_id: int) -> ResponseReturnValue:
    """Write down what it cost."""
    programme, form = load(Programme, programme_id), CostForm()
    if form.validate_on_submit():
        with refusing(form):
            new = programme_costs.record_cost(
                db(),
                actor(),
                now(),
                programme,
                programme_costs.Cost(
                    key=form.key.data, spent_on=form.spent_on.data, amount_fen=form.amount.data, note=form.note.data
                ),
            )
            flash(_("Recorded.") if new else _("This was recorded already."), "success")
            return redirect(url_for(".show", programme_id=programme_id, _anchor="costs"))
    form.key.data = token()  # whoever reads what is wrong, and sends it again, means it
    return _page(programme, form), 422


@bp.get("/<int:programme_id>/costs")
@guard(Permission.MANAGE_REFERRERS)
def costs(programme_id: int) -> ResponseReturnValue:
    """All that was written down, what was recorded last first."""
    programme = load(Programme, programme_id)
    page = page_of(db(), _wanted_costs(programme), ProgrammeCost.id, request.args.get("after"))
    return render_template("programmes/costs.html", programme=programme, rows=page.rows, next_cursor=page.next_cursor)


@bp.get("/<int:programme_id>/costs.<kind>")
@guard(Permission.MANAGE_REFERRERS)
def download_costs(programme_id: int, kind: str) -> Response:
    """The same as a file."""
    programme = load(Programme, programme_id)
    columns = (
        Column(_("Day"), lambda row: row.spent_on),
        Column(_("What for"), lambda row: row.note),
        Column(_("Amount"), lambda row: yuan(row.amount_fen)),
        Column(_("Recorded by"), lambda row: row.by.name),
        Column(_("Recorded at"), lambda row: row.at),
    )
    rows = db().scalars(_wanted_costs(programme).order_by(ProgrammeCost.id.desc()).limit(_EXPORT_ROWS)).all()
    return export(rows, columns, f"costs-{programme.referrer.code}", kind)


@bp.post("/<int:programme_id>/phone")
@guard(Permission.MANAGE_REFERRERS)
def reveal_phone(programme_id: int) -> ResponseReturnValue:
    """Show the contact's phone in plain, once, and write down who looked."""
    programme = load(Programme, programme_id)
    plain = people.reveal_phone(db(), actor(), now(), programme.referrer.person)
    return _page(programme, _cost_form(), plain_phone=plain.e164)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactView:
    """Whom to ask about the programme; `plain`: the number is shown whole."""

    name: str
    phone: str
    plain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterView:
    """The programme's poster: its code and link, and the design that was chosen."""

    form: PosterForm
    thumbnail: Callable[[str], str]
    chosen: dict[str, Any]
    design: Design
    code: str
    link: str


def _page(programme: Programme, form: CostForm, plain_phone: str | None = None) -> str:
    referrer = programme.referrer
    own = leads.filtered(visible(actor(), Lead).where(Lead.referrer_id == programme.referrer_id))
    latest = db().scalars(own.order_by(Lead.id.desc()).limit(_LATEST)).all()
    poster_form = _poster_form()
    return render_template(
        "programmes/show.html",
        programme=programme,
        standing=programmes.standings(db(), actor(), [programme], local_day(now()))[0],
        poster=PosterView(
            form=poster_form,
            thumbnail=lambda name: url_for(
                ".poster", programme_id=programme.referrer_id, sheet="jpg", design=name, lang=poster_form.lang, small=""
            ),
            chosen={"design": poster_form.choices.design, "lang": poster_form.lang},
            design=_settings().design(poster_form.choices.design),
            code=grouped(referrer.code),
            link=address_of(referrer),
        ),
        contact=ContactView(
            name=_contact(programme),
            phone=plain_phone or contacts.open_phone(db(), referrer.person).masked,
            plain=plain_phone is not None,
        ),
        costs=page_of(db(), programme_costs.costs_of(programme), ProgrammeCost.id, None, _LATEST),
        friends=leads.friends(db(), now(), latest),
        form=form,
        homes=discounts.homes_of(programme),
        words=words,
    )


def _cost_form() -> CostForm:
    return CostForm(formdata=None, key=token(), spent_on=local_day(now()))


def _settings() -> PosterSettings:
    return PosterSettings.of(config()).stocked(db())


def _poster_form() -> PosterForm:
    """Design and language as the address has them: the words are the development's."""
    lang = request.args.get("lang", "")
    asked = MultiDict({key: request.args[key] for key in ("design", "lang") if key in request.args})
    return PosterForm.asked(
        asked, _settings().catalogue, lang if lang in LANGUAGES else reader_language(), may_write=False
    )


def _contact(programme: Programme) -> str:
    return contacts.open_name(db(), programme.contact_sealed) if programme.contact_sealed else ""


def _wanted_costs(programme: Programme) -> Select[ProgrammeCost]:
    args = request.args
    return programme_costs.costs_of(programme, since=day_of(args.get("since")), until=day_of(args.get("until")))


def _wanted() -> Select[Programme]:
    args = request.args
    return programmes.filtered(
        visible(actor(), Programme),
        local_day(now()),
        q=args.get("q", "").strip(),
        kind=chosen(ProgrammeKind, args.get("type")),
        development_id=number_of(args.get("development")),
        state=chosen(ProgrammeState, args.get("state")),
    )


def _developments() -> list[tuple[int, str]]:
    return [(one.id, one.name) for one in open_developments(db())]
