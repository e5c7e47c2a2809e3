"""Home."""

from flask import Blueprint, render_template

from ...access.permissions import Permission
from ..guard import guard

bp = Blueprint("home", __name__)


@bp.get("/")
@guard(Permission.OWN_PROFILE)
def index():
    """What waits for the signed-in person."""
    return render_template("home/index.html")
