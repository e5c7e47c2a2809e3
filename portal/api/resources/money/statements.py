"""The agency's statements (对账单), with the lines that they are made of."""

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from pydantic import Field

from ....access.scope import find
from ....models import Cause, Deal, Dispute, PayoutState, PostedLine, Statement
from ....rules.partner_api.identifiers import Prefix, identifier
from ....rules.partner_api.keys import Scope
from ....services.payouts import disputes
from ....services.statements import accepting, details, issuing
from ....web.edge import db, now
from ...authentication import caller
from ...fields import Instant, Money, Shown
from ...operations import Operation, expanded, operation
from ...pages import PageQuery, PageShown, page
from ...rows import row
from ..deals import DealShown
from ..deals import shown as deal_shown
from .disputes import DisputeShown
from .disputes import shown as dispute_shown

bp = Blueprint("api_statements", __name__)

TAG = "statements"


class StatementShown(Shown):
    """A statement of a month, as it was issued; it never changes."""

    id: str = Field(examples=[identifier(Prefix.STATEMENT, 1)])
    number: str = Field(examples=["ST-2026-11-0007"])
    month: str = Field(examples=["2026-11"])
    version: int
    issued_at: Instant
    opening: Money = Field(description="Carried over from the statement before.")
    lines_total: Money
    payable: Money
    carried: Money = Field(description="Carried on to the next one: zero or less.")
    payout: PayoutState | None = Field(description="How far its payout is; null while there is none.")
    accepted_at: Instant | None = Field(description="When the agency agreed to it.")


class LineShown(Shown):
    """A line: a change of what was earned, and why."""

    id: str = Field(examples=[identifier(Prefix.LINE, 1)])
    reference: str = Field(description="Never the same twice.")
    cause: Cause
    amount: Money
    deal: str | DealShown | None = Field(description="In full with `expand=deal`.")
    rank: int | None = Field(description="The deal's rank in its window.")
    rate_bps: int | None = Field(description="The rate, in basis points: a hundredth of a percent.")
    posted_at: Instant
    dispute: str | DisputeShown | None = Field(description="The latest dispute of it; in full with `expand=dispute`.")


class LinesShown(Shown):
    """All lines of a statement, in the order in which they were posted."""

    items: list[LineShown]


def shown(statement: Statement, state: PayoutState | None) -> StatementShown:
    """A statement as it is answered."""
    agreed = accepting.acceptance_of(db(), statement)
    return StatementShown(
        id=identifier(Prefix.STATEMENT, statement.id),
        number=statement.number,
        month=statement.month,
        version=statement.version,
        issued_at=statement.issued_at,
        opening=Money(amount_fen=statement.opening_fen),
        lines_total=Money(amount_fen=statement.lines_fen),
        payable=Money(amount_fen=statement.payable_fen),
        carried=Money(amount_fen=statement.carried_fen),
        payout=state,
        accepted_at=agreed.accepted_at if agreed else None,
    )


@operation(
    bp,
    Operation(
        "listStatements",
        "GET",
        "/statements",
        Scope.STATEMENTS_READ,
        TAG,
        _l("The agency's statements"),
        {200: PageShown[StatementShown]},
        query=PageQuery,
        refusals=("api_cursor_odd",),
    ),
)
def list_statements(query: PageQuery) -> PageShown[StatementShown]:
    """Newest first."""
    rows, cursor = page(issuing.listing(caller().actor), Statement.id, Prefix.STATEMENT, query)
    payouts = details.latest_payouts(db(), [one.id for one in rows])
    items = [shown(one, payouts[one.id].state if one.id in payouts else None) for one in rows]
    return PageShown[StatementShown](items=items, next_cursor=cursor)


@operation(
    bp,
    Operation(
        "readStatement",
        "GET",
        "/statements/{statement_id}",
        Scope.STATEMENTS_READ,
        TAG,
        _l("One statement"),
        {200: StatementShown},
    ),
)
def read_statement(statement_id: str) -> StatementShown:
    """One of them."""
    return _with_payout(row(Statement, Prefix.STATEMENT, statement_id))


@operation(
    bp,
    Operation(
        "listStatementLines",
        "GET",
        "/statements/{statement_id}/lines",
        Scope.STATEMENTS_READ,
        TAG,
        _l("The lines of a statement"),
        {200: LinesShown},
        expands=("deal", "dispute"),
    ),
)
def list_lines(statement_id: str) -> LinesShown:
    """As they were posted."""
    statement = row(Statement, Prefix.STATEMENT, statement_id)
    contested = disputes.of_statement(db(), statement)
    return LinesShown(items=[_line(one, contested.get(one.id)) for one in issuing.lines_of(db(), statement)])


@operation(
    bp,
    Operation(
        "acceptStatement",
        "POST",
        "/statements/{statement_id}/accept",
        Scope.STATEMENTS_WRITE,
        TAG,
        _l("Agree to a statement"),
        {200: StatementShown},
        refusals=("statement_disputed",),
        description=_l("Once every dispute of it was answered. Again is the same."),
    ),
)
def accept(statement_id: str) -> StatementShown:
    """The agency agrees."""
    statement = row(Statement, Prefix.STATEMENT, statement_id)
    accepting.accept(db(), caller().actor, now(), statement)
    return _with_payout(statement)


def _with_payout(statement: Statement) -> StatementShown:
    payout = details.latest_payouts(db(), [statement.id]).get(statement.id)
    return shown(statement, payout.state if payout else None)


def _line(line: PostedLine, dispute: Dispute | None) -> LineShown:
    return LineShown(
        id=identifier(Prefix.LINE, line.id),
        reference=line.reference,
        cause=line.cause,
        amount=Money(amount_fen=line.amount_fen),
        deal=_deal(line),
        rank=line.rank,
        rate_bps=line.rate_bps,
        posted_at=line.posted_at,
        dispute=_dispute(dispute),
    )


def _deal(line: PostedLine) -> str | DealShown | None:
    """The deal of a line; in full where the reader wants that, and the agency has a part of it still."""
    if line.deal_id is None:
        return None
    named = identifier(Prefix.DEAL, line.deal_id)
    found = find(db(), caller().actor, Deal, line.deal_id) if expanded("deal") else None
    return named if found is None else deal_shown(found)


def _dispute(dispute: Dispute | None) -> str | DisputeShown | None:
    if dispute is None:
        return None
    return dispute_shown(dispute) if expanded("dispute") else identifier(Prefix.DISPUTE, dispute.id)
