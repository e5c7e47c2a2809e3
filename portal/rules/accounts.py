"""Who may open an account for whom, and when one may be closed."""

from commissions.refusal import Refusal

STAFF_ROLES = frozenset(
    {"reception", "channel_manager", "finance", "approver", "cashier", "administrator", "privacy_officer"}
)

MAY_OPEN = {
    "administrator": STAFF_ROLES | {"principal"},
    "principal": frozenset({"broker"}),
    "channel_manager": frozenset({"referrer"}),
}
"""By the role of who asks. The system itself (the command line, the demo) may open any."""


def check_opening(asker: str | None, role: str) -> None:
    """Refuse with `role_not_yours_to_give`. `asker` is None for the system."""
    if asker is not None and role not in MAY_OPEN.get(asker, frozenset()):
        raise Refusal("role_not_yours_to_give", field="role")


def check_closing(asker_id: int | None, person_id: int, role: str, other_administrators: int) -> None:
    """Refuse with `not_yourself` or `last_administrator`: somebody must be able to undo what was done."""
    if asker_id == person_id:
        raise Refusal("not_yourself")
    if role == "administrator" and other_administrators == 0:
        raise Refusal("last_administrator")
