"""How the portal is doing, for who looks after it."""

from flask import render_template

from ...access.permissions import Permission
from ...services.faces.counts import FACES_FILING
from ...services.home.health import vital_signs
from ..edge import db, now
from ..guard import guard
from ..ledger.words import fault_words
from .people import bp


@bp.get("/health")
@guard(Permission.MANAGE_PEOPLE)
def health():
    """Schema, counts, and what is unusual today."""
    signs = vital_signs(db(), now())
    return render_template(
        "admin/health.html",
        signs=signs,
        worker_lives=signs.worker_lives(now()),
        faces_filing=FACES_FILING,
        ledger_said=fault_words(signs.ledger.fault) if signs.ledger else None,
    )
