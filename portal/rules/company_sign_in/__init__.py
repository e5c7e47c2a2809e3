"""Signing in by the employer's account: who is let in by what its provider says."""
