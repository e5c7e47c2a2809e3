"""Signing in by the employer's account: ties between accounts there and here, and what the employer's systems tell."""
