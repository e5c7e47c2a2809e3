"""Vouchers (rules 7.4): what stands in the QR code, and whether one may be redeemed here and now.

A voucher is good once. What makes that true under two tablets and a lost answer is the store's conditional update;
this room says what a try means: the redemption itself, the repetition of one that went through while its answer got
lost, or a no with its reason. The QR carries the voucher's code and the server's signature over it, in the letters
that a QR code packs most tightly; the code alone, which has a check letter, can be typed.

Instants are UTC; the instant of expiry is already expired.
"""

import base64
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from commissions.refusal import Refusal
from referral import code as codes
from referral.rewards.reward_plan import Kind

REPEAT = timedelta(minutes=10)
"""How long the same hand may send the same redemption again and hear that it is done."""

MARK = "VCH"
"""What the QR code begins with, before a colon: a camera knows a voucher's code by it."""

LONGEST_BILL = 40

_PURPOSE = b"voucher\0"


class VoucherState(StrEnum):
    """Where a voucher stands; expired is what an open one becomes by time alone."""

    OPEN = "open"
    REDEEMED = "redeemed"
    REVOKED = "revoked"


class Verdict(StrEnum):
    """What a try to redeem means."""

    REDEEM = "redeem"
    ALREADY_DONE = "already_done"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a camera read, or a person typed: then there is no signature."""

    code: str
    signature: bytes | None


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The one redemption of a voucher: when, where and by whom (``place`` and ``by`` for people), and its key."""

    at: datetime
    place: str
    by_id: int
    by: str
    key: str


@dataclass(frozen=True, slots=True)
class Voucher:
    """A voucher's facts. ``place`` is the development's name; ``months_left`` counts for fee relief alone.

    ``held``: a person has yet to decide what becomes of it, since its purchase changed.
    """

    kind: Kind
    development_id: int
    place: str
    state: VoucherState
    expires_at: datetime
    redeemed: Redeemed | None = None
    months_left: int | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries, where, and the key that his page was given."""

    development_id: int
    by_id: int
    key: str


def signed_bytes(code: str) -> bytes:
    """What the server signs of a voucher."""
    return _PURPOSE + code.encode()


def payload(code: str, signature: bytes) -> str:
    """The text of the QR code: capitals, digits and colons only, so that 64 bytes of signature fit version 5."""
    return ":".join((MARK, code, base64.b32encode(signature).decode().rstrip("=")))


def read(text: str) -> Scanned:
    """What a scanned or typed text says. Raises Refusal ``voucher_mistyped`` where it cannot be a voucher's."""
    mark, colon, rest = text.strip().partition(":")
    if colon and mark.upper() == MARK:
        code, _colon, signature = rest.partition(":")
        return Scanned(_code(code), _signature(signature))
    return Scanned(_code(text), None)


def judge(voucher: Voucher, attempt: Attempt, now: datetime) -> Verdict:
    """What a try to redeem means. Raises Refusal with why not.

    ``voucher_elsewhere`` (fact ``place``), ``voucher_redeemed`` (facts ``at``, ``place`` and ``by``),
    ``voucher_revoked``, ``voucher_held``, ``voucher_expired`` (fact ``at``), ``voucher_per_bill`` for fee relief, which
    has no single redemption.
    """
    if voucher.development_id != attempt.development_id:
        raise Refusal("voucher_elsewhere", place=voucher.place)
    if voucher.redeemed is not None and voucher.kind is not Kind.FEE_RELIEF:
        done = voucher.redeemed
        if done.by_id == attempt.by_id and (done.key == attempt.key or now < done.at + REPEAT):
            return Verdict.ALREADY_DONE
        raise Refusal("voucher_redeemed", at=done.at, place=done.place, by=done.by)
    _holds(voucher, now)
    if voucher.kind is Kind.FEE_RELIEF:
        raise Refusal("voucher_per_bill")
    return Verdict.REDEEM


def relieve(voucher: Voucher, development_id: int, months: int, now: datetime) -> int:
    """How many months of property fee are left after a bill over so many.

    Raises Refusal: those of `judge`; ``not_fee_relief``; ``relief_not_positive``; ``relief_exceeded`` (fact ``left``).
    """
    if voucher.development_id != development_id:
        raise Refusal("voucher_elsewhere", place=voucher.place)
    if voucher.kind is not Kind.FEE_RELIEF or voucher.months_left is None:
        raise Refusal("not_fee_relief")
    if months <= 0:
        raise Refusal("relief_not_positive", field="months")
    if voucher.state is VoucherState.REDEEMED or months > voucher.months_left:
        raise Refusal("relief_exceeded", left=voucher.months_left, field="months")
    _holds(voucher, now)
    return voucher.months_left - months


def check_amount(months: int, amount_fen: int, most_fen: int) -> None:
    """Refuse what no bill of so many months comes to, where a month comes to at most ``most_fen``.

    Raises Refusal ``price_not_positive`` or ``bill_too_large`` (fact ``most_fen``, of all the months): a slip of the
    finger would be somebody's income, and taxed.
    """
    if amount_fen <= 0:
        raise Refusal("price_not_positive", field="amount")
    if amount_fen > months * most_fen:
        raise Refusal("bill_too_large", most_fen=months * most_fen, field="amount")


def bill_number(text: str) -> str:
    """A bill's number in one writing, so that the same bill is found however it was typed.

    Wide letters become narrow ones, every dash a hyphen; case, spaces and signs that nobody sees do not count. Raises
    Refusal ``bill_number_wrong`` where nothing is left of it, or too much.
    """
    narrow = unicodedata.normalize("NFKC", text).upper()
    number = "".join("-" if unicodedata.category(sign) == "Pd" or sign == "\u2212" else sign for sign in narrow)
    number = "".join(sign for sign in number if unicodedata.category(sign)[0] not in "CZ")
    if not 0 < len(number) <= LONGEST_BILL:
        raise Refusal("bill_number_wrong", field="bill")
    return number


def first_day(asked: date | None, today: date, most_days: int) -> date:
    """The first day of a parking space: today, unless another one is asked for, at most so many days ahead.

    Raises Refusal ``parking_in_past`` or ``parking_too_late`` (fact ``latest``).
    """
    latest = today + timedelta(days=most_days)
    if asked is not None and asked < today:
        raise Refusal("parking_in_past", field="starts_on")
    if asked is not None and asked > latest:
        raise Refusal("parking_too_late", latest=latest, field="starts_on")
    return asked or today


def months_later(day: date, months: int) -> date:
    """The same day so many months later, clamped to the month's last; a period ends with the day before it."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    last = (date(first.year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return first.replace(day=min(day.day, last))


def _holds(voucher: Voucher, now: datetime) -> None:
    if voucher.state is VoucherState.REVOKED:
        raise Refusal("voucher_revoked")
    if voucher.held:
        raise Refusal("voucher_held")
    if now >= voucher.expires_at:
        raise Refusal("voucher_expired", at=voucher.expires_at)


def _code(text: str) -> str:
    try:
        return codes.check(text)
    except Refusal as refusal:
        raise Refusal("voucher_mistyped", field="text") from refusal


def _signature(text: str) -> bytes:
    try:
        return base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except ValueError as error:  # also for letters beyond ASCII, which no alphabet of base32 has
        raise Refusal("voucher_mistyped", field="text") from error
