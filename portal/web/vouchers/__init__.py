"""Vouchers: redeemed at the desk, kept on a phone, and seen as a list."""
