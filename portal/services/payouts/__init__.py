"""Payouts: requested, approved, held, released to the bank, answered, invoiced and disputed."""
