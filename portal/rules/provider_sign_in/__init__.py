"""Signing in by a provider: who is let in by what it says."""
