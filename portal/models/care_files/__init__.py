"""What is known of a client, beside the base of his file: needs, days, behaviour, tags, points, lists brought in."""
