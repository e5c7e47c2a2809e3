"""Friends, rewards and codes: who learns of what."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.models import Role
from portal.services.events.deadlines import tell_due
from portal.services.referral import referrers
from portal.services.vouchers import vouchers
from tests import factories as make
from tests.db.desk import Desk
from tests.db.notifications.test_handing_on import subjects, told
from tests.db.notifications.test_staff_and_agencies import staff


def test_a_code_that_is_taken_back_and_given_again_is_told_to_its_owner(session: Session, now: datetime) -> None:
    referrer, (_, manager) = make.referrer(session), staff(session, Role.CHANNEL_MANAGER)
    referrers.revoke_code(session, manager, now, referrer, reason="海报上写了承诺")
    referrers.restore_code(session, manager, now, referrer)
    told(session, now)
    assert subjects(session, referrer.person) == ["referral_code_revoked", "referral_code_restored"]


def test_from_the_signing_to_the_end_of_the_voucher_a_referrer_learns_of_each_step(
    session: Session, now: datetime
) -> None:
    desk = Desk.opened(session)
    manager, _ = staff(session, Role.CHANNEL_MANAGER)
    deal = desk.friend_signs(session, now - timedelta(days=90), handed_over=True)
    voucher = desk.voucher(session, now, deal)
    told(session, now)
    assert voucher.holder is not None
    expected = ["reward_granted", "reward_due", "voucher_ready", "reward_approved"]
    assert subjects(session, voucher.holder) == expected
    assert subjects(session, manager)[-1] == "reward_due"

    left = [voucher.expires_at - timedelta(days=days) for days in (15, 13, 12, 2, 1)]
    assert [tell_due(session, at)["vouchers_told"] for at in left] == [0, 1, 0, 1, 0]
    vouchers.revoke_voucher(session, desk.manager, now, voucher, reason="发错了")
    told(session, now)
    assert subjects(session, voucher.holder)[len(expected) :] == ["voucher_ends", "voucher_ends", "voucher_revoked"]
