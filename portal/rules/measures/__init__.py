"""Measures (经营指标): the board of four channels, its targets and weights as data, its points (docs/measures.md)."""
