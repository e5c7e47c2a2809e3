"""Statements: issued, read, put on paper; earnings and adjustments beside them."""
