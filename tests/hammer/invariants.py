"""What must hold when the hammering is over, each proven from the rows alone and named when it does not.

`ledger verify` proves that the books agree with each other; here stands what they must also agree with: the graph of
payouts, the bank files as they were sent, the plans, and what users were told.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from time import monotonic, sleep
from typing import Any

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from commissions import ledger as accounts
from commissions.payout import MOVES
from commissions.refusal import Refusal
from portal.access.actor import SYSTEM
from portal.adapters import bank
from portal.clock import month_end, month_of
from portal.db import Database
from portal.models import (
    AuditEntry,
    BankConfirmation,
    BankDecision,
    BankOutcome,
    BankResult,
    Deal,
    Milestone,
    Payout,
    PayoutBatch,
    PayoutState,
    PayoutStep,
    Period,
    PeriodState,
    PostedLine,
    Role,
    Statement,
    StatementLine,
)
from portal.models.ledger.lines import OF_DEALS
from portal.services.commission import accruals
from portal.services.ledger import balances as ledger_balances
from portal.services.ledger import posting
from portal.services.payouts import bank_files, payouts
from portal.services.verification import proof
from tests.hammer import naive, world
from tests.hammer.faults import telling, telling_apps
from tests.hammer.orders import Orders

CHECKED_WITH_FAULTS = ("held ", "texted ")
"""What is told of other things than money (`tests.hammer.faults.checks`)."""

_ENDS_AT = world.MONTH_ENDS + timedelta(days=1)


def violations(orders: Orders, told: Sequence[str]) -> list[str]:
    """Everything that does not hold, as `name: what`; of a control, what it is there to break."""
    database = orders.database()
    names = [name for name in CHECKS if naive.is_to_break(orders, f"{name}:")]
    try:
        _wait_for_the_killed(database)
        found = [f"{name}: {what}" for name in names for what in _undone(database, CHECKS[name])]
        with database.reading() as session:
            untrue = [] if orders.control else [f"told: {what}" for what in _untrue(session, told)]
        return found + untrue
    finally:
        database.dispose()


def _undone(database: Database, check: Callable[[Session], Iterator[str]]) -> list[str]:
    """What a check finds; what it tried in order to find it is undone."""
    with database.session() as session:
        found = list(check(session))
        session.rollback()
    return found


def _wait_for_the_killed(database: Database) -> None:
    """A killed client's server process ends when it notices; until then its transaction may still be at work."""
    if database.engine.dialect.name != "postgresql":
        return
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    give_up = monotonic() + 30
    with database.reading() as session:
        while session.scalar(others):
            assert monotonic() < give_up, "the server processes of killed workers do not end"
            sleep(0.02)


def _ledger(session: Session) -> Iterator[str]:
    fault = proof.verify_ledger(session).fault
    if fault is not None:
        yield str(fault)


def _sent_once(session: Session) -> Iterator[str]:
    """No payout stands twice in bank files, and none is sent that was not exported."""
    sent: Counter[str] = Counter()
    for batch in session.scalars(select(PayoutBatch)):
        sent.update(one.reference for one in bank.read_payments(bank_files.file_of(session, batch)))
    yield from (f"{reference} was sent {times} times" for reference, times in sent.items() if times > 1)
    exported = select(Payout.reference).where(Payout.batch_id.is_not(None))
    yield from (f"{one} was exported, or sent, alone" for one in sent.keys() ^ set(session.scalars(exported)))


def _on_the_graph(session: Session) -> Iterator[str]:
    """Each payout's steps are a walk along the documented graph, one at a time, to where it stands."""
    moves = {(before, after) for (before, _verb), after in MOVES.items()}
    steps = defaultdict(list)
    for key, state in session.execute(select(PayoutStep.payout_id, PayoutStep.state).order_by(PayoutStep.id)):
        steps[key].append(state)
    for key, state in session.execute(select(Payout.id, Payout.state)):
        walked = steps[key]
        if walked[:1] != [PayoutState.REQUESTED] or walked[-1] != state or not set(pairwise(walked)) <= moves:
            yield f"payout {key} stands at {state} after {' → '.join(walked)}"


