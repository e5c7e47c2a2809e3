"""Vouchers: issued for a reward that was approved, or as a gift; taken back with what they were for (rules 7.4).

What a voucher was issued for is its reference, which is unique: issuing again finds the voucher that is there. Its QR
code carries our signature, so a code that somebody makes up is no voucher, and neither is one copied by hand wrongly.
Redeeming lives in `redeeming`.
"""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, update
from sqlalchemy.orm import joinedload, selectinload

from commissions.refusal import Refusal
from referral import code as codes
from referral import voucher as rule
from referral.rewards import reward as rewards_rule
from referral.rewards.reward_plan import Item, Kind
from referral.voucher import Scanned, VoucherState

from ...access.actor import Actor
from ...clock import day_start, local_day
from ...crypto import Signer
from ...models import Person, Programme, Redemption, Referrer, ReliefBill, ReliefReturn, RevokedBecause, Reward, Voucher
from ...session import Session
from .. import audit, contacts
from ..clients import find_client
from ..contacts import Phone
from ..events.telling import Concerned, tell
from ..inserts import insert_unless_there

_NUMBER = re.compile(r"\+?[\d -]{11,18}")


@dataclass(frozen=True, slots=True)
class Issue:
    """What a voucher is issued for. `days`: how many whole days it can be redeemed, after that of the issue.

    `referrer_id`: by whose code a gift is given. `months`: what is left of a fee relief, where a part of it is used.
    """

    reference: str
    development_id: int
    item: Item
    days: int
    reward: Reward | None = None
    referrer_id: int | None = None
    months: int | None = None


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
    if row.holder_id is not None:
        whom = Concerned(row.holder_id, development=row.development_id)
        last = local_day(row.expires_at - timedelta(seconds=1))
        tell(session, actor, now, "voucher_ready", row, whom, title=row.title, until_on=last)
    return row


def issue_for(session: Session, actor: Actor, now: datetime, reward: Reward, days: int) -> Voucher:
    """The voucher of an approved reward that can be redeemed; of a fee relief with the months that no bill has used.

    One that was taken back, or whose time is over, is history; the next has a number behind. For who holds the
    referrer's row.
    """
    living = living_of(session, reward)
    if living is not None and standing(living, now) != "expired":
        return living
    _revoke(session, actor, now, Voucher.reward_id == reward.id, RevokedBecause.REPLACED)
    before = session.scalar(select(func.count(Voucher.id)).where(Voucher.reward_id == reward.id)) or 0
    item = Item(reward.kind, reward.title, reward.value_fen, reward.term_months)
    reference = f"reward:{reward.id}" if not before else f"reward:{reward.id}:{before + 1}"
    wanted = Issue(reference, reward.development_id, item, days, reward, months=months_left(session, reward))
    return issue(session, actor, now, wanted)


def living_of(session: Session, reward: Reward) -> Voucher | None:
    """The voucher of a reward that was not taken back, whether or not its time is over."""
    stmt = select(Voucher).where(Voucher.reward_id == reward.id, Voucher.state != VoucherState.REVOKED)
    return session.scalar(stmt.execution_options(populate_existing=True))


def is_latest(session: Session, voucher: Voucher) -> bool:
    """Whether no other voucher was issued for the same reward after this one."""
    later = exists().where(Voucher.reward_id == voucher.reward_id, Voucher.id > voucher.id)
    return not session.scalar(select(later))


def months_left(session: Session, reward: Reward) -> int | None:
    """What the bills that count have left of a fee relief, over all its vouchers; None for what is no fee relief."""
    if reward.kind is not Kind.FEE_RELIEF or reward.term_months is None:
        return None
    used = select(func.sum(ReliefBill.months)).where(counting_bill(), Voucher.reward_id == reward.id)
    return reward.term_months - int(session.scalar(used.join(Voucher)) or 0)


def counting_bill() -> ColumnElement[bool]:
    """That a bill was not taken back."""
    return ~exists().where(ReliefReturn.bill_id == ReliefBill.id)


