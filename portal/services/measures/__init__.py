"""Measures (经营指标): the board of a month, its versions, what is entered, and months that are sealed."""
