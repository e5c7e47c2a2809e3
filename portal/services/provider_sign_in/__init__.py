"""Signing in by a provider: ties between accounts there and here, and what the employer's systems tell."""
