"""The ledger, and the lines that are its reasons."""
