"""An account whose owner found a sign-in that was not his: what it may, and who lifts that."""

from datetime import datetime

from commissions.refusal import Refusal

from .factor_resets import WAITING_ROLES


def password_is_void(alarmed_at: datetime | None, password_set_at: datetime | None) -> bool:
    """Whether the password of an account was known to somebody else, and no other was chosen since."""
    return alarmed_at is not None and (password_set_at is None or password_set_at < alarmed_at)


def takes_two(role: str) -> bool:
    """Whether an alarm on an account of this role is lifted by two: who moves money, or says where it goes."""
    return role in WAITING_ROLES


def check_calm(alarmed: bool) -> None:
    """Refuse with `account_alarmed` what moves money or powers while somebody else may be at the account."""
    if alarmed:
        raise Refusal("account_alarmed")


def check_vouching(hand: int, owner: int) -> None:
    """Refuse with `own_account` to vouch for oneself."""
    if hand == owner:
        raise Refusal("own_account")


def check_lifting(hand: int | None, owner: int, role: str, *, vouched_by: int | None, void: bool) -> None:
    """Refuse to lift an alarm too early or alone. `hand` is None for who has the server.

    Raises Refusal: own_account, alarm_password_first, alarm_by_two, own_proposal.
    """
    if hand == owner:
        raise Refusal("own_account")
    if void:
        raise Refusal("alarm_password_first")
    if hand is None or not takes_two(role):
        return
    if vouched_by is None:
        raise Refusal("alarm_by_two")
    if vouched_by == hand:
        raise Refusal("own_proposal")
