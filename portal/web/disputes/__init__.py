"""Disputes of statements' lines: filed by an agency's principal, answered by finance."""
