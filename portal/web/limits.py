"""How often one network may knock on a public door."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from ..rules.networks import network_of


def network() -> str:
    """Whose knocks are counted together."""
    return network_of(get_remote_address())


limiter = Limiter(network)
"""Rooms put `@limiter.limit("…")` on public routes that write. Counts live where `limits_storage` says."""