def _paid_once(session: Session) -> Iterator[str]:
    """A statement has at most one payout under way or paid, over its whole payable sum."""
    living = select(Payout.statement_id, func.count()).where(Payout.state.not_in(payouts.ENDED))
    for key, times in session.execute(living.group_by(Payout.statement_id).having(func.count() > 1)):
        yield f"statement {key} has {times} payouts under way or paid"


def _none_lost(session: Session) -> Iterator[str]:
    """Every payable statement has a payout: under way, paid, or over in a way that another can be requested."""
    newest = select(Payout.statement_id, func.max(Payout.id)).group_by(Payout.statement_id)
    latest = dict(session.execute(newest).tuples().all())
    finance = world.people_of(session)[Role.FINANCE][0]
    for statement in session.scalars(select(Statement).where(Statement.payable_fen > 0)).all():
        if statement.id not in latest:
            yield f"statement {statement.number} has no payout"
        elif session.get_one(Payout, latest[statement.id]).state in payouts.ENDED:
            try:
                payouts.request_payout(session, finance, _ENDS_AT, statement)
            except Refusal as refusal:
                yield f"statement {statement.number} cannot be paid any more: {refusal}"


def _conserved(session: Session) -> Iterator[str]:
    """What a payee has earned is what was paid to him and what the ledger still owes him."""
    earned = _sums(session, PostedLine.payee, PostedLine.amount_fen)
    paid = _sums(session, Payout.payee, Payout.amount_fen, Payout.state == PayoutState.PAID)
    for payee, fen in earned.items():
        accounts_of = accounts.accrued(payee), accounts.payable(payee), accounts.in_transit(payee)
        owed = -sum(ledger_balances.balance_of(session, account) for account in accounts_of)
        if fen != paid.get(payee, 0) + owed:
            yield f"{payee} earned {fen}, was paid {paid.get(payee, 0)} and is owed {owed} fen"
    if ledger_balances.balance_of(session, accounts.BANK) != -sum(paid.values()):
        yield "the bank's account is not what was paid"


def _sums(session: Session, key: Any, fen: Any, *where: Any) -> dict[str, int]:
    return {one: int(total) for one, total in session.execute(select(key, func.sum(fen)).where(*where).group_by(key))}


def _posted_is_target(session: Session) -> Iterator[str]:
    """Posting anew for a deal of every agency and month finds nothing to do: no line, and no deed at all."""
    deals = session.scalars(select(Deal).where(Deal.signed_at.is_not(None)).order_by(Deal.id))
    of_each = {(deal.agency_id, deal.development_id, month_of(deal.signed_at)): deal.id for deal in deals}
    deeds = select(func.count(AuditEntry.id))
    before = session.scalar(deeds)
    for (agency_id, _, month), key in of_each.items():
        last = select(Milestone).where(Milestone.deal_id == key).order_by(Milestone.id.desc()).limit(1)
        milestone = session.scalars(last).one()
        try:
            lines = accruals.post_accruals(session, SYSTEM, _ENDS_AT, deal=milestone.deal, milestone=milestone)
        except posting.ReferenceTaken:
            yield f"agency {agency_id} in {month}: milestone {milestone.id} would now post other lines"
            continue
        session.flush()
        if lines or session.scalar(deeds) != before:
            wrong_fen = sum(line.amount_fen for line in lines)
            yield f"agency {agency_id} in {month}: {len(lines)} lines of {wrong_fen} fen, or a benefit, were missing"
            before = session.scalar(deeds)


def _one_after_another(session: Session) -> Iterator[str]:
    """Every line was taken from what really stood in the ledger: the lines before it, of its deal and instalment.

    The next posting would mend a line that two transactions posted side by side, so the target alone does not tell.
    """
    line = PostedLine
    stood: Counter[tuple[int, str]] = Counter()
    facts = select(line.deal_id, line.instalment, line.amount_fen, line.why).where(line.cause.in_(OF_DEALS))
    for deal_id, instalment, fen, why in session.execute(facts.order_by(line.batch_id)):
        if why["posted_fen"] != stood[deal_id, instalment]:
            yield f"a line of deal {deal_id} was taken from {why['posted_fen']}, not {stood[deal_id, instalment]} fen"
        stood[deal_id, instalment] += fen


