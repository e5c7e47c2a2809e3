"""Payments: how much one hand may move, and what counts as an invoice."""
