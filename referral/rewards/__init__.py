"""Rewards: the ladder as data, what a friend brings, and what another plan would have given."""
