"""A stand's own gifts, and the tablet there: a code that changes every half minute."""

from typing import Any
from urllib.parse import urljoin

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.validators import Length, ValidationError

from referral.rewards.reward_plan import Event

from ...access.permissions import Permission
from ...models import Programme, ProgrammeKind
from ...services.programmes import gifts, stands
from ...services.programmes.stands import OwnGift
from ..edge import actor, config, db, form_page, load, now, refusing
from ..forms.fields import LineField, YuanField
from ..guard import guard
from ..qr import qr_png
from ..words import rewards as reward_words

bp = Blueprint("stands", __name__, url_prefix="/programmes/<int:programme_id>")


class GiftsForm(FlaskForm):
    """What this stand gives instead of the plan's gifts, and how it is known that somebody is there."""

    asks_code = BooleanField(_l("Only with the code on the stand's tablet"))
    scan_title = LineField(_l("Own gift for a scan"), [Length(max=40, message=_l("At most 40 characters."))])
    scan_value = YuanField(_l("What it is worth"))
    lead_title = LineField(_l("Own gift for a number"), [Length(max=40, message=_l("At most 40 characters."))])
    lead_value = YuanField(_l("What it is worth"))

    def validate_scan_value(self, field: YuanField) -> None:
        """A gift has a name and a worth, or is the plan's."""
        title = self[field.name.replace("value", "title")].data or ""
        if bool(title.strip()) != bool(field.data and field.data > 0):
            raise ValidationError(_("Give both what it is and what it is worth, or neither."))

    validate_lead_value = validate_scan_value

    @property
    def own(self) -> dict[Event, OwnGift]:
        """The gifts that were entered."""
        entered = {
            event: (self[f"{event}_title"].data or "", self[f"{event}_value"].data) for event in stands.OWN_EVENTS
        }
        return {event: OwnGift(title.strip(), value) for event, (title, value) in entered.items() if title.strip()}

    @classmethod
    def of(cls, programme: Programme) -> "GiftsForm":
        """The form as it stands."""
        own: dict[str, Any] = {f"{row.event}_title": row.title for row in programme.own_gifts}
        own |= {f"{row.event}_value": row.value_fen for row in programme.own_gifts}
        return cls(asks_code=programme.asks_code, **own)


@bp.route("/gifts", methods=["GET", "POST"])
@guard(Permission.MANAGE_REFERRERS)
def own_gifts(programme_id: int) -> ResponseReturnValue:
    """What this stand gives, to be changed from now on."""
    programme = _stand(programme_id)
    form = GiftsForm.of(programme)
    if form.validate_on_submit():
        with refusing(form):
            stands.change_gifts(db(), actor(), now(), programme, asks_code=form.asks_code.data, own=form.own)
            flash(_("Changed. It counts from now on."), "success")
            return redirect(url_for("programmes.show", programme_id=programme_id))
    planned = {
        event: gifts.planned(db(), now(), event, programme.referrer.development_id) for event in stands.OWN_EVENTS
    }
    return form_page("programmes/stand_gifts.html", form, programme=programme, planned=planned, words=reward_words)


@bp.get("/code")
@guard(Permission.HOST_CHECK_IN)
def code(programme_id: int) -> ResponseReturnValue:
    """The code, large, for the tablet at the stand; 204 to one that shows it already."""
    programme = _stand(programme_id)
    found = stands.code_now(db(), now(), programme)
    if request.args.get("shown") == f"{found.step}":
        return "", 204
    return render_template("programmes/stand_code.html", programme=programme, code=found)


@bp.get("/code.png")
@guard(Permission.HOST_CHECK_IN)
def code_picture(programme_id: int) -> Response:
    """The code of this half minute, as an address that a phone's own camera opens."""
    programme = _stand(programme_id)
    text = stands.code_now(db(), now(), programme).text
    return qr_png(urljoin(config().base_url, url_for("landing.show", code=programme.referrer.code, c="stand", k=text)))


def _stand(programme_id: int) -> Programme:
    programme = load(Programme, programme_id)
    if programme.kind is not ProgrammeKind.STAND or programme.referrer.revoked_at is not None:
        abort(404)
    return programme
