"""Vouchers (rules 7.4): what was issued, the one redemption of each, bills that a fee relief paid, and the stock.

That a voucher is redeemed once is said by the database twice: its state moves by a conditional update, and there is
one redemption row a voucher. Redemptions and bills are never edited.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.rewards.reward_plan import Kind
from referral.voucher import VoucherState

from ..accounts.people import Person
from ..base import Base, Code, Day, one_of
from ..partners.agreements import Development
from ..programmes.programmes import Programme
from ..referral.referrals import Reward

_LIVING = text("state <> 'revoked'")


class RedeemedBy(StrEnum):
    """How the voucher was shown: its QR code, which we signed, or its code, typed."""

    SCANNED = "scanned"
    TYPED = "typed"


class RevokedBecause(StrEnum):
    """Why a voucher counts no longer: its purchase changed, a person took it back, or another one was issued for it."""

    CHANGED = "changed"
    TAKEN_BACK = "taken_back"
    REPLACED = "replaced"


class Voucher(Base):
    """A single-use voucher: for a reward (`reward_id`, `holder_id`), or a gift that whoever shows it may have.

    `reference` says what it was issued for and is unique, so that issuing again finds it. `months_left` is what a fee
    relief's bills have left of it. `referrer_id`: by whose code a gift was given. `revoked_reason` is for its holder.
    """

    __tablename__ = "vouchers"
    __table_args__ = (
        one_of("state", VoucherState),
        CheckConstraint("kind IN ('voucher', 'fee_relief', 'parking', 'gift')", name="kind_known"),
        CheckConstraint("(value_fen IS NULL) <> (term_months IS NULL)", name="sum_or_span"),
        CheckConstraint("(kind = 'fee_relief') = (months_left IS NOT NULL)", name="relief_has_balance"),
        CheckConstraint("months_left IS NULL OR months_left BETWEEN 0 AND term_months", name="balance_within"),
        CheckConstraint("(state = 'revoked') = (revoked_at IS NOT NULL)", name="revoked_when"),
        one_of("revoked_because", RevokedBecause),
        CheckConstraint(
            "revoked_because IS NULL OR revoked_because <> 'taken_back' OR length(revoked_reason) > 0",
            name="revoked_why",
        ),
        CheckConstraint("(reward_id IS NULL) = (holder_id IS NULL)", name="reward_has_holder"),
        Index("ix_vouchers_state", "state", "id"),
        Index("uq_vouchers_reward", "reward_id", unique=True, sqlite_where=_LIVING, postgresql_where=_LIVING),
        Index("ix_vouchers_of_reward", "reward_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    reference: Mapped[str] = mapped_column(String(80), unique=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"), index=True)
    reward_id: Mapped[int | None] = mapped_column(ForeignKey("rewards.id"))
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    referrer_id: Mapped[int | None] = mapped_column(ForeignKey("referrers.id"), index=True)
    kind: Mapped[Kind]
    title: Mapped[str] = mapped_column(Code)
    value_fen: Mapped[int | None]
    term_months: Mapped[int | None]
    months_left: Mapped[int | None]
    state: Mapped[VoucherState]
    issued_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    revoked_because: Mapped[RevokedBecause | None]
    revoked_reason: Mapped[str | None]

    development: Mapped[Development] = relationship()
    programme: Mapped[Programme | None] = relationship(
        primaryjoin="foreign(Voucher.referrer_id) == Programme.referrer_id", viewonly=True
    )
    reward: Mapped[Reward | None] = relationship()
    holder: Mapped[Person | None] = relationship(foreign_keys=holder_id)
    revoker: Mapped[Person | None] = relationship(foreign_keys=revoked_by)
    redemption: Mapped["Redemption | None"] = relationship(back_populates="voucher")
    bills: Mapped[list["ReliefBill"]] = relationship(order_by="ReliefBill.id", back_populates="voucher")

    @property
    def place(self) -> str:
        """Where it is shown: a gift for a scan at its stand, everything else at the sales office."""
        at_stand = self.reference.startswith(("scan:", "lead:")) and self.programme is not None and self.programme.place
        return at_stand or self.development.name


class Redemption(Base):
    """That a voucher was redeemed; `key` is that of the page it was sent from. Parking has its days, half-open."""

    __tablename__ = "redemptions"
    __table_args__ = (
        one_of("way", RedeemedBy),
        CheckConstraint("(starts_on IS NULL) = (ends_on IS NULL)", name="period_whole"),
        CheckConstraint("starts_on IS NULL OR starts_on < ends_on", name="period_forward"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("vouchers.id"), unique=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    key: Mapped[str] = mapped_column(Code)
    way: Mapped[RedeemedBy]
    starts_on: Mapped[date | None] = mapped_column(Day)
    ends_on: Mapped[date | None] = mapped_column(Day)
    at: Mapped[datetime]

    voucher: Mapped[Voucher] = relationship(back_populates="redemption")
    development: Mapped[Development] = relationship()
    by: Mapped[Person] = relationship()
    ended: Mapped["RedemptionEnd | None"] = relationship(back_populates="redemption")


class RedemptionEnd(Base):
    """That a parking space ended before its time, with the day after its last. The redemption stays as it was."""

    __tablename__ = "redemption_ends"
    __table_args__ = (CheckConstraint("length(reason) > 0", name="says_why"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    redemption_id: Mapped[int] = mapped_column(ForeignKey("redemptions.id"), unique=True)
    ends_on: Mapped[date] = mapped_column(Day)
    reason: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    redemption: Mapped[Redemption] = relationship(back_populates="ended")
    by: Mapped[Person] = relationship()


class ReliefBill(Base):
    """A bill of property management that a fee relief paid: so many months of it, and what they came to.

    `reference` names the owner, the development, the bill's number and the how-maniest time it was entered: a bill is
    paid once, whichever of the owner's vouchers paid it, and again only after it was taken back.
    """

    __tablename__ = "relief_bills"
    __table_args__ = (
        CheckConstraint("months > 0", name="months_positive"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(120), unique=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("vouchers.id"), index=True)
    bill: Mapped[str] = mapped_column(Code)
    months: Mapped[int]
    amount_fen: Mapped[int]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    voucher: Mapped[Voucher] = relationship(back_populates="bills")
    by: Mapped[Person] = relationship()
    returned: Mapped["ReliefReturn | None"] = relationship(back_populates="bill")


class ReliefReturn(Base):
    """That a bill was entered wrongly and is taken back: by a second person, with a reason."""

    __tablename__ = "relief_returns"
    __table_args__ = (CheckConstraint("length(reason) > 0", name="says_why"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bill_id: Mapped[int] = mapped_column(ForeignKey("relief_bills.id"), unique=True)
    reason: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]

    bill: Mapped[ReliefBill] = relationship(back_populates="returned")
    by: Mapped[Person] = relationship()


class Stock(Base):
    """How many of an item a development has left to hand out. An item without a row here is not counted."""

    __tablename__ = "stocks"
    __table_args__ = (
        UniqueConstraint("development_id", "title"),
        CheckConstraint("left_over >= 0", name="not_below_zero"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    title: Mapped[str] = mapped_column(Code)
    left_over: Mapped[int]
    counted_at: Mapped[datetime]

    development: Mapped[Development] = relationship()
