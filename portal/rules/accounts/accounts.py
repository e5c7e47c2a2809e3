"""Who may open an account for whom, when one may be closed, and for how long one that moves money rests."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from commissions.refusal import Refusal

STAFF_ROLES = frozenset(
    {
        *("reception", "consultant", "channel_manager", "finance", "approver", "cashier"),
        *("administrator", "privacy_officer"),
    }
)

MONEY_ROLES = frozenset({"finance", "approver", "cashier", "administrator"})
"""The three hands that money passes through, and who could make himself all three: what is done to an account of theirs
takes two people, and the account rests afterwards (rules 6.2)."""

PHONE_BY_TWO = STAFF_ROLES | {"principal", "referrer"}
"""Whose number two administrators change: the staff, and who is paid or answers for who is paid. The number is where
links to choose a password go, and what finance calls before money goes to another account."""

ACCOUNT_REST = timedelta(hours=24)
"""How long such an account only reads after it was opened or changed: time for its owner, and for the other
administrators, to notice."""

OWN_LINKS_A_DAY = 3
"""So many links to choose a password is an account sent in 24 hours that somebody asked for on the sign-in page."""

OWN_LINK_APART = timedelta(minutes=2)
"""Until then a link that was just sent is left alone: whoever asks again cannot end it."""

OWN_LINK_LASTS = timedelta(hours=1)

LONGEST_NAME = 60
"""Letters of a person's name."""

PARTNER_ROLES = frozenset({"principal", "broker"})

MAY_OPEN = {
    "administrator": STAFF_ROLES | {"principal"},
    "principal": frozenset({"broker"}),
    "channel_manager": frozenset({"referrer"}),
}
"""By the role of who asks. The system itself (the command line, the demo) may open any."""


def may_come_back(former: str, role: str) -> bool:
    """Whether the number of a closed account may be invited anew: a partner's as a partner's, and that of one of the
    staff as a broker's alone. A referrer's rewards hang on the account: it stays what it is."""
    return (former in PARTNER_ROLES and role in PARTNER_ROLES) or (former in STAFF_ROLES and role == "broker")


def check_opening(asker: str | None, role: str) -> None:
    """Refuse with `role_not_yours_to_give`. `asker` is None for the system."""
    if asker is not None and role not in MAY_OPEN.get(asker, frozenset()):
        raise Refusal("role_not_yours_to_give", field="role")


def check_name(name: str) -> None:
    """Refuse with `person_name` what nobody can be called on a page or in a list."""
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refusal("person_name", field="name", most=LONGEST_NAME)


def check_closing(asker_id: int | None, person_id: int, role: str, other_administrators: int) -> None:
    """Refuse with `not_yourself` or `last_administrator`: somebody must be able to undo what was done."""
    if asker_id == person_id:
        raise Refusal("not_yourself")
    if role == "administrator" and other_administrators == 0:
        raise Refusal("last_administrator")


def check_alone(asker: str | None, role: str) -> None:
    """Refuse with `second_administrator_needed` what one person alone may not do to an account of this role.

    `asker` is None for the system: who has the shell has the machine anyway.
    """
    if asker is not None and role in MONEY_ROLES:
        raise Refusal("second_administrator_needed", field="role")


def check_phone_alone(asker: str | None, role: str) -> None:
    """Refuse with `phone_by_two` another number for an account of PHONE_BY_TWO by one person."""
    if asker is not None and role in PHONE_BY_TWO:
        raise Refusal("phone_by_two", field="phone")


def check_partner_role(role: str) -> None:
    """Refuse with `role_not_yours_to_give` to make a partner anything else by a change of the account."""
    if role not in PARTNER_ROLES:
        raise Refusal("role_not_yours_to_give", field="role")


def check_second(others: int) -> None:
    """Refuse with `no_second_administrator` what nobody could ever confirm.

    `others` are the administrators beside who proposes it and whom it is about.
    """
    if others == 0:
        raise Refusal("no_second_administrator")


def check_not_own(asker_id: int, owner_id: int | None) -> None:
    """Refuse with `own_account` to confirm what is to be done to the own account; a new one has no owner yet."""
    if asker_id == owner_id:
        raise Refusal("own_account")


def own_link_goes_out(now: datetime, role: str, asked_today: Sequence[datetime]) -> bool:
    """Whether an account is sent a link that somebody asked for on the sign-in page, who may be anybody.

    `asked_today` are the instants of such links within the last 24 hours. An account that moves money never is: its
    links take two people.
    """
    if role in MONEY_ROLES or len(asked_today) >= OWN_LINKS_A_DAY:
        return False
    return all(now >= at + OWN_LINK_APART for at in asked_today)


def rests_until(role: str, rests_since: datetime | None) -> datetime | None:
    """The first instant at which an account of this role rests no more; None for one that never has to."""
    return None if rests_since is None or role not in MONEY_ROLES else rests_since + ACCOUNT_REST


def check_rested(until: datetime | None, now: datetime) -> None:
    """Refuse with `account_rests` what an account may not do while it rests."""
    if until is not None and now < until:
        raise Refusal("account_rests", until=until)
