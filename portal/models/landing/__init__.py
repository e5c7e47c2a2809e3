"""What a development shows to friends."""