def revoke_voucher(session: Session, actor: Actor, now: datetime, voucher: Voucher, *, reason: str) -> None:
    """Take an open voucher back; its holder reads the reason. What it was for is due again, to be approved anew.

    A fee relief of which bills were paid stays received; what is left of it can be issued again. Raises Refusal
    `voucher_reason_needed`, and `voucher_not_open` when it is redeemed or revoked already.
    """
    if not reason.strip():
        raise Refusal("voucher_reason_needed", field="reason")
    hold_owner(session, voucher)
    if not _revoke(session, actor, now, Voucher.id == voucher.id, RevokedBecause.TAKEN_BACK, reason.strip()):
        raise Refusal("voucher_not_open")
    session.refresh(voucher)
    approved = (Reward.id == voucher.reward_id) & (Reward.state == rewards_rule.RewardState.APPROVED)
    again = {"state": rewards_rule.RewardState.DUE, "approved_at": None, "approved_by": None}
    for row in session.scalars(update(Reward).where(approved).values(**again).returning(Reward)).all():
        audit.record(session, actor, now, "reward_due_again", row, voucher_id=voucher.id)


def hold_owner(session: Session, voucher: Voucher) -> None:
    """Let nobody else settle the holder's rewards until the transaction ends."""
    if voucher.holder_id is not None:
        held = select(Referrer.id).where(Referrer.person_id == voucher.holder_id).order_by(Referrer.id)
        session.execute(held.with_for_update(of=Referrer))


def tell_of(
    session: Session, actor: Actor, now: datetime, kind: str, voucher: Voucher, development_id: int | None = None
) -> None:
    """Tell its holder what became of a voucher; a gift of a passer-by has none who could be told."""
    whom = Concerned(voucher.holder_id, development=development_id)
    tell(session, actor, now, kind, voucher, whom, title=voucher.title)


def take_back(session: Session, actor: Actor, now: datetime, reward: Reward) -> None:
    """Revoke what can still be redeemed of a reward; for who holds the referrer's row."""
    _revoke(session, actor, now, Voucher.reward_id == reward.id, RevokedBecause.CHANGED)


def qr_text(session: Session, voucher: Voucher) -> str:
    """What the voucher's QR code says: its code and our signature."""
    return rule.payload(voucher.code, _signer(session).sign(rule.signed_bytes(voucher.code)))


def by_text(session: Session, text: str) -> tuple[Voucher, Scanned]:
    """The voucher that a scanned or typed text names, as the database has it now.

    A mobile number names the gift that waits for it, or the latest that it had. Raises Refusal: `voucher_mistyped`;
    `voucher_unknown`, also for a QR code that we did not sign; `no_gift_for_number`.
    """
    number = _number_in(text)
    scanned = rule.read(text) if number is None else Scanned(_code_for_number(session, number), None)
    forged = scanned.signature is not None and not _is_ours(session, scanned.code, scanned.signature)
    stmt = select(Voucher).where(Voucher.code == scanned.code).options(*_SHOWN)
    row = None if forged else session.scalar(stmt.execution_options(populate_existing=True))
    if row is None:
        raise Refusal("voucher_unknown", field="text", typed=codes.grouped(scanned.code))
    return row, scanned


def _number_in(text: str) -> Phone | None:
    """The mobile number that somebody typed where a code is asked for."""
    if not _NUMBER.fullmatch(text.strip()):
        return None
    try:
        return contacts.parse_mobile(text)
    except Refusal:
        return None


def _code_for_number(session: Session, number: Phone) -> str:
    client = find_client(session, number)
    whose = client.id if client else 0
    of_number = or_(*(Voucher.reference.like(f"{what}:%:{whose}:%") for what in ("lead", "promise")))
    newest = (
        select(Voucher.code).where(of_number).order_by(Voucher.state != VoucherState.OPEN, Voucher.id.desc()).limit(1)
    )
    code = session.scalar(newest)
    if code is None:
        raise Refusal("no_gift_for_number", field="text")
    return code


def _is_ours(session: Session, code: str, signature: bytes) -> bool:
    """Whether we signed this code: by the vouchers' own key or, until the last of them has expired, by the receipts'
    key, which signed the codes of before."""
    keys = (_signer(session), contacts.signer_of(session))
    return any(key.verify(rule.signed_bytes(code), signature) for key in keys)


