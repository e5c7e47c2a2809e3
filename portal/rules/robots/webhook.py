"""The address by which a group's robot is reached: only its key is taken from what was pasted.

Where messages go is fixed in the adapter, so nobody can have the portal ask another server.
"""

import re

from commissions.refusal import Refusal

ADDRESS = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
_KEY = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PASTED = re.compile(rf"(?:{re.escape(ADDRESS)}\?key=)?({_KEY})")


def key_in(pasted: str) -> str:
    """The robot's key, of its whole address or alone. Raises Refusal `no_robot_address`."""
    found = _PASTED.fullmatch(pasted.strip().lower())
    if found is None:
        raise Refusal("no_robot_address", field="address")
    return found[1]
