"""For which address passkeys are made here, and whether the reader's browser can have any."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import request

from ...services.second_factors.passkeys import Site
from ..edge import config
from ..language import choose

_WITHOUT = re.compile(r"MicroMessenger|\bQQ/|MQQBrowser|QQBrowser|UCBrowser|UCWEB")
"""The browsers of WeChat, QQ and UC know no passkeys: their readers are not sent to where nothing comes of it."""


def site_here() -> Site | None:
    """The site that a passkey would be for; None where it can have none: under a bare IP address, in such a browser.

    In production it is the public address. Elsewhere it is the one in the browser's line, so that a demo can be
    tried at `localhost`.
    """
    if _WITHOUT.search(request.user_agent.string):
        return None
    address = urlsplit(config().base_url if config().production else request.host_url)
    host = address.hostname or ""
    if _is_ip(host):
        return None
    name = config().brand_name_zh if choose() == "zh_Hans_CN" else config().brand_name
    return Site(host, f"{address.scheme}://{address.netloc}", name)


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
