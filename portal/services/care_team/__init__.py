"""Who is in turn to be given a client, who is away, and who waits to be handed out."""
