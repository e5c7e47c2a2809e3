"""What if for judgements (判客试算): other rules tried on real history, and read before anyone goes by them."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, abort, request
from flask_babel import gettext as _

from commissions.refusal import Refusal

from ...access.permissions import Permission
from ...access.policy import may
from ...access.scope import visible
from ...models import Development
from ...rules.judgements.profile import Profile
from ...services.partners import partners
from ...services.registrations import what_if
from ...services.registrations.what_if import Answer, Change
from ..edge import actor, db, form_page, now, show_refusal
from ..guard import guard
from ..lists.exports import Column, export, yuan
from ..plans.routes import toml_file
from ..words import judgements as words
from .judgement_form import ProfileForm

bp = Blueprint("judgements", __name__)

_MOST = 200


@dataclass(frozen=True, slots=True)
class _Row:
    """A change as it is read, with the names that its words need."""

    change: Change
    client: str
    development: str
    people: Mapping[int, str]
    agencies: Mapping[int, str]

    @property
    def what(self) -> str:
        deal = self.change.deal
        return _("Deal of %(unit)s", unit=deal.unit) if deal else _("Client")

    @property
    def before(self) -> str:
        return words.party(self.change.before, self.people, self.agencies)

    @property
    def after(self) -> str:
        return words.party(self.change.after, self.people, self.agencies)

    @property
    def why(self) -> str:
        return str(words.WHYS[self.change.moved.why])


@bp.get("/judgements/what-if")
@guard(Permission.ASK_WHAT_IF)
def what_if_page() -> tuple[str, int]:
    """Ask what other rules would have decided, and read whose clients and deals would be another's."""
    form, profile, answer = _answered()
    return form_page(
        "what_if/judgements.html",
        form,
        profile=profile,
        answer=answer,
        rows=_rows(answer, _MOST) if answer else [],
        agencies=what_if.agency_names(db(), answer.changes) if answer else {},
        most=_MOST,
        may_propose=may(actor(), Permission.MANAGE_PARTNERS),
    )


@bp.get("/judgements/what-if.<kind>")
@guard(Permission.ASK_WHAT_IF)
def what_if_file(kind: str) -> Response:
    """Everything that would change hands, as a file."""
    _form, _profile, answer = _answered()
    columns = (
        Column(_("Development"), lambda row: row.development),
        Column(_("Client"), lambda row: row.client),
        Column(_("Client or deal"), lambda row: row.what),
        Column(_("As it is"), lambda row: row.before),
        Column(_("As it would be"), lambda row: row.after),
        Column(_("Why"), lambda row: row.why),
        Column(_("Commission"), lambda row: yuan(row.change.moved_fen)),
    )
    return export(_rows(answer, None) if answer else [], columns, "judgement-what-if", kind)


@bp.get("/judgements/profile.toml")
@guard(Permission.ASK_WHAT_IF)
def profile_file() -> Response:
    """The profile that was typed, as the text that `portal judge` reads."""
    form = _form()
    profile = Profile()
    if _is_asked():
        typed = form.profile() if form.validate() else None
        profile = typed or abort(404)
    return toml_file(profile.to_toml(), "profile")


def _is_asked() -> bool:
    return "who_wins" in request.args


def _form() -> ProfileForm:
    form = ProfileForm(request.args) if _is_asked() else ProfileForm.of(Profile())
    return form.offer(partners.development_choices(db(), actor()))


def _answered() -> tuple[ProfileForm, Profile | None, Answer | None]:
    form = _form()
    if not _is_asked() or not form.validate():
        return form, None, None
    profile = form.profile()
    if profile is None:
        return form, None, None
    try:
        return form, profile, what_if.try_profile(db(), now(), profile, form.asked(now()))
    except Refusal as refusal:
        show_refusal(form, refusal)
        return form, None, None


def _rows(answer: Answer, most: int | None) -> list[_Row]:
    changes = answer.changes[:most]
    people, agencies = what_if.person_names(db(), changes), what_if.agency_names(db(), changes)
    clients = what_if.masked_phones(db(), changes)
    places = {row.id: row.name for row in db().scalars(visible(actor(), Development))}
    return [
        _Row(change, clients[facts.client_id], places[facts.development_id], people, agencies)
        for change in changes
        for facts in (change.moved.facts,)
    ]
