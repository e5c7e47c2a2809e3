"""Webhooks: where agencies are told, what is said there, and each attempt."""
