"""Loans: the table, one loan, the countdown to signing, the terms, and the client's own page."""
