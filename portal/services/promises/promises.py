"""Promises: made in writing, allowed by a second person above a limit, confirmed by the client, kept or withdrawn.

Of the client's confirmation, and of a promise's end, there is one row each: the database says who was first. A promise
in kind is kept by its voucher, whose reference names the promise, so that it has one whatever is repeated.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from commissions.refusal import Refusal
from referral.rewards.reward_plan import Item, Kind

from ...access.actor import SYSTEM, Actor
from ...access.permissions import Permission
from ...access.policy import may
from ...clock import local_day
from ...models import (
    ConfirmedBy,
    Deal,
    Promise,
    PromiseAllowance,
    PromiseConfirmation,
    PromiseEnd,
    ProposalState,
    Voucher,
)
from ...rules.promises import promise as rule
from ...rules.promises.promise import PromiseFacts, PromiseKind, PromiseState, Wanted
from ...session import Session
from .. import audit, contacts, proposals
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there
from ..loans import terms
from ..vouchers import vouchers

VOUCHER_DAYS = 365
"""For so long the voucher of a promise can be redeemed; a fee relief longer, by its months."""

FEE_TITLE = "property_fee_relief"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """To whom something is promised: a client in a development, for a deal where there is one. `compensates`: it is for
    that deal's late loan."""

    development_id: int
    client_id: int
    deal: Deal | None = None
    compensates: bool = False


def make(session: Session, actor: Actor, now: datetime, whose: Whose, wanted: Wanted, text: str) -> Promise:
    """Write a promise down. Above the limit of one hand it waits for a second person.

    Raises Refusal: those of `rules.promises.promise.check`; promise_text_needed; compensation_accepted where the deal's
    late loan has one already.
    """
    rule.check(wanted, local_day(now))
    if not text.strip():
        raise Refusal("promise_text_needed", field="text")
    second = rule.needs_second(wanted.worth_fen, terms.in_force(session, whose.development_id).alone_yuan)
    deal_id = whose.deal.id if whose.deal else None
    key = insert_unless_there(
        session,
        Promise,
        ("compensates_id",),
        development_id=whose.development_id,
        client_id=whose.client_id,
        deal_id=deal_id,
        kind=wanted.kind,
        text_sealed=contacts.seal_note(session, text.strip()),
        item=_title(wanted),
        worth_fen=wanted.worth_fen,
        months=wanted.months if wanted.kind is PromiseKind.FEE_RELIEF else None,
        due_on=wanted.due_on,
        needs_second=second,
        compensates_id=deal_id if whose.compensates else None,
        made_by=actor.id,
        made_at=now,
    )
    if key is None:
        raise Refusal("compensation_accepted")
    row = session.get_one(Promise, key)
    facts = {"kind": row.kind, "worth_fen": row.worth_fen, "compensates": whose.compensates}
    audit.record(session, actor, now, "promise_made", row, **facts)
    if second:
        session.add(
            PromiseAllowance(promise_id=row.id, state=ProposalState.PROPOSED, proposed_by=actor.id, proposed_at=now)
        )
        tell(session, actor, now, "promise_waits", row, _concerned(row), worth_fen=row.worth_fen)
        session.flush()
    return row


def text_of(session: Session, promise: Promise) -> str:
    """What was promised, in words."""
    return contacts.open_note(session, promise.text_sealed)


def state_of(promise: Promise, now: datetime) -> PromiseState:
    """How a promise stands."""
    allowance, end = promise.allowance, promise.end
    decided = allowance is not None and not allowance.open
    return rule.state_of(
        PromiseFacts(
            due_on=promise.due_on,
            needs_second=promise.needs_second,
            allowed=allowance.state is ProposalState.CONFIRMED if allowance and decided else None,
            kept=end is not None and end.kept,
            withdrawn=end is not None and not end.kept,
        ),
        local_day(now),
    )


def allow(session: Session, actor: Actor, now: datetime, promise: Promise) -> None:
    """Allow what another person promised. Raises the Refusals of `proposals.confirm`; promise_over."""
    _check_lives(session, promise)
    proposals.confirm(session, actor, now, _allowance(promise))
    audit.record(session, actor, now, "promise_allowed", promise, worth_fen=promise.worth_fen)
    tell(session, actor, now, "promise_decided", promise, _concerned(promise), outcome="allowed")


def refuse(session: Session, actor: Actor, now: datetime, promise: Promise, reason: str) -> None:
    """Refuse what another person promised, with a reason. Raises the Refusals of `proposals.refuse`."""
    proposals.refuse(session, actor, now, _allowance(promise), reason)
    audit.record(session, actor, now, "promise_refused", promise)
    tell(session, actor, now, "promise_decided", promise, _concerned(promise), outcome="refused")


def confirm_by_link(session: Session, now: datetime, promise: Promise) -> bool:
    """The client confirms a promise; whether it is news. Raises Refusal: promise_over, promise_not_allowed."""
    return _confirm(session, SYSTEM, now, promise, ConfirmedBy.LINK)


