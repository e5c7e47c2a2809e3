"""The pictures of a development's page, for anybody: only of pages that friends may see."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, abort, make_response, request, url_for

from ...crypto import digest
from ...models import HouseType, LandingPicture
from ...services.landing import content, pictures
from ...services.referral import link_previews
from ..edge import db, files
from ..guard import public

bp = Blueprint("landing_pictures", __name__, url_prefix="/r")


@bp.get("/picture/<int:picture_id>-<int:width>.jpg")
@public
def picture(picture_id: int, width: int) -> Response:
    """A picture of a development, cut to size."""
    row = db().get(LandingPicture, picture_id)
    if row is None or width not in pictures.WIDTHS or not _shown(row.development_id):
        abort(404)
    return public_picture(
        f"{picture_key(row.file_name)}-{width}", partial(pictures.view, files(), row.file_name, width)
    )


@bp.get("/plan/<int:home_id>-<int:width>.jpg")
@public
def plan(home_id: int, width: int) -> Response:
    """The floor plan of a house type."""
    row = db().get(HouseType, home_id)
    if row is None or row.file_name is None or width not in pictures.WIDTHS or not _shown(row.development_id):
        abort(404)
    return public_picture(
        f"{picture_key(row.file_name)}-{width}", partial(pictures.plan_view, files(), row.file_name, width)
    )


def picture_address(row: LandingPicture, width: int) -> str:
    """Where a friend's browser finds it; another file has another address."""
    return url_for("landing_pictures.picture", picture_id=row.id, width=width, v=picture_key(row.file_name))


def plan_address(row: HouseType, width: int) -> str:
    """The same of a floor plan."""
    return url_for("landing_pictures.plan", home_id=row.id, width=width, v=picture_key(row.file_name or ""))


def public_picture(key: str, drawn: Callable[[], bytes]) -> Response:
    """A picture for anybody. Its address names its content (`v`), so that another picture is another address."""
    response = make_response()
    response.mimetype = "image/jpeg"
    response.headers["Cache-Control"] = "public, max-age=86400"
    response.set_etag(key)
    if not request.if_none_match.contains(key):
        try:
            response.data = drawn()
        except FileNotFoundError:
            abort(404)  # staff have just put another picture in its place
    response.make_conditional(request)
    return response


def _shown(development_id: int) -> bool:
    """Whether friends may see the development's page."""
    development = link_previews.shown(db(), development_id)
    return development is not None and content.is_public(db(), development)


def picture_key(file_name: str) -> str:
    """The content in a word, which names no file."""
    return digest(file_name.encode())[:16]
