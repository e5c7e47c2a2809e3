"""The referrer's own poster and personal link."""

from flask import Blueprint, Response, abort, make_response, render_template, request

from referral.code import grouped

from ...access.permissions import Permission
from ...crypto import digest
from ...models import Referrer
from ...services import referrals, rewards
from ..edge import actor, config, db
from ..guard import guard
from ..language import choose
from . import words
from .landing import address_of

bp = Blueprint("poster", __name__, url_prefix="/poster")

LANGUAGES = ("zh", "en")


@bp.get("/")
@guard(Permission.OWN_POSTER)
def show():
    """My poster: the picture, the file, the link, and how it works."""
    referrer = own_referrer()
    asked = request.args.get("lang", "")
    return render_template(
        "referral/poster.html",
        referrer=referrer,
        code=grouped(referrer.code),
        link=address_of(referrer),
        lang=asked if asked in LANGUAGES else reader_language(),
        plan=rewards.plan_of(db(), referrer),
        words=words,
    )


@bp.get("/<lang>.png")
@guard(Permission.OWN_POSTER)
def picture(lang: str) -> Response:
    """The poster as a PNG of 1080×1920; `?download` makes it a file to keep."""
    referrer = own_referrer()
    if lang not in LANGUAGES or referrer.revoked_at is not None:
        abort(404)
    brand = config().brand_name_zh if lang == "zh" else config().brand_name
    png = referrals.render_poster(referrer, brand=brand, url=address_of(referrer), lang=lang)
    response = make_response(png)
    response.mimetype = "image/png"
    response.headers["Cache-Control"] = "private, max-age=0, must-revalidate"
    if "download" in request.args:
        response.headers["Content-Disposition"] = f'attachment; filename="poster-{referrer.code}-{lang}.png"'
    response.set_etag(digest(png)[:32])
    return response.make_conditional(request)


def own_referrer() -> Referrer:
    """The signed-in referrer, or 404 for an account that has not been made one."""
    referrer = referrals.own(db(), actor())
    if referrer is None:
        abort(404)
    return referrer


def reader_language() -> str:
    """The poster's language for who has not chosen one: the reader's."""
    return "zh" if choose() == "zh_Hans_CN" else "en"
