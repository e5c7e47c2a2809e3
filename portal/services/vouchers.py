"""Vouchers: issued for a reward that was approved, or as a gift; taken back with what they were for (rules 7.4).

What a voucher was issued for is its reference, which is unique: issuing again finds the voucher that is there. Its QR
code carries our signature, so a code that somebody makes up is no voucher, and neither is one copied by hand wrongly.
Redeeming lives in `redeeming`.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from commissions.refusal import Refusal
from referral import code as codes
from referral import voucher as rule
from referral.reward_plan import Item, Kind
from referral.voucher import Scanned, State

from ..access.actor import Actor
from ..clock import day_start, local_day
from ..models import Person, Redemption, Reward, Voucher
from . import audit, contacts
from .inserts import insert_unless_there


@dataclass(frozen=True, slots=True)
class Issue:
    """What a voucher is issued for. `days`: how many whole days it can be redeemed, after that of the issue.

    `referrer_id`: by whose code a gift is given.
    """

    reference: str
    development_id: int
    item: Item
    days: int
    reward: Reward | None = None
    referrer_id: int | None = None


def issue(session: Session, actor: Actor, now: datetime, wanted: Issue) -> Voucher:
    """The voucher of a reference, made unless it is there. It ends with a Shanghai day."""
    key = None
    while key is None:
        there = session.scalar(select(Voucher).where(Voucher.reference == wanted.reference))
        if there is not None:
            return there
        key = _insert(session, actor, now, wanted)  # None: the code is taken, or somebody issued it meanwhile
    row = session.get_one(Voucher, key)
    audit.record(session, actor, now, "voucher_issued", row, reference=row.reference, kind=row.kind)
    return row


def issue_for(session: Session, actor: Actor, now: datetime, reward: Reward, days: int) -> Voucher:
    """The living voucher of an approved reward. One that was taken back is history; the next has a number behind.

    For who holds the referrer's row.
    """
    living = session.scalar(select(Voucher).where(Voucher.reward_id == reward.id, Voucher.state != State.REVOKED))
    if living is not None:
        return living
    before = session.scalar(select(func.count(Voucher.id)).where(Voucher.reward_id == reward.id)) or 0
    item = Item(reward.kind, reward.title, reward.value_fen, reward.term_months)
    reference = f"reward:{reward.id}" if not before else f"reward:{reward.id}:{before + 1}"
    return issue(session, actor, now, Issue(reference, reward.development_id, item, days, reward))


def revoke_voucher(session: Session, actor: Actor, now: datetime, voucher: Voucher) -> None:
    """Take an open voucher back. Raises Refusal `voucher_not_open` when it is redeemed or revoked already."""
    if not _revoke(session, actor, now, Voucher.id == voucher.id):
        raise Refusal("voucher_not_open")
    session.refresh(voucher)


def take_back(session: Session, actor: Actor, now: datetime, reward: Reward) -> None:
    """Revoke what can still be redeemed of a reward; for who holds the referrer's row."""
    _revoke(session, actor, now, Voucher.reward_id == reward.id)


def qr_text(session: Session, voucher: Voucher) -> str:
    """What the voucher's QR code says: its code and our signature."""
    return rule.payload(voucher.code, contacts.signer_of(session).sign(rule.signed_bytes(voucher.code)))


def by_text(session: Session, text: str) -> tuple[Voucher, Scanned]:
    """The voucher that a scanned or typed text names, as the database has it now.

    Raises Refusal: `voucher_mistyped`; `voucher_unknown`, also for a QR code that we did not sign.
    """
    scanned = rule.read(text)
    signer = contacts.signer_of(session)
    forged = scanned.signature is not None and not signer.verify(rule.signed_bytes(scanned.code), scanned.signature)
    stmt = select(Voucher).where(Voucher.code == scanned.code).options(*_SHOWN)
    row = None if forged else session.scalar(stmt.execution_options(populate_existing=True))
    if row is None:
        raise Refusal("voucher_unknown", field="text", typed=codes.grouped(scanned.code))
    return row, scanned


def standing(voucher: Voucher, now: datetime) -> str:
    """Its state as people read it: an open one whose time is over has expired."""
    return "expired" if voucher.state is State.OPEN and now >= voucher.expires_at else str(voucher.state)


STANDINGS = ("open", "redeemed", "expired", "revoked")


def listed(
    visible: Select[tuple[Voucher]],
    now: datetime,
    *,
    standing: str = "",
    development_id: int | None = None,
    kind: Kind | None = None,
    q: str = "",
) -> Select[tuple[Voucher]]:
    """A visible selection narrowed by how they stand, development, kind, and a code or part of the holder's name."""
    if standing in ("open", "expired"):
        over = Voucher.expires_at <= now
        visible = visible.where(Voucher.state == State.OPEN, over if standing == "expired" else ~over)
    elif standing in STANDINGS:
        visible = visible.where(Voucher.state == State(standing))
    if development_id is not None:
        visible = visible.where(Voucher.development_id == development_id)
    if kind is not None:
        visible = visible.where(Voucher.kind == kind)
    if q:
        named = select(Person.id).where(Person.name.contains(q, autoescape=True))
        visible = visible.where((Voucher.code == codes.normalise(q)) | Voucher.holder_id.in_(named))
    return visible.options(*_SHOWN)


def of_rewards(session: Session, rewards: Iterable[Reward]) -> dict[int, Voucher]:
    """The living voucher of each of these rewards, in one query."""
    ids = [row.id for row in rewards]
    rows = session.scalars(select(Voucher).where(Voucher.reward_id.in_(ids), Voucher.state != State.REVOKED))
    return {row.reward_id: row for row in rows if row.reward_id is not None}


def of_holder(session: Session, visible: Select[tuple[Voucher]]) -> Sequence[Voucher]:
    """A person's vouchers, what can be redeemed first."""
    order = (Voucher.state != State.OPEN, Voucher.expires_at, Voucher.id)
    return session.scalars(visible.options(*_SHOWN).order_by(*order)).all()


_SHOWN = (
    joinedload(Voucher.development),
    joinedload(Voucher.holder),
    joinedload(Voucher.redemption).joinedload(Redemption.by),
    joinedload(Voucher.redemption).joinedload(Redemption.development),
    selectinload(Voucher.bills),
)


def _insert(session: Session, actor: Actor, now: datetime, wanted: Issue) -> int | None:
    item, reward = wanted.item, wanted.reward
    return insert_unless_there(
        session,
        Voucher,
        (),
        code=codes.mint(secrets.randbelow),
        reference=wanted.reference,
        development_id=wanted.development_id,
        reward_id=reward.id if reward else None,
        holder_id=reward.referrer_id if reward else None,
        referrer_id=wanted.referrer_id,
        kind=item.kind,
        title=item.title,
        value_fen=item.value_fen,
        term_months=item.term_months,
        months_left=item.term_months if item.kind is Kind.FEE_RELIEF else None,
        state=State.OPEN,
        issued_at=now,
        issued_by=actor.person_id,
        expires_at=day_start(local_day(now) + timedelta(days=wanted.days + 1)),
    )


def _revoke(session: Session, actor: Actor, now: datetime, which: ColumnElement[bool]) -> bool:
    """Revoke by conditional update, so that a redemption that came first stands."""
    rows = session.scalars(
        update(Voucher)
        .where(which, Voucher.state == State.OPEN)
        .values(state=State.REVOKED, revoked_at=now, revoked_by=actor.person_id)
        .returning(Voucher)
    ).all()
    for row in rows:
        audit.record(session, actor, now, "voucher_revoked", row)
    return bool(rows)
