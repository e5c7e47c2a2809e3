"""Webhooks: where they may go, what is said there, when it is said again, and when no more."""
