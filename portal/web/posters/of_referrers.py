"""A referrer's poster as staff take it, for who has no phone at hand: to be sent or printed."""

from dataclasses import replace

from flask import Blueprint, Response, abort

from ...access.permissions import Permission
from ...models import Audience, Referrer
from ...services.posters import posters
from ...services.posters.posters import PosterChoices, PosterSettings
from ...services.referral import vanity_codes
from ..edge import config, db, files, load
from ..guard import guard
from .drawing import orderable, poster_file, reader_language

bp = Blueprint("referrer_posters", __name__, url_prefix="/referrers")


@bp.get("/<int:referrer_id>/poster-<design_name>.<any(png, pdf):sheet>")
@guard(Permission.MANAGE_REFERRERS)
def show(referrer_id: int, design_name: str, sheet: str) -> Response:
    """The poster in a design, as its referrer would take it. A programme's is on its own page."""
    referrer, settings = load(Referrer, referrer_id), PosterSettings.of(config()).stocked(db())
    if (
        referrer.audience is Audience.PROGRAMME
        or referrer.revoked_at is not None
        or settings.catalogue.find(design_name) is None
    ):
        abort(404)
    look, lang = posters.look_of(db(), referrer.development), reader_language()
    wanted = orderable(lambda: posters.spec_of(settings, files(), referrer, look, PosterChoices(design_name, lang)))
    wanted = replace(wanted, own_code=vanity_codes.chosen_by(db(), [referrer.id]).get(referrer.id, ""))
    return poster_file(wanted, sheet, name=f"poster-{referrer.code}-{design_name}-{lang}.{sheet}")
