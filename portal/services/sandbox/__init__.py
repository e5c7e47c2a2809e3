"""Where test keys work: a small world of its own for each agency, new every day."""
