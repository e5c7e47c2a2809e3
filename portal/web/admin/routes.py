"""The administrator's room, opened: each module hangs its pages on the one blueprint."""

from . import audit, health, people

bp = people.bp

__all__ = ["audit", "bp", "health", "people"]
