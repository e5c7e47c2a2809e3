"""Agencies' own systems: their keys, who acts by them, and answers that come again."""
