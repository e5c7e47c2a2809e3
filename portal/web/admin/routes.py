"""The administrator's room, opened: each module hangs its pages on the one blueprint."""

from . import account_changes, account_proposals, audit, health, people

bp = people.bp

__all__ = ["account_changes", "account_proposals", "audit", "bp", "health", "people"]
