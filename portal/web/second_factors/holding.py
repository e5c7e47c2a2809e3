"""Under what name passkeys are asked for this sign-in."""

from flask_login import current_user


def holder_here() -> str:
    """Under what name challenges of passkeys are kept for the sign-in behind this request."""
    return f"session:{current_user.row.id}"
