"""Tables that people bring, and spreadsheets that they are given."""
