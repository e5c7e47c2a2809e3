"""The evidence of one line: from its transfer down to the photos of the showing, each step by its own permission."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from ...access.permissions import Permission
from ...access.policy import ALLOWED, may
from ...models import Dispute, PostedLine, Statement, Why
from ...services.payouts import disputes
from ...services.showings.lists import state_of
from ...services.statements import details as statement_details
from ...services.verification.evidence import evidence_of
from ..edge import actor, db, load
from ..guard import guard
from ..words import deals as deal_words
from ..words.privacy import REASONS
from ..words.roles import role_word
from ..words.showings import explained, way_word
from . import cause_words
from .accounts import bp, named


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """What stands around a line: its statement and dispute, what the reader may open, and why photos are gone."""

    staff: bool
    statement: Statement | None
    dispute: Dispute | None
    reads: dict[str, bool]
    erased_because: dict[Why, Any]
    may_see_photos: list[str]


@bp.get("/ledger/evidence/<int:line_id>")
@guard(Permission.READ_DEALS)
def evidence(line_id: int) -> ResponseReturnValue:
    """Why a line stands there, top to bottom. Sums are for who reads earnings, photos for who may see them."""
    found = evidence_of(db(), actor(), load(PostedLine, line_id))
    reads_money = may(actor(), Permission.READ_EARNINGS)
    return render_template(
        "ledger/evidence.html",
        found=found,
        line=found.line,
        named=named([found.transfer.debit, found.transfer.credit] if found.transfer else []),
        view=EvidenceView(
            staff=actor().staff,
            statement=statement_details.statement_of(db(), found.line) if reads_money else None,
            dispute=disputes.of_line(db(), found.line) if may(actor(), Permission.READ_DISPUTES) else None,
            reads={name: may(actor(), Permission[name]) for name in _ASKED},
            erased_because=REASONS,
            may_see_photos=[role_word(role) for role in sorted(ALLOWED[Permission.SEE_PHOTOS])],
        ),
        cause_words=cause_words,
        deal_words=deal_words,
        instant_of=datetime.fromisoformat,
        state_of=state_of,
        explained=explained,
        way_word=way_word,
    )


_ASKED = (
    *("READ_EARNINGS", "READ_LEDGER", "READ_STATEMENTS", "READ_ADJUSTMENTS", "READ_REGISTRATIONS"),
    *("READ_SHOWINGS", "READ_STRIKES", "SEE_PHOTOS"),
)
"""The permissions that the page's links and steps depend on."""
