"""The day of who cares for clients."""

from flask import Blueprint, render_template

from ...access.permissions import Permission
from ..guard import guard

bp = Blueprint("care", __name__, url_prefix="/care")


@bp.get("")
@guard(Permission.CARE_FOR_CLIENTS)
def index() -> str:
    """What is owed to the clients in one's care."""
    return render_template("care/index.html")
