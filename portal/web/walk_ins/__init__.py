"""Signing in visitors who came without a broker."""
