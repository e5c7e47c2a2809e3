"""Promises in writing: what is owed, and one of them."""
