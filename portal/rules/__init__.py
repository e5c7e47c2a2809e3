"""The portal's own decisions: facts in, decision out. Standard library only, no clock, no database."""
