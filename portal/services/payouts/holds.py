"""What holds payouts back (rules 6.2): the facts that the checks are made on, for many payouts at once.

Each fact is found twice, by one statement of it: as values for `commissions.payout.holds`, which decides, and as a
condition for lists that show only what is held. Freezes, appeals, disputes, conflicts, questions and changes of the
payment's deals are called by names such as `freeze:3`; a release names what it was of, so that whatever comes later
holds again.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, cast, exists, false, func, literal, or_, select
from sqlalchemy.orm import aliased

from commissions.payout import BANK_REST, Check, Payee, causes, holds
from commissions.refusal import Refusal

from ...models import (
    Agency,
    Appeal,
    BankChange,
    ConflictCase,
    Deal,
    Dispute,
    Freeze,
    HoldRelease,
    Invoice,
    InvoiceState,
    Payout,
    PayoutApproval,
    PayoutState,
    Person,
    PostedLine,
    ProposalState,
    RiskFlag,
    Showing,
    Statement,
    StatementLine,
    Strike,
    agency_payee,
    hangs_on_deal,
    held_statements,
    person_payee,
)
from ...models.base import Code
from ...session import Session
from .. import timekeeping
from ..penalties import appeals
from ..taxes import groups as tax_groups
from . import changed_deals, disputes

Columns = TypeVarTuple("Columns")

OPEN = (PayoutState.REQUESTED, PayoutState.APPROVED)
"""The states in which a hold matters: later the money is gone, or nobody wants to send it."""

Holds = Mapping[Check, Refusal]


def found(session: Session, now: datetime, payouts: Sequence[Payout]) -> Mapping[int, Holds]:
    """What holds each of these payouts back at this instant, by the payout's id, in as many queries as for one.

    What holds for a time only, a freeze or a new account's rest, is not over before a clock that is believed says so.
    """
    now = timekeeping.trusted(session, now)
    facts, released = facts_of(session, now, payouts), _released(session, payouts)
    return {key: holds(payee, now, released[key]) for key, payee in facts.items()}


def facts_of(session: Session, now: datetime, payouts: Sequence[Payout]) -> Mapping[int, Payee]:
    """What is known of each payout's payee and papers at this instant, whatever was released."""
    ids = [payout.statement_id for payout in payouts]
    frozen: defaultdict[int, dict[str, datetime]] = defaultdict(dict)
    for statement_id, cause, until in session.execute(_frozen(now).where(_in(StatementLine.statement_id, ids))):
        frozen[statement_id][cause] = until
    contested = _named(session, _appealed().where(_in(StatementLine.statement_id, ids)))
    disputed = _named(session, _disputed().where(_in(Dispute.statement_id, ids)))
    asked = _named(session, _asked().where(_in(Statement.id, ids)))
    claimed = _named(session, _claimed().where(_in(StatementLine.statement_id, ids)))
    invoiced = {row[0]: row for row in session.execute(_invoiced().where(_in(Invoice.statement_id, ids)))}
    changed = changed_deals.by_statement(session, ids)
    objecting = set(session.scalars(_objecting().where(_in(BankChange.payee, [one.payee for one in payouts]))))
    approved_for = _approved_for(session, payouts)
    untaxed = set(session.scalars(tax_groups.untaxed().where(_in(StatementLine.statement_id, ids))))
    owners = _owners(session, payouts)
    return {
        payout.id: Payee(
            active=owners[payout.payee].deactivated_at is None,
            has_bank_details=owners[payout.payee].bank_sealed is not None,
            bank_changed_at=owners[payout.payee].bank_changed_at,
            payable_fen=payout.amount_fen,
            invoices=payout.agency_id is not None,
            invoiced_fen=invoiced[payout.statement_id][1] if payout.statement_id in invoiced else None,
            invoice_checked=payout.statement_id in invoiced and invoiced[payout.statement_id][2] is not None,
            tax_computed=None if payout.agency_id is not None else payout.statement_id not in untaxed,
            frozen=frozen[payout.statement_id],
            appeals=frozenset(contested[payout.statement_id]),
            disputes=frozenset(disputed[payout.statement_id]),
            conflicts=frozenset(claimed[payout.statement_id]),
            questions=frozenset(asked[payout.statement_id]),
            changes=changed.get(payout.statement_id, {}),
            objects=payout.payee in objecting,
            account_approved=_is_account_approved(payout, approved_for.get(payout.id)),
        )
        for payout in payouts
    }


