"""Texts: when one goes out, and what an answer means."""
