"""Vouchers: drawn, redeemed, and the stocks behind them."""
