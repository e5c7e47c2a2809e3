"""The robot in a development's group; and in development the page of the stand-in that shows what it said."""