def _approved_for(session: Session, payouts: Sequence[Payout]) -> Mapping[int, str]:
    """The digest of the account that each payout was approved for the last time."""
    of = PayoutApproval
    newest = select(func.max(of.id)).where(_in(of.payout_id, [one.id for one in payouts])).group_by(of.payout_id)
    rows = session.execute(select(of.payout_id, of.account_digest).where(of.id.in_(newest)))
    return {row.payout_id: row.account_digest for row in rows}


def _is_account_approved(payout: Payout, digest: str | None) -> bool | None:
    owner = payout.owner
    return owner is not None and owner.bank_digest == digest if payout.state is PayoutState.APPROVED else None


def open_causes(session: Session, now: datetime, payout: Payout, check: Check) -> Collection[str]:
    """What a hold of the payout goes back to that nobody has released: `freeze:3`, in order."""
    now = timekeeping.trusted(session, now)
    payee = facts_of(session, now, [payout])[payout.id]
    return sorted(causes(payee, check, now).difference(_released(session, [payout])[payout.id]))


def _named(session: Session, stmt: Select[int, str]) -> defaultdict[int, set[str]]:
    """Names of what is open, by statement."""
    names: defaultdict[int, set[str]] = defaultdict(set)
    for statement_id, cause in session.execute(stmt):
        names[statement_id].add(cause)
    return names


def _released(session: Session, payouts: Sequence[Payout]) -> defaultdict[int, set[str]]:
    stmt = select(HoldRelease.payout_id, HoldRelease.cause)
    return _named(session, stmt.where(_in(HoldRelease.payout_id, [payout.id for payout in payouts])))


def _owners(session: Session, payouts: Sequence[Payout]) -> Mapping[str, Agency | Person]:
    """Whose payouts they are, by their payees."""
    agencies = _in(Agency.id, [one.agency_id for one in payouts if one.agency_id is not None])
    people = _in(Person.id, [one.person_id for one in payouts if one.person_id is not None])
    return {
        **{agency_payee(row.id): row for row in session.scalars(select(Agency).where(agencies))},
        **{person_payee(row.id): row for row in session.scalars(select(Person).where(people))},
    }


def _in(column: SQLColumnExpression[Any], keys: Sequence[object]) -> ColumnElement[bool]:
    return column.in_(keys) if keys else false()


# As conditions


def condition(now: datetime, check: Check | None = None) -> ColumnElement[bool]:
    """A payout that is held back at this instant: by one check, or by any."""
    held = _conditions(now)
    return and_(Payout.state.in_(OPEN), held[check] if check else or_(*held.values()))


def of_statement(held: ColumnElement[bool]) -> ColumnElement[bool]:
    """A statement whose payout is held so."""
    return Statement.id.in_(select(Payout.statement_id).where(held))


def _conditions(now: datetime) -> Mapping[Check, ColumnElement[bool]]:
    agency, person = Payout.agency, Payout.person
    return {
        Check.PAYEE_ACTIVE: or_(
            agency.has(Agency.deactivated_at.is_not(None)), person.has(Person.deactivated_at.is_not(None))
        ),
        Check.BANK_DETAILS: or_(agency.has(Agency.bank_sealed.is_(None)), person.has(Person.bank_sealed.is_(None))),
        Check.BANK_SETTLED: or_(
            agency.has(Agency.bank_changed_at > now - BANK_REST), person.has(Person.bank_changed_at > now - BANK_REST)
        ),
        Check.BROKERS_FREE: _unreleased(_frozen(now)),
        **_timeless(),
    }


@cache
def _timeless() -> Mapping[Check, ColumnElement[bool]]:
    """Those that hold at every instant: written once, for to write them costs more than to ask."""
    return {
        Check.PAYEE_AGREES: Payout.payee.in_(_objecting()),
        Check.ACCOUNT_APPROVED: needs_another_approval(),
        Check.APPEALS_DECIDED: _unreleased(_appealed()),
        Check.DISPUTES_ANSWERED: _unreleased(_disputed()),
        Check.CONFLICTS_DECIDED: _unreleased(_claimed()),
        Check.QUESTIONS_ANSWERED: _unreleased(_asked()),
        Check.DEALS_UNCHANGED: or_(*map(_unreleased, changed_deals.later_lines())),
        Check.INVOICE_EQUAL: and_(Payout.agency_id.is_not(None), ~_invoice_in_order()),
        Check.TAX_COMPUTED: and_(Payout.person_id.is_not(None), Payout.statement_id.in_(tax_groups.untaxed())),
    }


