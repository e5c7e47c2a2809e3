"""Touches, registrations and receipts."""
