"""How the portal is doing, for who looks after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from ...access.permissions import Permission
from ...models import ClockMark
from ...services import timekeeping
from ...services.faces.counts import FACES_FILING
from ...services.home import content_reports
from ...services.home.health import vital_signs
from ...services.privacy import retention_sweep
from ...services.referral import share_tickets
from ...version import VERSION
from ..edge import database, db, health_limits, now, wechat
from ..guard import guard
from ..health.signs import OUTBOXES, shown, why
from ..notifications.apps import token_facts
from ..wechat.words import ticket_facts
from ..words.ledger import fault_words
from .clock_words import words_of
from .people import bp

STEPS = {
    "retention_photos": _l("Erasing photos"),
    "retention_templates": _l("Erasing face templates"),
    "retention_appeal_pictures": _l("Erasing the pictures of appeals"),
    "retention_objection_pictures": _l("Erasing the pictures of objections"),
    "retention_files": _l("Erasing files that are nobody's"),
    "retention_buyer_words": _l("Erasing what was written of buyers"),
    "retention_care_words": _l("Erasing what was written of clients who came to nothing"),
    "retention": _l("Erasing what is over"),
    "erasures": _l("Going on with erasures on request"),
    "late_erasures": _l("Telling of erasures that wait"),
    "faces": _l("Erasing faces that nobody confirmed"),
    "imports": _l("Erasing the rows of imports"),
    "posters": _l("Erasing old posters"),
    "exports": _l("Erasing files of regular exports"),
    "visitors": _l("Forgetting visitors"),
    "sign_ins": _l("Forgetting sign-ins"),
    "audit_addresses": _l("Forgetting addresses in the audit log"),
    "nonces": _l("Forgetting camera questions"),
    "codes": _l("Forgetting codes sent to phones"),
    "invitations": _l("Erasing invitations that are over"),
    "api_answers": _l("Forgetting answers to other systems"),
    "webhooks": _l("Erasing old messages to other systems"),
    "attempts": _l("Forgetting sign-in tries"),
    "factor_resets": _l("Taking lost second factors away"),
    "judgement_runs": _l("Forgetting old tries of rules"),
    "content_reports": _l("Forgetting what browsers kept back"),
    "what_ifs": _l("Erasing old what-ifs"),
    "rewards": _l("Rewards that come due"),
    "conflicts": _l("Looking for conflicts"),
    "risks": _l("Looking at partners' figures"),
    "months": _l("Telling of months to close"),
    "deadlines": _l("Telling of deadlines"),
    "api_versions": _l("Telling of versions of the interface that end"),
    "payments": _l("Telling what holds payments"),
    "standing": _l("Telling what waits too long"),
    "loans": _l("Telling of late loans"),
    "promises": _l("Telling of promises that are due"),
    "absences": _l("Ending absences of consultants"),
    "hand_overs": _l("Telling what waits for a successor"),
    "complaints": _l("Telling of late complaints"),
    "days": _l("Counting days for the board of measures"),
    "surveys": _l("Asking owners for their marks"),
    "measures": _l("Telling of months of the board"),
    "backups": _l("Telling of old backups"),
}
"""What the steps of a sweep are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """What is wrong with this machine's clock, and which clocks elsewhere differ from it."""

    own: str | None
    elsewhere: list[ClockMark]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What went wrong: messages that did not go out, what nobody can read, and what browsers kept back."""

    lost: list[Any]
    unreadable: list[str]
    kept_back: Sequence[tuple[str, int]]


@bp.get("/health")
@guard(Permission.MANAGE_PEOPLE)
def health() -> ResponseReturnValue:
    """Schema, counts, and what is unusual today."""
    signs = vital_signs(db(), now(), health_limits())
    return render_template(
        "admin/health.html",
        signs=signs,
        version=VERSION,
        trouble=Trouble(
            lost=[(OUTBOXES[one.outbox], one.count, why(one.why)) for one in signs.lost],
            unreadable=retention_sweep.unreadable(db()),
            kept_back=content_reports.lately(db(), now()),
        ),
        life=[shown(sign) for sign in signs.signs],
        clocks=Clocks(
            own=words_of(timekeeping.judged(db(), now(), database().own_clock())),
            elsewhere=timekeeping.doubted(db()),
        ),
        faces_filing=FACES_FILING,
        steps=STEPS,
        ledger_said=fault_words(signs.ledger.fault) if signs.ledger else None,
        ticket=_ticket(),
        apps=token_facts(),
    )


def _ticket() -> list[tuple[str, str]]:
    """How it stands with what lets shared links show a card; nothing where they show none."""
    account = wechat()
    return [] if account is None else ticket_facts(share_tickets.state(db(), account.app_id), now())
