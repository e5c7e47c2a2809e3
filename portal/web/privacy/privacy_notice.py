"""The public privacy page: who answers for personal data, what is kept, what for, how long, and what rights one has."""

from flask import Blueprint, render_template

from ...rules.partners.policy import Policy
from ..edge import config
from ..guard import public

bp = Blueprint("privacy_notice", __name__)


@bp.get("/privacy-notice")
@public
def show() -> str:
    """What friends, visitors and buyers should know; the days are those of the default policy."""
    return render_template(
        "privacy/privacy_notice.html",
        company=config().company,
        contact=config().privacy_contact,
        policy=Policy(),
    )
