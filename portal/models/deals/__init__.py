"""Deals, and their corrections."""
