"""The board in words: what each thing that is missing is called, why it matters, and where it is mended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l

from ...access.actor import Actor
from ...access.permissions import Permission as P
from ...access.policy import may
from ...rules.periods.close import Kind, Missing, Weight


@dataclass(frozen=True, slots=True)
class Words:
    """A row of the board: its name, what it means for the close, who settles it, and the list where that is done.

    `place` is an endpoint with its arguments; None: there is nothing to do but wait. `month` is added where the list
    knows it.
    """

    name: Any
    why: Any
    whose: Any
    permission: P | None = None
    place: str | None = None
    given: Mapping[str, Any] | None = None
    month: bool = False


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A row as the page shows it; `url` is None for who may not go there."""

    name: Any
    why: Any
    whose: Any
    count: int
    blocks: bool
    url: str | None


_FINANCE = _l("Finance")
_MANAGER = _l("Channel manager")

WORDS: Mapping[Kind, Words] = {
    Kind.MONTH_RUNS: Words(
        _l("The month runs"),
        _l("It can be closed when it is over. Until then single statements may be issued early."),
        "",
    ),
    Kind.IMPORTS_APPLYING: Words(
        _l("Imports being carried out"),
        _l("A signing that is recorded after the seal queues up behind the ranks of its month."),
        _FINANCE,
        P.RECORD_DEAL,
        "imports.index",
        {"state": "applying"},
    ),
    Kind.IMPORTS_WAITING: Words(
        _l("Imports that wait"),
        _l("Tried out and not carried out: their deals are in no statement yet."),
        _FINANCE,
        P.RECORD_DEAL,
        "imports.index",
        {"state": "ready"},
    ),
    Kind.DEALS_WITHOUT_PLAN: Words(
        _l("Deals signed without a plan"),
        _l("They would earn nothing. Give the agency an agreement with a plan for the day of signing."),
        _MANAGER,
        P.READ_DEALS,
        "deals.index",
        {"lacking": "plan"},
        month=True,
    ),
    Kind.SHOWINGS_OF_DEALS: Words(
        _l("Showings behind signed deals, not reviewed"),
        _l("A fake one forfeits its deal. After the seal that moves nobody else's rank any more."),
        _l("Reception or channel manager"),
        P.READ_SHOWINGS,
        "showings.index",
        {"state": "waiting"},
    ),
    Kind.SHOWINGS_UNREVIEWED: Words(
        _l("Other showings not reviewed"),
        _l("No signed deal hangs on them yet."),
        _l("Reception or channel manager"),
        P.READ_SHOWINGS,
        "showings.index",
        {"state": "waiting"},
    ),
    Kind.DEALS_WITHOUT_ATTRIBUTION: Words(
        _l("Deals that nobody owns"),
        _l("No touch was protected at the subscription. Right for a client who came alone; otherwise look at why."),
        _MANAGER,
        P.READ_DEALS,
        "deals.index",
        {"lacking": "owner"},
        month=True,
    ),
    Kind.APPEALS_OPEN: Words(
        _l("Appeals without a decision"),
        _l("Payouts with the deals that they are about are held until then."),
        _MANAGER,
        P.DECIDE_APPEAL,
        "appeals.index",
        {"state": "open"},
    ),
    Kind.DISPUTES_OPEN: Words(
        _l("Disputes without an answer"),
        _l("The payouts of their statements are held until then."),
        _FINANCE,
        P.READ_STATEMENTS,
        "disputes.index",
        {"state": "open"},
    ),
    Kind.ADJUSTMENTS_PROPOSED: Words(
        _l("Adjustments without a decision"),
        _l("What is approved after the close goes to the next statement."),
        _l("A second person"),
        P.READ_STATEMENTS,
        "adjustments.index",
        {"state": "proposed"},
    ),
    Kind.BENEFITS_TO_BOOK: Words(
        _l("Benefits to book"),
        _l("Granted and not booked: they are lost with their rank until somebody books them."),
        _FINANCE,
        P.READ_BENEFITS,
        "benefits.index",
        {"state": "granted"},
    ),
    Kind.BENEFITS_TO_DECIDE: Words(
        _l("Booked benefits whose rank was lost"),
        _l("They stand or are charged back; that is finance's decision."),
        _FINANCE,
        P.READ_BENEFITS,
        "benefits.index",
        {"state": "escalated"},
    ),
    Kind.INVOICES_MISSING: Words(
        _l("Payouts without their invoice"),
        _l("Missing, or of another sum. The payout is held until the agency sends one of just its sum."),
        _l("Agency"),
        P.READ_INVOICES,
        "invoices.index",
    ),
    Kind.PAYOUTS_WITHOUT_RESULT: Words(
        _l("Payouts without the bank's answer"),
        _l("Sent, and neither paid nor failed."),
        _l("Cashier"),
        P.READ_PAYOUTS,
        "payouts.index",
        {"state": "exported"},
    ),
    Kind.EARLIER_MONTHS_OPEN: Words(
        _l("Lines of earlier months"),
        _l("Some stand in no statement yet; this close takes them in."),
        _FINANCE,
        P.ISSUE_STATEMENT,
        "statements.to_issue",
    ),
}
"""Every kind of thing that can be missing, in words; a kind without them fails the tests."""


def told(actor: Actor, missing: Sequence[Missing], month: str) -> list[BoardRow]:
    """The rows of a board for its reader: what blocks first, then what warns, then what is settled."""
    rows = [_told(actor, one, month) for one in missing if one.count or one.kind is not Kind.MONTH_RUNS]
    return sorted(rows, key=lambda row: (row.count == 0, not row.blocks))


def _told(actor: Actor, one: Missing, month: str) -> BoardRow:
    words = WORDS[one.kind]
    url = None
    if words.place and words.permission and may(actor, words.permission):
        url = url_for(words.place, **(words.given or {}), month=month if words.month else None)
    return BoardRow(words.name, words.why, words.whose, one.count, one.weight is Weight.BLOCKS, url)
