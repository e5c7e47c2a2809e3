"""How often one address may knock on a public door."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address)
"""Rooms put `@limiter.limit("…")` on public routes that write. Counts live where `limits_storage` says."""
