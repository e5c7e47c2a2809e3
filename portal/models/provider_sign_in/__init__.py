"""Accounts at providers of sign-ins that are tied to accounts here."""
