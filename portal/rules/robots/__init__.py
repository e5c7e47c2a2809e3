"""What a robot says in a development's group, and by which key it is reached."""
