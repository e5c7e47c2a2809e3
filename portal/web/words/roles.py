"""What each role is called (rules 1), in one place."""

from typing import Any

from flask_babel import lazy_gettext as _l

from ...models import Role

WORDS: dict[Role, Any] = {
    Role.RECEPTION: _l("Reception"),
    Role.CONSULTANT: _l("Property consultant"),
    Role.CHANNEL_MANAGER: _l("Channel manager"),
    Role.FINANCE: _l("Finance"),
    Role.APPROVER: _l("Approver"),
    Role.CASHIER: _l("Cashier"),
    Role.ADMINISTRATOR: _l("Administrator"),
    Role.PRIVACY_OFFICER: _l("Privacy officer"),
    Role.PRINCIPAL: _l("Agency principal"),
    Role.BROKER: _l("Broker"),
    Role.REFERRER: _l("Referrer"),
}


def role_word(role: Role) -> str:
    """The role's name in the reader's language."""
    return str(WORDS[role])
