"""How often one network may knock on a public door, and one person may ask for what costs the server work."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user

from ..rules.networks import network_of

A_MINUTE = "30 per minute"
"""Of what is drawn for one signed-in person, such as a PDF: more than anybody reads."""


def network() -> str:
    """Whose knocks are counted together."""
    return network_of(get_remote_address())


limiter = Limiter(network)
"""Rooms put `@limiter.limit("…")` on public routes that write. Counts live where `limits_storage` says."""


def each_person() -> str:
    """The key of a limit that counts a signed-in person's requests, from wherever they come."""
    return f"person {current_user.person.id}" if current_user.is_authenticated else network()