def _without_gaps(session: Session) -> Iterator[str]:
    """Statements, bank files and ledger blocks are numbered 1, 2, 3 …"""
    series: defaultdict[str, list[int]] = defaultdict(list)
    for number in [*session.scalars(select(Statement.number)), *session.scalars(select(PayoutBatch.number))]:
        month, _, place = number.rpartition("-")
        series[month].append(int(place))
    series["blocks"] = list(session.scalars(select(posting.LedgerBatch.id)))
    for name, places in series.items():
        if sorted(places) != list(range(1, len(places) + 1)):
            missing = sorted(set(range(1, max(places))) - set(places))
            yield f"{name} has {len(places)} numbers up to {max(places)}; missing are {missing}"


def _closed_whole(session: Session) -> Iterator[str]:
    """A closed month left no line behind: what was posted in it stands in a statement."""
    stands = select(StatementLine.line_id)
    for period in session.scalars(select(Period).where(Period.state == PeriodState.CLOSED)):
        left = select(PostedLine.reference).where(PostedLine.id.not_in(stands))
        for reference in session.scalars(left.where(PostedLine.posted_at < month_end(period.month))):
            yield f"{reference} stands in no statement, though {period.month} is closed"


def _settled_once(session: Session) -> Iterator[str]:
    """A payout has one word of the bank that counts, and stands where it put it; only what was paid comes back, once.

    Contrary answers may wait side by side: failed or sent back counts when a second person has confirmed it.
    """
    settled = {state: BankOutcome(state) for state in (PayoutState.PAID, PayoutState.FAILED, PayoutState.RETURNED)}
    words = defaultdict(list)
    confirmed = BankResult.confirmation.has(BankConfirmation.decision == BankDecision.CONFIRMED)
    counts = or_(BankResult.outcome == BankOutcome.PAID, BankResult.outcome.in_(settled.values()) & confirmed)
    results = select(BankResult.payout_id, BankResult.outcome).where(counts)
    for key, outcome in session.execute(results.order_by(BankResult.id)):
        words[key].append(outcome)
    for key, state in session.execute(select(Payout.id, Payout.state).order_by(Payout.id)):
        right = [settled[state]] if state in settled else []
        if state is PayoutState.RETURNED:
            right = [BankOutcome.PAID, BankOutcome.RETURNED]
        if words[key] != right:
            yield f"payout {key} stands at {state}, and the bank said {', '.join(words[key]) or 'nothing'}"


CHECKS: dict[str, Callable[[Session], Iterator[str]]] = {
    "ledger": _ledger,
    "sent once": _sent_once,
    "on the graph": _on_the_graph,
    "paid once": _paid_once,
    "none lost": _none_lost,
    "conserved": _conserved,
    "posted is target": _posted_is_target,
    "one after another": _one_after_another,
    "no gaps": _without_gaps,
    "settled once": _settled_once,
    "closed whole": _closed_whole,
    "told to each once": telling.told_once,
    "told in groups once": telling.told_in_groups_once,
    "told in apps once": telling_apps.told_in_apps_once,
    "streams whole": telling.streams_whole,
}
"""By the names that violations carry; what users were `told` is checked besides."""


def _untrue(session: Session, told: Sequence[str]) -> Iterator[str]:
    """What was told to a user and is not so, or was told twice: an acknowledged deed that was lost or doubled."""
    deeds = Counter(one for one in told if not one.startswith(("reports_", *CHECKED_WITH_FAULTS)))
    yield from (f"{deed!r} was told {times} times" for deed, times in deeds.items() if times > 1)
    yield from (f"{deed!r} was told, but is not so" for deed in deeds.keys() - set(_true(session)))
    for state in (PayoutState.PAID, PayoutState.FAILED, PayoutState.RETURNED):
        said = sum(int(one.split()[1]) for one in told if one.startswith(f"reports_{state}"))
        there = session.scalar(select(func.count(PayoutStep.id)).where(PayoutStep.state == state)) or 0
        if said > there:
            yield f"{said} were reported {state}, but there are {there}"


def _true(session: Session) -> Iterator[str]:
    yield from (f"{kind} {key}" for kind, key in session.execute(select(Milestone.kind, Milestone.deal_id)))
    yield from (f"{state} {key}" for state, key in session.execute(select(PayoutStep.state, PayoutStep.payout_id)))
    begun = select(Period.month).where(Period.state != PeriodState.OPEN)
    yield from (f"closing {month}" for month in session.scalars(begun))
    yield from (f"statement {key}" for key in session.scalars(select(Statement.id)))
