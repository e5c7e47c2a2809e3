"""What forms are made of: fields, and rows that come and go."""
