"""Signing in by the employer's account, what the employer's systems tell, and the stand-in of development."""
