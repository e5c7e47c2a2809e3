"""The partners' room, opened: each module hangs its pages on the one blueprint."""

from . import agencies, agreements, developments

bp = developments.bp

__all__ = ["agencies", "agreements", "bp", "developments"]
