"""Accounts at the employer that are tied to accounts here."""