def confirm_on_paper(session: Session, actor: Actor, now: datetime, promise: Promise) -> bool:
    """Note that the client signed for a promise on paper; whether it is news. Raises the same."""
    return _confirm(session, actor, now, promise, ConfirmedBy.PAPER)


def keep(session: Session, actor: Actor, now: datetime, promise: Promise, *, note: str = "") -> PromiseEnd:
    """Note that a promise was kept; in kind, by issuing its voucher. Two at once: one does it.

    Raises Refusal: those of `check_keeping`; promise_note_needed where nothing but words says how.
    """
    in_kind = promise.kind in rule.IN_KIND
    with session.begin_nested():
        _refresh(session, promise)
        rule.check_keeping(state_of(promise, now), confirmed=promise.confirmation is not None)
        if not in_kind and not note.strip():
            raise Refusal("promise_note_needed", field="note")
        voucher = vouchers.issue(session, actor, now, _issue(promise)) if in_kind else None
        end = _end(session, actor, now, promise, kept=True, note=note, voucher=voucher)
    audit.record(session, actor, now, "promise_kept", promise, voucher_id=end.voucher_id, worth_fen=promise.worth_fen)
    tell(session, actor, now, "promise_kept", promise, _concerned(promise))
    return end


def withdraw(session: Session, actor: Actor, now: datetime, promise: Promise, *, reason: str) -> PromiseEnd:
    """Take a promise back, with a reason that the client reads. What the client confirmed already, only who may allow
    promises takes back.

    Raises Refusal: promise_note_needed; promise_confirmed_stands; promise_over.
    """
    if not reason.strip():
        raise Refusal("promise_note_needed", field="note")
    with session.begin_nested():
        _check_lives(session, promise)
        if promise.confirmation is not None and not may(actor, Permission.ALLOW_PROMISE):
            raise Refusal("promise_confirmed_stands")
        end = _end(session, actor, now, promise, kept=False, note=reason)
    audit.record(session, actor, now, "promise_withdrawn", promise)
    tell(session, actor, now, "promise_withdrawn", promise, _concerned(promise))
    return end


def _confirm(session: Session, actor: Actor, now: datetime, promise: Promise, way: ConfirmedBy) -> bool:
    _check_lives(session, promise)
    if state_of(promise, now) not in rule.OWED:
        raise Refusal("promise_not_allowed")
    facts: dict[str, Any] = {"promise_id": promise.id, "way": way, "by_id": actor.person_id, "at": now}
    news = insert_unless_there(session, PromiseConfirmation, ("promise_id",), **facts) is not None
    _refresh(session, promise)
    if news:
        audit.record(session, actor, now, "promise_confirmed", promise, way=way)
        tell(session, actor, now, "promise_confirmed", promise, _concerned(promise))
    return news


def _check_lives(session: Session, promise: Promise) -> None:
    _refresh(session, promise)
    if promise.end is not None:
        raise Refusal("promise_over")


def _end(
    session: Session,
    actor: Actor,
    now: datetime,
    promise: Promise,
    *,
    kept: bool,
    note: str,
    voucher: Voucher | None = None,
) -> PromiseEnd:
    facts: dict[str, Any] = {"kept": kept, "note": note.strip(), "voucher_id": voucher.id if voucher else None}
    key = insert_unless_there(
        session, PromiseEnd, ("promise_id",), promise_id=promise.id, by_id=actor.id, at=now, **facts
    )
    if key is None:
        raise Refusal("promise_over")
    _refresh(session, promise)
    return session.get_one(PromiseEnd, key)


def _issue(promise: Promise) -> vouchers.Issue:
    """The voucher that keeps it: goods of its worth, or months of the property fee."""
    reference = f"promise:{promise.id}:{promise.client_id}:0"
    if promise.kind is PromiseKind.FEE_RELIEF:
        assert promise.months is not None  # the table sees to it
        item = Item(Kind.FEE_RELIEF, promise.item, term_months=promise.months)
        return vouchers.Issue(reference, promise.development_id, item, VOUCHER_DAYS + 31 * promise.months)
    return vouchers.Issue(
        reference, promise.development_id, Item(Kind.GIFT, promise.item, value_fen=promise.worth_fen), VOUCHER_DAYS
    )


def _title(wanted: Wanted) -> str:
    if wanted.kind is PromiseKind.FEE_RELIEF:
        return FEE_TITLE
    return wanted.item.strip() if wanted.kind is PromiseKind.GIFT else ""


def _allowance(promise: Promise) -> PromiseAllowance:
    if promise.allowance is None:
        raise Refusal("proposal_decided")
    return promise.allowance


def _refresh(session: Session, promise: Promise) -> None:
    session.expire(promise, ["confirmation", "end", "allowance"])


def _concerned(promise: Promise) -> Concerned:
    return Concerned(promise.made_by, development=promise.development_id)


def of_client(session: Session, development_id: int, client_id: int) -> list[Promise]:
    """What was promised to a client in a development, the newest first."""
    stmt = select(Promise).where(Promise.development_id == development_id, Promise.client_id == client_id)
    return list(session.scalars(stmt.order_by(Promise.id.desc())))
