"""The channel manager's referrers: who brings friends, by which code, and the leads that came."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select
from wtforms import SelectChoice

from referral.code import grouped

from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import visible
from ...models import Audience, Joining, Lead, LeadOutcome, Referrer, Reward, Voucher
from ...services import contacts
from ...services.joining import joining
from ...services.leads import care, leads
from ...services.leads.care import NextStep, StepFilter, Written
from ...services.leads.leads import Friend
from ...services.partners.partners import open_developments
from ...services.posters.posters import DESIGN
from ...services.programmes import employee_checks, gifts
from ...services.programmes.employee_checks import EmployeeStatus
from ...services.referral import referrers
from ...services.referral.referrers import How
from ...services.rewards import rewards, sums
from ...services.rewards.rewards import Outlook
from ...services.vouchers import vouchers
from .. import links
from ..edge import actor, config, db, form_page, load, now, refusing
from ..guard import guard
from ..landing.landing import address_of
from ..lists.arguments import chosen, number_of
from ..lists.exports import Column, export
from ..lists.paging import page_of
from ..words import rewards as words
from ..words import vouchers as voucher_words
from ..words.campaigns import campaign_word
from ..words.statuses import status
from .forms import LeadNoteForm, NewReferrerForm, RevokeForm

bp = Blueprint("referrers", __name__, url_prefix="/referrers")

_EXPORT_ROWS = 10_000

_MOST_DUE = 60
"""So many leads whose next step is due stand above the others; a filter shows them all."""

_SENT = ((DESIGN, "png", _l("Poster for phones")), ("column", "pdf", _l("Poster in A4, as a PDF")))
"""The posters that staff take for a referrer: a design, as which file, and what it is called."""


@bp.get("/")
@guard(Permission.MANAGE_REFERRERS)
def index() -> ResponseReturnValue:
    """Everybody who brings friends."""
    page = page_of(db(), _wanted(), Referrer.id, request.args.get("after"))
    return render_template(
        "referrers/referrers.html",
        standings=referrers.standings(db(), page.rows),
        next_cursor=page.next_cursor,
        developments=_developments(),
        words=words,
        grouped=grouped,
    )


@bp.get("/referrers.<kind>")
@guard(Permission.MANAGE_REFERRERS)
def download(kind: str) -> Response:
    """The same list as a file."""
    columns = (
        Column(_("Name"), lambda one: one.referrer.person.name),
        Column(_("Referral code"), lambda one: grouped(one.referrer.code)),
        Column(_("Kind of referrer"), words.kind_of),
        Column(_("Development"), lambda one: one.referrer.development.name),
        Column(_("House number"), lambda one: one.referrer.home),
        Column(_("Joined"), lambda one: one.referrer.joined_at),
        Column(_("How"), words.joined_how),
        Column(_("Friends"), lambda one: one.leads),
        Column(_("Rewards"), lambda one: one.rewards),
        Column(_("Code revoked"), lambda one: one.referrer.revoked_at),
    )
    rows = db().scalars(_wanted().order_by(Referrer.id.desc()).limit(_EXPORT_ROWS)).all()
    return export(referrers.standings(db(), rows), columns, "referrers", kind)


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.MANAGE_REFERRERS)
def new() -> ResponseReturnValue:
    """Let somebody join, and get the link by which a password is chosen."""
    form = NewReferrerForm()
    form.development_id.choices = [SelectChoice(key, name) for key, name in _developments()]
    if form.validate_on_submit():
        with refusing(form):
            referrer = referrers.create_referrer(
                db(),
                actor(),
                now(),
                referrers.NewReferrer(
                    development_id=form.development_id.data,
                    name=form.name.data,
                    phone=form.phone.data,
                    audience=Audience(form.audience.data),
                    home=form.home.data,
                ),
            )
            if referrer.person.password_set_at is None:
                links.hand_over(referrer.person)
            elif referrer.person.name != form.name.data:
                said = _(
                    "This number refers already, as %(name)s; from now on for this development too.",
                    name=referrer.person.name,
                )
                flash(said, "info")
            return redirect(url_for(".show", referrer_id=referrer.id))
    return form_page("referrers/referrer_new.html", form, by_text=config().texts(config().sms_password_template))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferrerView:
    """A referrer as the page shows him: the code and its link, the friends who came, and what is ahead."""

    joining: Joining | None
    code: str
    link: str
    phone: str
    password_link: str | None
    friends: list[Friend]
    next_cursor: int | str | None
    outlook: Outlook | None
    posters: tuple[tuple[str, str, Any], tuple[str, str, Any]] | tuple[()]


@bp.get("/<int:referrer_id>")
@guard(Permission.MANAGE_REFERRERS)
def show(referrer_id: int) -> ResponseReturnValue:
    """One referrer: the code, the link, and the friends who came. A programme has a page of its own."""
    referrer = load(Referrer, referrer_id)
    if referrer.audience is Audience.PROGRAMME:
        return redirect(url_for("programmes.show", programme_id=referrer_id))
    own_leads = leads.filtered(visible(actor(), Lead).where(Lead.referrer_id == referrer_id))
    page = page_of(db(), own_leads, Lead.id, request.args.get("after"))
    return render_template(
        "referrers/referrer.html",
        referrer=referrer,
        view=ReferrerView(
            joining=joining.of(db(), referrer),
            code=grouped(referrer.code),
            link=address_of(referrer),
            phone=contacts.open_phone(db(), referrer.person).masked,
            password_link=links.shown(referrer.person),
            friends=leads.friends(db(), now(), page.rows),
            next_cursor=page.next_cursor,
            outlook=rewards.outlook_of(db(), now(), referrer),
            posters=_SENT if referrer.development.presale_permit and referrer.revoked_at is None else (),
        ),
        campaign_word=campaign_word,
        earned=_earned(referrer),
        words=words,
    )


@bp.route("/<int:referrer_id>/revoke", methods=["GET", "POST"])
@guard(Permission.MANAGE_REFERRERS)
def revoke(referrer_id: int) -> ResponseReturnValue:
    """Take the code back, for a reason that its owner reads."""
    referrer, form = load(Referrer, referrer_id), RevokeForm()
    if form.validate_on_submit():
        with refusing(form):
            referrers.revoke_code(db(), actor(), now(), referrer, reason=form.reason.data)
            flash(_("The code of %(name)s no longer works.", name=referrer.person.name), "success")
            return redirect(url_for(".show", referrer_id=referrer_id))
    return form_page("referrers/revoke.html", form, referrer=referrer)


@bp.post("/<int:referrer_id>/restore")
@guard(Permission.MANAGE_REFERRERS)
def restore(referrer_id: int) -> ResponseReturnValue:
    """Let a code that was taken back work again."""
    referrer = load(Referrer, referrer_id)
    if referrer.audience is Audience.PROGRAMME:
        abort(404)  # one that was ended is over: another one is set up
    referrers.restore_code(db(), actor(), now(), referrer)
    flash(_("The code of %(name)s works again.", name=referrer.person.name), "success")
    return redirect(url_for(".show", referrer_id=referrer_id))


@bp.post("/<int:referrer_id>/link")
@guard(Permission.MANAGE_REFERRERS)
def link(referrer_id: int) -> ResponseReturnValue:
    """Make a link to choose a password."""
    links.hand_over(load(Referrer, referrer_id).person)
    return redirect(url_for(".show", referrer_id=referrer_id))


@bp.get("/leads")
@guard(Permission.READ_LEADS)
def all_leads() -> ResponseReturnValue:
    """All leads: those whose next step is due first, then the newest first."""
    after, which = request.args.get("after"), chosen(StepFilter, request.args.get("step"))
    wanted, due = _wanted_leads(), []
    if which is None:
        is_due = care.by_step(wanted, actor(), now(), StepFilter.DUE)
        wanted = wanted.where(Lead.id.not_in(is_due.with_only_columns(Lead.id)))
        due = [] if after else list(db().scalars(care.soonest(is_due).limit(_MOST_DUE)))
    page = page_of(db(), wanted, Lead.id, after)
    rows = [*due, *page.rows]
    return render_template(
        "referrers/leads.html",
        friends=leads.friends(db(), now(), rows),
        steps=care.next_steps(db(), now(), rows),
        more_due=len(due) == _MOST_DUE,
        next_cursor=page.next_cursor,
        developments=_developments(),
    )


@bp.get("/leads/<int:lead_id>")
@guard(Permission.READ_LEADS)
def lead(lead_id: int) -> ResponseReturnValue:
    """One lead: whom to call, and who brought them."""
    return lead_page(load(Lead, lead_id))


@bp.post("/leads/<int:lead_id>/phone")
@guard(Permission.REVEAL_CONTACT)
def reveal_phone(lead_id: int) -> ResponseReturnValue:
    """Show the phone in plain, once, and write down who looked."""
    one = load(Lead, lead_id)
    return lead_page(one, plain_phone=leads.reveal_contact(db(), actor(), now(), one).e164)


@bp.get("/leads.<kind>")
@guard(Permission.READ_LEADS)
def download_leads(kind: str) -> Response:
    """The same list as a file; names and phones stay masked."""
    columns = (
        Column(_("Friend"), lambda one: one.name),
        Column(_("Phone"), lambda one: contacts.open_phone(db(), one.lead.client).masked),
        Column(_("Referrer"), lambda one: one.lead.referrer.person.name),
        Column(_("Development"), lambda one: one.lead.development.name),
        Column(_("Status"), lambda one: str(status("lead", one.step).word)),
        Column(_("Friend's number"), lambda one: str(status("lead_number", one.lead.proof or "none").word)),
        Column(_("Left on"), lambda one: one.lead.at),
        Column(_("Next step"), lambda one: (one.lead.id in steps and steps[one.lead.id].what) or None),
        Column(_("Who does it"), lambda one: (one.lead.id in steps and steps[one.lead.id].who.name) or None),
        Column(_("By when"), lambda one: (one.lead.id in steps and steps[one.lead.id].due_on) or None),
    )
    rows = db().scalars(_wanted_leads().order_by(Lead.id.desc()).limit(_EXPORT_ROWS)).all()
    steps = care.next_steps(db(), now(), rows)
    return export(leads.friends(db(), now(), rows), columns, "leads", kind)


@dataclass(frozen=True, slots=True)
class EarnedView:
    """What a referrer has earned, as staff read it, with the voucher that each became."""

    account: sums.Account
    vouchers: Mapping[int, Voucher]

    @staticmethod
    def standing(voucher: Voucher) -> str:
        """How a voucher stands by now."""
        return vouchers.standing(voucher, now())


def _earned(referrer: Referrer) -> EarnedView:
    own = rewards.rewards_of(db(), visible(actor(), Reward).where(Reward.referrer_id == referrer.id))
    return EarnedView(sums.account_of(own), vouchers.of_rewards(db(), [one.reward for one in own]))


def note_form() -> LeadNoteForm:
    """The form for a note on a lead; the next step is the writer's own unless another is chosen."""
    form, people = LeadNoteForm(step_by=actor().id), care.carers(db())
    form.step_by.choices = [SelectChoice(key, name) for key, name in people]
    return form


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendView:
    """Whom the lead is about; `plain`: the number is shown whole."""

    name: str
    phone: str
    plain: bool
    employee: EmployeeStatus | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CareView:
    """What colleagues wrote down, and what is to be done next."""

    may: bool
    form: LeadNoteForm | None
    next_step: NextStep | None
    notes: list[Written]


