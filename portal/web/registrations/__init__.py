"""Registering clients, and the registrations with their receipts."""
