"""Months: what keeps one open."""
