"""How the portal is doing, for who looks after it."""

from flask import render_template

from ...access.permissions import Permission
from ...services.faces.counts import FACES_FILING
from ...services.home.health import vital_signs
from ..edge import db, health_limits, now
from ..guard import guard
from ..health.signs import OUTBOXES, shown, why
from ..ledger.words import fault_words
from .people import bp


@bp.get("/health")
@guard(Permission.MANAGE_PEOPLE)
def health():
    """Schema, counts, and what is unusual today."""
    signs = vital_signs(db(), now(), health_limits())
    return render_template(
        "admin/health.html",
        signs=signs,
        lost=[(OUTBOXES[one.outbox], one.count, why(one.why)) for one in signs.lost],
        life=[shown(sign) for sign in signs.signs],
        faces_filing=FACES_FILING,
        ledger_said=fault_words(signs.ledger.fault) if signs.ledger else None,
    )
