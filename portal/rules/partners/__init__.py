"""Developments' settings, and what ends."""
