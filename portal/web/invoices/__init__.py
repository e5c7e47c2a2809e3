"""Invoices: sent by an agency for its statement, looked at by finance."""
