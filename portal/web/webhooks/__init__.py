"""Webhooks: an agency's endpoints, what was delivered there, the keys to verify it, and a stand-in in development."""
