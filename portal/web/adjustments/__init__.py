"""Adjustments by hand: proposed by one person, decided by a second."""
