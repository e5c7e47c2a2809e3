"""Vouchers in words: what each is for, how it stands, and until when."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from referral.code import grouped
from referral.rewards.reward import RewardState
from referral.rewards.reward_plan import Kind

from ...clock import local_day
from ...models import RedeemedBy, RevokedBecause, Voucher
from ...services.rewards.rewards import Earned
from ...services.vouchers.vouchers import standing
from ..components import day, instant
from .rewards import in_one, size, title
from .rewards import sentence as told

__all__ = ["KINDS", "WAYS", "grouped", "in_one", "last_day", "of_reward", "sentence", "size", "title"]

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
        return _ended(voucher)
    if stands == "revoked":
        return _taken_back(voucher)
    if voucher.kind is Kind.FEE_RELIEF:
        return _relief(voucher)
    done = voucher.redemption
    if done is None:
        return _("Show it at %(place)s until %(day)s.", place=voucher.place, day=last_day(voucher))
    if done.ended is not None and done.ended.ends_on == done.starts_on:
        return _("Free parking was taken back before it began.")
    if done.ended is not None:
        return _("Free parking was ended early. Its last day was %(end)s.", end=day(done.ended.ends_on - _DAY))
    if done.starts_on is not None and done.ends_on is not None:
        return _("Free parking from %(start)s to %(end)s.", start=day(done.starts_on), end=day(done.ends_on - _DAY))
    return _("Redeemed on %(at)s at %(place)s.", at=instant(done.at), place=done.development.name)


def of_reward(earned: Earned, voucher: Voucher | None, now: datetime) -> str:
    """When a reward comes, or what became of it; where its voucher knows better, in the voucher's words."""
    reward = earned.reward
    if voucher is None or reward.needs_review:
        return told(earned)
    if reward.state is RewardState.FULFILLED and voucher.kind is Kind.FEE_RELIEF:
        return sentence(voucher, now)
    if reward.state is RewardState.APPROVED and standing(voucher, now) == "expired":
        over = last_day(voucher)
        return _("Approved. Its voucher ended on %(day)s: ask the sales office to issue it anew.", day=over)
    return told(earned)


def _ended(voucher: Voucher) -> str:
    if voucher.revoked_because is RevokedBecause.REPLACED:
        return _("It ended on %(day)s. Another one was issued in its place.", day=last_day(voucher))
    return _("It ended on %(day)s.", day=last_day(voucher))


def _taken_back(voucher: Voucher) -> str:
    if voucher.revoked_because is None:  # before reasons were kept
        return _("It was taken back.")
    if voucher.revoked_because is not RevokedBecause.TAKEN_BACK:
        return _("It was taken back: the purchase that it belongs to was cancelled or counts for another step.")
    if voucher.reward_id is None:
        return _("It was taken back: %(reason)s", reason=voucher.revoked_reason)
    return _(
        "It was taken back: %(reason)s Your reward stays: the sales office checks it and issues another voucher.",
        reason=_as_sentence(voucher.revoked_reason or ""),
    )


def _as_sentence(reason: str) -> str:
    """What a person typed, ended like a sentence."""
    return reason if reason.endswith(("。", ".", "！", "!", "？", "?")) else reason + _(".")


def _relief(voucher: Voucher) -> str:
    facts = {"left": voucher.months_left, "whole": voucher.term_months, "day": last_day(voucher)}
    if not voucher.months_left:
        return _("All %(whole)s months are used up.", **facts)
    return _(
        "%(left)s of %(whole)s months are left. Property management takes them off your bills until %(day)s.", **facts
    )
