"""What keeps an account its owner's: factors that are lost and taken away by two."""
