"""Receipts, to be verified by anyone."""
