"""What proves who signs in beside the password, and what is asked of it."""
