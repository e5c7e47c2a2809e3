"""Whose client it is: a development's profile of rules, and the one judgement that every answer is made of."""
