"""Vouchers in words: what each is for, how it stands, and until when."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from referral.code import grouped
from referral.reward_plan import Kind

from ...clock import local_day
from ...models import RedeemedBy, Voucher
from ...services.vouchers import standing
from ..components import day, instant
from ..referral.words import in_one, size, title

__all__ = ["KINDS", "WAYS", "grouped", "in_one", "last_day", "sentence", "size", "title"]

KINDS: Mapping[Kind, Any] = {
    Kind.VOUCHER: _l("Goods"),
    Kind.FEE_RELIEF: _l("Property fee"),
    Kind.PARKING: _l("Parking"),
    Kind.GIFT: _l("Gift"),
}

WAYS: Mapping[RedeemedBy, Any] = {RedeemedBy.SCANNED: _l("Scanned"), RedeemedBy.TYPED: _l("Typed")}

_DAY = timedelta(days=1)


def last_day(voucher: Voucher) -> str:
    """The last day on which it can be redeemed."""
    return day(local_day(voucher.expires_at - timedelta.resolution))


def sentence(voucher: Voucher, now: datetime) -> str:
    """How it stands, and what to do with it until when."""
    stands = standing(voucher, now)
    if stands == "expired":
        return _("It ended on %(day)s.", day=last_day(voucher))
    if stands == "revoked":
        return _("It was taken back: the purchase that it belongs to was cancelled or counts for another step.")
    if voucher.kind is Kind.FEE_RELIEF:
        return _relief(voucher)
    done = voucher.redemption
    if done is None:
        return _("Show it at %(place)s until %(day)s.", place=voucher.development.name, day=last_day(voucher))
    if done.starts_on is not None and done.ends_on is not None:
        return _("Free parking from %(start)s to %(end)s.", start=day(done.starts_on), end=day(done.ends_on - _DAY))
    return _("Redeemed on %(at)s at %(place)s.", at=instant(done.at), place=done.development.name)


def _relief(voucher: Voucher) -> str:
    facts = {"left": voucher.months_left, "whole": voucher.term_months, "day": last_day(voucher)}
    if not voucher.months_left:
        return _("All %(whole)s months are used up.", **facts)
    return _(
        "%(left)s of %(whole)s months are left. Property management takes them off your bills until %(day)s.", **facts
    )