@cache
def needs_another_approval() -> ColumnElement[bool]:
    """An approved payout whose payee has another account by now than it was approved for."""
    of = aliased(PayoutApproval)
    newest = select(func.max(of.id)).where(of.payout_id == Payout.id).correlate(Payout).scalar_subquery()
    digest = select(PayoutApproval.account_digest).where(PayoutApproval.id == newest).scalar_subquery()
    same = or_(Payout.agency.has(Agency.bank_digest == digest), Payout.person.has(Person.bank_digest == digest))
    return and_(Payout.state == PayoutState.APPROVED, ~same)


@cache
def _objecting() -> Select[str]:
    """The payees who say that the account that is in force is not theirs."""
    other = aliased(BankChange)
    newest = select(func.max(other.id)).where(other.payee == BankChange.payee, other.state == ProposalState.CONFIRMED)
    return select(BankChange.payee).join(BankChange.objection).where(BankChange.id == newest.scalar_subquery())


def _unreleased(stmt: Select[int, str] | Select[int, str, datetime]) -> ColumnElement[bool]:
    """Something of the payout's statement is open that nobody has released for this payout."""
    there = stmt.subquery()
    released = exists().where(HoldRelease.payout_id == Payout.id, HoldRelease.cause == there.c.cause)
    return (
        exists()
        .where(there.c.statement_id == Payout.statement_id, ~released.correlate(Payout, there))
        .correlate(Payout)
    )


def _invoice_in_order() -> ColumnElement[bool]:
    return exists().where(
        Invoice.statement_id == Payout.statement_id,
        Invoice.state == InvoiceState.CURRENT,
        Invoice.amount_fen == Payout.amount_fen,
        Invoice.checked_at.is_not(None),
    )


# What there is, by statement


def _frozen(now: datetime) -> Select[int, str, datetime]:
    """The freezes that run on brokers whose deals stand in statements."""
    running = and_(Freeze.lifted_at.is_(None), Freeze.starts_at <= now, Freeze.ends_at > now)
    return (
        _deals(select(StatementLine.statement_id, _name("freeze", Freeze.id), Freeze.ends_at))
        .join(Freeze, and_(Freeze.broker_id == Deal.owner_id, running))
        .distinct()
    )


@cache
def _appealed() -> Select[int, str]:
    """The open appeals over showings that deals in statements go back to."""
    return (
        _deals(select(StatementLine.statement_id, _name("appeal", Appeal.id)))
        .join(Showing, Showing.touch_id == Deal.touch_id)
        .join(Strike, Strike.showing_id == Showing.id)
        .join(Appeal, and_(Appeal.strike_id == Strike.id, appeals.is_open()))
        .distinct()
    )


@cache
def _disputed() -> Select[int, str]:
    """The open disputes over statements' lines."""
    return select(Dispute.statement_id, _name("dispute", Dispute.id)).where(disputes.is_open())


@cache
def _claimed() -> Select[int, str]:
    """The open cases over whose the deals in statements are."""
    return (
        _deals(select(StatementLine.statement_id, _name("conflict", ConflictCase.id)))
        .join(ConflictCase, hangs_on_deal())
        .distinct()
    )


@cache
def _asked() -> Select[int, str]:
    """The questions to a partner that hold something of his statements until they are settled."""
    return held_statements(_name("risk", RiskFlag.id))


@cache
def _invoiced() -> Select[int, int, datetime | None]:
    """What the invoices that count come to, and when they were checked."""
    what = (Invoice.statement_id, Invoice.amount_fen, Invoice.checked_at)
    return select(*what).where(Invoice.state == InvoiceState.CURRENT)


def _deals(stmt: Select[*Columns]) -> Select[*Columns]:
    return (
        stmt.select_from(StatementLine)
        .join(PostedLine, PostedLine.id == StatementLine.line_id)
        .join(Deal, Deal.id == PostedLine.deal_id)
    )


def _name(kind: str, key: SQLColumnExpression[int]) -> ColumnElement[str]:
    return (literal(f"{kind}:") + cast(key, Code)).label("cause")
