"""The limits of the risk desk: what holds, what was proposed, and the next proposal, tried on what really happened."""

from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ...access.permissions import Permission
from ...access.policy import may
from ...models import RiskLimits
from ...rules.risk import limits as rule
from ...services.risk import limits
from ...services.risk.limits import Tried
from ..edge import actor, db, form_page, load, now, refusing
from ..forms.proposals import DecisionPages, SendBackForm
from ..guard import guard
from ..lists.paging import page_of
from ..plans.routes import toml_file
from ..words import risk as words
from .limit_forms import FileForm, LimitsForm

bp = Blueprint("risk_limits", __name__, url_prefix="/risk/limits")


@bp.get("/")
@guard(Permission.READ_RISKS)
def index() -> ResponseReturnValue:
    """The limits of now, and all that were ever proposed."""
    return render_template(
        "risk/limits.html",
        limits=limits.in_force(db()),
        figures=list(rule.SETTINGS),
        page=page_of(db(), limits.listing(actor()), RiskLimits.id, request.args.get("after")),
        may_propose=may(actor(), Permission.DECIDE_RISK),
        words=words,
    )


@bp.get("/now.toml")
@guard(Permission.READ_RISKS)
def download_now() -> Response:
    """The limits of now as a text."""
    return toml_file(rule.to_toml(limits.in_force(db())), "risk-limits")


@bp.route("/new", methods=["GET", "POST"])
@guard(Permission.DECIDE_RISK)
def new() -> ResponseReturnValue:
    """Propose others, or try them first; the form opens with those of now."""
    form = LimitsForm(**LimitsForm.opened_with(limits.in_force(db())))
    tried: list[Tried] = []
    if trying := "try" in request.form:
        form.tries()
    if form.validate_on_submit():
        with refusing(form):
            wanted = rule.checked(form.limits)
            if not trying:
                row = limits.propose(db(), actor(), now(), wanted, form.note.data or "")
                db().flush()
                flash(_("Proposed. A second person publishes them."), "success")
                return redirect(url_for(".show", limits_id=row.id), 303)
            tried = limits.try_out(db(), now(), wanted, limits.in_force(db()))
    return _editor(form, FileForm(formdata=None), tried)


@bp.post("/file")
@guard(Permission.DECIDE_RISK)
def read() -> ResponseReturnValue:
    """Open the form with what a text says; nothing is proposed yet."""
    sent, held = FileForm(), limits.in_force(db())
    if sent.validate_on_submit():
        with refusing(sent):
            held = rule.from_toml(sent.toml.data or "")
            return _editor(LimitsForm(formdata=None, **LimitsForm.opened_with(held)), FileForm(formdata=None), [])
    return _editor(LimitsForm(formdata=None, **LimitsForm.opened_with(held)), sent, [])


@bp.get("/<int:limits_id>")
@guard(Permission.READ_RISKS)
def show(limits_id: int) -> str:
    """A proposal beside the limits that it replaces, and what it would raise by now."""
    return _page(load(RiskLimits, limits_id), SendBackForm())


@bp.get("/<int:limits_id>.toml")
@guard(Permission.READ_RISKS)
def download(limits_id: int) -> Response:
    """The text of one."""
    row = load(RiskLimits, limits_id)
    return toml_file(row.toml, f"risk-limits-{row.id}")


@bp.post("/<int:limits_id>/confirm")
@guard(Permission.PUBLISH_RISK_LIMITS)
def confirm(limits_id: int) -> ResponseReturnValue:
    """Publish another person's proposal."""
    return _pages.confirm(load(RiskLimits, limits_id), _confirm)


@bp.post("/<int:limits_id>/refuse")
@guard(Permission.PUBLISH_RISK_LIMITS, stops=True)
def refuse(limits_id: int) -> ResponseReturnValue:
    """Send another person's proposal back, with a reason."""
    return _pages.send_back(load(RiskLimits, limits_id), limits.refuse)


@bp.post("/<int:limits_id>/withdraw")
@guard(Permission.DECIDE_RISK, stops=True)
def withdraw(limits_id: int) -> ResponseReturnValue:
    """Take one's own proposal back."""
    return _pages.withdraw(load(RiskLimits, limits_id), limits.withdraw)


def _address(row: RiskLimits) -> str:
    return url_for(".show", limits_id=row.id)


def _confirm(row: RiskLimits) -> ResponseReturnValue:
    limits.confirm(db(), actor(), now(), row)
    flash(_("Published. The next look of the day goes by them."), "success")
    return redirect(_address(row))


def _editor(form: LimitsForm, sent: FileForm, tried: Sequence[Tried]) -> ResponseReturnValue:
    if sent.errors:
        return form_page("risk/limits_new.html", sent, limits=form, sent=sent, tried=tried, words=words)
    return form_page("risk/limits_new.html", form, limits=form, sent=sent, tried=tried, words=words)


def _page(row: RiskLimits, form: SendBackForm) -> str:
    mine = row.proposed_by == actor().id
    before, proposed = limits.in_force_before(db(), row), rule.from_toml(row.toml)
    return render_template(
        "risk/limits_show.html",
        row=row,
        form=form,
        rows=[(one, words.limit(one, before), words.limit(one, proposed)) for one in rule.SETTINGS],
        tried=limits.try_out(db(), now(), proposed, before) if row.open else [],
        may_decide=row.open and not mine and may(actor(), Permission.PUBLISH_RISK_LIMITS),
        may_withdraw=row.open and mine,
        words=words,
    )


_pages = DecisionPages(_page, _address)
