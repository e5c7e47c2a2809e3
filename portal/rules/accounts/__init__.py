"""Accounts: who may open one, sign in, and for how long."""
