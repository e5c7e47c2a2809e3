"""The board of measures: a month of it, what is entered, its versions, and months that are sealed."""
