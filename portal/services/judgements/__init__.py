"""Other rules for whose client it is, tried on what happened, before anyone goes by them (判客试算)."""
