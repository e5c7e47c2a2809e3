"""Erasure on request: the public page that asks for it, and the pages of who decides."""
