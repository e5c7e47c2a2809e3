"""Requests to erase a person's data, who decided them, and what was done."""