def lead_page(one: Lead, plain_phone: str | None = None, form: LeadNoteForm | None = None) -> str:
    """The page of a lead; `form`: a note that could not be written down yet."""
    may_care = may(actor(), Permission.CARE_FOR_LEADS)
    return render_template(
        "referrers/lead.html",
        lead=one,
        step=leads.friends(db(), now(), [one])[0].step,
        friend=FriendView(
            name=contacts.open_name(db(), one.name_sealed),
            phone=plain_phone or contacts.open_phone(db(), one.client).masked,
            plain=plain_phone is not None,
            employee=employee_checks.of_lead(db(), one),
        ),
        given=gifts.of_visit(db(), one.touch) if one.touch else (),
        sentence=voucher_words.sentence,
        in_one=voucher_words.in_one,
        care=CareView(
            may=may_care,
            form=(form or note_form()) if may_care else None,
            next_step=care.next_steps(db(), now(), [one]).get(one.id),
            notes=care.written_on(db(), one),
        ),
        now=now(),
    )


def _wanted() -> Select[Referrer]:
    args = request.args
    return referrers.filtered(
        visible(actor(), Referrer),
        q=args.get("q", "").strip(),
        development_id=number_of(args.get("development")),
        revoked={"active": False, "revoked": True}.get(args.get("state", "")),
        how=chosen(How, args.get("joined")),
    )


def _wanted_leads() -> Select[Lead]:
    args, which = request.args, chosen(StepFilter, request.args.get("step"))
    wanted = leads.filtered(
        visible(actor(), Lead),
        outcome=chosen(LeadOutcome, args.get("state")),
        development_id=number_of(args.get("development")),
        proven={"proven": True, "unproven": False}.get(args.get("number", "")),
    )
    return wanted if which is None else care.by_step(wanted, actor(), now(), which)


def _developments() -> list[tuple[int, str]]:
    return [(one.id, one.name) for one in open_developments(db())]
