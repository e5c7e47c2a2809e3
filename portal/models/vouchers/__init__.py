"""Vouchers, their redemption, their stocks."""
