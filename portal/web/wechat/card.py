"""What a public page needs so that WeChat shows a card for it: WeChat's script, let in on that page alone, and only for
WeChat's browser. Everybody else's page stays without it, and tells WeChat nothing."""

import secrets
from urllib.parse import urljoin

from flask import request, url_for

from ...adapters.wechat.account import SDK_ORIGIN
from ...rules.referral import wechat_card
from ...services.referral import share_tickets
from ..edge import config, db, now, wechat
from ..responses.security import let_script_in


def in_wechat() -> bool:
    """Whether the reader looks at us in WeChat's browser."""
    return "MicroMessenger" in request.user_agent.string


def card_script() -> str | None:
    """The address of WeChat's script for the page that is answered now; None for a page without a card. The stand-in's
    is for every browser, so that it can be looked at."""
    account = wechat()
    if account is None:
        return None
    if not account.sdk:
        return url_for("static", filename="js/wechat_stand_in.js")
    if not in_wechat():
        return None
    let_script_in(SDK_ORIGIN)
    return account.sdk


def signed(address: str) -> dict[str, str | int] | None:
    """What `wx.config` is given at this address; None for one that is not a landing page of ours, and while there is no
    ticket."""
    account = wechat()
    ours = urljoin(config().base_url, url_for("landing.type_code"))
    page = wechat_card.signable(address, ours)
    if account is None or page is None:
        return None
    ticket = share_tickets.ticket(db(), now(), account.app_id)
    if ticket is None:
        return None
    nonce, timestamp = secrets.token_hex(8), int(now().timestamp())
    return {
        "appId": account.app_id,
        "timestamp": timestamp,
        "nonceStr": nonce,
        "signature": wechat_card.signature(ticket, nonce, timestamp, page),
    }
