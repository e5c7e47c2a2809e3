"""Periods: the close of a month, in chunks."""
