"""Payments: approved by one, released by another, settled by the bank."""
