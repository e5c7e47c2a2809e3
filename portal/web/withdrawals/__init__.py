"""Where a client takes the consent to face comparison back."""
