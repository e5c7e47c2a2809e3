"""What was done to an account, and what is proposed, in words."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp

from ...models import AccountChange, TextMessage
from ...services.accounts.history import AccountEvent
from ..components import instant

KINDS: dict[AccountChange, Any] = {
    AccountChange.OPEN: _l("New account"),
    AccountChange.LINK: _l("Link to choose a password"),
    AccountChange.REOPEN: _l("Open a closed account again"),
    AccountChange.PHONE: _l("Another phone"),
    AccountChange.ROLE: _l("Another role"),
    AccountChange.NAME: _lp("account", "Another name"),
}

DONE: dict[str, Any] = {
    "person_created": _l("Account opened"),
    "person_deactivated": _l("Account closed"),
    "person_reactivated": _l("Account opened again"),
    "person_phone_changed": _l("Phone changed"),
    "person_role_changed": _l("Role changed"),
    "person_renamed": _l("Name changed"),
    "factors_reset": _l("Second factors taken away"),
    "company_identity_tied": _l("Company account tied"),
    "company_identity_ended": _l("Company account parted"),
    "wechat_tied": _l("WeChat tied"),
    "wechat_tie_ended": _l("WeChat parted"),
    "person_transferred": _l("Agency or role changed"),
    "person_reinvited": _l("Invited again"),
    "password_link_issued": _l("Link to choose a password made"),
}


def timeline_of(events: list[AccountEvent], *, named: bool = False) -> list[dict[str, Any]]:
    """Events as `timeline` shows them; `named` where they are of several people."""
    return [
        {
            "at": event.at,
            "title": _named(event) if named else str(DONE[event.action]),
            "text": " · ".join(filter(None, (hands_of(event), _way(event)))),
        }
        for event in events
    ]


def _named(event: AccountEvent) -> str:
    return _("%(name)s: %(what)s", name=event.person.name, what=DONE[event.action])


def hands_of(event: AccountEvent) -> str:
    """Who did it: one person, two, or whoever has the server."""
    if event.by is None:
        return _("on the server")
    if event.proposed_by is None:
        return event.by.name
    return _("proposed by %(one)s, confirmed by %(two)s", one=event.proposed_by.name, two=event.by.name)


def in_a_sentence(event: AccountEvent) -> str:
    """A deed with its instant and its people, in one line."""
    return _("%(deed)s, %(at)s, %(who)s", deed=DONE[event.action], at=instant(event.at), who=hands_of(event))


def _way(event: AccountEvent) -> str | None:
    """Which way a link went."""
    if event.action != "password_link_issued":
        return None
    if event.text is not None:
        return _sent(event.text)
    return _("printed there") if event.by is None else _("shown to who made it, to hand it over")


def _sent(text: TextMessage) -> str:
    if text.sent_at is not None:
        return _("sent by text, %(at)s", at=instant(text.sent_at))
    if text.given_up_at is not None:
        return _("the text did not go out (%(why)s)", why=text.failure or "")
    return _("the text waits to go out")
