"""What a device is called, so that a person recognises the own ones: "WeChat on Android"."""

import re

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...adapters.places import Places
from ...rules.networks import network_of

_PROGRAMS = (
    ("MicroMessenger", _l("WeChat")),
    ("DingTalk", _l("DingTalk")),
    ("Edg", "Edge"),
    ("Firefox|FxiOS", "Firefox"),
    ("OPR|Opera", "Opera"),
    ("HuaweiBrowser", _l("Huawei Browser")),
    ("QQBrowser", _l("QQ Browser")),
    ("Chrome|CriOS", "Chrome"),
    ("Safari", "Safari"),
)
"""The first that fits holds: nearly every browser also says that it is Chrome and Safari."""

_SYSTEMS = (
    ("OpenHarmony|HarmonyOS", "HarmonyOS"),
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def device_words(user_agent: str) -> str:
    """The program and the system of a browser's own description, as far as they are known."""
    program = next((word for sign, word in _PROGRAMS if re.search(sign, user_agent)), None)
    system = next((word for sign, word in _SYSTEMS if re.search(sign, user_agent)), None)
    if program and system:
        return _("%(program)s on %(system)s", program=program, system=system)
    return str(program or system or _("Unknown device"))


def place_words(address: str) -> str:
    """Where an address is, as the operator's table says, with the network; without a table the network alone."""
    places: Places = current_app.extensions["places"]
    place, network = places.of(address), network_of(address)
    return network if place is None else _("%(place)s (%(network)s)", place=place, network=network)


def on_phone(user_agent: str) -> bool:
    """Whether it is held in a hand."""
    return re.search("Mobile|Android|iPhone|HarmonyOS", user_agent) is not None
