"""The staff's side of joining: where the public pages are, whether they are open, and how many came by them."""

from urllib.parse import urljoin

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from ...access.permissions import Permission
from ...access.policy import may
from ...models import Development
from ...services.joining import pages
from ..edge import actor, config, db, load, now
from ..guard import guard
from ..qr import qr_png

bp = Blueprint("joining_desk", __name__, url_prefix="/referrers/joining")


@bp.get("/")
@guard(Permission.MANAGE_REFERRERS)
def index() -> ResponseReturnValue:
    """Every development's page."""
    return render_template(
        "joining/desk.html",
        pages=pages.all_pages(db(), now()),
        address_of=address_of,
        may_open=may(actor(), Permission.MANAGE_PARTNERS),
        texts=config().texts(config().sms_number_template),
    )


@bp.get("/<int:development_id>.png")
@guard(Permission.MANAGE_REFERRERS)
def picture(development_id: int) -> Response:
    """The address of a development's page as a QR code, for a screen or a sheet at the sales office."""
    return qr_png(address_of(load(Development, development_id), campaign="print"))


def address_of(development: Development, campaign: str | None = None) -> str:
    """Where a development's public page is."""
    return urljoin(config().base_url, url_for("joining.begin", development_id=development.id, c=campaign))
