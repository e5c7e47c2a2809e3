"""Imports: a file of deals from its upload to its last row."""
