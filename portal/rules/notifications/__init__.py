"""Notifications: what happens, who is told of it, and by which way."""
