"""Employee checks in words: how a client is known, and what became of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...models import CheckedBy, EmployeeCheck
from .statuses import status

WAYS: Mapping[CheckedBy, Any] = {
    CheckedBy.LIST: _l("On the company's list"),
    CheckedBy.MAIL: _l("Confirmed from the work e-mail"),
    CheckedBy.PERSON: _l("Confirmed by hand"),
}


def history(checks: Sequence[EmployeeCheck]) -> list[dict[str, Any]]:
    """Every check and every revocation, as the timeline wants it, the newest first."""
    events: list[dict[str, Any]] = []
    for check in checks:
        if check.revoked_at is not None and check.revoker is not None:
            words = _("%(who)s: %(reason)s", who=check.revoker.name, reason=check.revoked_reason)
            events.append(
                {
                    "at": check.revoked_at,
                    "title": str(status("employee", "revoked").word),
                    "text": words,
                    "tone": "danger",
                }
            )
        by = _("%(who)s: %(reason)s", who=check.by.name, reason=check.reason) if check.by else ""
        events.append({"at": check.at, "title": str(WAYS[check.way]), "text": by, "tone": "success"})
    return events