def _signer(session: Session) -> Signer:
    return contacts.signer_of(session).of_purpose("voucher")


def standing(voucher: Voucher, now: datetime) -> str:
    """Its state as people read it: an open one whose time is over has expired, and stays so when another is issued."""
    over = voucher.state is VoucherState.OPEN and now >= voucher.expires_at
    return "expired" if over or voucher.revoked_because is RevokedBecause.REPLACED else str(voucher.state)


STANDINGS = ("open", "redeemed", "expired", "revoked")


def listed(
    visible: Select[Voucher],
    now: datetime,
    *,
    standing: str = "",
    development_id: int | None = None,
    kind: Kind | None = None,
    q: str = "",
) -> Select[Voucher]:
    """A visible selection narrowed by how they stand, development, kind, and a code or part of the holder's name."""
    if standing in STANDINGS:
        visible = visible.where(_stands(standing, now))
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
    rows = session.scalars(select(Voucher).where(Voucher.reward_id.in_(ids), Voucher.state != VoucherState.REVOKED))
    return {row.reward_id: row for row in rows if row.reward_id is not None}


def shown(session: Session, which: ColumnElement[bool]) -> Sequence[Voucher]:
    """Some vouchers with all that a page says of them, as they were issued."""
    return session.scalars(select(Voucher).where(which).options(*_SHOWN).order_by(Voucher.id)).all()


def of_holder(session: Session, visible: Select[Voucher]) -> Sequence[Voucher]:
    """A person's vouchers, what can be redeemed first."""
    order = (Voucher.state != VoucherState.OPEN, Voucher.expires_at, Voucher.id)
    return session.scalars(visible.options(*_SHOWN).order_by(*order)).all()


def _stands(wanted: str, now: datetime) -> ColumnElement[bool]:
    """`standing`, asked of the database."""
    replaced = func.coalesce(Voucher.revoked_because, "") == RevokedBecause.REPLACED.value
    still, over = Voucher.state == VoucherState.OPEN, Voucher.expires_at <= now
    if wanted == "expired":
        return (still & over) | replaced
    return still & ~over if wanted == "open" else (Voucher.state == VoucherState(wanted)) & ~replaced


_SHOWN = (
    joinedload(Voucher.development),
    joinedload(Voucher.programme).lazyload(Programme.referrer),
    joinedload(Voucher.holder),
    joinedload(Voucher.redemption).joinedload(Redemption.by),
    joinedload(Voucher.redemption).joinedload(Redemption.development),
    joinedload(Voucher.redemption).joinedload(Redemption.ended),
    selectinload(Voucher.bills).joinedload(ReliefBill.returned).joinedload(ReliefReturn.by),
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
        holder_id=reward.referrer.person_id if reward else None,
        referrer_id=wanted.referrer_id,
        kind=item.kind,
        title=item.title,
        value_fen=item.value_fen,
        term_months=item.term_months,
        months_left=(wanted.months or item.term_months) if item.kind is Kind.FEE_RELIEF else None,
        state=VoucherState.OPEN,
        issued_at=now,
        issued_by=actor.person_id,
        expires_at=day_start(local_day(now) + timedelta(days=wanted.days + 1)),
    )


def _revoke(
    session: Session,
    actor: Actor,
    now: datetime,
    which: ColumnElement[bool],
    because: RevokedBecause,
    reason: str | None = None,
) -> bool:
    """Revoke by conditional update, so that a redemption that came first stands."""
    rows = session.scalars(
        update(Voucher)
        .where(which, Voucher.state == VoucherState.OPEN)
        .values(state=VoucherState.REVOKED, revoked_at=now, revoked_by=actor.person_id)
        .values(revoked_because=because, revoked_reason=reason)
        .returning(Voucher)
    ).all()
    for row in rows:
        audit.record(session, actor, now, "voucher_revoked", row, because=because)
        tell_of(session, actor, now, "voucher_revoked", row)
    return bool(rows)
