"""Strikes, freezes and appeals."""
