"""By which rules a development judges whose client it is: what holds now, what begins when, and the next proposal."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.policy import may
from ...clock import local_day
from ...models import Development, ProposalState, RuleProfile
from ...rules.judgements.profile import Profile
from ...services.claims import rule_profiles
from ..edge import actor, db, form_page, load, now, refusing
from ..forms.profiles import fields_of
from ..forms.proposals import DecisionPages, SendBackForm
from ..guard import guard
from ..lists.arguments import chosen
from ..lists.paging import page_of
from ..plans.routes import toml_file
from ..words import judgements as words
from .forms import FileForm, ProposeForm

bp = Blueprint("rule_profiles", __name__, url_prefix="/partners")


@bp.get("/rules")
@guard(Permission.READ_PARTNERS)
def index() -> str:
    """All proposals and versions of all developments, newest first."""
    stmt = rule_profiles.listing(actor(), state=chosen(ProposalState, request.args.get("state")))
    return render_template(
        "rule_profiles/index.html",
        page=page_of(db(), stmt, RuleProfile.id, request.args.get("after")),
        day_of=local_day,
    )


@bp.get("/developments/<int:development_id>/rules")
@guard(Permission.READ_PARTNERS)
def of_development(development_id: int) -> str:
    """The rules of one development: those of now in words, those to come, and all that were proposed."""
    development = load(Development, development_id)
    stmt = rule_profiles.listing(actor(), development_id=development.id)
    return render_template(
        "rule_profiles/development.html",
        development=development,
        rules=words.settings(rule_profiles.in_force(db(), development, now())),
        to_come=rule_profiles.to_come(db(), development, now()),
        page=page_of(db(), stmt, RuleProfile.id, request.args.get("after")),
        may_propose=may(actor(), Permission.MANAGE_PARTNERS),
        day_of=local_day,
    )


@bp.route("/developments/<int:development_id>/rules/new", methods=["GET", "POST"])
@guard(Permission.MANAGE_PARTNERS)
def new(development_id: int) -> ResponseReturnValue:
    """Propose the next rules; the form opens with those of now, or with those that were tried."""
    development = load(Development, development_id)
    form = _form(development)
    form.offer_rules()
    if form.validate_on_submit():
        profile = form.profile()
        if profile is not None:
            with refusing(form):
                row = rule_profiles.propose(
                    db(),
                    actor(),
                    now(),
                    development,
                    profile=profile,
                    starts=form.starts.data,
                    note=form.note.data or "",
                )
                db().flush()
                flash(_("Proposed. A second person confirms it before it begins."), "success")
                return redirect(url_for(".show", profile_id=row.id))
    return _editor(development, form, FileForm(formdata=None))


@bp.post("/developments/<int:development_id>/rules/file")
@guard(Permission.MANAGE_PARTNERS)
def read(development_id: int) -> ResponseReturnValue:
    """Open the form with what a text says; nothing is proposed yet."""
    development, sent = load(Development, development_id), FileForm()
    rules = rule_profiles.in_force(db(), development, now())
    if sent.validate_on_submit():
        with refusing(sent):
            rules = Profile.from_toml(sent.toml.data or "")
            sent = FileForm(formdata=None)
    return _editor(development, ProposeForm(formdata=None, **fields_of(rules)), sent)


@bp.get("/rules/<int:profile_id>")
@guard(Permission.READ_PARTNERS)
def show(profile_id: int) -> str:
    """A proposal beside the rules that it replaces."""
    return _page(load(RuleProfile, profile_id), SendBackForm())


@bp.get("/developments/<int:development_id>/rules/now.toml")
@guard(Permission.READ_PARTNERS)
def download_now(development_id: int) -> Response:
    """The rules of now as a text."""
    development = load(Development, development_id)
    return toml_file(rule_profiles.in_force(db(), development, now()).to_toml(), f"rules-of-{development.id}")


@bp.get("/rules/<int:profile_id>.toml")
@guard(Permission.READ_PARTNERS)
def download(profile_id: int) -> Response:
    """The text that `portal judge` reads."""
    row = load(RuleProfile, profile_id)
    return toml_file(row.toml, f"rules-{row.id}")


@bp.post("/rules/<int:profile_id>/confirm")
@guard(Permission.PUBLISH_RULE_PROFILE)
def confirm(profile_id: int) -> ResponseReturnValue:
    """Confirm another person's proposal."""
    return _pages.confirm(load(RuleProfile, profile_id), _confirm)


@bp.post("/rules/<int:profile_id>/refuse")
@guard(Permission.PUBLISH_RULE_PROFILE, stops=True)
def refuse(profile_id: int) -> ResponseReturnValue:
    """Send another person's proposal back, with a reason."""
    return _pages.send_back(load(RuleProfile, profile_id), rule_profiles.refuse)


@bp.post("/rules/<int:profile_id>/withdraw")
@guard(Permission.MANAGE_PARTNERS)
def withdraw(profile_id: int) -> ResponseReturnValue:
    """Take one's own proposal back."""
    return _pages.withdraw(load(RuleProfile, profile_id), rule_profiles.withdraw)


def _address(row: RuleProfile) -> str:
    return url_for(".show", profile_id=row.id)


def _confirm(row: RuleProfile) -> ResponseReturnValue:
    rule_profiles.confirm(db(), actor(), now(), row)
    flash(_("Confirmed. The agencies that sell it are told."), "success")
    return redirect(_address(row))


def _editor(development: Development, form: ProposeForm, sent: FileForm) -> ResponseReturnValue:
    form.offer_rules()
    return form_page("rule_profiles/new.html", form, development=development, sent=sent)


def _form(development: Development) -> ProposeForm:
    if request.method == "POST":
        return ProposeForm()
    now_in_force = fields_of(rule_profiles.in_force(db(), development, now()))
    if "who_wins" in request.args:  # from the page where rules are tried; what it does not ask stays as it is
        return ProposeForm(request.args, **now_in_force)
    return ProposeForm(**now_in_force)


def _page(row: RuleProfile, form: SendBackForm) -> str:
    mine = row.proposed_by == actor().id
    before = rule_profiles.in_force_before(db(), row)
    return render_template(
        "rule_profiles/show.html",
        row=row,
        form=form,
        starts=local_day(row.starts_at),
        rows=words.compare(before, Profile.from_toml(row.toml)),
        may_decide=row.open and not mine and may(actor(), Permission.PUBLISH_RULE_PROFILE),
        may_withdraw=row.open and mine,
    )


_pages = DecisionPages(_page, _address)
