"""The ledger's room, opened: each module hangs its pages on the one blueprint."""

from . import accounts, evidence, verification

bp = accounts.bp

__all__ = ["accounts", "bp", "evidence", "verification"]
