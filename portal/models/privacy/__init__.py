"""Consents, and proofs of erasure."""
