"""Flags over partners' figures."""
