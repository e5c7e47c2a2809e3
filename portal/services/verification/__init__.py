"""Verification: reads everything that money rests on, and posts nothing."""
