"""Rewards: plans, what friends earned, goods and cash, and what is taken back."""
