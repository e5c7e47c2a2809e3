"""What a development shows to invited friends: staff keep it, the landing page reads it."""
