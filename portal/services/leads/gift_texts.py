"""The text to a referred friend of the gift that waits: once a gift, by day, and only to who agreed to be contacted."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from commissions.refusal import Refusal
from referral.voucher import VoucherState

from ...models import Lead, TextKind, TextMessage, Touch, Voucher
from ...rules.messages.quiet_hours import earliest
from ...session import Session
from ..messages import texts


def may_be_told(session: Session, touch: Touch, voucher: Voucher) -> bool:
    """Whether a friend may be texted of a gift that is still to be had, and was not yet."""
    lead = session.scalar(select(Lead).where(Lead.touch_id == touch.id))
    agreed = lead is not None and lead.consent.withdrawn_at is None
    return agreed and voucher.state is VoucherState.OPEN and not texts.of_keys(session, [_key(voucher)])


def tell(
    session: Session, now: datetime, touch: Touch, voucher: Voucher, said: Mapping[str, str]
) -> TextMessage | None:
    """Write the text down; None for whom no text may reach today. `said`: the words of the approved template."""
    if not may_be_told(session, touch, voucher):
        return None
    try:
        message = texts.enqueue(
            session,
            now,
            touch.whose,
            TextKind.GIFT,
            said,
            key=_key(voucher),
            expires_at=voucher.expires_at,
        )
    except Refusal:  # said stop, or has had the texts of the day
        return None
    message.next_try_at = earliest(now)
    return message


def _key(voucher: Voucher) -> str:
    return f"visit-gift-{voucher.id}"
