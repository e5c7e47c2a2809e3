"""Boards of measures as they were proposed, what lives elsewhere as it was entered, and sealed months."""
