"""How far a robot's message came, and why no further, in words that say what to do."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ...adapters.delivery import UNREACHABLE, may_have_gone
from ...services.notifications.told import Reached

REACHED: Mapping[Reached, tuple[Any, str, str]] = {
    Reached.WAITS: (_l("Goes out"), "info", "clock"),
    Reached.SENT: (_l("In the group"), "success", "check"),
    Reached.FAILED: (_l("Did not go out"), "danger", "alert"),
}
"""Word, tone, icon."""

_WHY: Mapping[str, Any] = {
    "expired": _l("WeCom could not be reached for a day"),
    "no_robot": _l("the robot was taken out here before that"),
    "robot_is_gone": _l("the robot was no longer in the group"),
    "wecom_93000": _l("WeCom knows no such robot: it was taken out of the group, or its address is wrong"),
    "wecom_93004": _l("the robot was stopped in WeCom"),
    "wecom_93008": _l("the robot is not in the group"),
    "wecom_45009": _l("WeCom takes 20 messages a minute from one robot: it goes out a little later"),
    "wecom_-1": _l("WeCom is busy: it is tried again"),
    UNREACHABLE: _l("WeCom cannot be reached: it is tried again"),
}


def why(code: str) -> str:
    """Why a message is not in its group, as far as somebody can do something about it."""
    if code in _WHY:
        return str(_WHY[code])
    if may_have_gone(code):
        return _("WeCom did not answer: it is sent again, and says so")
    return _("WeCom refused it: %(code)s", code=code)
