"""What keeps an account its owner's: lost second factors are taken away by two."""
