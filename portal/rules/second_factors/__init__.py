"""What a second factor is good for, and when."""
