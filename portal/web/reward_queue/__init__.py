"""Rewards that wait: to be approved, to be handed out, to be looked at once more."""
