"""How one is reached in an app, for its reader; and how the apps' tokens stand, for who runs the portal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...adapters.delivery import NOT_UNDERSTOOD, UNREACHABLE, may_have_gone
from ...models import App, AppToken
from ...rules.notifications.kind import Channel
from ...services.app_messages import reach, tokens
from ...services.app_messages.outbox import MAY_HAVE_ARRIVED, NOT_TIED
from ..components import instant
from ..edge import actor, app_carrier, config, db, now

APPS: Mapping[App, Any] = {App.WECOM: _l("WeCom"), App.WECHAT: _l("WeChat")}

_TO_ITS_READER: Mapping[str, Any] = {
    "wecom_81013": _l("WeCom does not show you the app that sends them. Ask who runs WeCom here to let you see it."),
    "wecom_unlicensed": _l("Your account in WeCom has no licence for apps. Ask who runs WeCom here."),
    "wecom_40003": _l("WeCom does not know your account any more. Tie it again on the page “Me”."),
    "wecom_60111": _l("WeCom does not know your account any more. Tie it again on the page “Me”."),
    "wechat_43004": _l("You do not follow our account in WeChat. Follow it, then send yourself a test."),
    "wechat_43101": _l("You take no notices of our account in WeChat. Allow them there, then send yourself a test."),
    "wechat_43019": _l("Our account in WeChat has barred you. Tell your contact here."),
    "wechat_40003": _l("Our account in WeChat knows you by another name now. Tie it again on the page “Me”."),
    "wechat_50002": _l("Your account in WeChat is locked or closed."),
}
"""What lies with its reader, and what he can do about it."""

WHY: Mapping[str, Any] = {
    "no_address": _l("no confirmed address"),
    NOT_TIED: _l("the account there was parted before"),
    MAY_HAVE_ARRIVED: _l("it may have arrived: nobody answered"),
    "expired": _l("nobody could be reached for a day"),
    UNREACHABLE: _l("nobody could be reached"),
    "wecom_81013": _l("does not see the app in WeCom"),
    "wecom_unlicensed": _l("no licence for apps in WeCom"),
    "wecom_40003": _l("not known in WeCom any more"),
    "wecom_60111": _l("not known in WeCom any more"),
    "wechat_43004": _l("does not follow the account in WeChat"),
    "wechat_43101": _l("takes no notices in WeChat"),
    "wechat_43019": _l("barred from the account in WeChat"),
    "wechat_40003": _l("known to another account in WeChat"),
    "wechat_50002": _l("locked out of WeChat"),
}
"""Why a message is not there, in a few words."""

_TO_OPERATORS: Mapping[str, Any] = {
    UNREACHABLE: _l("its server does not answer"),
    NOT_UNDERSTOOD: _l("its answer says nothing"),
    "wecom_-1": _l("WeCom is busy"),
    "wecom_40001": _l("the app's Secret (PORTAL_WECOM_APP_SECRET) is wrong"),
    "wecom_40013": _l("the company's id (PORTAL_WECOM_CORP_ID) is wrong"),
    "wecom_45009": _l("asked more often than WeCom allows"),
    "wecom_48002": _l("the app may not send messages"),
    "wecom_60020": _l("this server's address is not among the app's trusted ones (企业可信IP)"),
    "wecom_301002": _l("the AgentId (PORTAL_WECOM_AGENT_ID) is another app's"),
    "wechat_-1": _l("WeChat is busy"),
    "wechat_40001": _l("the AppSecret is wrong"),
    "wechat_40013": _l("the AppID is wrong"),
    "wechat_40125": _l("the AppSecret is wrong"),
    "wechat_40164": _l("this server's address is not on the account's list (IP 白名单)"),
    "wechat_40037": _l("a template of PORTAL_WECHAT_TEMPLATES is none of the account's"),
    "wechat_45009": _l("more notices than the account may send today"),
    "wechat_47003": _l("a field of PORTAL_WECHAT_TEMPLATES is none of the template's"),
    "wechat_48001": _l("the account may not send template messages: it must be a verified 服务号"),
}
"""What somebody has to mend before anything goes out."""


@dataclass(frozen=True, slots=True)
class Reached:
    """An app that there is, whether its reader tied it, and why it does not reach him."""

    app: App
    name: str
    tied: bool
    why: str | None


def of_reader() -> list[Reached]:
    """The apps by which notices go, as they stand for the reader: 企业微信 for colleagues, WeChat for partners, and
    either for who tied it."""
    mine = reach.reachable(db(), now(), [actor().id]).get(actor().id, {})
    there = {App.WECOM: config().wecom_app, App.WECHAT: config().wechat_notices}
    for_him = App.WECOM if actor().staff else App.WECHAT
    return [
        Reached(app, str(APPS[app]), app in mine, _said(mine.get(app)))
        for app in App
        if there[app] and (app in mine or app is for_him)
    ]


def channels() -> dict[Channel, Any]:
    """The columns of the settings that they are."""
    return {Channel(one.app.value): one.name for one in of_reader()}


def way_why(code: str | None) -> str:
    """Why a message is not there, for who reads the page of a thing."""
    return "" if code is None else str(WHY.get(code, code))


def token_facts() -> list[tuple[str, str]]:
    """How the tokens stand by which the apps take messages, as rows of a list; nothing where none go out."""
    facts = []
    for app, word in APPS.items():
        carrier = app_carrier(app)
        if carrier is not None:
            facts.append((str(word), _stands(tokens.state(db(), carrier.name))))
    return facts


def operators_why(code: str) -> str | None:
    """What somebody has to mend, where it is known."""
    return str(_TO_OPERATORS[code]) if code in _TO_OPERATORS else None


def _said(code: str | None) -> str | None:
    return None if code is None else str(_TO_ITS_READER.get(code, code))


def _stands(row: AppToken | None) -> str:
    if row is None:
        return _("nothing was to be sent yet")
    if row.failure is not None and row.failed_at is not None:
        why = operators_why(row.failure) or (_("no answer") if may_have_gone(row.failure) else row.failure)
        return _("no messages go out since %(at)s: %(why)s", at=instant(row.failed_at), why=why)
    if row.ends_at is None:
        return _("a new token is fetched with the next message")
    return _("ready, token until %(at)s", at=instant(row.ends_at))
