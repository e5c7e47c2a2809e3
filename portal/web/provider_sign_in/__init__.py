"""Signing in by a provider, what the employer's systems tell, and the stand-in of development."""
