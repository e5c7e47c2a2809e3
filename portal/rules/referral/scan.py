"""Whether a request for a landing page is a person who scanned, by what it says of itself.

Messengers fetch a page to draw its preview, browsers fetch it ahead in case it is wanted, and robots fetch everything.
None of them is a person. A robot that claims to be a browser in every header is counted as one; nothing is asked of
anybody to prove the contrary.
"""

from __future__ import annotations

from collections.abc import Mapping

_PREVIEWS = (
    *("whatsapp", "facebookexternalhit", "line-poker", "skypeuripreview", "viber", "kakaotalk-scrap", "snapchat"),
    *("wechatshareextension", "qq-url-manager", "dingtalk-linkpreview", "larkurl2meta", "pinterest", "embedly"),
    *("iframely", "slack-imgproxy"),
)
"""What messengers call themselves when they fetch a page for its preview, where the name has no "bot" in it. Their
built-in browsers (MicroMessenger, QQ/, Weibo) are people and are not here."""

_ROBOTS = (
    *("bot", "spider", "crawl", "slurp", "preview", "scrap", "monitor", "favicon", "linkcheck", "inspector"),
    *("headless", "lighthouse", "playwright", "puppeteer", "selenium", "phantomjs", "synthetics"),
    *("http", "www.", "python", "libwww", "java/", "axios", "node-fetch", "urlwatch", "zgrab", "nikto"),
    *("google-", "googleother", "googleagent", "appengine", "feedfetcher", "pagerenderer", "imageproxy", "baidu-image"),
    *("pingdom", "uptime", "gtmetrix", "ptst/", "archive", "-user/", "netcraft", "siteimprove", "thousandeyes"),
)
"""Parts of the names of what is no person's browser, though it begins like one. No browser brings an address of the
web (`http`, `www.`); libraries that fetch pages call themselves okhttp, Go-http-client, HttpClient."""

_NO_ROBOTS = ("cubot",)
"""Telephones whose name has such a part in it."""

_AHEAD = ("purpose", "sec-purpose", "x-purpose", "x-moz")


def is_person(method: str, headers: Mapping[str, str]) -> bool:
    """Whether to count the request. `headers` have lower-case names.

    Counted is a GET for a page by something that calls itself a browser and wants to show it now.
    """
    agent, wanted = headers.get("user-agent", "").lower(), headers.get("accept", "")
    if method != "GET" or not agent.startswith(("mozilla/", "opera/")):
        return False
    for telephone in _NO_ROBOTS:
        agent = agent.replace(telephone, "")
    if any(name in agent for name in (*_PREVIEWS, *_ROBOTS)) or _compatible(agent):
        return False
    if any(word in headers.get(name, "").lower() for name in _AHEAD for word in ("prefetch", "preview", "prerender")):
        return False
    if headers.get("sec-fetch-dest", "document") != "document":
        return False
    return "text/html" in wanted or wanted.strip() == "*/*"


def _compatible(agent: str) -> bool:
    """Robots are "compatible;" with browsers. Of browsers only the old Internet Explorer said so of itself."""
    return "compatible;" in agent and "msie" not in agent
