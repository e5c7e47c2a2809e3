"""Texts, mails and codes on their way out."""
