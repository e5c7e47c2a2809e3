"""Conflicts over whose client somebody is."""
