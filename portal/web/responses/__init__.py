"""What every answer gets on its way out: headers, compression, and a page for while a neighbour is away."""
